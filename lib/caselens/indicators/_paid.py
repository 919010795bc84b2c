"""What was paid for each contract, and how much of it was due by then: contract, changes, certified progress, audit."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.indicators._cover import Coverage
from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments

_MEMO = "进度款|工程款|合同款|货款|尾款|预付|结算|服务费|progress|contract|instal|final|advance"


def main_contracts(inputs: Inputs) -> ir.Table:
    """Contracts that are no subcontracts, with an amount."""
    contracts = inputs.table("contracts").filter(lambda t: t.parent_contract_id.isnull() & (t.amount > 0))
    return contracts.select(
        "contract_id", "row_key", "tender_id", "project_id", "buyer_id", "supplier_id", "signed_on", "accepted_on",
        "handler_id", award=contracts.amount.cast("float64"), final=contracts.final_amount.cast("float64"),
        advance="advance_share", currency=contracts.currency.fill_null("CNY").upper(),
    )  # fmt: skip


def _only(contracts: ir.Table, by: Sequence[str]) -> ir.Table:
    """Contracts that are the only one with these values."""
    known = contracts.filter(ibis.and_(*(contracts[name].notnull() for name in by)))
    single = known.group_by(list(by)).agg(number=known.contract_id.count()).filter(lambda t: t.number == 1)
    return known.semi_join(single, list(by))


def paid(inputs: Inputs, contracts: ir.Table) -> ir.Table:
    """Payments for contracts: ``contract_id, paid_on, yuan, paid_currency, payment_key``; money back is negative.

    A payment belongs to the contract it names, in ``reference_id`` or, where that is empty, in the memo; or to the only
    contract of the supplier under the project or tender that it names. Where no payment names a contract, those
    between buyer and supplier count if it is their only one and the memo is about such a thing. Testimony is left out.
    """
    money = party_payments(inputs)
    money = money.filter(~money.is_testimony)
    word = money.memo.fill_null("").re_extract(r"[A-Za-z]+[-_]?[0-9][A-Za-z0-9_-]*", 0)
    named = money.mutate(named=ibis.coalesce(money.reference_id, (word != "").ifelse(word, None)))
    parts = []
    for column in ("contract_id", "project_id", "tender_id"):
        mine = contracts if column == "contract_id" else _only(contracts, (column, "supplier_id"))
        mine = mine.select("contract_id", of=mine[column], supplier="supplier_id")
        joined = named.join(mine, [("named", "of")])
        parts.append(joined.filter((joined.payee == joined.supplier) | (joined.payer == joined.supplier)))
    direct = ibis.union(*(part.select("contract_id", "supplier", *_MONEY) for part in parts)).distinct()
    alone = _only(contracts, ("buyer_id", "supplier_id")).anti_join(direct, ["contract_id"])
    alone = alone.select("contract_id", "signed_on", buyer="buyer_id", supplier="supplier_id")
    between = named.filter(named.named.isnull() & named.memo.lower().re_search(_MEMO))
    between = between.join(alone, [("payer", "buyer"), ("payee", "supplier")])
    between = between.filter(between.paid_on >= between.signed_on)
    every = direct.union(between.select("contract_id", *_MONEY, supplier="payee").select(direct.columns))
    back = every.payer == every.supplier
    return every.select(
        "contract_id", "paid_on", yuan=back.ifelse(-every.yuan, every.yuan), payment_key="row_key",
        paid_currency=every.currency.fill_null("CNY").upper(),
    )  # fmt: skip


_MONEY = ("paid_on", "yuan", "currency", "row_key", "payer", "payee")


@dataclass(frozen=True, slots=True)
class Certified:
    """Progress certified for a project: days, sums up to then, and the rows."""

    days: tuple[pd.Timestamp, ...]
    sums: tuple[float, ...]
    keys: tuple[str, ...]

    def until(self, day: pd.Timestamp) -> float:
        """Yuan certified up to and including ``day``."""
        return max((total for on, total in zip(self.days, self.sums, strict=True) if on <= day), default=0.0)


def certified(rows: Iterable[tuple[pd.Timestamp, float, str]], award: float) -> Certified:
    """Certificates of one project read as it favours the payer: each on top of the last, or each the state so far.

    They are added up where the sum stays within 105 % of the award or where they fall at some point; else each is the
    state of the works.
    """
    ordered = sorted(rows)
    amounts = [amount for _, amount, _ in ordered]
    falls = any(after < before for before, after in itertools.pairwise(amounts))
    added = sum(amounts) <= award * 1.05 or falls
    sums, total = [], 0.0
    for amount in amounts:
        total = total + amount if added else amount
        sums.append(total)
    return Certified(tuple(d for d, _, _ in ordered), tuple(sums), tuple(k for _, _, k in ordered))


@dataclass(frozen=True, slots=True)
class Ahead:
    """Money paid before it was due: the rule, the day, paid and allowed by then, and the payments up to it."""

    rule: str
    on: pd.Timestamp
    paid: float
    allowed: float
    keys: tuple[str, ...]
    days: int | None = None


def balances(payments: pd.DataFrame) -> list[tuple[pd.Timestamp, float, tuple[str, ...]]]:
    """State after each day on which something was paid: day, sum so far, rows so far."""
    told: list[tuple[pd.Timestamp, float, tuple[str, ...]]] = []
    keys: list[str] = []
    total = 0.0
    rows = zip(payments["paid_on"], payments["yuan"], payments["payment_key"], strict=True)
    for day, part in itertools.groupby(sorted(rows, key=lambda row: row[0]), key=lambda row: row[0]):
        for _, yuan, key in part:
            total += float(yuan)
            keys.append(key)
        told.append((pd.Timestamp(day), total, tuple(keys)))
    return told


def limit_on(row: dict[str, Any], changes: list[tuple[pd.Timestamp, float]], day: pd.Timestamp, margin: float) -> float:
    """Contract plus changes of that day; after acceptance the settlement, within ``margin`` above them."""
    due = float(row["award"] + sum(amount for on, amount in changes if on <= day))
    settled = pd.notna(row["final"]) and (pd.isna(row["accepted_on"]) or row["accepted_on"] <= day)
    return max(due, min(float(row["final"]), due * (1 + margin))) if settled else due


#: Audit day where it is known that there was none.
NEVER = pd.Timestamp.max.normalize()


def certificates_and_audits(
    inputs: Inputs,
) -> tuple[dict[str, list[tuple[pd.Timestamp, float, str]]], dict[str, pd.Timestamp]]:
    """Certificates of each project, and the day of its audit."""
    events = inputs.table("project_events")
    progress = events.filter((events.stage == "progress_certified") & events.amount.notnull())
    rows = progress.select("project_id", "row_key", day="happened_on", yuan=progress.amount.cast("float64")).execute()
    certificates: dict[str, list[tuple[pd.Timestamp, float, str]]] = {}
    for project, day, yuan, key in zip(rows["project_id"], rows["day"], rows["yuan"], rows["row_key"], strict=True):
        certificates.setdefault(project, []).append((pd.Timestamp(day), float(yuan), key))
    audits = events.filter(events.stage == "audit").select("project_id", day="happened_on")
    reports = inputs.table("applications").filter(lambda t: (t.kind == "audit") & (t.outcome == "report_issued"))
    reports = reports.filter(reports.project_id.notnull() & reports.decided_on.notnull())
    audits = audits.union(reports.select("project_id", day="decided_on"))
    first = audits.group_by("project_id").agg(day=audits.day.min()).execute()
    return certificates, {name: pd.Timestamp(day) for name, day in zip(first["project_id"], first["day"], strict=True)}


def changes_of(inputs: Inputs) -> dict[str, list[tuple[pd.Timestamp, float, str, str]]]:
    """Contract -> its changes: day, sum, currency, row."""
    changes = inputs.table("contract_changes")
    rows = changes.select(
        "contract_id", "changed_on", "row_key", yuan=changes.amount.cast("float64"),
        money=changes.currency.fill_null("CNY").upper(),
    ).execute().sort_values(["changed_on", "row_key"])  # fmt: skip
    found: dict[str, list[tuple[pd.Timestamp, float, str, str]]] = {}
    for row in rows.itertuples():
        found.setdefault(row.contract_id, []).append((pd.Timestamp(row.changed_on), row.yuan, row.money, row.row_key))
    return found


def audit_of(row: Mapping[str, Any], audits: Mapping[str, pd.Timestamp], covers: Coverage, engineering: set[str],
           inputs: Inputs) -> pd.Timestamp | None:  # fmt: skip
    """The day of the audit; the end of time where it is known that there was none; ``None`` where nobody knows."""
    if row["project_id"] not in engineering:
        return None
    if row["project_id"] in audits:
        return audits[row["project_id"]]
    scopes = [row["project_id"], row["buyer_id"]]
    none = covers.keys(["project_events"], scopes, row["signed_on"], inputs.as_of)
    return NEVER if none and pd.notna(row["accepted_on"]) else None


def ahead_of(row: dict[str, Any], payments: pd.DataFrame, changes: list[tuple[pd.Timestamp, float]],
           proof: Certified | None, audit: pd.Timestamp | None, inputs: Inputs) -> list[Ahead]:  # fmt: skip
    """The gravest breach of each rule."""
    found: dict[str, Ahead] = {}
    # Once the works are accepted or audited, nothing is left to certify.
    ends = [end for end in (row["accepted_on"], audit) if end is not None and pd.notna(end)]
    done = min(ends, default=pd.Timestamp.max)
    for day, total, keys in balances(payments):
        due = limit_on(row, changes, day, inputs["settle_margin"])
        told = []
        if total > due + inputs["tolerance"] * row["award"] + 0.005:
            told.append(Ahead("contract", day, total, due, keys))
        if proof is not None and day < done:
            advance = row["advance"] if pd.notna(row["advance"]) else 0.0
            if not any(on <= day for on in proof.days) and pd.isna(row["advance"]):
                advance = inputs["usual_advance"]
            allowed = proof.until(day) + (float(advance) + inputs["progress_margin"]) * row["award"]
            if total > allowed + 0.005:
                told.append(Ahead("progress", day, total, allowed, keys))
        if audit is not None and day < audit and total >= due * (1 - inputs["quality_deposit"]) - 0.005:
            days = None if audit == NEVER else (audit - day).days
            told.append(Ahead("audit", day, total, due * (1 - inputs["quality_deposit"]), keys, days))
        for ahead in told:
            known = found.get(ahead.rule)
            first = known is None or (ahead.rule != "audit" and ahead.paid - ahead.allowed > known.paid - known.allowed)
            if first:
                found[ahead.rule] = ahead
    return list(found.values())
