"""Findings about the data: each with its count, a sentence in two languages and a row to look at."""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselens.workspace import Workspace
from caselens.workspace.check import check, coverage_facts

PAYMENTS = "payment_id,paid_at,payer_account,payee_account,amount,currency,channel\n"


def one(found: pd.DataFrame, kind: str, **where: Any) -> dict[str, Any]:
    rows = found[found["kind"] == kind]
    for name, value in where.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1, found
    return rows.iloc[0].to_dict()


def test_nothing_is_found_in_an_empty_workspace(workspace):
    found = check(workspace)
    assert found.empty
    assert list(found.columns) == [
        *("severity", "kind", "table", "column", "count", "zh", "en", "source_file", "source_row")
    ]


def test_references_without_a_row(deliver, workspace):
    deliver("accounts.csv", "account_id,holder_id\nA1,N1\nA2,O1\nA3,X9\n")
    deliver("persons.csv", "person_id,name\nN1,甲\n")
    deliver("organizations.csv", "org_id,name\nO1,某公司\n")
    deliver("payments.csv", PAYMENTS + "P1,2024-01-01,A1,A9,5,,\nP2,2024-01-02,A1,A9,5,,\nP3,2024-01-02,A1,A8,5,,\n")
    found = check(workspace)
    # A holder may be a person or an organization: only X9 is neither.
    holder = one(found, "dangling_reference", column="holder_id")
    assert (holder["count"], holder["source_file"], holder["source_row"]) == (1, "accounts.csv", 4)
    payee = one(found, "dangling_reference", column="payee_account")
    assert (payee["count"], payee["source_row"], payee["severity"]) == (3, 2, "warning")
    assert payee["en"] == "3 cells name 2 ids that accounts does not have, e.g. 'A9'"
    assert found[found["kind"] == "dangling_reference"]["column"].tolist() == ["holder_id", "payee_account"]


def test_a_table_that_was_not_delivered_is_said(deliver, workspace):
    deliver("payments.csv", PAYMENTS + "P1,2024-01-01,A1,A2,5,,\n")
    assert "that table was not delivered" in one(check(workspace), "dangling_reference", column="payer_account")["en"]


def test_quarantine_conflicts_codes_and_refused_files(deliver, workspace):
    deliver(
        "payments.csv", PAYMENTS + "P1,2024-01-01,A1,A2,-5,,\nP2,2024-01-01,A1,A2,5,,pigeon\nP2,2024-01-01,A1,A2,6,,\n"
    )
    deliver("payments.csv", PAYMENTS + "P3,2024-01-01,A1,A2,6,,owl\nP4,2024-01-01,A1,A2,6,,owl\nP5,x,A1,A2,6,,\n")
    deliver("rubbish.xls", b"\0\1")
    found = check(workspace)
    assert found["severity"].tolist() == sorted(found["severity"], key=["error", "warning", "info"].index)
    assert sorted(found[found["kind"] == "quarantine"]["source_row"]) == [2, 4]
    assert one(found, "conflict")["count"] == 1
    # P2's row with the pigeon was replaced: only rows in force are counted.
    codes = found[found["kind"] == "unknown_code"]
    assert codes[["column", "count", "source_row"]].values.tolist() == [["channel", 2, 2]]
    assert one(found, "refused_file")["source_file"] == "rubbish.xls"
    assert not (found["zh"] == "").any()


def test_rates(deliver, workspace):
    deliver("exchange_rates.csv", "currency,rate_on,cny\nUSD,2024-01-01,7.1\nUSD,2024-01-01,7.2\nUSD,2024-01-02,7.2\n")
    deliver(
        "payments.csv",
        PAYMENTS + "P1,2024-01-01,A1,A2,5,USD,\nP2,2024-01-01,A1,A2,5,EUR,\nP3,2024-01-01,A1,A2,5,CNY,\n",
    )
    found = check(workspace)
    assert one(found, "two_rates")["en"] == "'USD' has 2 different rates on 2024-01-01"
    assert (one(found, "no_rate")["count"], one(found, "no_rate")["source_row"]) == (1, 3)


def test_dates_after_the_day_the_data_stand_for(deliver, workspace):
    path = workspace.folder.settings
    path.write_text(path.read_text() + "as_of = 2024-06-30\n")
    deliver("payments.csv", PAYMENTS + "P1,2024-06-30 23:59:59,A1,A2,5,,\nP2,2024-07-01,A1,A2,5,,\n")
    deliver("licences.csv", "licence_id,org_id,kind,valid_until\nL1,O1,x,2030-01-01\n")
    later = one(check(Workspace.open(workspace.folder.root)), "after_as_of")
    assert (later["table"], later["column"], later["count"], later["source_row"]) == ("payments", "paid_at", 1, 3)


def test_completeness_that_is_declared_and_denied(deliver, workspace):
    head = "table,scope,period_start,period_end,is_complete,basis\n"
    deliver(
        "coverage.csv",
        head
        + "payments,A1,2024-01-01,2024-06-30,true,对账单\npayments,A1,2024-06-30,2024-12-31,false,缺页\n"
        + "payments,A2,2024-01-01,2024-06-30,false,缺页\nkinships,,2024-01-01,2024-06-30,true,\n"
        + "nothing,,2024-01-01,2024-06-30,true,\npayments,A3,2024-12-31,2024-01-01,true,\n",
    )
    deliver("payments.csv", PAYMENTS + "P1,2024-02-01,A1,A2,5,,\n")
    found = check(workspace)
    overlap = one(found, "coverage_contradiction", column="is_complete")
    assert (overlap["count"], overlap["source_row"]) == (1, 2)
    assert one(found, "coverage_contradiction", column="period_end")["source_row"] == 7
    assert one(found, "coverage_of_nothing", severity="warning")["source_row"] == 6
    assert "kinships is declared complete" in one(found, "coverage_of_nothing", severity="info")["en"]
    facts = coverage_facts(workspace)
    payments = facts[facts["table"] == "payments"]
    assert payments["scope"].tolist() == ["A1", "A1", "A2", "A3"]
    assert payments["rows"].tolist() == [1, 1, 1, 1]
    assert str(payments["first"].iloc[0])[:10] == "2024-02-01"
