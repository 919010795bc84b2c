"""A firm on a blacklist, or its double, wins while the listing is in force.

Listings count whatever their reason, except those of debtors, which are not about tenders. A win is an award
(``is_winner``) or a contract dated from the day of listing to its last day; a listing without an end is in force. A
listed person stands for the firms of which he is legal representative or holds at least half. A double is a firm
founded within 24 months after the listing that shares at least two of: legal representative, controller, phone,
address, bank account, key staff. Where the day of foundation is unknown, its first recorded holding or post counts.
"""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._doubles import Marks, marks

_DEBTOR = "debtor|失信|被执行|限制高消费|欠税|tax"
_EXPIRED = Text("中标时列入期限已满", "the listing had expired when it won")
_SCOPE = Text("属失信被执行人等名单，不涉及投标资格", "a listing of debtors, not about tenders")
_UNBORN = Text("有两项以上相同，但成立日期不明", "shares two marks or more, but when it was founded is unknown")
_NAMES = {
    "same": Text("同一企业", "the firm itself"),
    "person": Text("被列入者控制", "run or held by the listed person"),
    "legal_representative": Text("法定代表人", "legal representative"),
    "controller": Text("控制人", "controller"),
    "phone": Text("电话", "phone"),
    "address": Text("地址", "address"),
    "account": Text("银行账户", "bank account"),
    "staff": Text("关键人员", "key staff"),
}


def _listings(inputs: Inputs) -> pd.DataFrame:
    """``entity, listed_on, until, key, is_debtor`` in order of time; an open end is far away."""
    rows = inputs.table("watchlist").select("entity_id", "reason", "listed_on", "until", "row_key").execute()
    rows["listed_on"] = pd.to_datetime(rows["listed_on"])
    rows["until"] = pd.to_datetime(rows["until"]).fillna(pd.Timestamp("2200-01-01"))
    rows["is_debtor"] = rows["reason"].fillna("").str.lower().str.contains(_DEBTOR)
    return rows.rename(columns={"entity_id": "entity", "row_key": "key"}).sort_values(["listed_on", "key"])


def _wins(inputs: Inputs, firms: set[str]) -> pd.DataFrame:
    """Awards and contracts of these firms: ``firm, won_on, buyer, tender, contract, yuan, rows``, one row a win."""
    tenders, bids = inputs.table("tenders"), inputs.table("bids")
    won = bids.filter(bids.is_winner.fill_null(False) & bids.bidder_id.isin(sorted(firms)))
    known = tenders.select(
        of="tender_id", buyer="buyer_id", won_on=ibis.coalesce(
            tenders.awarded_on, tenders.opened_at.cast("date"), tenders.deadline_at.cast("date"), tenders.published_on),
    ).distinct(on="of")  # fmt: skip
    awards = won.join(known, [("tender_id", "of")]).select(
        "won_on", "buyer", firm="bidder_id", tender="tender_id", yuan=ibis._.price.cast("float64"), bid="row_key"
    ).execute()  # fmt: skip
    contracts = inputs.table("contracts").filter(lambda t: t.supplier_id.isin(sorted(firms)))
    signed = contracts.select(
        firm="supplier_id", tender="tender_id", contract="contract_id", buyer="buyer_id", won_on="signed_on",
        yuan=contracts.amount.cast("float64"), key="row_key",
    ).execute()  # fmt: skip
    # A contract that follows an award is the same win, of the day of the award.
    named = set(zip(awards["firm"], awards["tender"], strict=True))
    follows = [pair in named for pair in zip(signed["firm"], signed["tender"], strict=True)]
    rows = [
        {**row, "rows": [("bids", row.pop("bid"))], "object": ("tenders", row["tender"])}
        for row in awards.to_dict("records")
    ]
    by_tender = {(row["firm"], row["tender"]): row for row in rows}
    for row, is_same in zip(signed.to_dict("records"), follows, strict=True):
        cited = ("contracts", row.pop("key"))
        if is_same:
            by_tender[(row["firm"], row["tender"])]["rows"].append(cited)
        else:
            rows.append({**row, "rows": [cited], "object": ("contracts", row["contract"])})
    found = pd.DataFrame(rows, columns=["firm", "won_on", "buyer", "yuan", "rows", "object"])
    found["won_on"] = pd.to_datetime(found["won_on"])
    return found.sort_values(["firm", "won_on", "object"])


def _born(inputs: Inputs, firms: set[str]) -> dict[str, pd.Timestamp]:
    """Day of foundation, else the first day on which somebody held or ran the firm."""
    units = inputs.table("organizations").filter(lambda t: t.org_id.isin(sorted(firms)))
    told = units.group_by("org_id").agg(day=units.established_on.min()).execute()
    control = inputs.relation("control").filter(lambda t: t.org_id.isin(sorted(firms)))
    first = control.group_by("org_id").agg(day=control.since.min()).execute()
    every = pd.concat([first.dropna(), told.dropna()])
    return dict(zip(every["org_id"], pd.to_datetime(every["day"]), strict=True))


