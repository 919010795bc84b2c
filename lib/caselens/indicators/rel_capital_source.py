"""Capital paid into a firm by an official's side, far beyond lawful income, after money from supervised parties.

Holders are the official, kin to degree 2 and associates. Lawful means are the declared household income of the 36
months before (the official's own declaration for the official and the spouse; a year that is missing counts as the
mean of the others) and loans on file from lenders outside the official's authority. The gap is what of the capital they
do not cover. A lead needs a gap of more than half and, in the same 36 months and 30 days after, money from supervised
parties of at least a fifth of the capital: to the holder (or the official, of a spouse: they have one purse), to
another person of the circle who passed it on to the holder, or as capital straight to the firm. Dividends of a
supervised firm in which kin hold shares are such money. Where no income is on record the gap is unknown, and only money
from supervised parties of half the capital is a lead.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._circle import Cited, cite, cited, people
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._receipts import without_records
from caselens.indicators._stakes import (
    Stake,
    earned,
    fund,
    incomes,
    injections,
    loans,
    passed_on,
    supervised_credits,
    window_of,
)

_NOBODY = Text("没有该公职人员亲属的记录", "no relative or associate of the official is on record")
_NO_INCOME = Text("出资人没有收入申报，来源无法比较", "the holder's income is not on record, nothing to compare with")
_MEANS = Text("申报收入与备案贷款足以负担", "declared income and loans on file cover the capital")
_LOAN = Text("出资有备案贷款", "a loan on file pays for the capital")


def _lawful(inputs: Inputs, found: pd.DataFrame, credits: pd.DataFrame) -> list[Stake]:
    """Every injection with the holder's income and loans of the months before."""
    own = found.loc[found["how"].isin(["self", "spouse"]), ["official_id", "holder"]]
    told = incomes(inputs, set(found["holder"]) | set(own["official_id"]))
    lent = loans(inputs, set(found["holder"]))
    supervised = set(zip(credits["official_id"], credits["payer"], strict=True))
    stakes = []
    for row in found.to_dict("records"):
        since, until = window_of(row, inputs["months"])
        years = told.get(row["holder"]) or (told.get(row["official_id"]) if row["how"] == "spouse" else None)
        income, rows = earned(years, since, until) if years else (None, [])
        mine = lent[(lent["borrower_id"] == row["holder"]) & (lent["start_date"] >= since)]
        mine = mine[mine["start_date"] <= row["paid_on"] + timedelta(days=30)]
        clean = [(row["official_id"], lender) not in supervised for lender in mine["lender_id"]]
        mine = mine[pd.Series(clean, index=mine.index, dtype=bool)]
        stakes.append(Stake(row, income, rows, float(mine["yuan"].sum()), list(mine["row_key"])))
    return stakes


def _compute(inputs: Inputs) -> Result:
    found = injections(inputs, inputs["merge_days"])
    found = found[found["yuan"] >= inputs["min_capital"]].reset_index(drop=True)
    officials = set(found["official_id"])
    credits = supervised_credits(inputs, officials)
    named = credits.assign(receiver=credits["payee"], source=credits["payer"], payment_id="", reference_id="")
    kept, _ = without_records(inputs, named, inputs["max_wage"])
    moved = passed_on(inputs, officials)
    leads, evidence, counters = [], [], []
    excluded: dict[str, str] = {}
    dark = _without_kin(inputs)
    hits: set[str] = set()
    best: dict[tuple[str, str, str], Stake] = {}
    for stake in _lawful(inputs, found, credits):
        official = stake.row["official_id"]
        fund(stake, kept[kept["official_id"] == official], moved[moved["official_id"] == official], inputs["months"])
        share = stake.tainted / stake.capital
        if stake.income is None:
            hit = share >= inputs["min_gap"] and stake.gap >= inputs["min_gap"]
        else:
            hit = share >= inputs["min_inflow"] and stake.gap >= inputs["min_gap"]
        key = (official, stake.row["holder"], stake.row["firm"])
        if hit and (key not in best or stake.tainted > best[key].tainted):
            best[key] = stake
        elif not hit and stake.income is None:
            dark[official] = _NO_INCOME.both()
        elif not hit and share >= inputs["min_inflow"]:
            excluded[official] = (_LOAN if stake.lent else _MEANS).both()
    for (official, holder, firm), stake in best.items():
        lead = f"{official}|{holder}|{firm}"
        hits.add(official)
        leads.append(_lead(lead, stake))
        evidence += _evidence(lead, stake)
        counters += _counters(lead, stake, inputs)
    everyone = set(people(inputs).select("official_id").distinct().execute()["official_id"])
    return Result(
        assessed(hits, everyone, dark, excluded), frame(leads, LEADS), frame(evidence, EVIDENCE),
        frame(counters, COUNTERS),
    )  # fmt: skip


