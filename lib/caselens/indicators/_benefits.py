"""Benefits that go through somebody else's hands: what reached the person they were for, and what was advanced."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from caselens.indicators._cover import Coverage, coverage_of
from caselens.indicators._declare import Inputs
from caselens.indicators._parties import holders, party_payments

INJURY = "injury|工伤"
_WAGES = "工资|薪|奖金|加班|salary|wage|payroll|bonus"
#: A sum that recurs this often between the two is pay, whatever its memo.
_REGULAR = 6
_ADVANCE = "工伤|垫付|医疗|医药|住院|advance|medical|injury"
#: Days before a payout in which money to the worker can be the advance.
_BEFORE = 730


def payouts(inputs: Inputs) -> pd.DataFrame:
    """Every payout, in order of its day; ``injury`` tells the two halves of the question apart."""
    table = inputs.table("benefit_payouts")
    found = table.select(
        "payout_id", "row_key", "beneficiary_id", "via_id", "paid_on", "auditor_id", "target_met", "payment_id",
        scheme=table.scheme.fill_null("").strip().lower(), claim=table.claim_no.fill_null("").strip(),
        amount=table.amount.cast("float64"), advanced=table.advanced_amount.cast("float64"),
        claimed=table.claimed.cast("float64"), audited=table.audited.cast("float64"),
        re_audited=table.re_audited.cast("float64"), currency=table.currency.fill_null("CNY").upper(),
    ).execute()  # fmt: skip
    found["paid_on"] = pd.to_datetime(found["paid_on"])
    found["injury"] = found["scheme"].str.contains(INJURY)
    return found.sort_values(["paid_on", "payout_id"], ignore_index=True)


def receipts(inputs: Inputs) -> dict[tuple[str, str], pd.DataFrame]:
    """(worker, employer) -> money from the employer, or whoever holds or runs it, to the worker, wages left out.

    Wages are known by their memo, as a sum that once bore such a memo, or as one that recurs.
    """
    table = inputs.table("benefit_payouts").filter(lambda t: t.via_id.notnull() & (t.via_id != t.beneficiary_id))
    pairs = table.select(worker="beneficiary_id", employer="via_id").distinct()
    control = inputs.relation("control").select(runner="person_id", firm="org_id").distinct()
    behind = pairs.join(control, [("employer", "firm")]).select("worker", "employer", side="runner")
    sides = pairs.mutate(side=pairs.employer).union(behind, distinct=True)
    money = party_payments(inputs)
    joined = money.join(sides, [("payee", "worker"), ("payer", "side")])
    kept, memo = joined.filter(~joined.is_testimony), joined.memo.fill_null("").lower()
    rows = kept.select(
        "employer", "paid_on", "yuan", "row_key", worker="payee", currency=kept.currency.fill_null("CNY").upper(),
        told=memo.re_search(_ADVANCE), wages=memo.re_search(_WAGES),
    ).distinct().execute()  # fmt: skip
    alike = rows.groupby(["worker", "employer", "yuan"])["wages"]
    rows = rows[rows["told"] | ~(alike.transform("any") | (alike.transform("size") >= _REGULAR))].copy()
    rows["paid_on"] = pd.to_datetime(rows["paid_on"])
    rows = rows.sort_values(["paid_on", "row_key"])
    return {(str(w), str(e)): part for (w, e), part in rows.groupby(["worker", "employer"])}


def accounts_of(inputs: Inputs) -> dict[str, list[str]]:
    """Party -> its accounts, cash in hand left out."""
    table = inputs.table("accounts")
    known = holders(inputs).join(table.select(account="account_id", kind="kind"), [("account_id", "account")])
    workers = inputs.table("benefit_payouts").select(worker="beneficiary_id").distinct()
    rows = known.filter(known.kind.fill_null("") != "cash").semi_join(workers, [("party_id", "worker")]).execute()
    return {str(party): sorted(part["account_id"]) for party, part in rows.groupby("party_id")}


def coverage_of_money(inputs: Inputs) -> Coverage:
    """Where payments or statement lines are declared complete."""
    return coverage_of(inputs, "payments", "statement_lines")


def covered(covers: Coverage, worker: str, accounts: list[str], start: pd.Timestamp, end: pd.Timestamp) -> list[str]:
    """Rows that declare all of the worker's accounts complete for these days, or an empty list."""
    used: list[str] = []
    for scope in accounts or [worker]:
        rows = covers.keys(["payments"], [scope, worker], start, end)
        rows = rows or covers.keys(["statement_lines"], [scope, worker], start, end)
        if not rows:
            return []
        used += rows
    return sorted(set(used))


def passed_on(row: dict[str, Any], money: pd.DataFrame | None, days: int) -> dict[str, Any]:
    """Of one payout: ``received`` within ``days``, ``later`` after that, ``proven`` advance, and the rows of each.

    The advance is proven by transfers before the payout, up to what was claimed as advanced; where nothing was claimed
    only transfers whose memo says so count.
    """
    if money is None:
        return {"received": 0.0, "later": 0.0, "proven": 0.0, "keys": [], "proofs": []}
    wait = (money["paid_on"].to_numpy() - row["paid_on"].to_datetime64()) // np.timedelta64(1, "D")
    mine = money["currency"].to_numpy() == row["currency"]
    yuan, keys = money["yuan"].to_numpy(), money["row_key"].to_numpy()
    soon, late = mine & (wait >= 0) & (wait <= days), mine & (wait > days) & (wait <= 365)
    before = mine & (wait < 0) & (wait >= -_BEFORE)
    if pd.isna(row["advanced"]):
        before &= money["told"].to_numpy(dtype=bool)
    proven = float(yuan[before].sum())
    return {
        "received": float(yuan[soon].sum()), "later": float(yuan[late].sum()),
        "proven": proven if pd.isna(row["advanced"]) else min(proven, row["advanced"]),
        "keys": [*keys[soon], *keys[late]], "proofs": list(keys[before]),
    }  # fmt: skip
