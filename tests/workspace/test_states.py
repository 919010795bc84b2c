"""The state of a table tells whether its rows may have changed, and nothing else moves it."""

from __future__ import annotations

from caselens.workspace import Workspace

LINES = "line_id,account_id,booked_at,direction,amount,counterparty_account\nl1,A1,2024-01-02 10:00,out,50,B9\n"
HEAD = "payment_id,paid_at,payer_account,payee_account,amount\n"


def _take(workspace, folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    assert not workspace.intake(path).failed


def test_a_payment_that_adds_no_account_leaves_the_state_of_the_accounts(tmp_path):
    workspace = Workspace.create(tmp_path / "w")
    _take(workspace, tmp_path, "accounts.csv", "account_id,institution\nA1,bank\nC1,bank\n")
    _take(workspace, tmp_path, "statement_lines.csv", LINES)
    _take(workspace, tmp_path, "a/payments.csv", f"{HEAD}p1,2024-03-01,A1,C1,7\n")
    before = [workspace.states.of(f"table:{name}") for name in ("accounts", "payments", "statement_lines")]
    # The line about B9 is one of the accounts that only lines name.
    assert set(workspace.table("accounts").execute()["account_id"]) == {"A1", "C1", "B9"}
    _take(workspace, tmp_path, "b/payments.csv", f"{HEAD}p2,2024-03-02,C1,A1,8\n")
    after = [workspace.states.of(f"table:{name}") for name in ("accounts", "payments", "statement_lines")]
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, True]
    # The same line given as a payment: no account needs to be made of it any more.
    _take(workspace, tmp_path, "c/payments.csv", f"{HEAD}p3,2024-01-02 10:00,A1,B9,50\n")
    assert set(workspace.table("accounts").execute()["account_id"]) == {"A1", "C1"}
    assert workspace.states.of("table:accounts") != before[0]
