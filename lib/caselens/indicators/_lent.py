"""Where the money of a won contract goes: progress payments, what leaves the winner after each, and who gets it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.bids.rings import connected
from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments
from caselens.indicators._passing import Passing, match

#: Kinds of organizations that lend nobody's licence: taxes, insurance, banks, wholesalers of the public purse.
PUBLIC = ("government", "party_body", "public_institution", "hospital", "school", "financial")


@dataclass(slots=True)
class Lent:
    """What one winner passed on to one group of payees, over all contracts. Amounts in yuan."""

    winner: str
    group: tuple[str, ...]
    contracts: tuple[str, ...]
    received: float
    passed: float
    payments: int
    parts: list[Passing]
    ties: list[tuple[str, str]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Share of what came in that went to the group."""
        return self.passed / self.received


def inflows(inputs: Inputs) -> ir.Table:
    """Payments of a buyer to the supplier of a tendered contract, with ``contract_id`` and the ids they may name."""
    contracts = inputs.table("contracts")
    tendered = contracts.tender_id.notnull() if inputs.has("contracts", "tender_id") else ibis.literal(False)
    if inputs.has("contracts", "method"):
        tendered = tendered | contracts.method.isin(["open", "invited", "公开招标", "邀请招标"])
    main = contracts.filter(tendered & contracts.parent_contract_id.isnull())
    won = main.select(
        "contract_id", "tender_id", "project_id", "signed_on", buyer="buyer_id", supplier="supplier_id",
    )  # fmt: skip
    money = party_payments(inputs)
    large = money.filter(money.yuan >= inputs["min_amount"])
    paid = large.join(won, [("payer", "buyer"), ("payee", "supplier")])
    named = paid.reference_id
    fits = named.isnull() | (named == "") | named.isin([paid.contract_id, paid.tender_id, paid.project_id])
    # An advance may be paid some days before the contract is signed.
    paid = paid.filter(fits & (paid.paid_on >= (paid.signed_on - ibis.interval(days=30)).cast("date")))
    # A payment that names nothing belongs to the latest contract signed by then.
    latest = ibis.window(group_by="row_key", order_by=[paid.signed_on.desc(), paid.contract_id.desc()])
    return paid.mutate(nth=ibis.row_number().over(latest)).filter(lambda t: t.nth == 0).drop("nth")


def outflows(inputs: Inputs, came_in: ir.Table) -> ir.Table:
    """What left the winners within the window after such payments, of those where it can be enough.

    Enough: after at least ``min_payments`` of them at least ``min_share`` of each left within the window, to whomever.
    """
    starts = came_in.select(in_key="row_key", winner="payee", came_on="paid_on", came_yuan="yuan")
    money = party_payments(inputs)
    joined = money.join(starts, [("payer", "winner")])
    latest = (joined.came_on + ibis.interval(days=int(inputs["window_days"]))).cast("date")
    near = joined.filter((joined.paid_on >= joined.came_on) & (joined.paid_on <= latest))
    left = near.group_by(["winner", "in_key", "came_yuan"]).agg(left=near.yuan.sum())
    # Whole thousandths: a bare fraction would reach the engine as a decimal.
    full = left.filter(left.left * 1000 >= left.came_yuan * int(inputs["min_share"] * 1000) - 1)
    number = full.group_by(lent_by="winner").agg(number=full.in_key.count())
    able = number.filter(number.number >= inputs["min_payments"])
    rows = near.semi_join(able, [("payer", "lent_by")])
    return rows.select("row_key", "payer", "payee", "paid_on", "paid_at", "yuan", "currency", "is_testimony").distinct()


def edges(inputs: Inputs, parties: Iterable[str]) -> list[tuple[str, str, str, str]]:
    """Ties of ``parties`` to whom they hold, run or are kin of: ``party, other, table, key``."""
    names = sorted(parties)
    control, kin = inputs.relation("control"), inputs.relation("kin")
    held = control.filter(control.person_id.isin(names) | control.org_id.isin(names))
    close = kin.filter(kin.person_id.isin(names) & (kin.degree <= 2))
    pairs = [
        held.select(a="person_id", b="org_id", rows="rows"),
        close.select(a="person_id", b="relative_id", rows="rows"),
    ]
    found = []
    people = set(names)
    for table in pairs:
        for row in table.execute().to_dict("records"):
            people |= {row["a"], row["b"]}
            found += [(row["a"], row["b"], item["table"], item["key"]) for item in row["rows"]]
    # One step more: the firms of relatives and of holders.
    further = control.filter(control.person_id.isin(sorted(people - set(names)))).select(
        a="person_id", b="org_id", rows="rows"
    )
    for row in further.execute().to_dict("records"):
        found += [(row["a"], row["b"], item["table"], item["key"]) for item in row["rows"]]
    return found


def groups_of(payees: set[str], ties: list[tuple[str, str, str, str]], without: set[str]) -> list[frozenset[str]]:
    """Payees that hang together through holdings, posts and kinship, ``without`` those behind the winner itself."""
    links = [(a, b) for a, b, _, _ in ties if a not in without and b not in without]
    found = [frozenset(group & payees) for group in connected(links)]
    joined = {name for group in found for name in group}
    return [group for group in found if group] + [frozenset({name}) for name in sorted(payees - joined)]