def _without_kin(inputs: Inputs) -> dict[str, str]:
    """Officials with neither kin nor a stake of their own on record: nobody whose capital could be looked at."""
    near = people(inputs)
    known = set(near.filter(near.how != "self").select("official_id").distinct().execute()["official_id"])
    everyone = set(near.select("official_id").distinct().execute()["official_id"])
    return dict.fromkeys(everyone - known, _NOBODY.both())


def _lead(lead: str, stake: Stake) -> dict[str, Any]:
    row, covered = stake.row, min(stake.tainted / stake.capital, 1.0)
    # The gap and how much of it the supervised parties brought weigh alike; a subscribed sum may not have been paid.
    score = (0.3 + 0.3 * stake.gap + 0.3 * covered) * (0.5 + 0.5 * stake.strength) * (1 if row["is_paid"] else 0.8)
    kin = [] if row["holder"] == row["official_id"] else [party(row["holder"], "kin")]
    score *= 0.8 if stake.income is None else 1
    return {
        "lead": lead,
        "subjects": [party(row["official_id"], "official"), *kin, party(row["firm"], "firm")]
        + [party(name, "payer") for name in stake.payers],
        "objects": [thing("ownerships", key) for key in row["keys"]] + [thing("organizations", row["firm"])],
        "kind": "link",
        "severity": "red" if covered >= 0.5 and stake.gap >= 0.5 else "yellow",
        "value": round(stake.gap, 4),
        "score": round(min(score, 0.5) if stake.is_testimony else score, 4),
        "p_value": None,
        "amount": stake.capital,
        "period_start": stake.first_on,
        "period_end": row["paid_on"],
        "fence": f"gap >= 50 %; from supervised parties {stake.tainted:,.2f} CNY; "
        + ("income unknown" if stake.income is None else f"income {stake.income:,.2f} CNY")
        + f"; loans {stake.lent:,.2f} CNY",
        "who": row["holder"] if kin else row["official_id"],
        "capital": stake.capital,
        "tainted": stake.tainted,
        "gap_text": f"{stake.gap:.0%}",
    }


def _evidence(lead: str, stake: Stake) -> list[dict[str, str]]:
    rows: Cited = {("ownerships", key): "capital" for key in stake.row["keys"]}
    rows |= stake.rows
    rows |= {("declarations", key): "income" for key in stake.income_rows}
    rows |= {("financings", key): "loan" for key in stake.loan_rows}
    cite(rows, stake.row["link_rows"], "link")
    return cited(lead, rows)


def _counters(lead: str, stake: Stake, inputs: Inputs) -> list[dict[str, str]]:
    has = inputs.has("financings")
    loan = Text(
        f"备案贷款 {stake.lent:,.2f} 元，不足以负担", f"loans on file: {stake.lent:,.2f} yuan, not enough"
    ).both() if has else ""  # fmt: skip
    unknown = _NO_INCOME.both()
    known = Text("申报收入不足以负担", "declared income does not cover it").both()
    return [
        counter(lead, "means", None if stake.income is None else False, unknown if stake.income is None else known),
        counter(lead, "loan", False if has else None, loan),
        counter(lead, "gift", None),
    ]


