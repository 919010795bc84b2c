"""An asset of an official's family beyond its means, or paid for by somebody else.

Means: declared household income of the five calendar years up to the purchase (the larger of the couple's declarations;
years without one are taken as the mean of the others, and fewer than three lower the score) less 40 % for living, loans
on record, what a stranger paid for a home or car sold, dividends. A gap above half of the price is a lead. An adult
child, a parent or another relative has means of his own: without any declaration only the payment is looked at, which
is a lead where at least 30 % came from a party that is no kin and no bank, or from a firm under the official's
authority (linked or not): paid to the seller in the buyer's stead, claimed as funder, or received from a party under
authority within 90 days before. Loans and sales to parties under authority explain nothing. Deposits are no purchases.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.indicators import _means
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._circle import Cited, cite, cited, missing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._means import Means, Purses

_DARK = Text(
    "购置前五年无申报收入，也未见他人付款",
    "no income of the five years is declared, and no payment by others is seen",
)
_SALE = Text("出售旧有房车所得足以解释", "the sale of an older home or car explains it")


@dataclass(slots=True)
class _Asset:
    """One asset, its official, its means, and who else paid."""

    row: dict[str, Any]
    means: Means
    gap: float | None
    others: dict[str, float] = field(default_factory=dict)
    regulated: set[str] = field(default_factory=set)
    rows: Cited = field(default_factory=dict)

    @property
    def price(self) -> float:
        return float(self.row["value"])

    @property
    def paid(self) -> float:
        """Yuan that somebody else paid, at most the price."""
        return min(sum(self.others.values()), self.price)


def _compute(inputs: Inputs) -> Result:
    near = _means.assets_near(inputs)
    couples = _couples(inputs)
    everybody = {*near["owner_id"], *near["official_id"]}
    purses = Purses(inputs, everybody | {one for name in everybody for one in couples.get(name, ())})
    spent = _means.payments_for(inputs, near)
    paid = dict(list(spent.groupby("asset_id")))
    payers = purses.givers | {str(name) for name in [*spent["payer"], *near["funded_by_id"].dropna()]}
    over = _means.authority_over(inputs, set(near["official_id"]), payers)
    circle = _circles(inputs)
    banks = _banks(inputs)
    items: list[_Asset] = []
    dark: dict[str, str] = {}
    excluded: dict[str, str] = {}
    for asset, rows in near.groupby("asset_id", sort=True):
        tried = [
            _judged(row, purses, over, paid.get(asset), circle, couples, banks, inputs)
            for row in rows.to_dict("records")
        ]
        hits = [item for item in tried if _is_lead(item, inputs)]
        if hits:
            items.append(max(hits, key=lambda item: (len(item.regulated), item.gap or 0.0, -item.row["degree"])))
            continue
        item = tried[0]
        for who in {str(item.row["official_id"]), str(item.row["owner_id"])}:
            without = (item.gap or 0.0) + item.means.sales
            if item.gap is None and not paid.get(asset, pd.DataFrame()).shape[0]:
                dark[who] = _DARK.both()
            elif item.gap is not None and item.means.sales and without > inputs["max_gap"] * item.price:
                excluded[who] = _SALE.both()
    leads = [_lead(item, inputs) for item in items]
    hit = {str(item.row[name]) for item in items for name in ("official_id", "owner_id")}
    evidence = [row for item, lead in zip(items, leads, strict=True) for row in cited(lead["lead"], item.rows)]
    counters = [row for item, lead in zip(items, leads, strict=True) for row in _counters(lead["lead"], item)]
    seen = {str(name) for column in ("official_id", "owner_id") for name in near[column]}
    states = assessed(hit, seen, dark, excluded)
    return Result(states, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _circles(inputs: Inputs) -> dict[str, set[str]]:
    """Official -> persons and firms linked to that official."""
    links = inputs.relation("links").select("official_id", "party_id").distinct().execute()
    return {str(name): set(rows["party_id"]) for name, rows in links.groupby("official_id")}


def _couples(inputs: Inputs) -> dict[str, set[str]]:
    """Official -> spouses."""
    links = inputs.relation("links")
    near = links.filter((links.party_id == links.via_id) & (links.how == "spouse"))
    rows = near.select("official_id", "party_id").distinct().execute()
    return {str(name): set(some["party_id"]) for name, some in rows.groupby("official_id")}


def _banks(inputs: Inputs) -> set[str]:
    if not inputs.has("organizations", "kind"):
        return set()
    units = inputs.table("organizations").filter(lambda t: t.kind.isin(["financial", "金融机构", "银行"]))
    return set(units.select("org_id").execute()["org_id"])


def _judged(
    row: dict[str, Any],
    purses: Purses,
    over: dict[str, list[dict[str, Any]]],
    paid: pd.DataFrame | None,
    circles: dict[str, set[str]],
    couples: dict[str, set[str]],
    banks: set[str],
    inputs: Inputs,
) -> _Asset:
    """One asset seen from one official."""
    official, owner, bought = str(row["official_id"]), str(row["owner_id"]), row["acquired_on"]
    circle = circles.get(official, {official})
    reigned = [one for one in over.get(official, ()) if _lasts(one, bought)]
    powers = {str(one["party_id"]) for one in reigned}
    couple = {official, *couples.get(official, ())}
    at_home = _means.is_household(str(row["how"]), row["born"], bought)
    means = purses.means({*couple, owner}, bought, powers, inputs["living_share"])
    own = means if at_home else purses.means({owner}, bought, powers, inputs["living_share"])
    gap: float | None = None
    if own.years >= inputs["min_years"] and (at_home or row["degree"] <= 1):
        gap = float(row["value"]) - (means.income + means.loans + means.sales + means.profits)
        if not at_home and owner not in couple:
            gap -= own.income  # parents may give; the couple's means come on top of the owner's own
    item = _Asset(row, means, gap)
    item.rows[("assets", str(row["row_key"]))] = "asset"
    cite(item.rows, row["link_rows"], "link")
    _third(item, paid, purses, {*couple, owner}, circle, powers, banks, inputs)
    for name in sorted(item.regulated):
        cite(item.rows, next(one["rows"] for one in reigned if one["party_id"] == name), "authority")
    if gap is not None and gap > inputs["max_gap"] * item.price:
        item.rows = means.rows | own.rows | item.rows
    return item


def _lasts(row: dict[str, Any], bought: date) -> bool:
    at, since, until = pd.Timestamp(bought), row["since"], row["until"]
    return (missing(since) or pd.Timestamp(since) <= at) and (missing(until) or at <= pd.Timestamp(until))


def _third(
    item: _Asset,
    paid: pd.DataFrame | None,
    purses: Purses,
    household: set[str],
    circle: set[str],
    powers: set[str],
    banks: set[str],
    inputs: Inputs,
) -> None:
    """Who else paid: to the seller, as claimed funder, or shortly before to the household while under authority."""
    bought, funder = item.row["acquired_on"], item.row["funded_by_id"]

    def take(payer: str, yuan: float, key: tuple[str, str], role: str) -> None:
        item.others[payer] = item.others.get(payer, 0.0) + yuan
        item.rows[key] = role
        if payer in powers:
            item.regulated.add(payer)

    def counts(payer: str) -> bool:
        return payer not in household and payer not in banks and (payer not in circle or payer in powers)

    for row in (paid if paid is not None else pd.DataFrame()).to_dict("records"):
        if row["payee"] not in household and counts(str(row["payer"])):
            take(str(row["payer"]), float(row["yuan"]), ("payments", str(row["row_key"])), "paid_by_other")
    first = bought - timedelta(days=inputs["before_days"])
    for row in purses.received(household, powers - household, first, bought):
        take(str(row["payer"]), float(row["yuan"]), ("payments", str(row["row_key"])), "received_before")
    if not missing(funder) and counts(str(funder)) and not item.others:
        take(str(funder), item.price, ("assets", str(item.row["row_key"])), "asset")


def _is_lead(item: _Asset, inputs: Inputs) -> bool:
    by_gap = item.gap is not None and item.gap > inputs["max_gap"] * item.price
    return by_gap or item.paid >= inputs["min_paid"] * item.price - 0.005


def _lead(item: _Asset, inputs: Inputs) -> dict[str, Any]:
    row, price = item.row, item.price
    gap = max(item.gap or 0.0, 0.0)
    by_gap = gap > inputs["max_gap"] * price
    at_stake = max(gap if by_gap else 0.0, item.paid if item.paid >= inputs["min_paid"] * price else 0.0)
    share = min(at_stake / price, 1.0)
    size = at_stake / (at_stake + 1e6)
    hidden = row["is_declared"] is not None and not missing(row["is_declared"]) and not bool(row["is_declared"])
    score = 0.3 + 0.25 * share + 0.25 * size + 0.05 * hidden + (0.1 if item.regulated else 0.0)
    if by_gap and item.means.years < 3 and not item.others:
        score *= 0.8
    official, owner = str(row["official_id"]), str(row["owner_id"])
    payers = sorted(item.others) if item.paid >= inputs["min_paid"] * price - 0.005 else []
    zh = [f"超出家庭财力{gap:,.0f}元"] if by_gap else []
    en = [f"{gap:,.0f} yuan are beyond the household's means"] if by_gap else []
    zh += [f"他人支付{item.paid:,.0f}元"] if payers else []
    en += [f"{item.paid:,.0f} yuan were paid by others"] if payers else []
    return {
        "lead": f"{official}|{row['asset_id']}",
        "subjects": [party(official, "official")]
        + ([party(owner, "owner")] if owner != official else [])
        + [party(name, "payer") for name in payers],
        "objects": [thing("assets", str(row["asset_id"]))],
        "kind": "link",
        "severity": "red" if at_stake >= inputs["red_amount"] or item.regulated else "yellow",
        "value": share,
        "score": min(score, 0.95),
        "p_value": None,
        "amount": at_stake,
        "period_start": row["acquired_on"],
        "period_end": row["acquired_on"],
        "fence": f"gap > {inputs['max_gap']:.0%} of the price, or {inputs['min_paid']:.0%} paid by others",
        "price": price,
        "bought_on": row["acquired_on"],
        "holder_zh": "本人名下" if owner == official else "亲属名下",
        "holder_en": "in the official's own name" if owner == official else "in a relative's name",
        "means": item.means.income + item.means.loans + item.means.sales + item.means.profits,
        "why_zh": ",".join(zh),
        "why_en": " and ".join(en),
    }


def _counters(lead: str, item: _Asset) -> list[dict[str, str]]:
    means, gap = item.means, max(item.gap or 0.0, 0.0)
    sold = Text(f"售房售车所得 {means.sales:,.0f} 元，已计入", f"{means.sales:,.0f} yuan from sales were counted in")
    lent = Text(f"有记录借款 {means.loans:,.0f} 元，已计入", f"{means.loans:,.0f} yuan of loans were counted in")
    won = Text(f"分红 {means.profits:,.0f} 元，已计入", f"{means.profits:,.0f} yuan of dividends were counted in")
    kept = (
        Text("无此前的家庭财产申报", "no earlier declaration of household assets")
        if means.savings is None
        else Text(
            f"此前申报家庭财产 {means.savings:,.0f} 元", f"{means.savings:,.0f} yuan of assets were declared before"
        )
    )
    enough = None if means.savings is None else gap > 0 and means.savings >= gap and not item.others
    return [
        counter(lead, "sale", False, sold.both()),
        counter(lead, "loan", False, lent.both()),
        counter(lead, "savings", enough, kept.both()),
        counter(lead, "business", False if means.profits else None, won.both()),
        counter(lead, "gift", None),
    ]


INDICATOR = Indicator(
    id="wealth-unexplained",
    number=22,
    title=Text("财产来源不明", "Asset beyond declared means"),
    question=Text(
        "公职人员家庭购置的财产是否明显超出其收入和借款，或由他人出资？",
        "Does an asset of an official's family exceed its income and loans by far, or did somebody else pay for it?",
    ),
    summary=Text(
        "{official}家庭于{bought_on}取得价值{price:money}的财产({holder_zh}),可见财力{means:money}；{why_zh}。",
        "On {bought_on} the family of {official} acquired an asset of {price:money} ({holder_en}); {means:money} of "
        "means are known: {why_en}.",
    ),
    innocent=(
        Innocent(
            "sale",
            Text("出售旧有房产、车辆所得。", "The sale of an older home or car."),
            Text(
                "购置前五年他人支付的房款、车款计入财力。", "What strangers paid for a home or car sold is counted in."
            ),
        ),
        Innocent(
            "loan",
            Text("按揭或有记录的借款。", "A mortgage, or a loan on record."),
            Text("计入财力；管辖对象的出借除外。", "Counted in, unless a party under authority lent it."),
        ),
        Innocent(
            "savings",
            Text("以往积蓄。", "Savings of earlier years."),
            Text("与此前申报的家庭财产比较。", "Compared with household assets declared before."),
        ),
        Innocent(
            "business",
            Text("家庭合法经营分红。", "Taxed profits of a family business."),
            Text("附言为分红的进账计入财力。", "Receipts called dividends are counted in."),
        ),
        Innocent("gift", Text("继承或长辈赠与。", "An inheritance, or a gift of parents.")),
    ),
    next_steps=(
        Text("调取购置合同及全部付款凭证，逐笔查付款人。", "Obtain the deed and every slip: who paid each part."),
        Text("核对个人有关事项报告。", "Compare the declaration of personal matters."),
        Text("查出资企业与公职人员职权的关系。", "Look at the payer's business before the official."),
    ),
    kinds=("link",),
    subject="person",
    needs={
        "assets": ("owner_id", "value", "acquired_on"),
        "declarations": ("person_id", "year", "household_income"),
        "appointments": ("person_id", "org_id", "start_date"),
    },
    uses=("persons", "payments", "accounts", "financings", "organizations"),
    relations=("links", "authority"),
    params=(
        Param("min_price", 100_000, "CNY", Text("更小的购置属日常。", "Smaller purchases are everyday life."), 0, 1e9),
        Param("min_part", 10_000, "CNY", Text("更小的收付不计。", "Smaller payments are left out."), 0, 1e9),
        Param("max_gap", 0.5, "fraction", Text("缺口超过价款一半。", "More than half of the price."), 0, 1),
        Param("min_paid", 0.3, "fraction", Text("他人支付三成以上。", "Three tenths paid by others."), 0.01, 1),
        Param("living_share", 0.4, "fraction", Text("家庭生活支出。", "The cost of living."), 0, 0.95),
        Param(
            "min_years", 1, "years", Text("一年申报即可推算。", "One declared year lets the others be guessed."), 1, 5
        ),
        Param(
            "before_days", 90, "days", Text("购置前三个月内的收款。", "Received within three months before."), 0, 365
        ),
        Param("red_amount", 1_000_000, "CNY", Text("百万元以上列红。", "From a million it is red."), 0, 1e10),
    ),
    references=(
        Reference("曲靖, 2022: a daughter's flat of over 17 million paid for by an uncle's mine"),
        Reference("UNCAC (2003) Art. 20: illicit enrichment; 刑法 art. 395(巨额财产来源不明), recalled"),
    ),
    value_unit=Text("缺口或代付占价款之比", "gap, or what others paid, as a share of the price"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name,birth_date\nO,局长,1970-01-01\nQ,科长,1975-01-01\nR,所长,1980-01-01\n",
            "organizations": "org_id,name,kind\nU,公安局,government\nB,银行,financial\n",
            "appointments": "person_id,org_id,post,start_date\nO,U,局长,2010-01-01\nQ,U,科长,2010-01-01\n"
            "R,U,所长,2010-01-01\n",
            # O: 5 x 200,000 x 0.6 = 600,000 for a flat of 3,000,000: a gap of 80 %. Q: 600,000 and a mortgage of
            # 900,000 for 1,600,000: a gap of 100,000. R: nothing declared in the five years.
            "declarations": "person_id,year,household_income\n"
            + "".join(f"{who},{year},200000\n" for who in "OQ" for year in range(2016, 2021)),
            "financings": "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date\n"
            "L,loan,Q,B,900000,0.045,2020-05-01\n",
            "assets": "asset_id,owner_id,kind,value,acquired_on\nA1,O,real_estate,3000000,2020-06-01\n"
            "A2,Q,real_estate,1600000,2020-06-01\nA3,R,real_estate,900000,2020-06-01\n",
        },
        flags=frozenset({"O"}),
        leaves=frozenset({"Q"}),
        others={"R": "not_assessable"},
    ),
    compute=_compute,
)
