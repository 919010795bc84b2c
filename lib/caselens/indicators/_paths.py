"""Short typed chains between officials and the suppliers of their units."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from caselens.indicators._circle import PUBLIC, over, people
from caselens.indicators._declare import Inputs
from caselens.relations import tenths
from caselens.relations._rows import earlier, evidence, later, overlaps
from caselens.relations.authority import GENERAL, posts

#: Strength of an edge in tenths: holding, running and kinship 10; what two merely share less.
SHARED = {"phone": 8, "address": 5, "account": 8}
#: Ways of supplying a unit among the bases of authority.
_SUPPLY = ("act", "bought", "project")
#: Through these a path says nothing.
CUT = (*PUBLIC, "state_owned", "financial", "intermediary")
_AGENT = "集群|代办|孵化|托管|秘书|注册点|registered agent|incubator|virtual office"


def supplies(inputs: Inputs) -> ir.Table:
    """Who has a say over which supplier of the own unit: columns below.

    ``official_id, supplier, strength, unit_id, first_on, last_on, rows, matters`` (how often the authority is told).
    Contracts, and awards where no contract is on record. State bodies and state-owned firms are no suppliers here:
    their posts come with the office.
    """
    contracts = inputs.table("contracts")
    sold = contracts.group_by(seller="supplier_id").agg(
        first_on=contracts.signed_on.min(), last_on=contracts.signed_on.max()
    )
    mine = over(inputs).filter(lambda t: t.basis.isin(_SUPPLY))
    by_contract = mine.join(sold, [("party_id", "seller")]).select(
        "official_id", "strength", "unit_id", "first_on", "last_on", "rows", supplier="party_id"
    )
    bids, tenders = inputs.table("bids"), inputs.table("tenders")
    won = bids.filter(bids.is_winner.fill_null(False)).join(tenders, ["tender_id"], rname="{name}_of").select(
        supplier="bidder_id", buyer="buyer_id", won_on=ibis.coalesce(
            ibis._.awarded_on, ibis._.opened_at.cast("date"), ibis._.published_on), bid=bids.row_key,
    )  # fmt: skip
    won = won.anti_join(contracts, [("supplier", "supplier_id"), ("buyer", "buyer_id")])
    held = posts(inputs.tables)
    led = won.join(held, [("buyer", "unit_id")])
    led = led.filter(
        (led.leads | led.remit.re_search(GENERAL["bought"])) & overlaps(led.since, led.until, led.won_on, led.won_on)
    )
    by_award = led.select(
        "official_id", strength=tenths(7), unit_id="buyer", first_on="won_on", last_on="won_on",
        rows=led.rows.concat(evidence("bids", led.bid)), supplier="supplier",
    ).select(*by_contract.columns)  # fmt: skip
    units = inputs.table("organizations").filter(lambda t: t.kind.isin([*PUBLIC, "state_owned"]))
    every = by_contract.union(by_award).anti_join(units, [("supplier", "org_id")])
    best = ibis.window(
        group_by=["official_id", "supplier"], order_by=[every.strength.desc(), every.unit_id, every.rows.cast("string")]
    )
    spans = ibis.window(group_by=["official_id", "supplier"])
    told = every.mutate(
        nth=ibis.row_number().over(best),
        matters=every.count().over(spans),
        first_on=every.first_on.min().over(spans),
        last_on=every.last_on.max().over(spans),
    )
    return told.filter(told.nth == 0).drop("nth")


def plain(value: ir.StringValue, column: str) -> ir.StringValue:
    """A phone as digits, however it was written; an address without blanks around it."""
    return value.re_replace(r"\D", "") if column == "phone" else value.strip()


def _given(inputs: Inputs, column: str) -> ir.Table:
    """``node, value, key, table`` of everybody who has this phone or address."""
    parts = []
    for table, name in (("persons", "person_id"), ("organizations", "org_id")):
        rows = inputs.table(table)
        given = rows.select(node=name, value=plain(rows[column], column), rows=evidence(table, rows.row_key))
        parts.append(given.filter(given.value.length() >= (5 if column == "phone" else 4)))
    return parts[0].union(parts[1])


def common(inputs: Inputs, column: str) -> ir.Table:
    """``value`` of phones or addresses that many share, or that are an agent's: they say nothing about two of them."""
    given = _given(inputs, column)
    users = given.group_by("value").agg(users=given.node.nunique())
    return users.filter((users.users > inputs["max_shared_contact"]) | users.value.lower().re_search(_AGENT)).select(
        "value"
    )


