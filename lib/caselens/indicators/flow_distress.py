"""A spiral of debts or spending beyond means, together with money from a supervised party.

Signs, in the official's own accounts: at least four lenders within twelve months; a new loan within seven days of a
repayment, six times; live tips, games and top-ups above 30 % of the income of twelve months. A sign alone is a
misfortune and no lead: money from a party under the official's authority has to be there too, as in the indicators on
drips, supervised payers and loans (one receipt of 3,000, 10,000 together, or six small one-way credits), so the lead is
about the same parties and the same person and joins theirs. It points at vulnerability, never at guilt.

Loans are payments called so of at least 1,000 and financings on record, mortgages left out. Income is the wages that
came in, else the declared household income. What was borrowed and went to hospitals, or into a home, excludes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.indicators import _receipts
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._debts import Mark, explained, marks_of
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._dripping import drips

_SAID = {
    "lenders": Text("一年内向 {count:.0f} 人借款", "{count:.0f} lenders within a year"),
    "revolving": Text("借新还旧 {count:.0f} 次", "{count:.0f} loans next to a repayment"),
    "spending": Text(
        "打赏、游戏、充值支出占收入 {count:.0%}", "{count:.0%} of the income on live tips, games and top-ups"
    ),
}
_WHY = {
    "illness": Text("借款主要用于就医", "what was borrowed went to hospitals"),
    "bridge": Text("借款主要用于购房过桥", "what was borrowed went into a home"),
}
_NO_ACCOUNT = Text("未取得本人账户", "no account of the official was obtained")


def _compute(inputs: Inputs) -> Result:
    supervised = _supervised(inputs)
    officials = sorted({official for official, _ in supervised})
    marks = marks_of(inputs, officials)
    leads, evidence, counters = [], [], []
    excluded: dict[str, str] = {}
    for (official, group), rows in sorted(supervised.items()):
        found, loans = marks[official]
        # What a supervised party lent is the receipt itself, not one more lender.
        if not found:
            continue
        why = explained(inputs, official, loans)
        if why and all(mark.name != "spending" for mark in found):
            excluded[official] = _WHY[why].both()
            continue
        lead = f"{official}|{group}"
        leads.append(_lead(lead, official, rows, found))
        evidence += _evidence(lead, rows, found)
        counters += _counters(lead, why, inputs)
    hits = {lead["subjects"][0]["id"] for lead in leads}
    seen, dark = _accounts(inputs)
    return Result(
        assessed(hits, seen, dark, excluded), frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS)
    )


def _supervised(inputs: Inputs) -> dict[tuple[str, str], pd.DataFrame]:
    """(official, payers of one firm) -> receipts that make a lead of indicator 5, 6 or 7 by their sums or number."""
    found = _receipts.to_yuan(inputs, _receipts.tidy(_receipts.receipts(inputs).execute()))
    kept, _ = _receipts.without_records(inputs, found, inputs["max_wage"])
    kept = _receipts.grouped(kept[kept["cny"].notna()])
    back = _receipts.sent_back(inputs, kept)
    usual = {"min_credits": 6, "min_months": 4, "min_span_days": 180, "max_median": 20_000, "min_one_way": 0.9}
    dripping = drips(replace(inputs, parameters={**inputs.parameters, **usual}))
    steady = {(drip.official, drip.source) for drip in dripping if not drip.is_regular}
    made = {}
    for (official, group), rows in kept.groupby(["official_id", "group"], sort=True):
        given = _receipts.given_before(inputs, back[back["official_id"] == official], rows)
        net, largest = float(rows["cny"].sum()) - given, float(rows["cny"].max())
        enough = inputs["min_single"] if largest >= inputs["min_single"] else inputs["min_total"]
        if net >= enough or any((official, source) in steady for source in set(rows["source"])):
            made[(str(official), str(group))] = rows
    return made


def _accounts(inputs: Inputs) -> tuple[set[str], dict[str, str]]:
    """Officials of whom an own account is known, and those of whom none is."""
    everyone = inputs.table("appointments").select("person_id").distinct()
    held = inputs.table("accounts").filter(lambda t: t.holder_id.notnull())
    seen = set(everyone.semi_join(held, [("person_id", "holder_id")]).execute()["person_id"])
    return seen, dict.fromkeys(set(everyone.execute()["person_id"]) - seen, _NO_ACCOUNT.both())


def _lead(lead: str, official: str, rows: pd.DataFrame, found: list[Mark]) -> dict[str, Any]:
    left = 1.0
    for mark in found:
        left *= 1 - 0.6 * mark.ratio / (mark.ratio + 1)
    strength = float(rows["strength"].max())
    score = (1 - left) * (0.5 + 0.5 * strength) * (0.7 + 0.3 * _receipts.graded(float(rows["cny"].sum()), 3_000, 1.0))
    sources = sorted(set(rows["source"]))
    days = [*rows["paid_on"], *(mark.first_on for mark in found), *(mark.last_on for mark in found)]
    return {
        "lead": lead,
        "subjects": [party(official, "official")]
        + [party(name, "payer") for name in sources]
        + [
            party(name, "context")
            for name in sorted((set(rows["receiver"]) | set(rows["firm"])) - {official, *sources})
        ],
        "objects": [thing("persons", official)],
        "kind": "link",
        "severity": "yellow" if len(found) > 1 else "note",
        "value": float(len(found)),
        "score": round(min(score, 0.5) if rows["is_testimony"].all() else score, 4),
        "p_value": None,
        "amount": float(rows["cny"].sum()),
        "period_start": min(days),
        "period_end": max(days),
        "fence": "lenders, revolving or spending at the threshold, and money from a supervised party",
        "signs_zh": "、".join(_SAID[mark.name].zh.format(count=mark.count) for mark in found),
        "signs_en": "; ".join(_SAID[mark.name].en.format(count=mark.count) for mark in found),
    }


def _evidence(lead: str, rows: pd.DataFrame, found: list[Mark]) -> list[dict[str, str]]:
    told = {(table, key): role for table, key, role in _receipts.rows_of(rows, "credit")}
    for mark in found:
        for row in mark.rows:
            told.setdefault(row, mark.name)
    return [{"lead": lead, "table": table, "key": key, "role": role} for (table, key), role in told.items()]


def _counters(lead: str, why: str, inputs: Inputs) -> list[dict[str, str]]:
    known = inputs.has("organizations", "kind")
    told = {name: _WHY[name] if why == name else Text("未见此类用途", "no such use of it") for name in _WHY}
    return [counter(lead, name, why == name if known else None, text.both()) for name, text in told.items()]


INDICATOR = Indicator(
    id="flow-distress",
    number=10,
    title=Text("债务困境与不明收款", "Debts and supervised money"),
    question=Text(
        "收受管理服务对象款项的公职人员，是否同时陷入多头借款、借新还旧或高额打赏充值？",
        "Is an official who got money from a supervised party also caught in many loans, in loans that repay loans, or "
        "in spending on live tips and games?",
    ),
    summary=Text(
        "{official}{signs_zh}，同时其一方收受{payer}{amount:money}；提示脆弱性，不表示有过错。",
        "{official}: {signs_en}; besides, {amount:money} came from {payer}. A sign of vulnerability, not of guilt.",
    ),
    innocent=(
        Innocent(
            "illness",
            Text("本人或家人患病。", "Illness in the family."),
            Text(
                "借款后九十日内付给医院的达一半以上的排除。",
                "Half of the loans paid to hospitals within 90 days excludes.",
            ),
        ),
        Innocent(
            "bridge",
            Text("购房过桥资金。", "A bridge for buying a home."),
            Text(
                "借款后九十日内付给房地产企业或购房的达一半以上的排除。",
                "Half of the loans put into a home within 90 days excludes.",
            ),
        ),
    ),
    next_steps=(
        Text("作为脆弱性线索了解情况，同时给予帮扶。", "Treat it as vulnerability; offer help and a referral as well."),
        Text("核对收款与借款、打赏的时间关系。", "Set the receipts beside the loans and the spending."),
        Text("补调网贷平台与微信、支付宝账单。", "Request bills of online lenders, WeChat and Alipay."),
    ),
    kinds=("link",),
    subject="person",
    needs={
        "payments": ("paid_at", "payer_account", "payee_account", "amount", "memo"),
        "accounts": ("holder_id",),
        "appointments": ("person_id", "org_id", "start_date"),
    },
    uses=(
        "financings",
        "declarations",
        "assets",
        "organizations",
        "statement_lines",
        "employments",
        "benefit_payouts",
        "asset_disposals",
        "exchange_rates",
    ),
    relations=("authority", "links"),
    params=(
        Param("min_lenders", 4, "lenders", Text("一年内至少四人。", "At least four within a year."), 2, 100),
        Param("min_revolving", 6, "times", Text("至少六次。", "At least six times."), 2, 1000),
        Param("revolve_days", 7, "days", Text("借与还相隔不超过一周。", "Loan and repayment within a week."), 0, 90),
        Param("max_share", 0.3, "fraction", Text("超过收入三成。", "Above three tenths of the income."), 0.01, 5),
        Param("min_loan", 1_000, "CNY", Text("更小的多为零星垫付。", "Smaller ones are small change."), 1, 1e9),
        Param("min_spending", 3_000, "CNY", Text("年支出过少不计。", "Less in a year is nothing."), 0, 1e9),
        Param("min_single", 3_000, "CNY", Text("与管理服务对象付款一致。", "As for supervised payers."), 1, 1e9),
        Param("min_total", 10_000, "CNY", Text("与管理服务对象付款一致。", "As for supervised payers."), 1, 1e9),
        Param(
            "max_wage",
            30_000,
            "CNY",
            Text("有参保记录的视为工资。", "With an employment on record it is wages."),
            0,
            1e9,
        ),
    ),
    references=(Reference("义乌, 2025: debts, live tips and loans from contractors before years of small transfers"),),
    value_unit=Text("困境迹象数(共三项),越多越重", "signs of distress, of three; more is heavier"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nO,科员\nQ,科员\nH,科员\nR,科员\nB,老板\n",
            "organizations": "org_id,name,kind\nU,街道办,government\nC,拆迁公司,private\nY,云江医院,hospital\n",
            "appointments": "person_id,org_id,post,start_date\nO,U,科员,2016-01-01\nQ,U,科员,2016-01-01\n"
            "H,U,科员,2016-01-01\nR,U,科员,2016-01-01\n",
            "directorships": "org_id,person_id,role\nC,B,legal_representative\n",
            "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on,handler_id\nX,U,C,300000,2018-03-10,O\n"
            "Z,U,C,300000,2018-03-10,H\n",
            "accounts": "account_id,holder_id\naO,O\naQ,Q\naH,H\naB,B\naY,Y\n" + "".join(f"f{n},\n" for n in range(4)),
            # O, Q and H borrow from four people within a year. B gives O and H 12,000 each; of H's loans (4 x 5,000)
            # 18,000 went to a hospital. Q got nothing from a supervised party. Of R no account is known.
            "payments": "payment_id,paid_at,payer_account,payee_account,amount,memo\n"
            + "".join(f"l{who}{n},2019-0{2 * n + 1}-05,f{n},a{who},5000,借款\n" for who in "OQH" for n in range(4))
            + "g1,2019-06-01,aB,aO,12000,\ng2,2019-06-02,aB,aH,12000,\nh1,2019-08-01,aH,aY,18000,住院费\n",
        },
        flags=frozenset({"O"}),
        leaves=frozenset({"Q"}),
        others={"H": "excluded", "R": "not_assessable"},
    ),
    compute=_compute,
)
