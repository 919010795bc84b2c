"""Financing of public borrowers that costs too much or lacks its safeguards, and debts that cash does not cover.

Cost a year is told twice: simple (rate plus fees over principal and years) and as internal rate over the way of
repayment; above ``cost_line`` in either is a breach, exactly at it is not, and that only the total over the term
reaches it is none (any five-year loan does). Safeguards: a loan or factoring without the actual controller's guarantee,
and an arranger or underwriter chosen without comparison; a gap that more than ``usual_gap`` of at least ``min_peers``
comparable deals share is how things are done here and is told only beside a breach. Debt, from the latest statement of
each borrower: cash under the short-term debt, or liabilities over assets above the lines (mean of at least
``min_peers`` others of the same industry and year plus 5 and 10 points, not below ``ratio_floor``). What falls due in
12, 6 and 1 months is told with it.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselens.core.money import money
from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._circle import missing
from caselens.indicators._cost import costs, public_borrowers
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result

#: The red floor lies this far above the yellow one.
_RED = 0.05
_NO_CHOICE = "^$|无|未|直接|none|direct|no "
_NO_GUARANTEE = Text("缺实际控制人担保", "no guarantee by the controller")
_NO_COMPARISON = Text("未经比选", "chosen without comparison")


def _gaps(deals: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """``deals`` with ``no_guarantee`` and ``no_comparison``, and as ``odd_…`` those that are rare among such deals."""
    lent = deals["kind"].str.contains("loan|factoring|贷|借|保理")
    known = deals["guaranteed"].notna()
    bare = lent & known & ~deals["guaranteed"].fillna(True).astype(bool)
    arranged = deals["arranger_id"].notna() | deals["kind"].str.contains("bond|债|factoring|保理")
    method = deals["selection_method"].fillna("").str.strip().str.lower()
    unchosen = arranged & method.str.contains(_NO_CHOICE) & inputs.has("financings", "selection_method")
    told: dict[str, pd.Series] = {}
    for name, gap, family in (("guarantee", bare, lent & known), ("comparison", unchosen, arranged)):
        number = int(family.sum())
        usual = number >= inputs["min_peers"] and gap.sum() > inputs["usual_gap"] * number
        told |= {f"no_{name}": gap, f"odd_{name}": gap & (not usual)}
    return deals.assign(**told)


def _lines(inputs: Inputs) -> pd.DataFrame:
    """The latest statement of each public borrower with ``ratio, cover, yellow, red``, and how many were compared."""
    table = inputs.table("financial_statements")
    units = inputs.table("organizations").select("org_id", industry=lambda t: t.industry.fill_null(""))
    found = table.join(units, [("org_id", "org_id")]).select(
        "org_id", "row_key", "period_end", "industry", assets=table.total_assets.cast("float64"),
        debts=table.total_liabilities.cast("float64"), cash=table.cash.cast("float64"),
        short=table.short_term_debt.cast("float64"),
    ).execute()  # fmt: skip
    found = found[found["org_id"].isin(list(public_borrowers(inputs)))].copy()
    found["period_end"] = pd.to_datetime(found["period_end"])
    found["ratio"] = (found["debts"] / found["assets"]).where(found["assets"] > 0)
    found["cover"] = (found["cash"] / found["short"]).where(found["short"] > 0)
    groups = found.groupby(["industry", found["period_end"].dt.year])["ratio"]
    number, total = groups.transform("count"), groups.transform("sum")
    mean = ((total - found["ratio"]) / (number - 1)).where(number - 1 >= inputs["min_peers"])
    floor = inputs["ratio_floor"]
    found["yellow"] = (mean + inputs["yellow_points"]).clip(lower=floor).fillna(floor)
    found["red"] = (mean + inputs["red_points"]).clip(lower=floor + _RED).fillna(floor + _RED)
    last = found.sort_values(["org_id", "period_end", "row_key"]).drop_duplicates("org_id", keep="last")
    return last.assign(mean=mean.reindex(last.index)).reset_index(drop=True)


def _compute(inputs: Inputs) -> Result:
    deals, lines = _gaps(costs(inputs), inputs), _lines(inputs)
    line = inputs["cost_line"] + 1e-9
    dear = (deals["simple"] > line) | (deals["irr"] > line)
    leads, evidence, counters = [], [], []
    picked = deals[dear | deals["odd_guarantee"] | deals["odd_comparison"]]
    for row in picked.to_dict("records"):
        lead = row["financing_id"]
        leads.append(_deal_lead(row, bool(max(row["simple"], row["irr"]) > line), inputs))
        rows = sorted(set(row["rows"]))
        evidence += [{"lead": lead, "table": table, "key": key, "role": "cost"} for table, key in rows]
        counters.append(_market(lead, row, deals, inputs))
    for row in lines.to_dict("records"):
        if row["cover"] < inputs["cash_line"] or row["ratio"] >= row["yellow"]:
            lead = f"{row['org_id']}|debt"
            leads.append(_debt_lead(lead, row, deals, inputs))
            evidence.append({"lead": lead, "table": "financial_statements", "key": row["row_key"], "role": "statement"})
            due = _due(deals, row["org_id"], inputs, 12)
            evidence += [{"lead": lead, "table": "financings", "key": key, "role": "due"} for key in due["row_key"]]
    hits = {lead["subjects"][0]["id"] for lead in leads}
    blind = deals.groupby("borrower_id")["simple"].apply(lambda part: bool(part.isna().all()))
    reason = Text("有费用而无到期日，无法折算年成本", "fees but no maturity, so no cost a year").both()
    dark = {name: reason for name, none in blind.items() if none and name not in set(lines["org_id"])}
    states = assessed(hits, set(deals["borrower_id"]) | set(lines["org_id"]), dark)
    return Result(states, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _market(lead: str, row: dict[str, Any], deals: pd.DataFrame, inputs: Inputs) -> dict[str, str]:
    """Whether money was dear for every public borrower within a year of the deal."""
    near = (deals["start_date"] - row["start_date"]).dt.days.abs() <= 365
    others = deals[near & (deals["borrower_id"] != row["borrower_id"])]["simple"].dropna()
    if len(others) < inputs["min_peers"]:
        return counter(lead, "market", None, Text("同期可比融资不足", "too few comparable deals").both())
    middle = float(others.median())
    note = Text(f"同期其他融资成本中位 {middle:.1%}", f"others paid {middle:.1%} (median) at the time")
    return counter(lead, "market", middle > inputs["cost_line"], note.both())


def _deal_lead(row: dict[str, Any], dear: bool, inputs: Inputs) -> dict[str, Any]:
    cost = max(value for value in (row["simple"], row["irr"], 0.0) if not missing(value))
    gaps = [text for text, has in ((_NO_GUARANTEE, row["no_guarantee"]), (_NO_COMPARISON, row["no_comparison"])) if has]
    over = cost - inputs["cost_line"]
    score = 0.5 + 0.4 * over / (over + 0.05) + 0.04 * len(gaps) if dear else 0.2 + 0.15 * (len(gaps) - 1)
    fees = row["fees"] * row["principal"]
    total = "" if missing(row["total"]) else f"{row['total']:.1%}"
    return {
        "lead": row["financing_id"],
        "subjects": [party(row["borrower_id"], "unit")]
        + [party(row["handler_id"], "official")] * (not missing(row["handler_id"]))
        + [party(row["lender_id"], "context")],
        "objects": [thing("financings", row["financing_id"])],
        "kind": "rule",
        "severity": "red" if dear else "yellow" if len(gaps) > 1 else "note",
        "value": cost,
        "score": round(score, 4),
        "p_value": None,
        "amount": fees if row["currency"] == "CNY" and fees else None,
        "period_start": row["start_date"],
        "period_end": row["maturity_date"],
        "fence": f"at most {inputs['cost_line']:.0%} a year",
        "text_zh": f"融资{row['financing_id']}年化综合成本 {row['simple']:.1%}(单利)、{row['irr']:.1%}(内部收益率)"
        + (f",全期合计 {total}" if total else "") + "".join(f",{gap.zh}" for gap in gaps),
        "text_en": f"financing {row['financing_id']} costs {row['simple']:.1%} a year (simple), {row['irr']:.1%} "
        "(internal rate)" + (f", {total} over the term" if total else "") + "".join(f", {gap.en}" for gap in gaps),
    }  # fmt: skip


def _due(deals: pd.DataFrame, unit: str, inputs: Inputs, months: int) -> pd.DataFrame:
    """Debts of the unit that fall due within so many months of the day of the data."""
    today = pd.Timestamp(inputs.as_of)
    mine = deals[(deals["borrower_id"] == unit) & (deals["currency"] == "CNY")]
    return mine[(mine["maturity_date"] > today) & (mine["maturity_date"] <= today + pd.DateOffset(months=months))]


def _debt_lead(lead: str, row: dict[str, Any], deals: pd.DataFrame, inputs: Inputs) -> dict[str, Any]:
    thin = not missing(row["cover"]) and row["cover"] < inputs["cash_line"]
    heavy = not missing(row["ratio"]) and row["ratio"] >= row["yellow"]
    red = thin or row["ratio"] >= row["red"]
    lack = 1 - row["cover"] if thin else 0.0
    extra = (row["ratio"] - row["yellow"]) if heavy else 0.0
    mine = deals[(deals["borrower_id"] == row["org_id"]) & (deals["start_date"] <= row["period_end"])]
    ladder = [float(_due(deals, row["org_id"], inputs, months)["principal"].sum()) for months in (12, 6, 1)]
    sides = {}
    for language in ("zh", "en"):
        zh = language == "zh"
        parts = []
        if thin:
            parts.append(f"{'现金短债比' if zh else 'cash over short-term debt'} {row['cover']:.2f}")
        if heavy:
            parts.append(f"{'资产负债率' if zh else 'liabilities over assets'} {row['ratio']:.1%}")
        sums = "、".join(money(x, "zh") for x in ladder) if zh else ", ".join(money(x, "en") for x in ladder)
        parts.append(f"12、6、1 个月内到期 {sums}" if zh else f"due in 12, 6 and 1 months: {sums}")
        day = f"{row['period_end']:%Y-%m-%d}"
        sides[language] = f"{day} " + (",".join(parts) if zh else ", ".join(parts))
    return {
        "lead": lead,
        "subjects": [party(row["org_id"], "unit")],
        "objects": [
            thing("organizations", row["org_id"]),
            *(thing("financings", name) for name in mine["financing_id"]),
        ],
        "kind": "rule",
        "severity": "red" if red else "yellow",
        "value": row["cover"] if thin else row["ratio"],
        "score": round(0.4 + 0.1 * red + 0.3 * lack + 0.2 * extra / (extra + 0.1), 4),
        "p_value": None,
        "amount": row["short"] - row["cash"] if thin else None,
        "period_start": row["period_end"],
        "period_end": row["period_end"],
        "fence": f"cash over short-term debt at least {inputs['cash_line']:g}; ratio {row['yellow']:.1%} and "
        f"{row['red']:.1%}" + ("" if missing(row["mean"]) else f" (industry {row['mean']:.1%})"),
        "text_zh": sides["zh"],
        "text_en": sides["en"],
    }


INDICATOR = Indicator(
    id="fin-cost-and-debt",
    number=50,
    title=Text("融资成本与偿债红线", "Financing cost and debt lines"),
    question=Text(
        "国有单位的融资成本、担保比选和偿债能力是否越过红线？",
        "Do the cost of financing, its safeguards or the debts of a public borrower cross the lines?",
    ),
    summary=Text("{unit}：{text_zh}。", "{unit}: {text_en}."),
    innocent=(
        Innocent(
            "market",
            Text("市场资金普遍紧张。", "Money was dear for everybody."),
            Text("与其他国有单位前后一年的融资成本比较。", "Compared with other public borrowers within a year."),
        ),
        Innocent("restructuring", Text("债务重组的一揽子安排。", "Part of a restructuring of debts.")),
    ),
    next_steps=(
        Text("对每笔费用查收款方、合同和成果(见资金类指标)。", "Follow every fee to its payee, contract and work."),
        Text("调取比选资料和集体决策纪要。", "Fetch the comparison of offers and the minutes."),
        Text("核对到期债务与还款来源。", "Hold the debts falling due against what is to repay them."),
    ),
    kinds=("rule",),
    subject="organization",
    needs={"financings": ("borrower_id", "lender_id", "principal", "annual_rate", "start_date")},
    uses=("financing_terms", "financial_statements", "organizations", "appointments", "payments", "accounts"),
    params=(
        Param("cost_line", 0.10, "a year", Text("综合成本不得超过百分之十。", "All-in cost of at most 10 %."), 0.01, 1),
        Param(
            "cash_line", 1.0, "ratio", Text("货币资金应覆盖短期债务。", "Cash should cover short-term debt."), 0.1, 5
        ),
        Param(
            "yellow_points",
            0.05,
            "fraction",
            Text("行业均值加五个百分点。", "Industry mean plus 5 points."),
            0,
            0.5,
            to_confirm=True,
        ),
        Param(
            "red_points",
            0.10,
            "fraction",
            Text("行业均值加十个百分点。", "Industry mean plus 10 points."),
            0,
            0.5,
            to_confirm=True,
        ),
        Param(
            "ratio_floor",
            0.70,
            "fraction",
            Text("七成以下不视为过高。", "Below 70 % is not high."),
            0.3,
            1,
            to_confirm=True,
        ),
        Param("usual_gap", 0.2, "fraction", Text("普遍如此则非个别。", "What many share is no exception."), 0, 1),
        Param("min_peers", 8, "deals", Text("少于此数无从比较。", "Fewer cannot be compared with."), 3, 1000),
    ),
    references=(
        Reference("株洲, 2024: all-in cost of financing above 10 %; a factoring without guarantee stopped by veto"),
        Reference("义乌, 2025: red and yellow lines, cash over short-term debt, debts due in 12, 6 and 1 months"),
        Reference("中共中央办公厅、国务院办公厅 (2018), 关于加强国有企业资产负债约束的指导意见"),
    ),
    value_unit=Text("年化综合成本，或现金短债比、资产负债率", "cost a year; or cash cover, or ratio of liabilities"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name,kind\nDEAR,甲城投,state_owned\nANNUITY,乙城投,state_owned\n"
            "FINE,丙城投,state_owned\nTHIN,丁城投,state_owned\nOPEN,戊城投,state_owned\nB,银行,financial\n",
            # DEAR: 6.8 % + 12 % / 2 years = 12.8 %. ANNUITY: simple 6.3 % + 3 % = 9.3 %, but only about half of the
            # principal is out on average: 12.1 %. FINE: 6.4 % + 3 % = 9.4 % to the end. THIN: cash 20, short-term debt
            # 90. OPEN: fees, but no maturity.
            "financings": "financing_id,borrower_id,lender_id,principal,annual_rate,repayment,fees,start_date,"
            "maturity_date\na,DEAR,B,1000,0.068,bullet,120,2020-01-06,2022-01-06\n"
            "b,ANNUITY,B,1000,0.063,annuity,60,2020-01-06,2022-01-06\nc,FINE,B,1000,0.064,bullet,60,2020-01-06,2022-01-06\nd,OPEN,B,1000,0.05,bullet,60,2020-01-06,\n",
            "financial_statements": "org_id,period_end,total_assets,total_liabilities,cash,short_term_debt\n"
            "THIN,2021-12-31,1000,600,20,90\nFINE,2021-12-31,1000,600,100,90\n",
        },
        flags=frozenset({"DEAR", "ANNUITY", "THIN"}),
        leaves=frozenset({"FINE"}),
        others={"OPEN": "not_assessable"},
    ),
    compute=_compute,
)