def passed_on(came_in: pd.DataFrame, went_out: pd.DataFrame, group: frozenset[str], inputs: Inputs) -> list[Passing]:
    """Payments to the group, each assigned to one progress payment."""
    start = came_in.rename(columns={"payee": "intermediary", "payer_account": "account"}).assign(official_id="")
    out = went_out[went_out["payee"].isin(group)]
    out = out.rename(columns={"payer": "intermediary", "payee": "beneficiary"}).assign(official_id="")
    order = ["paid_at", "row_key"]
    return match(start.sort_values(order), out.sort_values(order), inputs["window_days"], 0, 0.01)


def _in_reach(came_in: pd.DataFrame, went_out: pd.DataFrame, group: frozenset[str], window_days: int) -> float:
    """What the group was paid while it could still be any of these progress payments: no assignment can give more."""
    days, came = pd.to_datetime(went_out["paid_on"]), pd.to_datetime(came_in["paid_on"])
    while_ = (days >= came.min()) & (days <= came.max() + pd.Timedelta(days=window_days))
    return float(went_out.loc[while_ & went_out["payee"].isin(group), "yuan"].sum())


def lent(
    winner: str, came_in: pd.DataFrame, went_out: pd.DataFrame, groups: list[frozenset[str]], inputs: Inputs
) -> Lent | None:
    """The group of payees that got most of this winner's progress payments, where it is enough of them.

    Contracts are judged one by one and those of which the group got enough are put together.
    """
    best: Lent | None = None
    share = inputs["min_share"]
    by_contract = {str(contract): rows for contract, rows in came_in.groupby("contract_id")}
    least = min(float(rows["yuan"].sum()) for rows in by_contract.values()) * share
    for group in groups:
        if float(went_out.loc[went_out["payee"].isin(group), "yuan"].sum()) < least:
            continue
        good = [
            contract
            for contract, rows in by_contract.items()
            if _in_reach(rows, went_out, group, inputs["window_days"]) >= share * rows["yuan"].sum() - 0.005
            and sum(part.passed for part in passed_on(rows, went_out, group, inputs)) >= share * rows["yuan"].sum()
        ]
        if not good:
            continue
        rows = pd.concat([by_contract[contract] for contract in good])
        parts = passed_on(rows, went_out, group, inputs)
        full = [part for part in parts if part.ratio >= share]
        payees = tuple(sorted({name for part in parts for name in part.beneficiaries}))
        received, passed = float(rows["yuan"].sum()), sum(part.passed for part in parts)
        item = Lent(winner, payees, tuple(sorted(good)), received, passed, len(full), parts)
        enough = item.share >= share and len(full) >= inputs["min_payments"]
        if enough and _kept(item, went_out, inputs["window_days"]) <= inputs["max_kept"]:
            best = item if best is None or passed > best.passed else best
    return best


def _kept(item: Lent, went_out: pd.DataFrame, window_days: int) -> float:
    """Share of the money that did not leave the winner within the windows, to whomever."""
    rest = went_out[~went_out["payee"].isin(item.group)]
    days = pd.to_datetime(rest["paid_on"])
    other = 0.0
    for part in item.parts:
        start = pd.Timestamp(part.first_on)
        near = rest[(days >= start) & (days <= start + pd.Timedelta(days=window_days))]
        other += min(float(near["yuan"].sum()), max(part.received - part.passed, 0.0))
    return 1 - (item.passed + other) / item.received


def own_side(inputs: Inputs, winners: list[str]) -> dict[str, dict[str, str]]:
    """Who belongs to each winner itself: holders of half and more, who runs it, its group: party -> ``how``."""
    control, units = inputs.relation("control"), inputs.table("organizations")
    found: dict[str, dict[str, str]] = {name: {} for name in winners}
    held = control.filter(control.org_id.isin(winners)).select("person_id", "org_id", "how", "share").execute()
    for row in held.to_dict("records"):
        if row["how"] != "holder" or not row["share"] < 0.5:
            found[row["org_id"]].setdefault(row["person_id"], "holder" if row["how"] == "holder" else "runs")
    below = control.filter(control.person_id.isin(winners) & (control.share >= 0.5))
    for row in below.select("person_id", "org_id").execute().to_dict("records"):
        found[row["person_id"]].setdefault(row["org_id"], "subsidiary")
    known = units.select("org_id", "parent_org_id", "kind").distinct()
    own = known.filter(known.org_id.isin(winners) & known.parent_org_id.notnull()).execute()
    sisters = known.filter(known.parent_org_id.isin(sorted(set(own["parent_org_id"])))).execute()
    for row in own.to_dict("records"):
        found[row["org_id"]][row["parent_org_id"]] = "parent"
        same = sisters[(sisters["parent_org_id"] == row["parent_org_id"]) & (sisters["org_id"] != row["org_id"])]
        found[row["org_id"]] |= dict.fromkeys(same["org_id"], "group")
    return found
