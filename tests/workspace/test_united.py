"""Statement lines become payments beside those that were given, and add no money twice."""

from __future__ import annotations

from pathlib import Path

from tests.cities import desk_of

#: a1 (bank A) sends 500 to b1 (bank B): both statements show it. a1 also pays 80 to a shop, seen from one side only.
LINES = (
    "line_id,account_id,booked_at,direction,amount,counterparty_account,counterparty_name\n"
    "L1,a1,2024-03-01T10:00:00,out,500,b1,乙\n"
    "L2,b1,2024-03-01T10:00:05,in,500,a1,甲\n"
    "L3,a1,2024-03-02T09:00:00,out,80,s9,便民商店\n"
)
ACCOUNTS = "account_id,holder_id,holder_name\na1,P1,甲\nb1,P2,乙\n"


def test_both_sides_of_a_transfer_are_one_payment_with_the_payer_lines_origin(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, {"statement_lines": LINES, "accounts": ACCOUNTS})
    payments = desk.table("payments").execute().sort_values("amount")
    # 580 in all: 500 once, though two statements show it, and 80.
    assert list(payments["amount"].astype(float)) == [80.0, 500.0]
    both = payments.iloc[1]
    assert (both["payer_account"], both["payee_account"]) == ("a1", "b1")
    assert (both["source_file"], both["source_row"]) == ("statement_lines.csv", 2)
    assert "s9" in set(desk.table("accounts").execute()["account_id"])
    assert desk.workspace.lacks({"payments": ("paid_at", "amount")}) == []


def test_a_payment_that_was_given_is_not_counted_again(tmp_path: Path) -> None:
    given = "payment_id,paid_at,payer_account,payee_account,amount\nG1,2024-03-01,a1,b1,500\n"
    desk = desk_of(tmp_path, {"statement_lines": LINES, "accounts": ACCOUNTS, "payments": given})
    payments = desk.table("payments").execute()
    assert sorted(payments["amount"].astype(float)) == [80.0, 500.0]
    assert "G1" in set(payments["payment_id"])


def test_a_later_statement_completes_a_payment_and_a_second_session_sees_it(tmp_path: Path) -> None:
    first, second = LINES.splitlines(keepends=True)[:2], LINES.splitlines(keepends=True)[2]
    desk = desk_of(tmp_path, {"statement_lines": "".join(first), "accounts": ACCOUNTS})
    assert desk.table("payments").count().execute() == 1
    more = tmp_path / "more"
    more.mkdir()
    (more / "statement_lines.csv").write_text(first[0] + second, encoding="utf-8")
    desk.intake(more)
    from caselens.api import open_workspace

    again = open_workspace(tmp_path / "workspace")
    payments = again.table("payments").execute()
    assert list(payments["amount"].astype(float)) == [500.0]