def edges(inputs: Inputs) -> ir.Table:
    """All edges in both directions: ``a, b, edge, strength, since, until, rows``; none from a hub."""
    control = inputs.relation("control")
    none = ibis.null("date")
    held = control.select("since", "until", "rows", a="org_id", b="person_id", edge="how", strength=tenths(10))
    parts = [held.select("a", "b", "edge", "strength", "since", "until", "rows")]
    for column in ("phone", "address"):
        given = _given(inputs, column).anti_join(common(inputs, column), ["value"])
        other = given.rename(other="node", also="value", other_rows="rows")
        pairs = given.join(other, [("value", "also")])
        pairs = pairs.filter(pairs.node != pairs.other)
        parts.append(pairs.select(
            a="node", b="other", edge=ibis.literal(column), strength=tenths(SHARED[column]), since=none, until=none,
            rows=pairs.rows.concat(pairs.other_rows),
        ))  # fmt: skip
    if inputs.has("bids", "deposit_account"):
        bids, accounts = inputs.table("bids"), inputs.table("accounts")
        paid = bids.join(accounts, [("deposit_account", "account_id")], rname="{name}_acc")
        paid = paid.filter(paid.holder_id != paid.bidder_id)
        once = paid.group_by(["bidder_id", "holder_id"]).agg(key=paid.row_key.min(), account=paid.row_key_acc.min())
        parts.append(once.select(
            a="bidder_id", b="holder_id", edge=ibis.literal("account"), strength=tenths(SHARED["account"]), since=none,
            until=none, rows=evidence("bids", once.key).concat(evidence("accounts", once.account)),
        ))  # fmt: skip
    one = ibis.union(*parts)
    back = one.select(a="b", b="a", edge="edge", strength="strength", since="since", until="until", rows="rows")
    every = one.union(back).distinct()
    busy = every.group_by(hub="a").agg(degree=every.b.nunique()).filter(lambda t: t.degree > inputs["max_degree"])
    cut = inputs.table("organizations").filter(lambda t: t.kind.isin(CUT)).select(hub="org_id")
    every = every.anti_join(busy.select("hub").union(cut), [("b", "hub")])
    return every.anti_join(busy, [("a", "hub")])


def chains(inputs: Inputs, suppliers: ir.Table) -> ir.Table:
    """Chains of one to three edges from a supplier to a person or firm, of a strength of at least ``min_strength``.

    Columns ``supplier, node, hops, strength, how, since, until, rows``; ``since`` and ``until`` bound the days on which
    every edge held.
    """
    known = edges(inputs)
    first = suppliers.join(known, [("supplier", "a")]).select(
        "supplier", "strength", "since", "until", "rows", node="b", how="edge", middle="supplier",
    ).mutate(hops=ibis.literal(1, "int64"))  # fmt: skip
    levels = [first]
    for hops in (2, 3):
        last = levels[-1]
        onward = known.rename(
            from_node="a", to_node="b", more="strength", begins="since", ends="until", next_rows="rows"
        )
        joined = last.join(onward, [("node", "from_node")])
        # Two contacts in a row only say that three share one value; a chain never turns back.
        plain = ~(joined.how.re_search("(phone|address|account)$") & joined.edge.isin(list(SHARED)))
        ahead = (joined.to_node != joined.supplier) & (joined.to_node != joined.middle) & plain
        strong = joined.strength * joined.more >= inputs["min_strength"] - 1e-9
        levels.append(joined.filter(ahead & strong).select(
            "supplier", strength=joined.strength * joined.more, since=later(joined.since, joined.begins),
            until=earlier(joined.until, joined.ends), rows=joined.rows.concat(joined.next_rows), node="to_node",
            how=joined.how + ">" + joined.edge, middle="node", hops=ibis.literal(hops, "int64"),
        ).select(*first.columns))  # fmt: skip
    return ibis.union(*(level.filter(level.strength >= inputs["min_strength"] - 1e-9) for level in levels)).drop(
        "middle"
    )


def near(inputs: Inputs) -> ir.Table:
    """Officials with their kin, associates and colleagues: ``official_id, person_id, tie, steps, tie_rows``."""
    own = people(inputs).select(
        "official_id", "person_id", tie=ibis._.how, steps=(ibis._.how == "self").ifelse(0, 1).cast("int64"),
        tie_rows="link_rows",
    )  # fmt: skip
    held = inputs.table("appointments")
    other = held.select(fellow="person_id", unit="org_id", begins="start_date", ends="end_date", other_key="row_key")
    # Only colleagues who hold or run something can lead to a supplier.
    active = other.semi_join(inputs.relation("control"), [("fellow", "person_id")])
    met = held.join(active, [("org_id", "unit")])
    met = met.filter((met.person_id != met.fellow) & overlaps(met.start_date, met.end_date, met.begins, met.ends))
    rows = evidence("appointments", met.row_key).concat(evidence("appointments", met.other_key))
    pairs = met.select(official_id="person_id", person_id="fellow", tie=ibis.literal("colleague"), rows=rows)
    once = pairs.group_by(["official_id", "person_id", "tie"]).agg(
        tie_rows=pairs.rows.first(order_by=pairs.rows.cast("string"))
    )
    once = once.mutate(steps=ibis.literal(1, "int64")).anti_join(own, ["official_id", "person_id"])
    return own.union(once.select(*own.columns))
