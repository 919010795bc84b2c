"""Order of a project's steps: what counts as reversed or missing, and whose paper excuses it."""

from collections.abc import Callable

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
DAYS = {
    "initiation": "2020-01-03", "land": "2020-01-20", "planning": "2020-01-20", "survey_design": "2020-02-03",
    "tendering": "2020-02-20", "contract": "2020-03-20", "quality_supervision": "2020-04-01",
    "safety_supervision": "2020-04-01", "construction_permit": "2020-04-20", "construction_start": "2020-05-01",
    "acceptance": "2021-02-01", "audit": "2021-05-06", "payment": "2021-06-01",
}  # fmt: skip


def asked(
    given: Given, delivery: str = "", paper: str = "", tables: dict[str, str] | None = None, **other: str
) -> Answer:
    """Project X in order but for ``other`` days ("" = no row); ``paper`` is a further event."""
    rows = "".join(f"{stage},X,{stage},{day},H,,\n" for stage, day in (DAYS | other).items() if day)
    given_tables = {
        "projects": f"project_id,name,owner_id,lifecycle,delivery\nX,桥,U,engineering,{delivery}\n",
        "project_events": "event_id,project_id,stage,happened_on,handler_id,document_no,issued_by_id\n" + rows + paper,
        "appointments": "person_id,org_id,post,start_date\nH,UNIT,科长,2015-01-01\n",
    }
    return evaluate(INDICATORS["life-stage-order"], given(given_tables | (tables or {})))


def state(answer: Answer) -> str:
    return str(answer.assessed["state"].item())


COVERED = {"coverage": "table,scope,period_start,period_end,is_complete\nproject_events,,2019-01-01,2021-12-31,true\n"}


def test_two_steps_of_one_day_are_in_order_and_a_day_earlier_is_not(given: Given) -> None:
    assert state(asked(given, payment="2021-05-06")) == "clean"
    answer = asked(given, payment="2021-05-05")
    assert state(answer) == "hit"
    assert answer.leads["severity"].item() == "red"
    assert sorted(answer.evidence["key"]) == ["X", "audit", "payment"]


def test_the_last_of_several_payments_is_the_final_one(given: Given) -> None:
    assert state(asked(given, paper="early,X,payment,2020-09-01,H,,\n")) == "clean"


def test_a_missing_stage_counts_only_inside_complete_coverage(given: Given) -> None:
    assert state(asked(given, construction_permit="")) == "not_assessable"
    answer = asked(given, tables=COVERED, construction_permit="")
    assert state(answer) == "hit"
    assert "coverage" in set(answer.evidence["table"])


def test_a_contract_in_another_table_shows_that_the_step_was_taken(given: Given) -> None:
    contracts = {"contracts": "contract_id,project_id,buyer_id,supplier_id,amount,signed_on\nC,X,U,S,1,2020-03-20\n"}
    assert state(asked(given, tables=COVERED | contracts, contract="")) == "clean"


def test_the_first_stage_may_lie_before_the_data_begin(given: Given) -> None:
    # Coverage begins on 2019-06-01, 233 days before the first step: the initiation may be older.
    near = {"coverage": "table,scope,period_start,period_end,is_complete\nproject_events,,2019-06-01,2021-12-31,true\n"}
    assert state(asked(given, tables=near, initiation="")) == "not_assessable"
    assert state(asked(given, tables=COVERED, initiation="")) == "hit"


@pytest.mark.parametrize(
    ("day", "number", "issuer", "expected"),
    [
        ("2020-05-01", "文7号", "GOV", "excluded"),
        ("2020-05-02", "文7号", "GOV", "hit"),  # after the start
        ("2020-04-25", "", "GOV", "hit"),  # no number
        ("2020-04-25", "文7号", "U", "hit"),  # the owner itself
        ("2020-04-25", "文7号", "UNIT", "hit"),  # the unit of whoever signed the start
    ],
)
def test_only_an_earlier_numbered_paper_of_another_body_excuses_a_late_permit(
    given: Given, day: str, number: str, issuer: str, expected: str
) -> None:
    paper = f"p,X,commitment_approval,{day},,{number},{issuer}\n"
    assert state(asked(given, paper=paper, construction_permit="2020-05-21")) == expected


def test_no_commitment_excuses_a_payment_before_the_audit(given: Given) -> None:
    paper = "p,X,commitment_approval,2020-01-01,,文7号,GOV\n"
    assert state(asked(given, paper=paper, payment="2021-04-01")) == "hit"


def test_with_epc_the_design_may_follow_the_tender(given: Given) -> None:
    assert state(asked(given, survey_design="2020-04-25")) == "hit"
    assert state(asked(given, delivery="epc", survey_design="2020-04-25")) == "clean"
    assert state(asked(given, delivery="bot", survey_design="2020-04-25")) == "not_assessable"


def test_a_stage_that_most_projects_lack_is_not_written_down_here(given: Given) -> None:
    # Eight projects, all inside complete coverage; five of them have no safety supervision row.
    rows = "".join(
        f"{n}{stage},X{n},{stage},{day},H,,\n"
        for n in range(8)
        for stage, day in DAYS.items()
        if not (n < 5 and stage == "safety_supervision")
    )
    tables = {
        "projects": "project_id,name,owner_id,lifecycle\n" + "".join(f"X{n},桥,U,engineering\n" for n in range(8)),
        "project_events": "event_id,project_id,stage,happened_on,handler_id,document_no,issued_by_id\n" + rows,
    }
    answer = asked(given, tables=COVERED | tables)
    assert answer.assessed["state"].value_counts().to_dict() == {"not_assessable": 5, "clean": 3}
