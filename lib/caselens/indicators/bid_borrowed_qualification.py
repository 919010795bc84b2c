"""Nearly all of a won contract's money goes on to one party that stands behind the winner.

Progress payments (5万 and more) of the buyer to the supplier of a tendered contract; to each, in order of time, the
payments of the winner within 30 days to one group of payees are assigned (a group: payees joined by holdings, posts and
kinship to degree 2). A lead: the group got at least 80 % of what came in, in at least two payments, and the winner
kept at most 10 %. Signs that make it graver: the group paid or lent the deposit of the bid; the project manager's
social insurance was not at the winner; the group stands behind a second winner; it holds no licence although the winner
does (inside complete coverage of licences); no subcontract joins them. Excluded: the payee is the winner's own group,
holder or leader; a subcontract under this contract, older than the money and as large, with a licensed firm or without
any such sign. Payees of the public purse, banks and the winner's own staff are no group.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._lent import PUBLIC, Lent, edges, groups_of, inflows, lent, outflows, own_side
from caselens.indicators._lent_signs import Signs, signs_of, subcontracts

_NO_MONEY = Text("未见其合同项下的收款", "no payment under its contracts is known").both()
_NO_OUT = Text("未见其任何付款，流水未调取", "no payment of it is known; its statement was not obtained").both()
_GROUP = Text(
    "收款方为其控股股东、上级集团或负责人，属集团资金归集", "the payee is its own holder, group or leader"
).both()
_SUBCONTRACT = Text(
    "有在先且金额相当的分包合同", "a subcontract as large, older than the payments, explains them"
).both()
_SIGNS: dict[str, Text] = {
    "deposit": Text("保证金由其缴纳", "it paid the deposit"),
    "manager": Text("项目负责人社保不在中标单位", "the project manager is insured elsewhere"),
    "several": Text("同时站在多家中标单位背后", "it stands behind several winners"),
    "unlicensed": Text("自身无资质", "it holds no licence"),
}


def _compute(inputs: Inputs) -> Result:
    expr = inflows(inputs)
    came_in = expr.execute().sort_values(["payee", "paid_at", "row_key"]).reset_index(drop=True)
    went_out = outflows(inputs, expr).execute().sort_values(["payer", "paid_at", "row_key"])
    winners = sorted(set(went_out["payer"]))
    own = own_side(inputs, winners)
    found, treasury = _found(inputs, winners, came_in, went_out, own)
    shared = _shared(found)
    leads, evidence, counters = [], [], []
    excluded = dict.fromkeys(treasury, _GROUP)
    for item in found:
        contracts = inputs.table("contracts").filter(lambda t, c=item.contracts: t.contract_id.isin(c)).execute()
        signs, subs = signs_of(inputs, item, contracts, shared), subcontracts(inputs, item, contracts)
        if subs.holds and (subs.licensed or not signs.found):
            excluded[item.winner] = _SUBCONTRACT
            continue
        lead = f"{item.winner}|{item.group[0]}"
        leads.append(_lead(lead, item, contracts, signs))
        evidence += _evidence(lead, item, contracts, signs, subs.rows)
        counters += [
            counter(lead, "subcontract", subs.holds, subs.note),
            counter(lead, "treasury", False),
            counter(lead, "internal", None),
        ]
    return _answer(inputs, came_in, leads, evidence, counters, excluded)


def _answer(
    inputs: Inputs, came_in: pd.DataFrame, leads: list[Any], evidence: list[Any], counters: list[Any],
    excluded: dict[str, str],
) -> Result:  # fmt: skip
    contracts = inputs.table("contracts")
    tendered = contracts.filter(contracts.tender_id.notnull()).select("supplier_id").distinct().execute()["supplier_id"]
    accounts, payments = inputs.table("accounts"), inputs.table("payments")
    paying = payments.join(accounts, [("payer_account", "account_id")]).select("holder_id").distinct().execute()
    seen = set(came_in["payee"])
    dark = dict.fromkeys(set(tendered.dropna()) - seen, _NO_MONEY)
    dark |= dict.fromkeys(seen - set(paying["holder_id"].dropna()), _NO_OUT)
    hits = {subject["id"] for lead in leads for subject in lead["subjects"] if subject["role"] == "winner"}
    told = assessed(hits, seen, dark, {name: why for name, why in excluded.items() if name not in hits})
    return Result(told, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _found(
    inputs: Inputs, winners: list[str], came_in: pd.DataFrame, went_out: pd.DataFrame, own: dict[str, dict[str, str]]
) -> tuple[list[Lent], list[str]]:
    """What each winner passed on to whom, and the winners whose own side got it."""
    units, jobs = inputs.table("organizations"), inputs.table("employments")
    public = set(units.filter(units.kind.isin(PUBLIC)).select("org_id").execute()["org_id"])
    staff = jobs.filter(jobs.org_id.isin(winners)).select("person_id", "org_id").distinct().execute()
    working = {str(org): set(part["person_id"]) for org, part in staff.groupby("org_id")}
    large = went_out[went_out["yuan"] >= 0.05 * inputs["min_amount"]]
    ties = edges(inputs, set(large["payee"]) - public) if len(large) else []
    found, treasury = [], []
    paid, left = dict(list(came_in.groupby("payee"))), dict(list(went_out.groupby("payer")))
    for winner in winners:
        side = set(own[winner])
        payees = set(large.loc[large["payer"] == winner, "payee"]) - public - working.get(winner, set()) - {winner}
        groups = groups_of(payees - side, ties, side | {winner})
        item = lent(winner, paid[winner], left[winner], groups, inputs)
        if item is not None:
            found.append(item)
        elif side & payees and lent(winner, paid[winner], left[winner], [frozenset(side & payees)], inputs):
            treasury.append(winner)
    return found, treasury


def _shared(found: list[Lent]) -> set[str]:
    """Payees who stand behind more than one winner."""
    seen: dict[str, set[str]] = {}
    for item in found:
        for name in item.group:
            seen.setdefault(name, set()).add(item.winner)
    return {name for name, winners in seen.items() if len(winners) > 1}


def _lead(lead: str, item: Lent, contracts: pd.DataFrame, signs: Signs) -> dict[str, Any]:
    grave = len(signs.found)
    # The first contract is the anchor: it stays when later ones are found.
    order = contracts.sort_values(["signed_on", "contract_id"])["contract_id"].drop_duplicates()
    objects = [thing("contracts", name) for name in order]
    objects += [thing("tenders", name) for name in sorted(set(contracts["tender_id"].dropna()))]
    score = 1 - 0.55 * 0.72**grave * (1 - 0.3 * min((item.share - 0.8) / 0.2, 1.0))
    if all(part.is_testimony for part in item.parts):
        score = min(score, 0.5)
    listed_zh = "".join(f",{_SIGNS[name].zh}" for name in signs.found)
    listed_en = "".join(f"; {_SIGNS[name].en}" for name in signs.found)
    return {
        "lead": lead,
        "subjects": [party(item.winner, "winner"), *(party(name, "behind") for name in item.group)],
        "objects": objects,
        "kind": "link",
        "severity": "red" if grave >= 2 else "yellow" if grave else "note",
        "value": item.share,
        "score": round(score, 4),
        "p_value": None,
        "amount": item.passed,
        "period_start": min(part.first_on for part in item.parts),
        "period_end": max(part.last_on for part in item.parts),
        "fence": f"{item.payments} of {len(item.parts)} payments passed on at 80 % and more; signs: "
        f"{', '.join(signs.found) or 'none'}; not testable: {', '.join(signs.unknown) or 'none'}",
        "received": item.received,
        "share": f"{item.share:.1%}",
        "times": item.payments,
        "signs_zh": listed_zh,
        "signs_en": listed_en,
    }


def _evidence(
    lead: str, item: Lent, contracts: pd.DataFrame, signs: Signs, subs: list[tuple[str, str]]
) -> list[dict[str, str]]:
    rows = {("contracts", key): "contract" for key in contracts["row_key"]}
    for part in item.parts:
        rows[("payments", part.inflow_key)] = "progress_payment"
        rows |= {("payments", key): "passed_on" for key in part.outflow_keys}
    rows |= {row: "sign" for row in signs.rows if row not in rows}
    rows |= {row: "subcontract" for row in subs if row not in rows}
    return [{"lead": lead, "table": table, "key": key, "role": role} for (table, key), role in rows.items()]


INDICATOR = Indicator(
    id="bid-borrowed-qualification",
    number=36,
    title=Text("借用资质、挂靠投标", "Licence lent to another"),
    question=Text(
        "中标单位收到的工程款，是否绝大部分随即转给同一方，自己只留少量？",
        "Does nearly all of what a winner is paid go on to one and the same party at once?",
    ),
    summary=Text(
        "{winner}收到合同款{received:money}，{times}次在收款后很快转给{behind}，共{amount:money}({share}){signs_zh}。",
        "{winner} was paid {received:money} and {times} times soon passed it on to {behind}, {amount:money} in all "
        "({share}){signs_en}.",
    ),
    innocent=(
        Innocent(
            "subcontract",
            Text("合法分包，分包方有资质。", "A lawful subcontract with a licensed firm."),
            Text(
                "查在先、金额相当的分包合同；分包方有资质或无其他迹象的，予以排除。",
                "An older subcontract as large excludes it where the firm is licensed or no further sign is there.",
            ),
        ),
        Innocent(
            "treasury",
            Text("集团资金归集或股东提款。", "The treasury of its group, or its own holder."),
            Text(
                "查上级单位、控股股东和负责人；属此类的予以排除。",
                "Parent, holders and leaders are looked up; excluded.",
            ),
        ),
        Innocent("internal", Text("内部承包给本单位职工班组。", "Work let to a team of its own staff.")),
    ),
    next_steps=(
        Text("调取施工日志、考勤和工资表，看谁在现场。", "Get the site diary and payroll: who was on site?"),
        Text("查保证金、投标费用由谁支付。", "See who paid the deposit and the costs of the bid."),
        Text("询问项目负责人及其社保缴纳单位。", "Interview the project manager and who insures him."),
    ),
    kinds=("link",),
    subject="organization",
    needs={
        "payments": ("paid_at", "payer_account", "payee_account", "amount"),
        "accounts": ("holder_id",),
        "contracts": ("tender_id", "buyer_id", "supplier_id", "signed_on"),
    },
    uses=("bids", "tenders", "employments", "licences", "organizations", "coverage"),
    relations=("control", "kin"),
    params=(
        Param(
            "min_amount", 50_000, "CNY", Text("更小的付款不是工程进度款。", "Smaller sums are no instalments."), 0, 1e9
        ),
        Param("min_share", 0.8, "fraction", Text("八成以上转出。", "At least eight tenths goes on."), 0.5, 1),
        Param(
            "max_kept",
            0.1,
            "fraction",
            Text("自留不超过一成，近似管理费。", "It keeps a fee of a tenth at most."),
            0,
            0.5,
        ),
        Param("window_days", 30, "days", Text("收款后一个月内转出。", "Within a month of each payment."), 1, 365),
        Param("min_payments", 2, "payments", Text("一次转出可能是偶然。", "Once may be an accident."), 1, 100),
    ),
    references=(
        Reference("曲靖, 2022: land works won under borrowed licences from 2006 to 2019"),
        Reference("株洲, 2024: bids under borrowed licences"),
        Reference("中华人民共和国建筑法, 第二十六条、第二十九条; recalled, to be confirmed"),
    ),
    value_unit=Text("转给同一方的比例", "share passed on to one party"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name,kind,parent_org_id\nU,水利局,government,\nA,甲建设,private,\n"
            "B,乙土方,private,\nC,丙建设,private,\nG,丁集团,private,\nD,丁建设,private,G\nE,戊建设,private,\nF,己公司,private,\n"
            "H,庚建设,private,\n",
            "tenders": "tender_id,buyer_id,method\nT1,U,open\nT2,U,open\nT3,U,open\nT4,U,open\nT5,U,open\n",
            "contracts": "contract_id,tender_id,buyer_id,supplier_id,amount,signed_on\nK1,T1,U,A,3000000,2021-01-05\n"
            "K2,T2,U,C,3000000,2021-01-05\nK3,T3,U,D,3000000,2021-01-05\nK4,T4,U,E,3000000,2021-01-05\n"
            "K5,T5,U,H,3000000,2021-01-05\n",
            "accounts": "account_id,holder_id\naU,U\naA,A\naB,B\naC,C\naG,G\naD,D\naE,E\naF,F\naH,H\n",
            # A passes 97 % of both payments on to B within days; C pays half of each; D pays its parent 98 %; E passes
            # one of two payments on; of H nothing that left is known.
            "payments": "payment_id,paid_at,payer_account,payee_account,amount,reference_id\n"
            "a1,2021-03-01,aU,aA,1000000,K1\na2,2021-03-08,aA,aB,970000,\na3,2021-09-01,aU,aA,1000000,K1\n"
            "a4,2021-09-20,aA,aB,970000,\nc1,2021-03-01,aU,aC,1000000,K2\nc2,2021-03-08,aC,aF,500000,\n"
            "c3,2021-09-01,aU,aC,1000000,K2\nc4,2021-09-08,aC,aF,500000,\nd1,2021-03-01,aU,aD,1000000,K3\n"
            "d2,2021-03-08,aD,aG,980000,\nd3,2021-09-01,aU,aD,1000000,K3\nd4,2021-09-08,aD,aG,980000,\n"
            "e1,2021-03-01,aU,aE,1000000,K4\ne2,2021-03-08,aE,aF,990000,\ne3,2021-09-01,aU,aE,1000000,K4\n"
            "h1,2021-03-01,aU,aH,1000000,K5\n",
        },
        flags=frozenset({"A"}),
        leaves=frozenset({"C", "E"}),
        others={"D": "excluded", "H": "not_assessable"},
    ),
    compute=_compute,
)
