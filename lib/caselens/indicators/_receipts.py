"""Money that reaches an official's side from parties under the official's authority, and what went back.

The official's side are the persons of the circle (the official, kin to degree 2, associates). A payer counts while the
authority lasts, and a dated fact (a contract, an act, a tender) reaches 24 months both ways; a lease as long as its
term. Payers of one firm (the firm, who holds or runs it) are one source.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.core.text import Text
from caselens.indicators._declare import Inputs
from caselens.indicators._dripping import circle
from caselens.indicators._parties import party_payments
from caselens.indicators._petitions import petitioners

_AUTHORITY = 0.7
#: Months before and after a dated fact in which its party still counts as supervised.
FACT_MONTHS = 24
#: Months for which a lease of unknown term is taken to last.
_LEASE_MONTHS = 120
#: A refund or loan may come back with this much on top.
_INTEREST = 1.1

RECEIPTS = (
    "official_id", "firm", "source", "receiver", "paid_on", "paid_at", "yuan", "currency", "row_key", "payment_id",
    "is_testimony", "memo", "reference_id", "receiver_account", "strength", "basis", "rows", "link_rows",
)  # fmt: skip


def supervisors(inputs: Inputs) -> ir.Table:
    """Authority of at least 0.7 with its days: ``official_id, party_id, firm, strength, basis, begins, ends, rows``."""
    authority = inputs.relation("authority")
    strong = authority.filter(authority.strength >= _AUTHORITY)
    around = ibis.interval(months=FACT_MONTHS)
    reach = (strong.basis == "leased").ifelse(
        (strong.fact_on + ibis.interval(months=_LEASE_MONTHS)).cast("date"), (strong.fact_on + around).cast("date")
    )
    if inputs.has("asset_disposals", "term_months"):
        leases = inputs.table("asset_disposals").filter(lambda t: t.term_months.notnull())
        leases = leases.group_by(tenant="buyer_id", leased_on="disposed_on").agg(term=leases.term_months.max())
        joined = strong.mutate(reach=reach, firm=ibis.coalesce(strong.via_id, strong.party_id))
        joined = joined.left_join(leases, [("firm", "tenant"), ("fact_on", "leased_on")])
        known = (joined.basis == "leased") & joined.term.notnull()
        last = (joined.fact_on + joined.term.cast("int64").as_interval("M") + around).cast("date")
        strong = joined.mutate(reach=known.ifelse(last, joined.reach))
    else:
        strong = strong.mutate(reach=reach, firm=ibis.coalesce(strong.via_id, strong.party_id))
    first = (strong.fact_on - around).cast("date")
    return strong.select(
        "official_id", "party_id", "firm", "strength", "basis", "rows",
        begins=ibis.greatest(ibis.coalesce(strong.since, first), ibis.coalesce(first, strong.since)),
        ends=ibis.least(ibis.coalesce(strong.until, strong.reach), ibis.coalesce(strong.reach, strong.until)),
    )  # fmt: skip


def outsiders(inputs: Inputs, pairs: ir.Table, who: str) -> ir.Table:
    """``pairs`` without those whose ``who`` belongs to the official's own circle or is a unit where one has a post."""
    insiders = inputs.relation("links").select("official_id", insider="party_id").distinct()
    left = pairs.anti_join(insiders, [("official_id", "official_id"), (who, "insider")])
    posts = inputs.table("appointments").select(holder="person_id", unit="org_id").distinct()
    near = circle(inputs).join(posts, [("party_id", "holder")]).select("official_id", "unit").distinct()
    return left.anti_join(near, [("official_id", "official_id"), (who, "unit")])


def receipts(inputs: Inputs) -> ir.Table:
    """One row a payment and official: columns ``RECEIPTS``; the strongest authority of that day, then the first.

    Kept for the state of the workspace: several indicators start here.
    """
    return inputs.tables.workspace.derive("receipts", lambda: _receipts(inputs))


def _receipts(inputs: Inputs) -> ir.Table:
    money, near = party_payments(inputs), circle(inputs)
    credits = money.join(near, [("payee", "party_id")]).select(
        "official_id", "paid_on", "paid_at", "yuan", "currency", "row_key", "payment_id", "is_testimony", "memo",
        "reference_id", "link_rows", source="payer", receiver="payee", receiver_account="payee_account",
    )  # fmt: skip
    outside = outsiders(inputs, credits, "source")
    over = supervisors(inputs)
    if "bids" in inputs.indicator.uses:
        # Bidders and applicants too, where an indicator asks for them.
        pairs = outside.select("official_id", party_id="source").distinct()
        over = over.mutate(begins=over.begins.cast("date"), ends=over.ends.cast("date"))
        over = over.union(petitioners(inputs, pairs).select(over.columns))
    joined = outside.join(over.rename(official="official_id"), [("official_id", "official"), ("source", "party_id")])
    joined = joined.filter(
        (joined.begins.isnull() | (joined.begins <= joined.paid_on))
        & (joined.ends.isnull() | (joined.paid_on <= joined.ends))
    )
    best = ibis.window(
        group_by=["official_id", "row_key"], order_by=[joined.strength.desc(), joined.firm, joined.rows.cast("string")]
    )
    first = joined.mutate(nth=ibis.row_number().over(best))
    return first.filter(first.nth == 0).select(*RECEIPTS)


