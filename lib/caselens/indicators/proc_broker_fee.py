"""A party to no contract is paid at least 1 % of their awards by two or more unrelated winners.

Payments count from the day of the award to 90 days after; those to one household (spouses, parents and children) and
to the firms that its members hold or run are one payee, so that a fee may be split. Tender agents, parties to any
contract, licensed firms, staff and holders of the payer are no brokers. Winners in one hand count once. A payee who is
in contact (calls, travel) with, or kin or associate of, an official who has authority over one of the winners makes a
strong lead. Without such a link service firms would fill the list: then the share must be at most 20 % of the award
(with one 50 %), the largest at most three times the smallest, the fees at least half of what firms paid the payee in
all, and a firm needs a memo that says a fee.
"""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._circle import Cited, cite, cited, over
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._fees import explained, fees, names_table, received
from caselens.indicators._purchases import groups, supplier_links

_FEE = (
    "咨询|居间|中介|信息|介绍|服务|劳务|代理|协调|顾问|推广|策划|好处|辛苦|提成|佣金|感谢|"
    "consult|fee|broker|commission|agen|service|referral"
)
_WHY = {
    "agent": Text("招标代理机构", "a tender agent"),
    "contract": Text("与有关方签有合同", "party to a contract"),
    "licence": Text("持证机构", "a licensed firm"),
    "own": Text("付款方的职工或股东", "staff or holder of the payer"),
}


def _households(inputs: Inputs, payees: set[str]) -> tuple[dict[str, str], dict[str, list[dict[str, str]]]]:
    """Payee -> its group, and the rows that tie payees together."""
    kin, wanted = inputs.relation("kin").filter(lambda t: t.degree <= 1), names_table(payees)
    near = kin.semi_join(wanted, [("person_id", "wanted")]).semi_join(wanted, [("relative_id", "wanted")])
    near = near.select("person_id", "relative_id", "rows").execute()
    control = inputs.relation("control").semi_join(wanted, [("org_id", "wanted")])
    held = control.select("person_id", "org_id", "rows").execute()
    # Whoever holds the paid firm stands between it and a paid relative, paid or not.
    people = set(held["person_id"])
    more = kin.semi_join(names_table(people), [("person_id", "wanted")])
    more = more.semi_join(names_table(payees | people), [("relative_id", "wanted")])
    also = more.select("person_id", "relative_id", "rows").execute()
    near = pd.concat([near, also])
    pairs = [
        *zip(near["person_id"], near["relative_id"], strict=True),
        *zip(held["person_id"], held["org_id"], strict=True),
    ]
    found = groups(payees | people, pairs)
    ties: dict[str, list[dict[str, str]]] = {}
    for name, rows in [
        *zip(near["person_id"], near["rows"], strict=True),
        *zip(held["person_id"], held["rows"], strict=True),
    ]:
        ties.setdefault(found.get(name, name), []).extend(rows)
    return found, ties


def _officials(inputs: Inputs, people: set[str], winners: set[str]) -> pd.DataFrame:
    """Officials over a winner, close to one of ``people``: ``official_id, person, winner, how, strength, rows``."""
    columns = ["official_id", "person", "winner", "how", "strength", "rows"]
    names = sorted(people)
    say = over(inputs).filter(lambda t: t.party_id.isin(sorted(winners)))
    say = say.select("official_id", "strength", say_rows="rows", winner="party_id")
    links = inputs.relation("links").filter(lambda t: (t.party_id == t.via_id) & t.party_id.isin(names))
    parts = [links.select(close="official_id", person="party_id", how="how", tie_rows="rows")]
    if inputs.has("contacts"):
        told = inputs.table("contacts").filter(lambda t: t.other_id.notnull())
        row = ibis.array([ibis.struct({"table": ibis.literal("contacts"), "key": told.row_key})])
        for one, other in (("person_id", "other_id"), ("other_id", "person_id")):
            met = told.filter(told[other].isin(names))
            parts.append(met.select(close=one, person=other, how=ibis.literal("contact"), tie_rows=row))
    ties = ibis.union(*parts) if len(parts) > 1 else parts[0]
    joined = ties.join(say, [("close", "official_id")])
    rows = joined.select(
        "person", "winner", "how", "strength", official_id="close", rows=joined.tie_rows.concat(joined.say_rows)
    ).execute()  # fmt: skip
    rows["order"] = rows["rows"].map(str)
    return rows.sort_values(["official_id", "person", "winner", "how", "order"])[[*columns]]


