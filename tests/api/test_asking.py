"""The library as a sentence: what each question gives, that Tab finds it, and that a notebook shows it."""

from __future__ import annotations

import inspect

import networkx as nx
import pandas as pd
import pytest
from tests.cities import FEE, desk_of

from caselens.api import Case, Desk
from caselens.api.listed import Findings
from caselens.core.errors import UsageError
from caselens.core.text import LANGUAGES
from caselens.indicators import INDICATORS
from caselens.views import Fragment, escape, page


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return desk_of(tmp_path_factory.mktemp("asking"), FEE)


@pytest.fixture(scope="module")
def case(desk: Desk) -> Case:
    return desk.case("C1")


def test_every_question_is_found_by_tab_and_says_what_it_gives(case):
    asked = {
        case: ["account", "clusters", "firm", "findings", "network", "path", "paths", "payments", "person", "screen"],
        case.person("O"): ["accounts", "bids", "findings", "firms", "path", "payments", "posts", "relatives"],
        case.account("aM"): ["payments", "trace"],
    }
    for thing, names in asked.items():
        assert set(names) <= set(dir(thing))
        for name in names:
            assert inspect.getdoc(getattr(type(thing), name)), f"{type(thing).__name__}.{name} says nothing"


def test_the_way_to_a_firm_is_ranked_and_says_what_would_clear_it(case):
    found = case.path("official", "M")
    best = found.iloc[0]
    # Kin 1 x his account 0.8 x payment 0.8 x the firm's account 0.8 = 0.512.
    assert (best["rank"], best["strength"]) == (1, 0.512)
    assert best["way"] == "王某 → 王小 → aK → aM → 恒信金服有限公司"
    assert best["steps"] == ["kinships", "accounts", "payments", "accounts"] and best["in_time"]
    assert "亲属独立从业" in best["innocent_zh"] and "There was a real sale or loan" in best["innocent_en"]
    assert list(found["strength"]) == sorted(found["strength"], reverse=True)


@pytest.mark.parametrize(("language", "needs"), [("zh", "要排除嫌疑，需要："), ("en", "To be innocent it would need:")])
def test_ways_for_reading_give_file_and_row_of_each_hop(case, language, needs):
    shown = case.paths("official", "M", language, most=1)
    assert isinstance(shown, Fragment) and needs in shown.html
    # Row 1 is the heading.
    for file, row in (("kinships.csv", 2), ("accounts.csv", 4), ("payments.csv", 3), ("payments.csv", 4)):
        assert f"{file} › {f'第 {row} 行' if language == 'zh' else f'row {row}'}" in shown.html


def test_no_way_is_said_and_is_no_clearance(case):
    shown = case.paths("K", "H", "zh", hops=1)
    assert "没有路径不等于没有联系" in shown.text
    assert case.path("K", "H", hops=1).empty


def test_a_party_nobody_knows_is_refused(case):
    with pytest.raises(UsageError, match="nobody in case C1"):
        case.path("official", "无此单位")


def test_findings_are_pandas_and_show_themselves_after_a_selection(case):
    findings = case.findings()
    assert isinstance(findings, pd.DataFrame) and len(findings)
    chosen = findings.query("severity == 'red'").head(1)
    assert isinstance(chosen, Findings)
    for language in LANGUAGES:
        whole = findings.show(language)
        titles = [INDICATORS[slug].title.get(language) for slug in findings["indicator"]]
        assert all(escape(title) in whole.html for title in titles) and f"{len(findings)}" in whole.text
    # Columns that were dropped are left out, not an error.
    assert "没有记录" in findings[["score"]].head(0).show("zh").text


def test_untrusted_text_in_a_finding_stays_text(case):
    findings = case.findings().assign(summary_zh="<script>x</script>")
    assert "<script>x" not in page(findings.show("zh").html, "t", "zh")


def test_screening_anew_forgets_what_was_computed_before(case):
    before = case.findings()
    case.__dict__["_findings"] = before.head(0)
    assert case.findings().empty
    assert list(case.screen()["finding_id"]) == list(before["finding_id"])
    with pytest.raises(UsageError, match="no indicator"):
        case.screen("no-such-question")


def test_the_network_is_a_picture_and_files(case, tmp_path):
    drawn = case.network("en")
    bundle = drawn._repr_mimebundle_()
    assert 'class="cl-network"' in bundle["application/vnd.caselens.fragment+html"] and "text/html" in bundle
    read = nx.read_graphml(drawn.to_graphml(tmp_path / "case.graphml"), force_multigraph=True)
    assert (len(read), read.number_of_edges()) == (len(case.graph), case.graph.number_of_edges())
    nodes, relationships = drawn.to_neo4j_csv(tmp_path)
    assert nodes.read_text(encoding="utf-8").count("\n") == len(case.graph) + 1
    assert relationships.exists() and drawn.to_gexf(tmp_path / "case.gexf").exists()


def test_an_account_s_money_is_followed_and_shown_as_tables(case):
    traced = case.account("aS").trace(payment="p1")
    # 2.5 million to aM; 1.78 million of it on to aK, 0.72 stays.
    assert "trace of" in repr(traced) and len(repr(traced)) < 200
    assert "资金去向" in traced._repr_mimebundle_()["application/vnd.caselens.fragment+html"]


@pytest.mark.parametrize(
    "ask", [lambda c: c, lambda c: c.person("O"), lambda c: c.account("aM")], ids=["case", "party", "account"]
)
def test_what_is_shown_in_a_notebook_is_html_without_markup_of_the_data(case, ask):
    html = ask(case)._repr_html_()
    assert "<" in html and "<script" not in html


def test_clusters_name_holders_and_are_shown_on_a_map(tmp_path):
    # Fourteen strangers pay the same round sum into one account within three days.
    same = "".join(f"g{n},2016-07-0{1 + n % 3},aG{n},aK,48000,\n" for n in range(14))
    case = desk_of(tmp_path / "W", {**FEE, "payments": FEE["payments"] + same}).case("C1")
    foremost = case.clusters().iloc[0]
    assert foremost["typology"] == "fan-in" and {"王小", "aG0"} <= set(foremost["parties"])
    for language, told in (("zh", "最值得先看"), ("en", "worth reading first")):
        shown = case.show_clusters(language)
        assert told in shown.html and "plotly" in shown.uses
        assert escape(foremost[f"why_{language}"]) in shown.html
