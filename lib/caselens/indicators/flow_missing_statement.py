"""What is missing from the statements of an account, so that it can be requested.

(a) A balance that does not follow from the one before and the sum between. (b) Whole months without lines, inside the
period declared complete, of an account used in at least four fifths of its other months, unless the balances beside
the pause follow on (then nobody moved money). (c) At least 3 payments that others' records show and this statement,
declared complete for those days, does not. (d) Another account of the same holder with 3 transfers, or 10,000 yuan,
between the two, of which neither a line nor coverage is at hand. A pause of an account nobody declared complete says
nothing, nor do the days before it was opened. Outflows up to 7 days older than the inflow that feeds them show as (a)
or (c) where a statement is missing; the tracing tells them otherwise. A gap speaks of the file, not of the holder.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.indicators import _gaps
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._circle import Cited, cited
from caselens.indicators._cover import Coverage, coverage_of
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result

_ONE = Text("只有一行流水，前后无从比较", "only one line: nothing to compare")
_BLIND = Text(
    "coverage:流水无余额，也未声明完整", "coverage: the lines have no balances and nobody declared them complete"
)


@dataclass(slots=True)
class _Gap:
    """What one account's statement lacks."""

    account: str
    holder: str
    breaks: int = 0
    missing: float = 0.0
    months: int = 0
    unlisted: int = 0
    others: dict[str, float] = field(default_factory=dict)
    days: list[pd.Timestamp] = field(default_factory=list)
    rows: Cited = field(default_factory=dict)
    asleep: bool = False

    @property
    def is_lead(self) -> bool:
        return bool(self.breaks or self.months or self.unlisted or self.others)


