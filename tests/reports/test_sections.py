"""The sections of a report: leads in order, reasons and counter-evidence, rows, gaps, and no verdict."""

import re

import pandas as pd
import pytest

from caselens.findings.leads import leads_of
from caselens.reports import Report
from caselens.reports._gaps import said, unanswered

SECTIONS = ("heading", "asked", "answer", "leads", "network", "money", "timeline", "tenders", "gaps", "method")


def words(fragment):
    return re.sub(r"<[^>]*>", "", re.sub(r"<script.*?</script>", "", fragment.html, flags=re.DOTALL))


def test_findings_about_the_same_parties_and_object_are_one_lead_and_the_strongest_comes_first(case):
    leads = leads_of(case.findings())
    # fa (red) and fb (yellow) accuse the same two parties over one account; the peer in fa does not part them.
    assert [[item["finding_id"] for item in lead.findings] for lead in leads] == [["fa", "fb"], ["fc"]]
    assert [party for party, _ in leads[0].accused] == ["o1", "i1"]
    assert leads[0].bystanders == (("f1", "peer"),)
    # Both findings speak of the same money: the larger amount counts, the two are not added.
    assert leads[0].amount == 1_780_000.0


def test_lists_may_be_json_or_lists(case):
    import json

    findings = case.findings()
    for column in ("subjects", "objects"):
        findings[column] = findings[column].map(json.loads)
    assert [lead.accused for lead in leads_of(findings)] == [lead.accused for lead in leads_of(case.findings())]


def test_a_closed_matter_comes_back_only_with_new_evidence(case):
    findings = case.findings()
    assert [lead.is_closed for lead in leads_of(findings)] == [False, True]
    findings.loc[findings["finding_id"] == "fc", "change"] = "changed"
    awake = leads_of(findings)[1]
    assert (awake.is_closed, awake.is_reawakened) == (False, True)


def test_a_lead_gives_reasons_counter_evidence_rows_and_next_steps(case):
    text = words(Report(case).leads("zh"))
    for said_ in (
        "线索 1：资金过手",
        "优先核查",
        "红色，分量",
        "顾明远（公职人员）、启衡咨询中心（中间方）",
        "178万元",
        "2021-05-06 至 2021-06-02",
        "确有分包合同。",
        "现有数据无法检验",
        "银行/流水.xlsx › 明细 › 第 2 行",
        "调取合同、发票。",
        "已排除或已澄清",
    ):
        assert said_ in text, said_
    # Whoever is named for comparison only is said to be so.
    assert re.search("仅作比较或背景\\s*云岭金桥建设有限公司（同类比较对象）", text)


def test_rows_over_the_limit_are_counted(case):
    assert "first 2 of 4 rows" in words(Report(case).leads("en", rows=2))


def test_the_answer_is_five_sentences_with_its_caveats(case):
    for language in ("zh", "en"):
        assert Report(case).answer(language).html.count("<li>") == 5
    zh = words(Report(case).answer("zh"))
    assert "共形成线索 1 条，其中优先核查 1 条。" in zh
    assert "有 1 个问题因资料不足未能评估" in zh and "不说明任何人有违纪违法行为" in zh


def test_a_question_put_to_nobody_is_unanswered(case):
    # flow-drip was answered for one subject, rel-nominee-regulated for none.
    assert unanswered(case.assessments()) == ["rel-nominee-regulated"]


def test_gaps_name_what_to_request_in_the_reader_s_words(case):
    text = words(Report(case).gaps("zh"))
    assert "kinships.relation" in text and "缺少" in text and "不等于“没有问题”" in text
    assert "lacks" not in text
    assert said("lacks kinships.relation", "en").startswith("lacks ")
    assert said("a sentence of an indicator", "zh") == "a sentence of an indicator"


def test_a_case_with_nothing_in_it_still_has_every_section(case):
    class Empty(type(case)):
        def payments(self):
            return super().payments().head(0)

        def events(self):
            return super().events().head(0)

        def findings(self):
            return super().findings().head(0)

        def evidence(self):
            return super().evidence().head(0)

        def assessments(self):
            return super().assessments().head(0)

        def tenders(self):
            return super().tenders().head(0)

    for language in ("zh", "en"):
        for section in SECTIONS:
            assert getattr(Report(Empty()), section)(language).html
    assert "没有形成线索" in words(Report(Empty()).answer("zh"))


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_section_lets_a_name_become_markup(case, hostile, section, language):
    case.title = hostile
    html = getattr(Report(case), section)(language).html
    markup = html.replace('<script type="application/json">', "")
    assert "<script" not in markup and "<img" not in markup
    assert html.count("</script>") == html.count('<script type="application/json">')


@pytest.mark.parametrize("section", SECTIONS)
def test_an_english_page_speaks_english_and_a_chinese_one_chinese(case, section):
    case.title = "Ring road"
    case.parties["name"] = [f"Party {number}" for number in range(len(case.parties))]
    own = re.sub(r"[（）、：；　]", "", words(getattr(Report(case), section)("en")))
    data = "银行/流水.xlsx|明细|咨询费|城南路网一期|株洲|顾明远|沈若兰|启衡咨询中心|云岭金桥建设有限公司|云岭市住建局"
    assert not re.findall(r"[\u4e00-\u9fff]+", re.sub(data, "", own))


def test_no_word_is_a_verdict(case):
    text = "".join(words(getattr(Report(case), section)(language)) for section in SECTIONS for language in ("zh", "en"))
    for word in ("受贿", "贪污", "犯罪", "罪", "guilty", "bribe", "corrupt", "criminal", "offender", "culprit"):
        assert word not in text.lower(), word


def test_the_report_reads_no_clock(case):
    first = [getattr(Report(case), section)("zh").html for section in SECTIONS]
    again = [getattr(Report(type(case)()), section)("zh").html for section in SECTIONS]
    assert first == again
    assert not re.search(r"20(2[6-9]|[3-9]\d)-", "".join(first)), "a date that is not in the data"


def test_currency_of_the_evidence_panel_is_named(case):
    from caselens.reports._case import evidence_sources

    sources = evidence_sources(case, "zh")
    assert pd.notna(sources["source_row"]).all()
    assert not sources.duplicated(["table", "key"]).any()
