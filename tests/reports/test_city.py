"""The city at a glance: findings counted once a unit, where a person held his post then, and nothing left unsaid."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest
from tests.cities import desk_of

from caselens.indicators import INDICATORS
from caselens.reports.city import FAMILIES, City, family
from caselens.views import city as pictures

#: P served in unit A until mid-2016 and in B since; Q in B all the time; F is a private firm.
TABLES = {
    "persons": "person_id,name\nP,王某\nQ,李某\nX,路人\n",
    "organizations": "org_id,name,kind\nA,云江区水利局,government\nB,云江区教育局,government\nF,恒信工程有限公司,private\n",
    "appointments": "person_id,org_id,post,start_date,end_date\nP,A,科长,2014-01-01,2016-06-30\n"
    "P,B,副局长,2016-07-01,\nQ,B,科员,2010-01-01,\n",
    "accounts": "account_id,holder_id\naP,P\naQ,Q\naX,X\naF,F\n",
    "payments": "payment_id,paid_at,payer_account,payee_account,amount\n"
    + "".join(f"p{n},2016-03-{n + 1:02d} 0{n}:00:00,aF,aX,{9000 + n}\n" for n in range(9)),
}


def finding(number, slug, severity, score, end, *subjects):
    return {
        "finding_id": f"f{number}",
        "indicator": slug,
        "severity": severity,
        "score": score,
        "period_end": None if end is None else pd.Timestamp(end).date(),
        "subjects": [{"id": party, "role": role} for party, role in subjects],
    }


FOUND = pd.DataFrame(
    [
        # While P was in A; the payer is a firm and has no unit.
        finding(1, "flow-drip", "red", 0.9, "2016-05-01", ("P", "official"), ("F", "payer")),
        # P and Q together in B: one finding of B about two people.
        finding(2, "flow-drip", "yellow", 0.5, "2017-01-01", ("P", "official"), ("Q", "official")),
        # About unit A itself; Q is mentioned as a colleague only.
        finding(3, "org-rubber-stamp", "red", 0.7, None, ("A", "unit"), ("Q", "context")),
        # Without a day P counts where he was last: in B.
        finding(4, "org-tenure", "note", 0.2, None, ("P", "official")),
        finding(5, "bid-ring", "red", 0.8, "2016-01-01", ("F", "member")),
    ]
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return desk_of(tmp_path_factory.mktemp("city"), TABLES).workspace


@pytest.fixture
def city(workspace):
    covered = pd.DataFrame([(slug, "") for slug in INDICATORS], columns=["indicator", "lacks"])
    covered.loc[0, "lacks"] = "tenders"
    states = pd.DataFrame({"state": ["clean"] * 1200 + ["hit"] * 5 + ["not_assessable"] * 40})
    return City(
        SimpleNamespace(
            workspace=workspace, coverage=lambda: covered, findings=lambda: FOUND, assessments=lambda: states
        )
    )


def test_a_finding_counts_once_a_unit_and_where_the_post_was_held_then(city):
    ranked = city.ranking().set_index("org_id")
    # A: f1 (P was there until June 2016) and f3. B: f2 (two people, once) and f4.
    columns = ["found", "red", "yellow", "note", "people", "foremost"]
    assert list(ranked.loc["A", columns]) == [2, 2, 0, 0, 1, "flow-drip"]
    assert list(ranked.loc["B", columns]) == [2, 0, 1, 1, 2, "flow-drip"]
    assert list(ranked.index) == ["A", "B"]
    # f5 is about a private firm: it is in no unit, and the page says so.
    assert "另有 1 条线索的对象不在任何单位任职" in city.units("zh").html


def test_the_heat_map_shows_the_same_counts_as_the_table(city):
    cells = {(row.org_id, row.family): row.found for row in city.by_unit().itertuples()}
    assert cells == {("A", "flow"): 1, ("A", "org"): 1, ("B", "flow"): 1, ("B", "org"): 1}
    frame = pd.DataFrame([("甲", "资金", 4), ("乙", "资金", 1), ("乙", "投标", 2)], columns=["unit", "family", "found"])
    (heat,) = pictures.units_by_family(frame, "zh").data
    # The first unit stands on top, which plotly draws last; the family with most (5) comes first.
    assert list(heat.x) == ["资金", "投标"] and list(heat.y) == ["乙", "甲"]
    assert [list(row) for row in heat.text] == [["1", "2"], ["4", ""]]
    cut = pictures.units_by_family(frame, "en", units=1)
    assert "1 more units are not drawn" in cut.layout.meta["notes"][0]


def test_every_family_of_questions_is_named_and_counted(city):
    assert {family(slug) for slug in INDICATORS} == set(FAMILIES)
    families = city.families().set_index("family")
    assert int(families["questions"].sum()) == len(INDICATORS)
    assert int(families["can"].sum()) == len(INDICATORS) - 1
    assert list(families.loc["flow", ["found", "red", "yellow", "note"]]) == [2, 1, 1, 0]
    assert int(families["found"].sum()) == len(FOUND)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("zh", f"{len(INDICATORS)} 个问题中，{len(INDICATORS) - 1} 个可以提出，1 个因缺少资料不能提出"),
        ("en", "1,245 subjects were looked at: 5 hits, 1,200 clean, 0 excluded by rule, 40 lacked records."),
    ],
)
def test_coverage_comes_in_figures_and_says_what_silence_does_not_mean(city, language, told):
    assert told in city.coverage(language).text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_section_can_be_drawn_in_both_languages(city, language):
    assert 'class="cl-figure"' in city.findings(language).html
    shown = city.clusters(language)
    assert ("最值得先看" if language == "zh" else "worth reading first") in shown.html


def test_clusters_are_drawn_by_day_and_amount_in_wan():
    frame = pd.DataFrame(
        [("cycle", "甲", 5e6, "2016-03-01", 5, 9), ("fan-in", "乙 <b>", 2e4, "2016-05-01", 2, 3)],
        columns=["typology", "name", "amount", "begins", "accounts", "payments"],
    )
    figure = pictures.cluster_map(frame.assign(begins=pd.to_datetime(frame["begins"])), "zh")
    assert "万元" in figure.layout.yaxis.title.text and figure.layout.yaxis.type == "log"
    values = {trace.name: (list(trace.y), trace.customdata[0][0]) for trace in figure.data}
    # 5,000,000 yuan are 500 万, 20,000 are 2.
    assert values == {"循环回流": ([500.0], "甲"), "多方归集": ([2.0], "乙 &lt;b&gt;")}