INDICATOR = Indicator(
    id="rel-capital-source",
    number=17,
    title=Text("亲属出资来源", "Where relatives' capital came from"),
    question=Text(
        "公职人员亲属入股的资金是否远超合法收入，而此前收到过管理服务对象的款项？",
        "Is the capital that an official's side paid into a firm far beyond lawful income, after money from parties "
        "under the official's authority?",
    ),
    summary=Text(
        "{official}一方向{firm}出资 {capital:money}，其中 {gap_text} 无合法收入来源；"
        "出资前收到管理服务对象{payer}款项 {tainted:money}。",
        "The side of {official} paid {capital:money} into {firm}; lawful income does not explain {gap_text} of it, and "
        "{tainted:money} had come from {payer}, under the official's authority.",
    ),
    innocent=(
        Innocent(
            "means",
            Text("家庭合法收入足以负担。", "Lawful household income covers it."),
            Text("与出资前三十六个月申报收入比较。", "Compared with the income declared for the 36 months before."),
        ),
        Innocent(
            "loan",
            Text("出资来自银行贷款。", "The capital came from a bank loan."),
            Text(
                "核对备案融资；足以负担的排除。", "Loans on file are counted as lawful means; where enough: excluded."
            ),
        ),
        Innocent("gift", Text("继承、赠与或变卖财产所得。", "An inheritance, a gift, or property sold.")),
    ),
    next_steps=(
        Text("追查出资款的上游（见混同资金追踪）。", "Trace the capital upstream (see tracing of mixed accounts)."),
        Text("调取验资报告和出资凭证。", "Obtain the capital verification and the transfer slips."),
        Text(
            "核对赠与、继承、售房等说法的凭证。", "Check papers behind claims of gifts, inheritance or property sold."
        ),
    ),
    kinds=("link",),
    subject="person",
    needs={
        "appointments": ("person_id", "org_id", "start_date"),
        "ownerships": ("org_id", "holder_id"),
        "payments": ("payment_id", "paid_at", "payer_account", "payee_account", "amount"),
        "accounts": ("account_id", "holder_id"),
    },
    uses=(
        "organizations",
        "declarations",
        "financings",
        "employments",
        "benefit_payouts",
        "exchange_rates",
        "asset_disposals",
    ),
    relations=("authority", "links"),
    params=(
        Param("months", 36, "months", Text("回看三年的收入。", "Three years of income are looked at."), 6, 120),
        Param("min_gap", 0.5, "share", Text("缺口过半即难以解释。", "Half unexplained is hard to explain."), 0.1, 1),
        Param(
            "min_inflow",
            0.2,
            "share",
            Text("管理服务对象款项过小，谈不上出资来源。", "Less than a fifth of the capital is no source of it."),
            0.01,
            1,
        ),
        Param("min_capital", 10000, "CNY", Text("小额出资不看。", "Smaller sums are not looked at."), 0, 1e9),
        Param("merge_days", 365, "days", Text("一年内分次出资合并计。", "Instalments within a year are one."), 0, 1095),
        Param("max_wage", 60000, "CNY", Text("单笔不超过此数可为工资。", "A single wage is at most this."), 0, 1e6),
    ),
    references=(
        Reference("曲靖, 2022: bribes funded a relative's first stake in a mine, the mine's profit a loan company"),
        Reference(
            "FATF (2012), Operational Issues: Financial Investigations Guidance, on net worth and source of funds"
        ),
    ),
    value_unit=Text(
        "出资中无合法来源的比例，越高越不可解释", "share of the capital unexplained; higher is harder to explain"
    ),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nO,甲\nB,其弟\nQ,乙\nS,其妹\nR,丙\nT,其兄\nX,矿主\nZ,无亲属记录\n",
            "organizations": "org_id,name,kind\nU,公安局,government\nM,煤矿,private\nL,贷款公司,private\n"
            "E,饭店,private\nK,银行,financial\nN,商店,private\n",
            "appointments": "person_id,org_id,post,start_date,is_leadership\nO,U,副局长,2012-01-01,true\n"
            "Q,U,副局长,2012-01-01,true\nR,U,副局长,2012-01-01,true\nZ,U,科员,2012-01-01,false\n",
            "kinships": "person_id,relative_id,relation\nO,B,sibling\nQ,S,sibling\nR,T,sibling\n",
            "oversight": "authority_id,subject_id,remit\nU,M,explosives\n",
            "directorships": "org_id,person_id,role\nM,X,legal_representative\n",
            "ownerships": "org_id,holder_id,share,paid_in,paid_on\nL,B,0.5,1000000,2018-07-01\n"
            "E,S,0.5,1000000,2018-07-01\nN,T,0.5,1000000,2018-07-01\n",
            # 60 000 a year over 36 months: 180 000 of a million, gap 0.82; the mine's owner gave the brother 800 000.
            # The sister has the same income but a bank loan of 700 000: gap 0.12. To the third nothing came.
            "declarations": "person_id,year,household_income\nB,2016,60000\nB,2017,60000\nS,2016,60000\nS,2017,60000\n"
            "T,2016,60000\nT,2017,60000\n",
            "financings": "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date\n"
            "F,loan,S,K,700000,0.05,2018-06-01\n",
            "accounts": "account_id,holder_id\naX,X\naB,B\naS,S\naL,L\naT,T\n",
            "payments": "payment_id,paid_at,payer_account,payee_account,amount\np1,2018-03-01,aX,aB,500000\n"
            "p2,2018-06-01,aX,aB,300000\np3,2018-06-01,aX,aS,300000\np4,2018-07-01,aB,aL,1000000\n",
        },
        flags=frozenset({"O"}),
        leaves=frozenset({"R"}),
        others={"Q": "excluded", "Z": "not_assessable"},
    ),
    compute=_compute,
)
