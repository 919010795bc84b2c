"""Changes of contracts: what is summed, with whom it is compared, and whose order takes a change off."""

from collections.abc import Callable

import numpy as np
import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.indicators._ranked import upper_p
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
PEERS = range(1, 10)


def asked(given: Given, changes: str, more: dict[str, str] | None = None, contract: str = "") -> Answer:
    """Contract X of 1,000,000 with ``changes``; nine peers that grow by 1 to 3 %."""
    tables = {
        "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on,project_id,handler_id,currency\n"
        + (contract or "X,U,S,1000000,2020-01-06,J,H,\n")
        + "".join(f"P{n},U,S,1000000,2019-01-0{n},,,\n" for n in PEERS),
        "contract_changes": "change_id,contract_id,amount,changed_on,handler_id,currency\n"
        + changes
        + "".join(f"p{n},P{n},{10000 + 2500 * (n - 1)},2019-11-0{n},,\n" for n in PEERS),
    }
    return evaluate(INDICATORS["life-change-orders"], given(tables | (more or {})))


def state(answer: Answer, subject: str = "X") -> str:
    return str(answer.assessed.set_index("subject_id").loc[subject, "state"])


@pytest.mark.parametrize(("last", "expected"), [("-20000", "hit"), ("-20001", "clean")])
def test_ups_and_downs_are_one_net_sum_and_a_tenth_is_reached_inclusively(
    given: Given, last: str, expected: str
) -> None:
    # 90,000 + 30,000 - 20,000 = 100,000 of 1,000,000 = exactly a tenth; one yuan less is under it.
    answer = asked(given, f"a,X,90000,2020-05-01,H,\nb,X,30000,2020-06-01,H,\nc,X,{last},2020-07-01,H,\n")
    assert state(answer) == expected


def test_a_change_in_another_currency_is_not_added(given: Given) -> None:
    answer = asked(given, "a,X,200000,2020-05-01,H,USD\n")
    assert state(answer) == "not_assessable"


@pytest.mark.parametrize(
    ("issuer", "day", "expected"),
    [("GOV", "2020-05-01", "excluded"), ("GOV", "2020-05-02", "hit"), ("U", "2020-04-01", "hit"),
     ("UNIT", "2020-04-01", "hit")],
)  # fmt: skip
def test_only_an_earlier_order_of_somebody_else_takes_a_change_off(
    given: Given, issuer: str, day: str, expected: str
) -> None:
    # 180,000 changed on 2020-05-01; ordered were 150,000: 30,000 = 3 % is left. UNIT is the approver's own unit.
    more = {
        "projects": "project_id,name,owner_id,lifecycle\nJ,工程,U,engineering\n",
        "appointments": "person_id,org_id,post,start_date\nH,UNIT,科长,2015-01-01\n",
        "project_events": "event_id,project_id,stage,happened_on,document_no,issued_by_id,amount\n"
        f"e,J,design_change,{day},文1号,{issuer},150000\n",
    }
    assert state(asked(given, "a,X,180000,2020-05-01,H,\n", more)) == expected


def test_where_nothing_was_changed_only_complete_coverage_makes_it_clean(given: Given) -> None:
    more = {
        "coverage": "table,scope,period_start,period_end,is_complete\ncontract_changes,U,2020-01-01,2020-12-31,true\n"
    }
    assert state(asked(given, "")) == "not_assessable"
    assert state(asked(given, "", more)) == "clean"


def test_a_single_changed_contract_is_compared_with_those_known_to_be_unchanged(given: Given) -> None:
    tables = {
        "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on\n"
        + "".join(f"C{n},U,S,1000,2020-01-06\n" for n in range(20)),
        "contract_changes": "change_id,contract_id,amount,changed_on\na,C0,200,2020-05-01\n",
        "coverage": "table,scope,period_start,period_end,is_complete\ncontract_changes,,2020-01-01,2020-12-31,true\n",
    }
    answer = evaluate(INDICATORS["life-change-orders"], given(tables))
    assert list(answer.leads["lead"]) == ["C0"]
    assert answer.leads["p_value"].item() <= 1 / 20  # the largest of twenty


def test_p_is_a_rank_in_the_bulk_and_uniform_over_exchangeable_values() -> None:
    values = np.random.default_rng(5).normal(0.015, 0.02, 4000)
    p = upper_p(values, np.array([f"c{n}" for n in range(4000)]))
    for at in (0.05, 0.25, 0.5, 0.9):  # 4,000 draws: three standard errors are at most 0.024
        assert abs((p <= at).mean() - at) < 0.024
    assert p[np.argmin(values)] == p.max()