def _compute(inputs: Inputs) -> Result:
    paid = fees(inputs)
    paid = paid[paid["cny"].notna()].reset_index(drop=True)
    why = explained(inputs, paid)
    excluded = {name: _WHY[reason].both() for name, reason in zip(paid["payee"], why, strict=True) if reason}
    paid = paid[why == ""]
    group, ties = _households(inputs, set(paid["payee"]))
    paid = paid.assign(group=paid["payee"].map(group))
    share = paid.groupby(["group", "payer", "award"])["cny"].transform("sum") / paid["value"].astype("float64")
    paid = paid.assign(share=share)[share >= inputs["min_share"] - 1e-9]
    # Two awards to one winner at the same time share their payments; the nearest before the payment counts.
    paid = paid.sort_values(["row_key", "group", "won_on", "award"]).drop_duplicates(["row_key", "group"], keep="last")
    several = paid.groupby("group")["payer"].transform("nunique") >= inputs["min_winners"]
    seen, paid = set(paid["payee"]), paid[several]
    winners = set(paid["payer"])
    links = supplier_links(inputs, winners)
    hand = groups(winners, zip(links["a"], links["b"], strict=True))
    members: dict[str, set[str]] = {}
    for name, root in group.items():
        members.setdefault(root, set()).add(name)
    close = _officials(inputs, {name for root in set(paid["group"]) for name in members[root]}, winners)
    income = received(inputs, {name for root in set(paid["group"]) for name in members[root]})
    leads, evidence, counters = [], [], []
    hits: set[str] = set()
    for root, part in paid.groupby("group", sort=True):
        mine = close[close["person"].isin(members[str(root)]) & close["winner"].isin(part["payer"])]
        part = part[part["share"] <= inputs["max_linked"]]  # noqa: PLW2901 - what remains of the group
        if mine.empty:
            part = _alone(part, members[str(root)], income, inputs)  # noqa: PLW2901 - what remains of the group
        if part["payer"].map(hand).nunique() < inputs["min_winners"]:
            continue
        lead = str(root)
        hits |= set(part["payee"])
        leads.append(_lead(lead, part, mine))
        evidence += _evidence(lead, part, mine, ties.get(lead, []))
        counters.append(counter(lead, "agency", False, Text(
            "收款方不是任何合同、代理的当事方", "the payee is party to no contract or agency").both()))  # fmt: skip
        counters.append(counter(lead, "work_done", None))
    return Result(
        assessed(hits, seen, None, {k: v for k, v in excluded.items() if k not in hits}), frame(leads, LEADS),
        frame(evidence, EVIDENCE), frame(counters, COUNTERS),
    )  # fmt: skip


def _alone(part: pd.DataFrame, members: set[str], income: dict[str, float], inputs: Inputs) -> pd.DataFrame:
    """What speaks of fees without an official near: a tariff, and little other business of the payee."""
    told = ~part["is_firm"].astype(bool) | part["memo"].fillna("").str.lower().str.contains(_FEE)
    kept = part[told & (part["share"] <= inputs["max_share"])]
    each = kept.groupby(["payer", "award"])["share"].max()
    other = sum(income.get(name, 0.0) for name in members)
    trades = kept["cny"].sum() < inputs["min_income"] * other
    return kept.iloc[:0] if kept.empty or trades or each.max() > inputs["max_spread"] * each.min() else kept