def sent_back(inputs: Inputs, pairs: pd.DataFrame) -> pd.DataFrame:
    """Payments by an official's side to the parties of a firm: ``official_id, firm, …`` of each.

    Args:
        pairs: ``official_id, firm`` of interest.
    """
    columns = ["official_id", "firm", "taker", "paid_on", "paid_at", "yuan", "currency", "row_key", "memo"]
    if pairs.empty:
        return pd.DataFrame(columns=columns)
    wanted = ibis.memtable(pairs[["official_id", "firm"]].drop_duplicates().astype("string"))
    # The firm itself and who holds or runs it, whatever the tie to the official is.
    over = wanted.mutate(party_id=wanted.firm)
    if "control" in inputs.indicator.relations:
        people = over.join(inputs.relation("control"), [("firm", "org_id")])
        over = over.union(people.select("official_id", "firm", party_id="person_id"))
    known = supervisors(inputs).select("official_id", "firm", "party_id").semi_join(wanted, ["official_id", "firm"])
    over = over.union(known.select(over.columns)).distinct().rename(official="official_id")
    money, near = party_payments(inputs), circle(inputs)
    debits = money.join(near, [("payer", "party_id")]).select(
        "official_id", "paid_on", "paid_at", "yuan", "currency", "row_key", "memo", taker="payee"
    )
    joined = debits.join(over, [("official_id", "official"), ("taker", "party_id")])
    return tidy(joined.select(*columns).distinct().execute())


def given_before(inputs: Inputs, back: pd.DataFrame, counted: pd.DataFrame) -> float:
    """What the official's side had paid to the payers' firms in the year before the last credit, or lent on record."""
    last, sources = counted["paid_on"].max(), {*counted["source"], *counted["firm"]}
    mine = back[back["firm"].isin(set(counted["firm"])) & (back["currency"] == "CNY")]
    mine = mine.drop_duplicates("row_key")
    # What goes out after the first large credit is a return, not something that the credit pays back.
    first = counted["paid_on"].min()
    mine = mine[(mine["paid_on"] >= first - timedelta(days=365)) & (mine["paid_on"] <= first)]
    given = float(mine["yuan"].sum())
    if inputs.has("financings"):
        lent = inputs.table("financings").filter(
            lambda t: (
                t.borrower_id.isin(sorted(sources))
                & t.lender_id.isin(sorted(set(counted["receiver"])))
                & (t.start_date < last)
            )
        )
        given = max(given, float(lent.principal.cast("float64").sum().execute() or 0.0))
    return given * _INTEREST


def tidy(found: pd.DataFrame) -> pd.DataFrame:
    """In order of time, with plain days and a currency in every row."""
    found = found.assign(
        paid_on=pd.to_datetime(found["paid_on"]).dt.date, currency=found["currency"].fillna("CNY").str.upper()
    )
    return found.sort_values(["paid_at", "row_key", "official_id"], ignore_index=True)


def to_yuan(inputs: Inputs, found: pd.DataFrame) -> pd.DataFrame:
    """``found`` with ``cny``: the sum in yuan at the last rate on or before the day, NaN where no rate is known."""
    rates: dict[str, list[tuple[date, float]]] = {}
    if inputs.has("exchange_rates") and (found["currency"] != "CNY").any():
        listed = inputs.table("exchange_rates").select("currency", "rate_on", "cny").execute()
        for row in listed.sort_values("rate_on").to_dict("records"):
            day = pd.Timestamp(row["rate_on"]).date()
            rates.setdefault(str(row["currency"]).upper(), []).append((day, float(row["cny"])))

    def rate(currency: str, on: date) -> float:
        if currency == "CNY":
            return 1.0
        before = [value for day, value in rates.get(currency, []) if day <= on]
        return before[-1] if before else float("nan")

    each = [rate(currency, on) for currency, on in zip(found["currency"], found["paid_on"], strict=True)]
    return found.assign(cny=found["yuan"].astype("float64") * pd.Series(each, index=found.index, dtype="float64"))