def _compute(inputs: Inputs) -> Result:
    lines, cover = _gaps.lines_of(inputs), coverage_of(inputs, "statement_lines", "payments")
    counts = lines.group_by("account_id").agg(n=lines.count(), printed=lines.balance.count()).execute()
    numbers = dict(zip(counts["account_id"], counts["n"], strict=True))
    printed = dict(zip(counts["account_id"], counts["printed"], strict=True))
    accounts = inputs.table("accounts").select("account_id", "holder_id").execute()
    accounts = accounts[accounts["holder_id"].notna()]
    held = dict(zip(accounts["account_id"], accounts["holder_id"], strict=True))
    gaps = {str(name): _Gap(str(name), str(held.get(name, name))) for name in sorted(numbers)}
    frame_ = _gaps.load(lines, _gaps.doubtful(lines, inputs["min_pause"]))
    for name, rows in frame_.groupby("account_id", sort=True):
        _balances(gaps[str(name)], rows)
        _months(gaps[str(name)], rows, cover, inputs)
    _unlisted(gaps, cover, inputs)
    _own(gaps, cover, inputs)
    leads = [_lead(gap, inputs) for gap in gaps.values() if gap.is_lead]
    evidence = [row for gap in gaps.values() if gap.is_lead for row in cited(gap.account, gap.rows)]
    counters = [row for gap in gaps.values() if gap.is_lead for row in _counters(gap)]
    dark = {name: _ONE.both() for name, n in numbers.items() if n < 2}
    told = {scope for _, scope in cover.spans}
    if "" not in told:
        dark |= {name: _BLIND.both() for name in numbers if name not in dark and not printed[name] and name not in told}
    states = assessed({lead["lead"] for lead in leads}, numbers, dark)
    return Result(states, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _balances(gap: _Gap, rows: pd.DataFrame) -> None:
    for before, after, first, last, off in _gaps.jumps(rows):
        gap.breaks += 1
        gap.missing += abs(off)
        gap.days += [first, last]
        gap.rows[("statement_lines", before)] = "before_gap"
        gap.rows[("statement_lines", after)] = "after_gap"


def _months(gap: _Gap, rows: pd.DataFrame, cover: Coverage, inputs: Inputs) -> None:
    times = rows["booked_at"]
    if not _gaps.is_regular(times, inputs["min_months"]):
        return
    broken = {(first, last) for _, _, first, last, _ in _gaps.jumps(rows)}
    for first, last, whole in _gaps.pauses(times):
        keys = cover.keys(["statement_lines"], [gap.account, gap.holder], first.date(), last.date())
        beside = rows[(times == first) | (times == last)]
        follows = bool(beside["balance"].notna().all()) and (first, last) not in broken
        if keys and not follows:
            gap.months += whole
            gap.days += [first, last]
            gap.rows |= {("statement_lines", key): "beside_gap" for key in beside["row_key"]}
            gap.rows |= {("coverage", key): "declared_complete" for key in keys}
        gap.asleep = gap.asleep or follows


def _unlisted(gaps: dict[str, _Gap], cover: Coverage, inputs: Inputs) -> None:
    """Payments that a statement declared complete does not show."""
    told = {scope for table, scope in cover.spans if table == "statement_lines"}
    some = [gap for gap in gaps.values() if "" in told or told & {gap.account, gap.holder}]
    if not some or not inputs.has("payments"):
        return
    for name, rows in _gaps.unlisted(inputs, [gap.account for gap in some]).groupby("account_id", sort=True):
        gap = gaps[str(name)]
        on = [
            cover.keys(["statement_lines"], [gap.account, gap.holder], at.date(), at.date()) for at in rows["paid_at"]
        ]
        covered = rows[[bool(keys) for keys in on]]
        if len(covered) < inputs["min_unlisted"]:
            continue
        gap.unlisted = len(covered)
        gap.missing = max(gap.missing, float(covered["yuan"].sum()))
        gap.days += [covered["paid_at"].min(), covered["paid_at"].max()]
        gap.rows |= {("payments", str(key)): "not_in_statement" for key in covered["row_key"]}
        gap.rows |= {("coverage", key): "declared_complete" for keys in on for key in keys}


def _own(gaps: dict[str, _Gap], cover: Coverage, inputs: Inputs) -> None:
    """Other accounts of the holder that were never obtained."""
    told = {scope for _, scope in cover.spans}
    if not inputs.has("payments") or "" in told:
        return
    for (name, other), rows in _gaps.own_unseen(inputs, gaps).groupby(["account_id", "other"], sort=True):
        total = float(rows["yuan"].sum())
        gap = gaps[str(name)]
        enough = len(rows) >= inputs["min_transfers"] or total >= inputs["min_own"]
        if enough and other not in told and gap.holder not in told:
            gap.others[str(other)] = total
            gap.days += [rows["paid_at"].min(), rows["paid_at"].max()]
            gap.rows |= {("payments", str(key)): "own_transfer" for key in rows["row_key"]}
            gap.rows[("accounts", str(other))] = "not_obtained"


def _lead(gap: _Gap, inputs: Inputs) -> dict[str, Any]:
    marks = sum(bool(mark) for mark in (gap.breaks, gap.months, gap.unlisted, gap.others))
    amount = gap.missing + sum(gap.others.values())
    size = amount / (amount + inputs["red_amount"])
    zh = [f"余额{gap.breaks}处不接"] if gap.breaks else []
    en = [f"{gap.breaks} breaks of the balance"] if gap.breaks else []
    zh += [f"缺{gap.months}个整月"] if gap.months else []
    en += [f"{gap.months} whole months without lines"] if gap.months else []
    zh += [f"{gap.unlisted}笔已知付款未列"] if gap.unlisted else []
    en += [f"{gap.unlisted} known payments not listed"] if gap.unlisted else []
    zh += [f"本人另有{len(gap.others)}个账户未调取"] if gap.others else []
    en += [f"{len(gap.others)} own accounts not obtained"] if gap.others else []
    return {
        "lead": gap.account,
        "subjects": [party(gap.holder, "holder")],
        "objects": [thing("accounts", gap.account)] + [thing("accounts", name) for name in sorted(gap.others)],
        "kind": "rule",
        "severity": "red" if amount >= inputs["red_amount"] and marks > 1 else "yellow" if amount else "note",
        "value": float(marks),
        "score": min(0.3 + 0.12 * marks + 0.2 * size, 0.95),
        "p_value": None,
        "amount": amount,
        "period_start": min(gap.days).date(),
        "period_end": max(gap.days).date(),
        "fence": f"whole months inside coverage; unlisted >= {inputs['min_unlisted']}; own transfers >= "
        f"{inputs['min_transfers']} or {inputs['min_own']:,}",
        "account": gap.account,
        "what_zh": ";".join(zh),
        "what_en": "; ".join(en),
        "first_on": min(gap.days).date(),
        "last_on": max(gap.days).date(),
    }


def _counters(gap: _Gap) -> list[dict[str, str]]:
    asleep = Text("另有停用期，但余额前后相接，不计", "another pause was left out: its balances follow on")
    none = Text("停用期前后余额不接，或无停用期", "no pause whose balances follow on")
    return [
        counter(gap.account, "asleep", False, (asleep if gap.asleep else none).both()),
        counter(gap.account, "printing", None),
    ]


INDICATOR = Indicator(
    id="flow-missing-statement",
    number=15,
    title=Text("流水缺口", "Gaps in the statements"),
    question=Text(
        "已取得的流水是否有缺月、余额不接、漏列付款或未调取的本人账户？",
        "Do the statements at hand lack months, lines between two balances, known payments, or whole own accounts?",
    ),
    summary=Text(
        "{holder}的账户{account}流水不全：{what_zh}(涉及{first_on}至{last_on}，缺口金额约{amount:money}),应补调。",
        "The statement of account {account} of {holder} is not complete: {what_en} ({first_on} to {last_on}, about "
        "{amount:money}). It should be requested.",
    ),
    innocent=(
        Innocent(
            "asleep",
            Text("账户停用，期间没有发生额。", "The account was asleep and nothing moved."),
            Text("停用前后余额相接的不列。", "A pause whose balances follow on is no gap."),
        ),
        Innocent(
            "printing", Text("银行打印分页、排序或四舍五入造成。", "Page breaks, sorting or rounding of the print.")
        ),
    ),
    next_steps=(
        Text("按缺口期间和账户列出补调清单。", "List the periods and accounts for a further request."),
        Text("向开户行核实声明完整的依据。", "Ask the bank on what ground it called the statement complete."),
        Text("用对方流水先行补全缺口。", "Fill the gap from the other side's statements meanwhile."),
    ),
    kinds=("rule",),
    subject="account",
    needs={
        "statement_lines": ("account_id", "booked_at", "direction", "amount"),
    },
    uses=("accounts", "coverage", "payments", "persons"),
    params=(
        Param("min_pause", 27, "days", Text("短于一月的停顿常见。", "Shorter pauses are common."), 1, 3650),
        Param("min_months", 6, "months", Text("不足半年看不出规律。", "Less than half a year shows no habit."), 2, 600),
        Param(
            "min_unlisted", 3, "payments", Text("一两笔可能是记账差异。", "One or two may be booked apart."), 1, 1000
        ),
        Param("min_transfers", 3, "transfers", Text("往来三次以上。", "Three transfers or more."), 1, 1000),
        Param("min_own", 10_000, "CNY", Text("或合计一万元以上。", "Or 10,000 together."), 0, 1e9),
        Param("red_amount", 100_000, "CNY", Text("缺口金额较大。", "A gap of this size is serious."), 1, 1e9),
    ),
    references=(
        Reference("FATF (2012), Operational Issues: Financial Investigations Guidance"),
        Reference("NIST SP 800-86 (2006), Guide to Integrating Forensic Techniques: completeness of collected data"),
    ),
    value_unit=Text("缺口种类数", "kinds of gap found"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nA,甲\nB,乙\nC,丙\nD,丁\n",
            "accounts": "account_id,holder_id\naA,A\naB,B\naC,C\naD,D\n",
            # A: 1,000 + 500 is 1,500, but 1,900 stand there: 400 are missing. B follows on over a pause of 14 months.
            # C: one line only. D: no balances, and nobody declared it complete.
            "statement_lines": "line_id,account_id,booked_at,direction,amount,balance_after\n"
            "l1,aA,2020-01-05 10:00:00,in,1000,1000\nl2,aA,2020-02-05 10:00:00,in,500,1900\n"
            "l3,aB,2020-01-05 10:00:00,in,1000,1000\nl4,aB,2021-04-05 10:00:00,out,300,700\n"
            "l5,aC,2020-01-05 10:00:00,in,1000,1000\n"
            "l6,aD,2020-01-05 10:00:00,in,1000,\nl7,aD,2020-03-05 10:00:00,in,100,\n",
            "coverage": "table,scope,period_start,period_end,is_complete\n"
            "statement_lines,aA,2020-01-01,2020-12-31,true\nstatement_lines,aB,2020-01-01,2021-12-31,true\n",
        },
        flags=frozenset({"aA"}),
        leaves=frozenset({"aB"}),
        others={"aC": "not_assessable", "aD": "not_assessable"},
    ),
    compute=_compute,
)