def _lead(lead: str, part: pd.DataFrame, mine: pd.DataFrame) -> dict[str, Any]:
    totals = part.groupby("payee")["cny"].sum().sort_values(ascending=False, kind="stable")
    payees, officials = sorted(totals.index), sorted(set(mine["official_id"]))
    first = str(totals.index[0])
    is_firm = bool(part.loc[part["payee"] == first, "is_firm"].iloc[0])
    winners = sorted(set(part["payer"]))
    each = part.drop_duplicates(["payer", "award"])["share"]
    even = float(each.std() / each.mean()) if len(each) > 1 and each.mean() else 1.0
    # A like share of each award is a tariff; more winners and an official within reach say more.
    score = 0.35 + 0.1 * min(len(winners) - 1, 3) / 3 + 0.15 * max(0.0, 1 - even) + 0.3 * bool(officials)
    told = bool(part["is_testimony"].all())
    return {
        "lead": lead,
        "subjects": [party(name, "broker") for name in payees]
        + [party(name, "payer") for name in winners if name not in payees]
        + [party(name, "official") for name in officials if name not in payees],
        "objects": [thing("organizations" if is_firm else "persons", first)]
        + [thing(*found) for found in sorted(set(zip(part["table"], part["award"], strict=True)))],
        "kind": "link",
        "severity": "red" if officials else "yellow",
        "value": float(len(winners)),
        "score": round(min(score, 0.5) if told else score, 4),
        "p_value": None,
        "amount": float(part["cny"].sum()),
        "period_start": part["paid_on"].min(),
        "period_end": part["paid_on"].max(),
        "fence": "at least 1 % of the award within 90 d from 2 unrelated winners; shares "
        f"{each.min():.1%} to {each.max():.1%}",
        "shares": f"{each.min():.1%}–{each.max():.1%}" if len(each) > 1 else f"{each.iloc[0]:.1%}",
        "near_zh": "，并与对中标人有职权的公职人员有联系" if officials else "",
        "near_en": ", and is close to an official with authority over a winner" if officials else "",
    }


def _evidence(lead: str, part: pd.DataFrame, mine: pd.DataFrame, ties: list[dict[str, str]]) -> list[dict[str, str]]:
    rows: Cited = {("payments", key): "fee" for key in part["row_key"]}
    rows |= dict.fromkeys(zip(part["table"], part["award_key"], strict=True), "award")
    for found in mine["rows"]:
        cite(rows, found, "official")
    cite(rows, ties, "household")
    return cited(lead, rows)


