"""Findings: identity, history, decisions, and the sentences people read."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.cities import FEE, desk_of

from caselens.core.errors import UsageError
from caselens.core.text import Text
from caselens.findings import screen, screening
from caselens.findings.identity import evidence_hash, finding_id
from caselens.findings.screen import store_of
from caselens.findings.words import money, sentence
from caselens.indicators import INDICATORS
from caselens.tables import TABLES
from caselens.workspace import Workspace

Given = Callable[..., Workspace]

OFFICIAL, PAYER = {"id": "O", "role": "official"}, {"id": "S", "role": "payer"}
ANCHOR = {"table": "accounts", "id": "a1"}

#: M gets 250 from S, whose loan O handled, and passes 178 to O's sibling.
TABLES_OF = {
    "persons": "person_id,name\nO,某甲\nK,某乙\n",
    "organizations": "org_id,name\nU,局\nS,平台\nM,金服\n",
    "appointments": "person_id,org_id,post,start_date\nO,U,副局长,2014-01-01\n",
    "kinships": "person_id,relative_id,relation\nO,K,sibling\n",
    "financings": "financing_id,borrower_id,lender_id,principal,annual_rate,start_date,handler_id\nL,S,U,5,0.05,2016-03-01,O\n",
    "accounts": "account_id,holder_id\naS,S\naM,M\naK,K\n",
    "payments": "payment_id,paid_at,payer_account,payee_account,amount\np1,2016-06-01,aS,aM,2500000\np2,2016-06-05,aM,aK,1780000\n",
}


def add(workspace: Workspace, tmp_path: Path, name: str, tables: Mapping[str, str]) -> None:
    folder = tmp_path / name
    folder.mkdir()
    for table, text in tables.items():
        (folder / f"{table}.csv").write_text(text, encoding="utf-8")
    workspace.intake(folder)


def only(workspace: Workspace) -> dict[str, Any]:
    found = screen(workspace).findings
    return next(row for row in found.to_dict("records") if row["indicator"] == "flow-pass-through")


def test_the_id_is_of_the_accused_and_the_anchor_only() -> None:
    one = finding_id("x", [OFFICIAL, PAYER], [ANCHOR])
    assert one == finding_id("x", [PAYER, OFFICIAL], [ANCHOR, {"table": "payments", "id": "p"}])
    for role in ("peer", "context", "witness"):
        assert one == finding_id("x", [OFFICIAL, PAYER, {"id": "W", "role": role}], [ANCHOR])
    others = [
        finding_id("y", [OFFICIAL, PAYER], [ANCHOR]),
        finding_id("x", [OFFICIAL], [ANCHOR]),
        finding_id("x", [OFFICIAL, PAYER, {"id": "N", "role": "nominee"}], [ANCHOR]),
        finding_id("x", [OFFICIAL, PAYER], [{"table": "accounts", "id": "a2"}]),
    ]
    assert len({one, *others}) == 5


def test_the_evidence_hash_is_of_the_rows_in_any_order_and_number() -> None:
    rows = [("payments", "1"), ("contracts", "2")]
    assert evidence_hash(rows) == evidence_hash([*reversed(rows), rows[0]])
    assert evidence_hash(rows) != evidence_hash(rows[:1])


@pytest.mark.long
def test_history_over_refreshes(given: Given, tmp_path: Path) -> None:
    workspace = given(TABLES_OF)
    first = only(workspace)
    assert (first["change"], first["status"]) == ("new", "new")
    assert first["first_seen"] == date(2016, 6, 5)  # the as-of day of the data, not the clock
    assert only(workspace)["change"] == "new"  # the same refresh on the same data changes nothing
    line = "payment_id,paid_at,payer_account,payee_account,amount\n"
    add(workspace, tmp_path, "later", {"payments": line + "p9,2016-09-01,aS,aK,10\n"})
    second = only(workspace)
    assert (second["finding_id"], second["change"], second["status"]) == (first["finding_id"], "same", "open")
    assert (second["first_seen"], second["last_seen"]) == (date(2016, 6, 5), date(2016, 9, 1))
    add(workspace, tmp_path, "more", {"payments": line + "p3,2016-06-06,aM,aK,300000\np8,2016-10-01,aS,aK,10\n"})
    third = only(workspace)
    assert (third["finding_id"], third["change"]) == (first["finding_id"], "changed")
    assert third["amount"] == 2_080_000
    assert third["evidence_hash"] != first["evidence_hash"]


def test_a_decision_outlasts_a_refresh_and_needs_no_new_screening(given: Given, tmp_path: Path) -> None:
    workspace = given(TABLES_OF)
    found = only(workspace)
    store_of(workspace).decide("dismiss", "findings", [found["finding_id"]], "已核实为借款", "某人")
    kept = screening(workspace).findings.set_index("finding_id")
    assert kept.loc[found["finding_id"], "status"] == "dismissed"
    add(workspace, tmp_path, "more", {"persons": "person_id,name\nN,某丙\n"})
    assert only(workspace)["status"] == "dismissed"


def test_a_kept_screening_equals_a_fresh_one(given: Given) -> None:
    workspace = given(TABLES_OF)
    fresh, kept = screen(workspace), screening(workspace)
    assert kept.findings["evidence"].tolist() == fresh.findings["evidence"].tolist()
    assert kept.findings["subjects"].tolist() == fresh.findings["subjects"].tolist()
    assert kept.findings["finding_id"].tolist() == fresh.findings["finding_id"].tolist()
    assert len(kept.assessments) == len(fresh.assessments)


def test_columns_are_those_of_the_tables_and_every_question_is_answered(given: Given) -> None:
    result = screen(given(TABLES_OF))
    assert list(result.findings.columns) == [column.name for column in TABLES["findings"].columns]
    assert list(result.assessments.columns) == [column.name for column in TABLES["assessments"].columns]
    lacking = result.assessments[result.assessments["indicator"] == "life-cost-chain"]
    assert lacking["state"].tolist() == ["not_assessable"]
    assert "projects" in lacking["reason"].iloc[0]


def test_an_unknown_indicator_is_a_sentence(given: Given) -> None:
    with pytest.raises(UsageError, match="there is no indicator nonsense"):
        screen(given(TABLES_OF), ["nonsense"])


@pytest.mark.parametrize(
    ("amount", "zh", "en"),
    [
        (1_780_000, "178万元", "CNY 1,780,000"),
        (197_000_000, "1.97亿元", "CNY 197,000,000"),
        (73_300, "7.33万元", "CNY 73,300"),
        (9_999.5, "9,999.50元", "CNY 9,999.50"),
        (0, "0元", "CNY 0"),
        (1_234_567.89, "1,234,567.89元", "CNY 1,234,567.89"),  # a lead's sentence never rounds
        (-50_000, "-5万元", "CNY -50,000"),
    ],
)
def test_money_as_people_write_it(amount: float, zh: str, en: str) -> None:
    assert (money(amount, "zh"), money(amount, "en")) == (zh, en)


def test_names_are_text_and_never_a_template() -> None:
    template = Text("{payer}付给{official}{amount:money}", "{payer} paid {official} {amount:money}")
    lead = {"subjects": [OFFICIAL, PAYER, {"id": "T", "role": "payer"}], "amount": 20_000.0}
    said = sentence(template, lead, {"S": "{amount}<b>", "O": ""})
    assert said.zh == "{amount}<b>、T付给O2万元"  # a party without a name shows its id
    assert said.en == "{amount}<b>, T paid O CNY 20,000"
    assert "未知" in sentence(template, {"subjects": [], "amount": 1.0}, {}).zh


@pytest.mark.long
def test_a_defect_of_one_indicator_is_told_and_takes_nothing_else_away(tmp_path, monkeypatch):
    """The indicator's earlier findings are not gone: nobody looked. No name of the data is in the reason."""
    desk = desk_of(tmp_path, FEE)
    before = desk.screen().findings
    assert "flow-pass-through" in set(before["indicator"])

    def broken(inputs):
        raise KeyError("王小")

    name = "flow-pass-through"
    monkeypatch.setitem(INDICATORS, name, replace(INDICATORS[name], compute=broken))
    # The defect stands in no file, so that the program seems to be the same; the kept answer would be taken.
    shutil.rmtree(desk.workspace.folder.derived / "answers")
    result = desk.screen()
    told = result.assessments[result.assessments["indicator"] == name]
    assert list(told["state"]) == ["not_assessable"]
    assert "defect in the program" in told["reason"].iloc[0] and "KeyError" in told["reason"].iloc[0]
    assert "王小" not in told["reason"].iloc[0]
    assert set(result.findings["indicator"]) == set(before["indicator"]) - {name}
    monkeypatch.undo()
    again = desk.screen().findings.set_index("finding_id")["change"]
    assert set(again) <= {"new", "same"} and set(again.index) == set(before["finding_id"])


def test_a_payment_known_from_a_statement_leads_to_its_line(tmp_path):
    # The city of FEE with the fee's two onward payments printed on M's statement alone.
    head, *rows = FEE["payments"].splitlines()
    given = "\n".join([head, *(row for row in rows if not row.startswith(("p2,", "p3,")))]) + "\n"
    lines = (
        "line_id,account_id,booked_at,direction,amount,counterparty_account\n"
        "l1,aM,2016-06-05 10:00:00,out,1000000,aK\nl2,aM,2016-06-11 10:00:00,out,780000,aK\n"
    )
    found = desk_of(tmp_path, FEE | {"payments": given, "statement_lines": lines}).screen().findings
    (rows,) = found.loc[found["indicator"] == "flow-pass-through", "evidence"]
    assert {("statement_lines", "l1"), ("statement_lines", "l2")} <= {(row["table"], row["key"]) for row in rows}
    assert {row["role"] for row in rows if row["table"] == "statement_lines"} == {"passed_on"}
