"""Cut purchases: where the line runs, which purchases do not count, and bunching below the line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.indicators._bunching import bunching
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["proc-split-60w"]
HEAD = (
    "contract_id,buyer_id,supplier_id,amount,signed_on,category,title,handler_id,request_no,tender_id,method,project_id,"
    "parent_contract_id\n"
)
RULE = {"unit_events": "event_id,org_id,kind,happened_on,text\nR,G,rule_in_force,2020-01-01,60万元以上采购须招标\n"}


def bought(*rows: str, **more: str) -> dict[str, str]:
    """Purchases of B as "supplier amount day handler request [column=value …]"; a dash is empty."""
    names = HEAD.strip().split(",")
    lines = []
    for number, row in enumerate(rows):
        supplier, amount, day, handler, request, *others = row.split()
        cells = dict.fromkeys(names, "") | {
            "contract_id": f"c{number}", "buyer_id": "B", "supplier_id": supplier, "amount": amount, "signed_on": day,
            "category": "办公", "title": "桌椅", "handler_id": handler.strip("-"), "request_no": request.strip("-"),
        }  # fmt: skip
        cells |= dict(other.split("=") for other in others)
        lines.append(",".join(cells[name] for name in names) + "\n")
    units = {"organizations": "org_id,name,parent_org_id\nB,采购人,G\nG,集团,\n"}
    return {"contracts": HEAD + "".join(lines)} | units | RULE | more


def state(answer: Answer, subject: str = "B") -> str:
    return str(answer.assessed.set_index("subject_id").loc[subject, "state"])


def lead(answer: Answer) -> dict[str, Any]:
    (only,) = answer.leads.to_dict("records")
    return only


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["S 300000 2021-03-01 H -", "S 300000 2021-03-02 H -"], "hit"),  # exactly 60万 in all
        (["S 300000 2021-03-01 H -", "S 299999.99 2021-03-02 H -"], "clean"),
        (["S 600000 2021-03-01 H -", "S 300000 2021-03-02 H -"], "clean"),  # exactly 60万 is not below the line
        (["S 599999.99 2021-03-01 H -", "S 0.01 2021-03-02 H -"], "hit"),
        (["S 350000 2021-03-01 H -", "S 350000 2021-05-30 H -"], "hit"),  # 90 days
        (["S 350000 2021-03-01 H -", "S 350000 2021-05-31 H -"], "clean"),  # 91
        (["S 350000 2021-12-01 H -", "S 350000 2022-01-10 H -"], "clean"),  # two budget years
        (["S 350000 2021-03-01 H -", "S 350000 2021-03-02 J -"], "clean"),  # two approvers, two purchases
        (["S 350000 2021-03-01 H Q1", "S 350000 2021-03-02 J Q1"], "hit"),  # on one request
        (["S 250000 2021-03-01 H -", "S 250000 2021-03-02 J -", "S 250000 2021-03-03 K -"], "hit"),  # three of anybody
        (["S 350000 2021-03-01 - -", "S 350000 2021-03-02 - -"], "not_assessable"),  # nobody knows who asked
        (["S 350000 2021-03-01 H -", "T 350000 2021-03-02 H -"], "clean"),  # two strangers
        (["S 350000 2021-03-01 H - category=a title=电脑设备采购一", "S 350000 2021-03-02 H - category=b title=电脑设备采购二"], "hit"),
        (["S 350000 2021-03-01 H - category=a title=电脑", "S 350000 2021-03-02 H - category=b title=绿化"], "clean"),
        (["S 350000 2021-03-01 H - method=open", "S 350000 2021-03-02 H -"], "excluded"),
        (["S 350000 2021-03-01 H - parent_contract_id=F", "S 350000 2021-03-02 H -"], "excluded"),
        (["S 350000 2019-12-31 H -", "S 350000 2020-01-02 H -"], "clean"),  # years differ anyway
        (["S 350000 2019-03-01 H -", "S 350000 2019-03-02 H -"], "excluded"),  # before the rule
        (["S 350000 2021-03-01 H Q1 project_id=P1", "S 350000 2021-03-02 H Q2 project_id=P2"], "excluded"),  # two sites
        (["S 350000 2021-03-01 H Q1 project_id=P1", "S 350000 2021-03-02 H Q1 project_id=P2"], "hit"),  # one request
    ],
)  # fmt: skip
def test_where_the_line_runs(rows: list[str], expected: str, given: Given) -> None:
    assert state(evaluate(INDICATOR, given(bought(*rows)))) == expected


PAIR = ("S 350000 2021-03-01 H -", "T 350000 2021-03-02 H -")


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({"ownerships": "org_id,holder_id,share\nS,P,0.5\nT,P,0.1\n"}, "hit"),
        ({"ownerships": "org_id,holder_id,share\nS,P,0.5\nT,P,0.04\n"}, "clean"),
        ({"ownerships": "org_id,holder_id,share\nT,S,0.5\n"}, "hit"),  # one holds the other
        ({"ownerships": "org_id,holder_id,share,start_date,end_date\nS,P,1,,2015-01-01\nT,P,1,2016-01-01,\n"}, "clean"),
        ({"directorships": "org_id,person_id,role\nS,P,manager\nT,P,legal_representative\n"}, "hit"),
        (
            {
                "organizations": "org_id,name,parent_org_id,phone\nB,采购人,G,\nG,集团,,\nS,甲,,073112345\nT,乙,,073112345\n"
            },
            "hit",
        ),
    ],
)
def test_linked_suppliers_are_one(tables: dict[str, str], expected: str, given: Given) -> None:
    assert state(evaluate(INDICATOR, given(bought(*PAIR, **tables)))) == expected


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("E,P,emergency_order,2021-02-01,文1,BOARD", "excluded"),
        ("E,P,emergency_order,2021-03-02,文1,BOARD", "hit"),  # younger than the first purchase
        ("E,P,emergency_order,2021-02-01,文1,B", "hit"),  # the buyer's own paper
        ("E,P,emergency_order,2021-02-01,文1,OWN", "hit"),  # a unit of the approver
        ("E,P,emergency_order,2021-02-01,,BOARD", "hit"),  # no number
    ],
)
def test_only_an_older_order_of_another_body_excuses(event: str, expected: str, given: Given) -> None:
    rows = ("S 350000 2021-03-01 H - project_id=P", "S 350000 2021-03-03 H - project_id=P")
    more = {
        "project_events": f"event_id,project_id,stage,happened_on,document_no,issued_by_id\n{event}\n",
        "appointments": "person_id,org_id,post,start_date\nH,OWN,主任,2015-01-01\n",
    }
    assert state(evaluate(INDICATOR, given(bought(*rows, **more)))) == expected


def test_score_roles_anchor_and_rule(given: Given) -> None:
    rows = ("S 590000 2021-03-01 H Q", "S 100000 2021-03-11 H Q", "S 100000 2021-03-12 J Q")
    answer = evaluate(INDICATOR, given(bought(*rows)))
    found = lead(answer)
    # 0.5 + one request 0.2 + within 30 days 0.15 + largest part 590 / 600 >= 0.9: 0.15
    assert (found["score"], found["severity"], found["amount"]) == (1.0, "red", 790_000)
    assert {(one["id"], one["role"]) for one in found["subjects"]} == {
        ("B", "unit"), ("S", "supplier"), ("H", "official"), ("J", "context"),
    }  # fmt: skip
    assert found["objects"][0] == {"table": "organizations", "id": "B"}
    assert {(row.table, row.role) for row in answer.evidence.itertuples()} == {
        ("contracts", "purchase"), ("unit_events", "rule_in_force"), ("organizations", "rule_in_force"),
    }  # fmt: skip


def test_without_any_recorded_rule_a_pattern_is_only_a_note(given: Given) -> None:
    rows = bought("S 350000 2021-03-01 H -", "S 350000 2021-03-02 H -")
    rows.pop("unit_events")
    assert lead(evaluate(INDICATOR, given(rows)))["severity"] == "note"
    set_from = f'[parameters.{INDICATOR.id}]\neffective_from = "2021-03-02"'
    assert state(evaluate(INDICATOR, given(rows, set_from))) == "excluded"  # one of the two is older
    other = {"unit_events": RULE["unit_events"].replace(",G,", ",ELSEWHERE,")}
    # A rule of another unit says nothing of this one: still to be confirmed, still worth a note.
    assert lead(evaluate(INDICATOR, given(rows | other)))["severity"] == "note"


def test_bunching_against_a_density_fitted_outside_the_window() -> None:
    # Evenly spread from 300,000 to 1,199,000 yuan by 5,000, so a flat density: half of the window lies below the line.
    flat = [value for value in range(301_000, 1_200_000, 5_000) if not 540_000 <= value < 660_000]
    near = [591_000 + 700 * place for place in range(12)] + [601_000]
    test = bunching(np.array(flat + near) * 100, 60_000_000, 1_000_000, 20)
    assert test is not None
    assert (test.below, test.above, test.rounds) == (12, 1, 0)
    assert test.share == pytest.approx(0.5, abs=0.03)
    assert test.p_value == pytest.approx(float(binom.sf(11, 13, test.share)))  # 14 / 2**13 = 0.0017 at a half
    assert bunching(np.array(near) * 100, 60_000_000, 1_000_000, 20) is None  # nothing to fit a density to
    rounds = bunching(np.array(flat + [590_000] * 12) * 100, 60_000_000, 1_000_000, 20)
    assert rounds is not None and (rounds.below, rounds.rounds, rounds.p_value) == (0, 12, 1.0)