INDICATOR = Indicator(
    id="proc-broker-fee",
    number=43,
    title=Text("中标后向中间人付费", "Broker paid by several winners"),
    question=Text(
        "与合同无关的人或企业，是否在多家互不相关的企业中标后按比例收款？",
        "Is somebody who is party to no contract paid a share of their awards by several unrelated winners?",
    ),
    summary=Text(
        "{broker}不是合同当事方，却在中标后 90 天内从 {value} 家中标人处"
        "收款共 {amount:money}（占中标额 {shares}）{near_zh}。",
        "{broker}, party to no contract, received {amount:money} from {value} winners within 90 days of their awards "
        "({shares} of each){near_en}.",
    ),
    innocent=(
        Innocent(
            "agency",
            Text("持证机构的代理费、有合同的咨询费。", "A licensed agency's fee, or advice under a contract."),
            Text(
                "招标代理、持证机构和合同当事方排除。", "Agents, licensed firms and parties to contracts are excluded."
            ),
        ),
        Innocent("work_done", Text("确有劳务或咨询成果。", "Work was really done.")),
    ),
    next_steps=(
        Text("调取居间、咨询协议和成果。", "Obtain the agreement and the work product."),
        Text("查中间人与公职人员的通话、出行。", "Look at calls and travel between broker and officials."),
        Text("追查费用的去向。", "Follow the fees onward."),
    ),
    kinds=("link",),
    subject="person",
    needs={
        "tenders": ("tender_id", "buyer_id"),
        "bids": ("tender_id", "bidder_id", "is_winner"),
        "payments": ("payment_id", "paid_at", "payer_account", "payee_account", "amount"),
        "accounts": ("account_id", "holder_id"),
    },
    uses=("contracts", "organizations", "contacts", "employments", "licences", "exchange_rates"),
    relations=("authority", "links", "kin", "control"),
    params=(
        Param("min_share", 0.01, "share", Text("中标额的百分之一起。", "From one percent of the award."), 0.001, 0.5),
        Param("max_share", 0.2, "share", Text("超过两成更像货款。", "More than a fifth looks like trade."), 0.02, 1),
        Param("max_linked", 0.5, "share", Text("有公职人员联系时的上限。", "The same with an official near."), 0.02, 1),
        Param("max_spread", 3.0, "times", Text("无联系时各笔比例应相近。", "Alone, shares must be alike."), 1, 100),
        Param(
            "min_income", 0.5, "share", Text("无联系时此类收款应占其企业来款一半。", "Alone, half of its income."), 0, 1
        ),
        Param("min_winners", 2, "winners", Text("至少两家互不相关。", "Two unrelated ones at least."), 2, 20),
        Param("window_days", 90, "days", Text("中标后九十天内。", "Within ninety days."), 7, 730),
        Param("max_payers", 50, "payers", Text("付款人众多的是公用收款方。", "Whom many pay is no broker."), 5, 100000),
        Param("max_hub", 20, "firms", Text("持股任职过多者不说明关系。", "Holders of more firms link none."), 2, 1000),
        Param(
            "max_shared_contact",
            5,
            "firms",
            Text("更多人共用则不说明关系。", "Shared by more, it says nothing."),
            2,
            100,
        ),
    ),
    references=(
        Reference("株洲, 2024: brokers who carry the basket (提篮子) between officials and winners"),
        Reference("OCP (2024), Red Flags in Public Procurement: R043 conflict of interest"),
    ),
    value_unit=Text("付款的中标人数", "winners who paid"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nO,甲\nX,中间人\nY,其妻\nE,职工\nZ,供料人\n",
            "organizations": "org_id,name,kind\nU,城投,state_owned\nA,公司一,private\nB,公司二,private\n"
            "G,招标代理,intermediary\n",
            "appointments": "person_id,org_id,post,start_date,is_leadership\nO,U,副总经理,2015-01-01,true\n",
            "kinships": "person_id,relative_id,relation\nX,Y,spouse\n",
            "contacts": "contact_id,kind,person_id,other_id,happened_at\n1,call,O,X,2020-04-20 20:00:00\n",
            "employments": "person_id,org_id,start_date\nE,A,2018-01-01\nE,B,2018-01-01\n",
            "tenders": "tender_id,buyer_id,agent_id,method,awarded_on\nT1,U,G,open,2020-05-01\n"
            "T2,U,G,open,2020-06-01\n",
            "bids": "tender_id,bidder_id,price,is_winner\nT1,A,1000000,true\nT2,B,2000000,true\n",
            "contracts": "contract_id,tender_id,buyer_id,supplier_id,amount,signed_on\nC1,T1,U,A,1000000,2020-05-10\n"
            "C2,T2,U,B,2000000,2020-06-10\n",
            "accounts": "account_id,holder_id\naA,A\naB,B\naX,X\naY,Y\naG,G\naE,E\naZ,Z\n",
            # From A 0.6 % to X and 0.4 % to his wife make 1 %; from B 1.5 % to X. G is the agent. Z was paid by one.
            "payments": "payment_id,paid_at,payer_account,payee_account,amount,memo\np1,2020-05-20,aA,aX,6000,咨询费\n"
            "p2,2020-05-25,aA,aY,4000,劳务费\np3,2020-06-20,aB,aX,30000,\np4,2020-05-20,aA,aG,20000,代理费\n"
            "p5,2020-06-20,aB,aG,40000,代理费\np6,2020-05-20,aA,aE,15000,\np7,2020-06-20,aB,aE,25000,\n"
            "p8,2020-05-20,aA,aZ,15000,劳务费\n",
        },
        flags=frozenset({"X", "Y"}),
        leaves=frozenset({"Z"}),
        others={"G": "excluded", "E": "excluded"},
    ),
    compute=_compute,
)