def without_records(inputs: Inputs, found: pd.DataFrame, max_wage: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Receipts that no record explains, and those that one does, with ``why``: wages, a benefit, a bank's own loan.

    Wages: the receiver is insured by the payer on that day (or within 60 days after leaving) and the sum is at most
    ``max_wage``. A benefit names the payment. A bank's loan to the receiver starts within 10 days of it.
    """
    why = pd.Series("", index=found.index, dtype="object")
    if inputs.has("employments") and len(found):
        jobs = inputs.table("employments").filter(lambda t: t.person_id.isin(sorted(set(found["receiver"])))).execute()
        spans: dict[tuple[str, str], list[tuple[date, date]]] = {}
        for row in jobs.to_dict("records"):
            span = (_day(row["start_date"], date.min), _day(row["end_date"], date.max))
            spans.setdefault((row["person_id"], row["org_id"]), []).append(span)
        for place, row in found.iterrows():
            mine = spans.get((row["receiver"], row["source"]), [])
            on = row["paid_on"]
            if row["yuan"] <= max_wage and any(first <= on <= _after(last, 60) for first, last in mine):
                why[place] = "wages"
    if inputs.has("benefit_payouts") and len(found):
        payouts = inputs.table("benefit_payouts").select("payout_id", "payment_id").execute()
        named = set(payouts["payout_id"]) | set(payouts["payment_id"].dropna())
        why[found["payment_id"].isin(named) | found["reference_id"].isin(named)] = "benefit"
    if inputs.has("organizations", "kind") and inputs.has("financings") and len(found):
        banks = inputs.table("organizations").filter(lambda t: t.kind.isin(["financial", "金融机构", "银行"]))
        lent = inputs.table("financings").semi_join(banks, [("lender_id", "org_id")])
        lent = lent.filter(lambda t: t.borrower_id.isin(sorted(set(found["receiver"]))))
        for row in lent.select("lender_id", "borrower_id", "start_date").execute().to_dict("records"):
            same = (found["source"] == row["lender_id"]) & (found["receiver"] == row["borrower_id"])
            gap = (pd.to_datetime(found["paid_on"]) - pd.Timestamp(row["start_date"])).dt.days.abs()
            why[same & (gap <= 10)] = "bank"
    return found[why == ""], found[why != ""].assign(why=why[why != ""])


def _day(value: object, otherwise: date) -> date:
    return otherwise if pd.isna(value) else pd.Timestamp(value).date()


def _after(day: date, days: int) -> date:
    return day if day == date.max else day + timedelta(days=days)


def covered(inputs: Inputs, scopes: Iterable[str], start: date, end: date) -> bool:
    """Whether payments or statement lines of one of ``scopes`` (or of all) are declared complete from start to end."""
    if not inputs.has("coverage"):
        return False
    wanted = sorted(set(scopes))
    told = inputs.table("coverage")
    told = told.filter(
        told.table.isin(["payments", "statement_lines"])
        & told.is_complete
        & (told.scope.isnull() | told.scope.isin(wanted))
    )
    spans = told.select("period_start", "period_end").execute().sort_values("period_start")
    reached = start
    for row in spans.to_dict("records"):
        if pd.Timestamp(row["period_start"]).date() <= reached:
            reached = max(reached, pd.Timestamp(row["period_end"]).date() + timedelta(days=1))
    return reached > end


def rows_of(found: pd.DataFrame, role: str) -> list[tuple[str, str, str]]:
    """Evidence of receipts: the payments in ``role``, the rows of authority, and those of kinship."""
    rows = [("payments", str(key), role) for key in found["row_key"]]
    for column, name in (("rows", "authority"), ("link_rows", "link")):
        if column in found:
            rows += [(row["table"], row["key"], name) for some in found[column] for row in some]
    return list(dict.fromkeys(rows))


def grouped(found: pd.DataFrame) -> pd.DataFrame:
    """``found`` with ``group``: payers joined by a common firm are one source of one official."""
    parent: dict[tuple[str, str], tuple[str, str]] = {}

    def root(node: tuple[str, str]) -> tuple[str, str]:
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    for official, source, firm in zip(found["official_id"], found["source"], found["firm"], strict=True):
        low, high = sorted((root((official, source)), root((official, firm))))
        parent[high] = low
    groups = [root((official, firm))[1] for official, firm in zip(found["official_id"], found["firm"], strict=True)]
    return found.assign(group=pd.Series(groups, index=found.index, dtype="object"))


def accounts_known(inputs: Inputs) -> tuple[set[str], dict[str, str]]:
    """Officials of whose circle an account is known, and those of whom none is, with the reason."""
    near, known = circle(inputs), inputs.table("accounts").filter(lambda t: t.holder_id.notnull())
    everyone = set(near.select("official_id").distinct().execute()["official_id"])
    held = near.semi_join(known, [("party_id", "holder_id")]).select("official_id").distinct()
    seen = set(held.execute()["official_id"])
    reason = Text("未取得本人、亲属或特定关系人的账户", "no account of the official, kin or associates was obtained")
    return seen, dict.fromkeys(everyone - seen, reason.both())


def graded(total: float, least: float, strength: float) -> float:
    """A score from a sum: 0.5 at ``least``, 0.75 at ten, 0.83 at a hundred times, never 1; weak authority lowers it."""
    return (1 - 0.5 / (1 + math.log10(max(total / least, 1.0)))) * (0.5 + 0.5 * strength)