def _persons(inputs: Inputs, listed: set[str]) -> pd.DataFrame:
    """Firms of listed persons: ``entity, firm, since, until, rows``."""
    control = inputs.relation("control").filter(lambda t: t.person_id.isin(sorted(listed)))
    rules = (control.how == "legal_representative") | (control.share.fill_null(1.0) * 2 >= 1) & (
        control.how == "holder"
    )
    rows = control.filter(rules).select("since", "until", "rows", entity="person_id", firm="org_id").execute()
    return rows.sort_values(["entity", "firm"])


def _compute(inputs: Inputs) -> Result:
    listings = _listings(inputs)
    entities = set(listings["entity"])
    shared = marks(inputs, entities)
    by_person = _persons(inputs, entities)
    candidates = entities | {firm for _, firm in shared} | set(by_person["firm"])
    wins, born = _wins(inputs, candidates), _born(inputs, {firm for _, firm in shared})
    of_firm = dict(list(wins.groupby("firm")))
    found: dict[tuple[str, str], dict[str, Any]] = {}
    excluded: dict[str, str] = {}
    dark: dict[str, str] = {}

    def look(firm: str, listing: dict[str, Any], told: Marks, since: Any = None, until: Any = None) -> None:
        mine = of_firm.get(firm)
        if mine is None:
            return
        later = mine[mine["won_on"] >= listing["listed_on"]]
        if not pd.isna(since):
            later = later[later["won_on"] >= pd.Timestamp(since)]
        if not pd.isna(until):
            later = later[later["won_on"] <= pd.Timestamp(until)]
        now = later[later["won_on"] <= listing["until"]]
        if len(later) and (listing["is_debtor"] or now.empty):
            excluded[firm] = (_SCOPE if listing["is_debtor"] else _EXPIRED).both()
        elif len(now):
            held = found.setdefault((firm, listing["entity"]), {"marks": {}, "wins": now, "listings": []})
            held["marks"] |= told
            held["listings"].append(listing["key"])
            held["wins"] = pd.concat([held["wins"], now]).drop_duplicates("object")

    for listing in listings.to_dict("records"):
        entity = listing["entity"]
        look(entity, listing, {"same": []})
        for row in by_person[by_person["entity"] == entity].to_dict("records"):
            keys = [(item["table"], item["key"]) for item in row["rows"]]
            look(row["firm"], listing, {"person": keys}, row["since"], row["until"])
        for (old, firm), told in shared.items():
            if old != entity or len(told) < inputs["min_marks"] or firm not in of_firm:
                continue
            last = listing["listed_on"] + pd.DateOffset(months=inputs["born_months"])
            if firm not in born:
                dark[firm] = _UNBORN.both()
            elif listing["listed_on"] <= born[firm] <= last:
                look(firm, listing, told)
    leads, evidence, counters = [], [], []
    for (firm, entity), held in sorted(found.items(), key=lambda item: item[0]):
        lead = f"{firm}|{entity}"
        leads.append(_lead(lead, firm, entity, held))
        rows = {("watchlist", key): "listing" for key in held["listings"]}
        rows |= {row: "win" for some in held["wins"]["rows"] for row in some}
        rows |= {row: "mark" for some in held["marks"].values() for row in some if row not in rows}
        evidence += [{"lead": lead, "table": t, "key": k, "role": role} for (t, k), role in sorted(rows.items())]
        expired = Text("全部中标均在列入期内", "every win cited lies within the listing").both()
        counters += [counter(lead, "expired", False, expired), counter(lead, "scope", None)]
    everyone = _winners(inputs)
    return Result(
        assessed({firm for firm, _ in found}, everyone, dark, excluded), frame(leads, LEADS), frame(evidence, EVIDENCE),
        frame(counters, COUNTERS),
    )  # fmt: skip


def _winners(inputs: Inputs) -> set[str]:
    bids, contracts = inputs.table("bids"), inputs.table("contracts")
    won = bids.filter(bids.is_winner.fill_null(False)).select(firm="bidder_id")
    return set(won.union(contracts.select(firm="supplier_id")).distinct().execute()["firm"])


