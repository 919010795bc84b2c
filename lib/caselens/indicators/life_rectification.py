"""Problems of a unit that stay open past their term, are closed on paper, or come back.

A problem counts where it was open, or was closed, more than ``grace_days`` after its term; was closed on the day it was
found without both evidence and verification; was opened again; or came back (``recurs_id``) within ``recur_days`` of
the closing of the earlier one, or of its finding where it was never closed. Problems closed without evidence count
where they are at least half of what a unit closed and two or more, and only if the ledger records evidence at all. A
new term is seen only in ``due_on``: the ledger has no column for an extension. One lead a unit, with every problem as
an object; one short delay is a note. That everything was closed is no lead: sample and visit.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result

#: What each way of not being put right weighs: recurrence and paper closings more than a late one.
_WAYS = {
    "recurred": (Text("一年内复发", "came back within the year"), 0.5),
    "reopened": (Text("销号后又重开", "opened again"), 0.5),
    "same_day": (Text("当日发现当日销号且佐证不全", "closed on the day found, without proof"), 0.5),
    "overdue": (Text("逾期未结", "open past the term"), 0.45),
    "late": (Text("逾期才销号", "closed past the term"), 0.25),
    "unproven": (Text("销号无佐证", "closed without evidence"), 0.3),
}


def _ledger(inputs: Inputs) -> pd.DataFrame:
    """Every problem with a column for each way (days, or 1), NaN where it does not apply."""
    table = inputs.table("rectifications")
    found = table.select(
        "problem_id", "row_key", "unit_id", "category", "found_on", "due_on", "closed_on", "verified_on",
        "reopened_on", "recurs_id", "responsible_id", proof=table.evidence.fill_null("").strip() != "",
    ).execute().sort_values(["unit_id", "found_on", "problem_id"], ignore_index=True)  # fmt: skip
    for column in ("found_on", "due_on", "closed_on", "verified_on", "reopened_on"):
        found[column] = pd.to_datetime(found[column])
    # A problem that was opened again and has no later closing is open.
    again = found["reopened_on"].notna() & ~(found["closed_on"] > found["reopened_on"])
    is_open = found["closed_on"].isna() | again
    ledger = inputs.has("rectifications", "closed_on")
    waited = (pd.Timestamp(inputs.as_of) - found["due_on"]).dt.days
    found["overdue"] = waited.where(is_open & ledger & (waited > inputs["grace_days"])).astype("float64")
    late = (found["closed_on"] - found["due_on"]).dt.days
    found["late"] = late.where(~is_open & (late > inputs["grace_days"])).astype("float64")
    same = found["closed_on"].notna() & (found["closed_on"] <= found["found_on"])
    found["spot"] = same & found["proof"] & found["verified_on"].notna()
    found["same_day"] = pd.Series(1.0, found.index).where(same & ~found["spot"])
    found["reopened"] = pd.Series(1.0, found.index).where(found["reopened_on"].notna())
    first = found.drop_duplicates("problem_id").set_index("problem_id")
    before = first["closed_on"].fillna(first["found_on"]).reindex(found["recurs_id"]).to_numpy()
    gap = pd.Series((found["found_on"].to_numpy() - before).astype("timedelta64[D]"), found.index).dt.days
    found["recurred"] = gap.where(gap <= inputs["recur_days"]).astype("float64")
    found["unproven"] = float("nan")
    if found["proof"].any():
        closed = found[found["closed_on"].notna()]
        share = (~closed["proof"]).groupby(closed["unit_id"]).agg(["mean", "sum"])
        bad = share[(share["mean"] >= inputs["unproven_share"]) & (share["sum"] >= 2)].index
        bare = found["closed_on"].notna() & ~found["proof"] & found["unit_id"].isin(bad) & found["same_day"].isna()
        found.loc[bare, "unproven"] = 1.0
    return found


def _compute(inputs: Inputs) -> Result:
    ledger = _ledger(inputs)
    ways = list(_WAYS)
    leads, evidence, counters = [], [], []
    unknown: dict[str, str] = {}
    for unit, part in ledger.groupby("unit_id", sort=True):
        bad = part[part[ways].notna().any(axis=1)]
        if bad.empty:
            undated = part[part["due_on"].isna() & part["closed_on"].isna()]
            if len(undated) == len(part):
                unknown[str(unit)] = Text(
                    "各问题均无期限、无销号日期", "no problem has a term or a day of closing"
                ).both()
            continue
        leads.append(_lead(str(unit), part, bad, inputs))
        keys = set(bad["row_key"]) | set(ledger.loc[ledger["problem_id"].isin(bad["recurs_id"].dropna()), "row_key"])
        evidence += [
            {"lead": str(unit), "table": "rectifications", "key": key, "role": "problem"} for key in sorted(keys)
        ]
        spot, slight = int(part["spot"].sum()), _is_slight(bad, inputs)
        note = Text(
            f"{spot} 项当日整改且有佐证、有核验，未计入", f"{spot} put right on the spot with proof, not counted"
        )
        counters.append(counter(str(unit), "easy", False, note.both()))
        if slight:
            note = Text("仅一项且逾期较短", "one problem, a short delay")
            counters.append(counter(str(unit), "short", True, note.both()))
    hits = {lead["lead"] for lead in leads}
    states = assessed(hits, set(ledger["unit_id"]), unknown)
    return Result(states, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _is_slight(bad: pd.DataFrame, inputs: Inputs) -> bool:
    """One problem that was merely late, by no more than ``short_days``."""
    serious = bad[[way for way in _WAYS if way not in ("late", "overdue")]].notna().any(axis=None)
    days = bad[["late", "overdue"]].max(axis=None)
    return len(bad) == 1 and not serious and bool(days <= inputs["short_days"])


def _lead(unit: str, part: pd.DataFrame, bad: pd.DataFrame, inputs: Inputs) -> dict[str, Any]:
    counts = {way: int(bad[way].notna().sum()) for way in _WAYS}
    told = [(text, counts[way]) for way, (text, _) in _WAYS.items() if counts[way]]
    worst = max(weight for way, (_, weight) in _WAYS.items() if counts[way])
    longest = float(bad[["overdue", "late"]].max(axis=None))
    days = 0.0 if pd.isna(longest) else longest
    number = len(bad)
    score = worst + 0.25 * days / (days + 180) + 0.2 * (number - 1) / (number + 2)
    red = counts["recurred"] or number >= inputs["red_problems"] or days >= inputs["red_days"]
    return {
        "lead": unit,
        "subjects": [party(unit, "unit")]
        + [party(name, "official") for name in sorted(set(bad["responsible_id"].dropna()))],
        "objects": [thing("organizations", unit), *(thing("rectifications", name) for name in bad["problem_id"])],
        "kind": "rule",
        "severity": "note" if _is_slight(bad, inputs) else "red" if red else "yellow",
        "value": number / len(part),
        "score": round(score, 4),
        "p_value": None,
        "amount": None,
        "period_start": bad["found_on"].min(),
        "period_end": bad[["found_on", "closed_on", "due_on", "reopened_on"]].max(axis=None),
        "fence": f"more than {inputs['grace_days']} days past the term; recurrence within {inputs['recur_days']} days",
        "number": number,
        "all": len(part),
        "told_zh": "、".join(f"{text.zh} {count} 项" for text, count in told),
        "told_en": ", ".join(f"{count} {text.en}" for text, count in told),
        "days_zh": f",最长逾期 {days:.0f} 天" if days else "",
        "days_en": f"; at most {days:.0f} days late" if days else "",
    }


INDICATOR = Indicator(
    id="life-rectification",
    number=49,
    title=Text("整改未落实或反弹", "Corrections overdue or undone"),
    question=Text(
        "承诺整改的问题是否逾期未结、纸面销号或再次发生？",
        "Are promised corrections overdue, closed on paper only, or did the problems come back?",
    ),
    summary=Text(
        "{unit}的 {all} 项整改中 {number} 项有疑：{told_zh}{days_zh}。",
        "{number} of {all} corrections of {unit}: {told_en}{days_en}.",
    ),
    innocent=(
        Innocent(
            "easy",
            Text("问题简单，当场整改。", "An easy item put right on the spot."),
            Text("当日销号而有佐证且经核验的，不计入。", "Not counted where evidence and verification are on file."),
        ),
        Innocent(
            "short",
            Text("个别事项略有延迟。", "A single item slightly late."),
            Text("仅一项且逾期较短的，视为成立。", "Taken to hold for one item with a short delay."),
        ),
        Innocent("extended", Text("经批准延长期限。", "An extension that was granted.")),
    ),
    next_steps=(
        Text("抽查已销号事项，到现场核实。", "Draw a sample of closed items and visit."),
        Text("逾期和重开事项列入周调度、月通报。", "Put overdue and reopened items on the dispatch list."),
    ),
    kinds=("rule",),
    subject="organization",
    needs={"rectifications": ("problem_id", "unit_id", "found_on")},
    params=(
        Param("grace_days", 7, "days", Text("登记滞后。", "Entries lag."), 0, 90),
        Param("short_days", 30, "days", Text("一月以内为略有延迟。", "Up to a month is a short delay."), 0, 180),
        Param("red_days", 180, "days", Text("逾期半年以上为红色。", "Red from half a year."), 1, 3650),
        Param("red_problems", 3, "problems", Text("三项以上为红色。", "Red from three problems."), 1, 100),
        Param("recur_days", 365, "days", Text("一年内复发。", "Recurrence within a year."), 1, 3650),
        Param("unproven_share", 0.5, "fraction", Text("半数无佐证。", "Half without evidence."), 0.05, 1),
    ),
    references=(
        Reference("潜江, 2024: 54 dispatches, 50 of 50 problems closed"),
        Reference("长春, 2021: 723 problems and 1,166 measures"),
        Reference("义乌, 2025: 1,047 hazards with a closing rate of 100 %, itself a reason to sample"),
    ),
    value_unit=Text("有疑事项占全部整改事项之比", "share of a unit's corrections that are in doubt"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name,kind\nLATE,甲局,government\nPAPER,乙局,government\nBACK,丙局,government\n"
            "FINE,丁局,government\nBLANK,戊局,government\n",
            # The day of the data is 2024-06-30. LATE: due 2023-12-31, still open: 182 days. PAPER: closed on the day it
            # was found, nothing on file. BACK: closed 2023-03-01, found again 2023-11-01: 245 days. FINE: in time, and
            # one on the spot with proof.
            "rectifications": "problem_id,unit_id,category,found_on,due_on,closed_on,verified_on,evidence,recurs_id\n"
            "l,LATE,采购,2023-10-02,2023-12-31,,,,\np,PAPER,采购,2023-10-02,2023-12-31,2023-10-02,,,\n"
            "b,BACK,采购,2023-01-02,2023-04-02,2023-03-01,2023-03-09,报告,\n"
            "c,BACK,采购,2023-11-01,2024-01-30,2023-12-20,2023-12-28,报告,b\n"
            "f,FINE,采购,2023-10-02,2023-12-31,2023-12-30,2024-01-09,报告,\n"
            "g,FINE,付款,2023-10-02,2023-12-31,2023-10-02,2023-10-09,照片,\nn,BLANK,采购,2023-10-02,,,,,\n",
            "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on\nC,FINE,X,1,2024-06-30\n",
        },
        flags=frozenset({"LATE", "PAPER", "BACK"}),
        leaves=frozenset({"FINE"}),
        others={"BLANK": "not_assessable"},
    ),
    compute=_compute,
)
