"""Public money for third parties that stops on the way, or is paid for what was not there.

Work injury: a benefit that an employer received first must reach the worker within ``pass_days``, less what was
advanced. An advance counts up to what transfers to the worker before the payout prove (cash with a row counts, wages do
not); a claim without any transfer is no proof. Only inside complete coverage of all the worker's known accounts, and
for an unproven advance of the ``advance_days`` before as well; else the claim is taken as it stands. Money that came
later is told and lowers the grade. Subsidies: one claim paid beyond what was audited (or claimed) for it, a later audit
that takes off ``re_audit_share`` or more, payment to a firm that missed its target. Instalments that stay within the
audited sum are no double payment. That one auditor does most of a firm's claims, or cuts less than the others, is told
with a lead and is none alone.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._benefits import accounts_of, coverage_of_money, covered, passed_on, payouts, receipts
from caselens.indicators._circle import missing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result

_COVERAGE = Text("工人账户未声明完整，无法断定是否收到", "the worker's accounts are not declared complete (coverage)")
_EARLY = Text("转付期限未满", "the days to pass it on are not over")


def _compute(inputs: Inputs) -> Result:
    found = payouts(inputs)
    leads, evidence, counters = [], [], []
    unknown: dict[str, str] = {}
    money, accounts, covers = receipts(inputs), accounts_of(inputs), coverage_of_money(inputs)
    through = found[found["injury"] & found["via_id"].notna() & (found["via_id"] != found["beneficiary_id"])]
    for row in through.to_dict("records"):
        worker, name = row["beneficiary_id"], row["payout_id"]
        told = passed_on(row, money.get((worker, row["via_id"])), inputs["pass_days"])
        end = row["paid_on"] + pd.Timedelta(days=inputs["pass_days"])
        claimed = 0.0 if missing(row["advanced"]) else float(row["advanced"])
        cover = covered(covers, worker, accounts.get(worker, []), row["paid_on"], end)
        start = row["paid_on"] - pd.Timedelta(days=inputs["advance_days"])
        whole = covered(covers, worker, accounts.get(worker, []), start, end) if claimed else cover
        slack = max(inputs["slack_yuan"], 0.01 * row["amount"])
        lacking = row["amount"] - told["received"] - told["proven"]
        if lacking > slack and not whole:  # nobody can say that the advance was not made
            lacking = min(lacking, row["amount"] - told["received"] - max(claimed, told["proven"]))
        if lacking <= slack:
            if row["amount"] - told["received"] - told["proven"] > slack:
                unknown[name] = _COVERAGE.both()
            continue
        if end > pd.Timestamp(inputs.as_of):
            unknown[name] = _EARLY.both()
        elif not cover:
            unknown[name] = _COVERAGE.both()
        else:
            leads.append(_injury_lead(row, told, lacking, claimed, inputs))
            evidence += _injury_evidence(name, row, told, whole or cover)
            counters += _injury_counters(name, told, lacking, claimed)
    subsidies, subsidy_rows, seen = _subsidies(found[~found["injury"]], inputs)
    evidence += subsidy_rows
    nothing = Text(
        "无核定、复审、达标或申报编号可核对", "no claim number, audit, second audit or target to check"
    ).both()
    others = found[~found["injury"] & ~found["payout_id"].isin(seen)]
    unknown |= dict.fromkeys(others["payout_id"], nothing)
    hits = {lead["lead"] for lead in leads} | {o["id"] for lead in subsidies for o in lead["objects"]}
    states = assessed(hits, found["payout_id"], unknown)
    return Result(states, frame([*leads, *subsidies], LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _injury_lead(row: dict[str, Any], told: dict[str, Any], lacking: float, claimed: float,
                 inputs: Inputs) -> dict[str, Any]:  # fmt: skip
    share, late = lacking / row["amount"], told["later"] >= lacking * 0.99
    unproven = max(0.0, claimed - told["proven"])
    zh = f"工伤待遇应转付而 {inputs['pass_days']} 日内未到工人账户的占 {share:.0%}"
    en = f"{share:.0%} of a work-injury benefit did not reach the worker within {inputs['pass_days']} days"
    zh += ",所称垫付无转账凭证" if unproven > 0.01 * row["amount"] else ""
    en += "; no transfer shows the advance that is claimed" if unproven > 0.01 * row["amount"] else ""
    zh, en = (zh + ",其后补付", en + "; it came later") if late else (zh, en)
    return {
        "lead": row["payout_id"],
        "subjects": [party(row["via_id"], "unit"), party(row["beneficiary_id"], "context")],
        "objects": [thing("benefit_payouts", row["payout_id"])],
        "kind": "rule",
        "severity": "yellow" if late else "red",
        "value": share,
        "score": round((0.25 if late else 0.45) + 0.45 * share, 4),
        "p_value": None,
        "amount": lacking if row["currency"] == "CNY" else None,
        "period_start": row["paid_on"],
        "period_end": row["paid_on"] + pd.Timedelta(days=inputs["pass_days"]),
        "fence": f"within {inputs['pass_days']} days, less proven advances; slack {inputs['slack_yuan']} yuan or 1 %",
        "text_zh": zh,
        "text_en": en,
    }


def _injury_evidence(lead: str, row: dict[str, Any], told: dict[str, Any], cover: list[str]) -> list[dict[str, str]]:
    rows = [("benefit_payouts", row["row_key"], "payout")]
    rows += [("payments", key, "passed_on") for key in told["keys"]]
    rows += [("payments", key, "advance") for key in told["proofs"]]
    rows += [("payments", row["payment_id"], "paid")] * (not missing(row["payment_id"]))
    rows += [("coverage", key, "complete") for key in cover]
    return [{"lead": lead, "table": table, "key": key, "role": role} for table, key, role in rows]


def _injury_counters(lead: str, told: dict[str, Any], lacking: float, claimed: float) -> list[dict[str, str]]:
    note = Text(
        f"所称垫付 {claimed:.2f} 元，有转账可证 {told['proven']:.2f} 元",
        f"{claimed:.2f} yuan said to be advanced, {told['proven']:.2f} shown by transfers",
    )
    later = Text(f"其后一年内到账 {told['later']:.2f} 元", f"{told['later']:.2f} yuan came within the year after")
    return [
        counter(lead, "advance", False, note.both()),
        counter(lead, "late", told["later"] >= lacking * 0.99, later.both()),
    ]


def _subsidies(found: pd.DataFrame, inputs: Inputs) -> tuple[list[dict[str, Any]], list[dict[str, str]], set[str]]:
    """Leads of subsidies, one a claim; their evidence; and the payouts that could be checked at all."""
    checks = ["audited", "re_audited", "claimed"]
    can = found[checks].notna().any(axis=1) | found["target_met"].notna() | (found["claim"] != "")
    own = found["claim"].where(found["claim"] != "", found["payout_id"])
    cuts = 1 - (found["audited"] / found["claimed"]).where(found["claimed"] > 0)
    leads, evidence = [], []
    doubtful = _doubtful(found[can], own[can], inputs)
    for (who, _), group in found.loc[doubtful].groupby(["beneficiary_id", own.loc[doubtful]], sort=True):
        reasons, share = _breaches(group, inputs)
        if not reasons:
            continue
        marks = _marks(group, found[found["beneficiary_id"] == who], found, cuts, inputs)
        lead = str(group["payout_id"].iloc[0])
        leads.append(_subsidy_lead(lead, str(who), group, reasons, share, marks, inputs))
        rows = [("benefit_payouts", key, "payout") for key in group["row_key"]]
        rows += [("payments", key, "paid") for key in group["payment_id"].dropna()]
        evidence += [{"lead": lead, "table": table, "key": key, "role": role} for table, key, role in rows]
    return leads, evidence, set(found.loc[can, "payout_id"])


def _doubtful(found: pd.DataFrame, claims: pd.Series, inputs: Inputs) -> pd.Index:
    """Rows of claims that could be in breach at all, so that the rest need no look one by one."""
    cut = 1 - (found["re_audited"] / found["audited"]).where(found["audited"] > 0)
    sign = (found["amount"] > found["audited"] * 1.005) | (cut.round(9) >= inputs["re_audit_share"])
    sign |= found["target_met"].eq(False) & (found["amount"] > 0)
    by_claim = sign.groupby([found["beneficiary_id"], claims])
    return found.index[by_claim.transform("any") | (by_claim.transform("size") > 1)]


def _breaches(group: pd.DataFrame, inputs: Inputs) -> tuple[list[tuple[Text, float]], float]:
    """What is wrong with one claim, with the weight of each; and the share of the money that is in doubt."""
    paid, found, doubt = float(group["amount"].sum()), [], 0.0
    due = group[["audited", "claimed"]].max()
    limit = due["audited"] if pd.notna(due["audited"]) else due["claimed"]
    twice = len(group) > 1 and (group["amount"].duplicated().any() if pd.isna(limit) else paid > limit * 1.005)
    if twice:
        found.append((Text(f"同一申报兑现 {len(group)} 次", f"one claim paid {len(group)} times"), 0.6))
        doubt = max(doubt, 1 - (limit if pd.notna(limit) else float(group["amount"].max())) / paid)
    elif pd.notna(due["audited"]) and paid > due["audited"] * 1.005:
        found.append((Text("兑现超过审定金额", "paid beyond the audited sum"), 0.45))
        doubt = max(doubt, 1 - due["audited"] / paid)
    cut = (1 - (group["re_audited"] / group["audited"]).where(group["audited"] > 0)).max()
    if pd.notna(cut) and round(float(cut), 9) >= inputs["re_audit_share"]:
        found.append((Text(f"复审核减 {cut:.0%}", f"the second audit takes off {cut:.0%}"), 0.4))
        doubt = max(doubt, float(cut))
    if (group["target_met"].eq(False) & (group["amount"] > 0)).any():
        found.append((Text("未达标而兑现", "paid though the target was missed"), 0.4))
        doubt = max(doubt, 0.3)
    return found, doubt


def _marks(group: pd.DataFrame, mine: pd.DataFrame, every: pd.DataFrame, cuts: pd.Series, inputs: Inputs) -> list[Text]:
    """One auditor for most claims of the firm; an auditor who cuts less than the others."""
    marks = []
    for auditor in sorted(set(group["auditor_id"].dropna())):
        if len(mine) >= inputs["min_claims"] and (mine["auditor_id"] == auditor).mean() > 0.5:
            marks.append(Text("半数以上申报由同一机构审计", "one auditor for most of its claims"))
        own, rest = cuts[every["auditor_id"] == auditor].dropna(), cuts[every["auditor_id"] != auditor].dropna()
        if len(own) >= inputs["min_claims"] and len(rest) >= 8:
            spread = float(rest.std(ddof=1)) / len(own) ** 0.5
            if spread > 0 and (float(rest.mean()) - float(own.mean())) / spread >= 2:
                marks.append(Text("该机构核减明显少于同行", "this auditor cuts less than the others"))
    return marks


def _subsidy_lead(lead: str, who: str, group: pd.DataFrame, reasons: list[tuple[Text, float]], share: float,
                  marks: list[Text], inputs: Inputs) -> dict[str, Any]:  # fmt: skip
    auditors = sorted(set(group["auditor_id"].dropna())) if group["re_audited"].notna().any() else []
    weight = max(value for _, value in reasons) + 0.08 * (len(reasons) - 1) + 0.03 * len(marks) + 0.2 * share
    texts = [text for text, _ in reasons] + marks
    yuan = float(group["amount"].sum()) * share
    return {
        "lead": lead,
        "subjects": [party(who, "unit"), *(party(name, "auditor") for name in auditors)],
        "objects": [thing("benefit_payouts", name) for name in group["payout_id"]],
        "kind": "rule",
        "severity": "red" if len(reasons) > 1 or share >= 0.3 else "yellow",
        "value": share,
        "score": round(min(weight, 0.99), 4),
        "p_value": None,
        "amount": yuan if (group["currency"] == "CNY").all() and yuan else None,
        "period_start": group["paid_on"].min(),
        "period_end": group["paid_on"].max(),
        "fence": f"at most the audited sum; second audit within {inputs['re_audit_share']:.0%}; target met",
        "text_zh": "政策兑现" + ",".join(text.zh for text in texts),
        "text_en": "subsidy: " + "; ".join(text.en for text in texts),
    }


INDICATOR = Indicator(
    id="ben-subsidy-and-injury",
    number=52,
    title=Text("待遇截留与兑现不实", "Benefits withheld or unfounded"),
    question=Text(
        "工伤待遇是否被用人单位截留，政策资金是否重复、超额或不达标兑现？",
        "Did an employer keep a work-injury benefit, or was a subsidy paid twice, beyond its audit or off its target?",
    ),
    summary=Text("{unit}：{text_zh}。", "{unit}: {text_en}."),
    innocent=(
        Innocent(
            "advance",
            Text("单位已先行垫付。", "The employer had advanced it."),
            Text(
                "以发放前转给工人的款项为证，工资不计。",
                "Transfers to the worker before the payout prove it; wages do not.",
            ),
        ),
        Innocent(
            "late",
            Text("已转付，只是迟延。", "It was passed on, only late."),
            Text("查其后一年内的到账。", "Money in the year after is looked up."),
        ),
        Innocent("cash", Text("以现金垫付且有收条。", "Advanced in cash against a receipt.")),
        Innocent("specialist", Text("该类审计只有少数机构能做。", "Few auditors can do this kind of audit.")),
    ),
    next_steps=(
        Text("电话核实工人是否足额收到。", "Call the workers: did they receive all of it?"),
        Text("调取银行回单和垫付凭证。", "Fetch bank receipts and proof of advances."),
        Text("由另一机构抽样复审。", "Have a sample audited again by another auditor."),
    ),
    kinds=("rule",),
    subject="payout",
    needs={"benefit_payouts": ("scheme", "beneficiary_id", "amount", "paid_on")},
    uses=("payments", "accounts", "coverage"),
    relations=("control",),
    params=(
        Param("pass_days", 30, "days", Text("到账后一月内应转付。", "To be passed on within a month."), 1, 180),
        Param("advance_days", 180, "days", Text("核垫付须有此前半年流水。", "To test an advance."), 0, 1095),
        Param("slack_yuan", 100, "yuan", Text("尾差与手续费。", "Odd sums and fees."), 0, 10000),
        Param(
            "re_audit_share", 0.1, "fraction", Text("复审核减一成以上。", "A second audit takes off a tenth."), 0.01, 1
        ),
        Param("min_claims", 4, "claims", Text("少于此数不成规律。", "Fewer are no pattern."), 2, 100),
    ),
    references=(
        Reference("义乌, 2025: work-injury benefits not passed on in full and in time; transfers now prove an advance"),
        Reference("义乌, 2025: auditors of policy subsidies controlled before, during and after"),
    ),
    value_unit=Text("未到位或存疑金额占比", "share of the money that did not arrive or is in doubt"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nW,工人\nV,另一工人\nX,第三工人\n",
            "organizations": "org_id,name,kind\nE,用人单位,private\nF,制造,private\nG,信息,private\n",
            "accounts": "account_id,holder_id\naE,E\naW,W\naV,V\naX,X\n",
            # KEPT: 40,000 of 100,000 passed on within 12 days. GONE: 50,000 proven before and 50,000 after. DARK:
            # nothing seen, but X's account is not covered. TWICE: 2 x 860,000 for one claim audited at 860,000. PART1
            # and PART2: two halves of one claim.
            "payments": "payment_id,paid_at,payer_account,payee_account,amount,memo\n"
            "a,2020-03-14,aE,aW,40000,工伤待遇\nb,2020-02-01,aE,aV,50000,工伤垫付\nc,2020-03-20,aE,aV,50000,\n"
            "d,2020-12-31,aE,aW,3000,工资\n",
            "benefit_payouts": "payout_id,scheme,beneficiary_id,via_id,amount,paid_on,advanced_amount,claim_no,"
            "audited\nKEPT,work_injury,W,E,100000,2020-03-02,,g1,\nGONE,work_injury,V,E,100000,2020-03-02,50000,g2,\n"
            "DARK,work_injury,X,E,100000,2020-03-02,,g3,\nTWICE,policy_subsidy,F,,860000,2020-03-02,,z1,860000\n"
            "AGAIN,policy_subsidy,F,,860000,2020-09-02,,z1,860000\nPART1,policy_subsidy,G,,400000,2020-03-02,,z2,800000\n"
            "PART2,policy_subsidy,G,,400000,2020-09-02,,z2,800000\n",
            "coverage": "table,scope,period_start,period_end,is_complete\npayments,aW,2020-01-01,2020-12-31,true\n",
        },
        flags=frozenset({"KEPT", "TWICE", "AGAIN"}),
        leaves=frozenset({"GONE", "PART1", "PART2"}),
        others={"DARK": "not_assessable"},
    ),
    compute=_compute,
)