def _lead(lead: str, firm: str, entity: str, held: dict[str, Any]) -> dict[str, Any]:
    names = sorted(held["marks"], key=list(_NAMES).index)
    wins, itself = held["wins"], "same" in names or "person" in names
    strong = itself or len(names) >= 3 or bool({"legal_representative", "controller"} & set(names))
    marked = 0.9 if "same" in names else 0.8 if "person" in names else min(0.4 + 0.1 * len(names), 0.8)
    return {
        "lead": lead,
        "subjects": [party(firm, "winner"), *([party(entity, "listed")] if entity != firm else [])],
        "objects": [thing("watchlist", held["listings"][0]), *(thing(*found) for found in wins["object"])],
        "kind": "link",
        "severity": "red" if strong else "yellow",
        "value": float(len(wins)),
        # A second and third win add a little; the marks are what the lead stands on.
        "score": round(marked * (1 - 0.2 / (1 + len(wins))), 4),
        "p_value": None,
        "amount": float(wins["yuan"].sum()),
        "period_start": wins["won_on"].min().date(),
        "period_end": wins["won_on"].max().date(),
        "fence": "the firm itself, or founded within 24 months of the listing with two marks shared",
        "how_zh": "、".join(_NAMES[name].zh for name in names),
        "how_en": ", ".join(_NAMES[name].en for name in names),
    }


INDICATOR = Indicator(
    id="bl-debarred-linked",
    number=23,
    title=Text("黑名单企业或替身中标", "Listed firm or double wins"),
    question=Text(
        "列入行贿等黑名单的企业，或其换壳企业，是否在列入期内再次中标？",
        "Did a firm on a blacklist, or its double, win again while the listing was in force?",
    ),
    summary=Text(
        "{winner}在黑名单期内中标 {value} 次，合计 {amount:money}；与被列入者的关联：{how_zh}。",
        "{winner} won {value} times, {amount:money} in all, during a listing; shared with the listed party: {how_en}.",
    ),
    innocent=(
        Innocent(
            "expired",
            Text("列入期限已满。", "The listing had expired."),
            Text("只计列入期内的中标；其余排除。", "Only wins within the listing count; others are excluded."),
        ),
        Innocent("scope", Text("列入只限于其他地区或行业。", "The listing is limited to another region or trade.")),
        Innocent(
            "neighbour",
            Text("同楼邻居、共用代办。", "A neighbour, or a shared agent."),
            Text(
                "须至少两项相同，多家共用的电话、地址不计。", "Two marks are asked for; what many share does not count."
            ),
        ),
    ),
    next_steps=(
        Text("核对列入决定的范围与起止日期。", "Check scope and dates of the listing."),
        Text("查实际控制人、资金和人员是否为一套人马。", "See whether control, money and staff are one."),
        Text("查招标人是否核验了黑名单。", "See whether the buyer checked the list."),
    ),
    kinds=("link",),
    subject="organization",
    needs={
        "watchlist": ("entity_id", "listed_on"),
        "tenders": ("tender_id", "buyer_id"),
        "bids": ("tender_id", "bidder_id", "is_winner"),
    },
    uses=("contracts", "organizations", "directorships", "ownerships", "accounts", "licences", "employments"),
    relations=("control",),
    params=(
        Param(
            "born_months", 24, "months", Text("替身多在列入后两年内成立。", "Doubles appear within two years."), 1, 120
        ),
        Param("min_marks", 2, "marks", Text("一项相同可能是巧合。", "One mark may be chance."), 2, 6),
        Param(
            "max_shared_contact",
            5,
            "users",
            Text("更多人共用则不说明关系。", "Shared by more, it says nothing."),
            2,
            100,
        ),
    ),
    references=(
        Reference("曲靖, 2022: a blacklist of bribers, to be kept from winning again"),
        Reference("OCP (2024), Red Flags in Public Procurement: R046 debarred bidder"),
        Reference("World Bank (2011), Sanctions Procedures, on successors and assigns of debarred firms"),
    ),
    value_unit=Text("列入期内中标次数", "wins during the listing"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name,established_on,phone,address\nL,旧公司,2010-01-01,87000001,东街1号\n"
            "D,新公司,2020-03-01,87000001,东街1号\nN,邻居公司,2020-03-01,87000002,东街1号\nX,期满公司,2008-01-01,87000003,\n"
            "Y,老同事公司,2012-01-01,87000001,\nB,局,,,\n",
            "watchlist": "entity_id,reason,listed_on,until\nL,bribery_blacklist,2019-06-01,2024-05-31\n"
            "X,debarred,2018-01-01,2018-12-31\n",
            # D was founded nine months after the listing, with phone and address of L. N shares only the address.
            "tenders": "tender_id,buyer_id,method,awarded_on\nT1,B,open,2021-05-01\nT2,B,open,2021-06-01\n"
            "T3,B,open,2021-07-01\nT4,B,open,2018-05-01\nT5,B,open,2019-06-01\n",
            "bids": "tender_id,bidder_id,price,is_winner\nT1,D,900000,true\nT1,N,950000,false\nT2,N,800000,true\n"
            "T3,X,700000,true\nT4,L,600000,true\nT5,L,650000,true\n",
        },
        flags=frozenset({"D", "L"}),
        leaves=frozenset({"N"}),
        others={"X": "excluded"},
    ),
    compute=_compute,
)
