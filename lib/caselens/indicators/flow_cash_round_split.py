"""Cash, or round sums, again and again just below the line at which banks report.

Counted for each holder over all accounts, in and out together: sums in [0.9 T, T) and in [T, 1.1 T) with T = 50,000;
multiples of 5,000 are left out and told, for people like them. Null: each sum in the window falls below the line with
the chance that a smooth density gives, a power law fitted to the whole city's cash outside the window (a half where
that has fewer than 20 sums, never less than a half); p is the binomial tail. A lead needs p below 0.01 and 5 below.
Where a natural person has no cash near the line, transfers in whole hundreds are tested likewise; pay from an insured
job and equal sums of one payer (at least half) are none. The family is every holder with at least 5 sums in the window.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.stats import binom

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._bunching import bunching
from caselens.indicators._chance import surprise
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._parties import party_payments

_FEW = Text("线附近不足 5 笔，无法检验", "fewer than 5 sums near the line, too few to test")
_CASH = r"现金|存现|取现|cash|atm"
_OUTSIDE = 20


def _compute(inputs: Inputs) -> Result:
    near, everyone = _sums(inputs)
    share = _share(near[near["is_cash"]], inputs)
    leads, evidence, counters = [], [], []
    dark: dict[str, str] = {}
    p_values: dict[str, float] = {}
    for holder, rows in near.groupby("holder", sort=True):
        tested = rows[rows["is_cash"] & rows["in_window"]]
        if tested.empty:
            tested = rows[~rows["is_cash"] & rows["in_window"]]
        smooth = tested[~tested["is_round"]]
        if smooth.empty:
            continue
        below = smooth[smooth["yuan"] < inputs["line"]]
        if len(smooth) < inputs["min_below"]:
            dark[str(holder)] = _FEW.both()
            continue
        odds = share if bool(smooth["is_cash"].iloc[0]) else 0.5
        p = float(binom.sf(len(below) - 1, len(smooth), odds)) if len(below) else 1.0
        p_values[str(holder)] = p
        if len(below) < inputs["min_below"] or p >= inputs["max_p"]:
            continue
        leads.append(_lead(str(holder), below, smooth, tested, odds, p, inputs))
        evidence += [
            {"lead": holder, "table": "payments", "key": key, "role": "below_line"} for key in below["row_key"]
        ]
        counters += _counters(str(holder), below, len(tested) - len(smooth), len(smooth) - len(below))
    states = assessed({lead["lead"] for lead in leads}, everyone, dark)
    states["p_value"] = [p_values.get(name) for name in states["subject_id"]]
    return Result(states, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _sums(inputs: Inputs) -> tuple[pd.DataFrame, set[str]]:
    """Sums from half to twice the line by holder, one row a payment and side; and everybody who was looked at."""
    money, accounts = party_payments(inputs), inputs.table("accounts")
    money = money.filter((money.currency.isnull() | (money.currency.upper() == "CNY")) & ~money.is_testimony)
    till = _tills(inputs, accounts)
    sides = []
    for mine, account, other, far in (
        ("payee", "payee_account", "payer", "payer_account"),
        ("payer", "payer_account", "payee", "payee_account"),
    ):
        some = money.left_join(till, [(far, "till")]).anti_join(till.rename(own="till"), [(account, "own")])
        sides.append(
            some.select(
                "row_key", "paid_on", "yuan", "memo", holder=mine, account=account, other=other,
                is_cash=some.till.notnull(), payment="payment_id",
            )
        )  # fmt: skip
    both = sides[0].union(sides[1])
    cash = both.is_cash | both.memo.fill_null("").lower().re_search(_CASH)
    if inputs.has("payments", "channel"):
        paid = inputs.table("payments").filter(lambda t: t.channel.isin(["cash", "现金"])).select(in_cash="payment_id")
        both = both.left_join(paid, [("payment", "in_cash")])
        cash = cash | both.in_cash.notnull()
    both = both.mutate(is_cash=cash.fill_null(False)).drop("payment")
    persons = inputs.table("persons").select(person="person_id").distinct()
    both = both.left_join(persons, [("holder", "person")])
    jobs = inputs.table("employments").select(worker="person_id", firm="org_id").distinct()
    pay = both.left_join(jobs, [("holder", "worker"), ("other", "firm")])
    # A transfer is only of interest where a person has it, in whole hundreds, and it is no pay.
    split = pay.person.notnull() & pay.worker.isnull() & ((pay.yuan.round(2) % 100) == 0)
    kept = pay.filter(pay.is_cash | split)
    line = inputs["line"]
    close = kept.filter((kept.yuan >= line / 2) & (kept.yuan < line * 2))
    everyone = set(kept.select("holder").distinct().execute()["holder"])
    rows = close.select("row_key", "paid_on", "yuan", "holder", "account", "other", "is_cash").execute()
    fen = (rows["yuan"] * 100).round().astype("int64")
    rows = rows.assign(
        fen=fen,
        is_round=fen % round(inputs["round_to"] * 100) == 0 if inputs["round_to"] else False,
        in_window=(fen >= round(line * 90)) & (fen < round(line * 110)),
        paid_on=pd.to_datetime(rows["paid_on"]).dt.date,
    )
    same = rows.groupby(["holder", "other", "fen"])["fen"].transform("size")
    regular = ~rows["is_cash"] & (same >= 0.5 * rows.groupby("holder")["fen"].transform("size")) & (same > 1)
    return rows[~regular].sort_values(["holder", "paid_on", "row_key"], ignore_index=True), everyone


def _tills(inputs: Inputs, accounts: ir.Table) -> ir.Table:
    """Accounts that stand for cash over the counter."""
    if not inputs.has("accounts", "kind"):
        return accounts.filter(ibis.literal(False)).select(till="account_id")
    return accounts.filter(accounts.kind.isin(["cash", "现金"]) & accounts.holder_id.isnull()).select(till="account_id")


def _share(cash: pd.DataFrame, inputs: Inputs) -> float:
    """The part of the window that the city's cash outside it lets expect below the line."""
    values = cash["fen"].to_numpy(np.int64)
    fitted = bunching(values, round(inputs["line"] * 100), round(inputs["round_to"] * 100), _OUTSIDE)
    return 0.5 if fitted is None else fitted.share


def _lead(
    holder: str, below: pd.DataFrame, smooth: pd.DataFrame, tested: pd.DataFrame, odds: float, p: float, inputs: Inputs
) -> dict[str, Any]:
    total = float(below["yuan"].sum())
    return {
        "lead": holder,
        "subjects": [party(holder, "holder")],
        "objects": [thing("accounts", name) for name in sorted(set(below["account"]))],
        "kind": "statistical",
        "severity": "red" if total >= inputs["red_total"] else "yellow",
        "value": float(len(below)),
        "score": 0.2 + 0.75 * surprise(p),
        "p_value": p,
        "amount": total,
        "period_start": below["paid_on"].min(),
        "period_end": below["paid_on"].max(),
        "fence": f"0.9 to 1 against 1 to 1.1 of {inputs['line']:,}, expected below {odds:.0%}, p < {inputs['max_p']}",
        "below": len(below),
        "above": len(smooth) - len(below),
        "rounds": len(tested) - len(smooth),
        "line": f"{inputs['line']:,}",
        "how_zh": "现金收付" if bool(below["is_cash"].iloc[0]) else "整额转账",
        "how_en": "cash payments" if bool(below["is_cash"].iloc[0]) else "round transfers",
    }


def _counters(lead: str, below: pd.DataFrame, rounds: int, above: int) -> list[dict[str, str]]:
    distinct = int(below["fen"].nunique())
    limit = Text(
        f"{len(below)} 笔共 {distinct} 种金额；另有整数 {rounds} 笔未计入",
        f"{distinct} different sums in {len(below)} payments; {rounds} round sums were left out",
    )
    takings = Text(f"线上方有 {above} 笔", f"{above} lie above the line")
    # The same sum over and over is a limit of a machine or a fixed charge, not a way round a line.
    return [
        counter(lead, "limit", distinct <= max(1, len(below) // 4), limit.both()),
        counter(lead, "takings", False, takings.both()),
    ]


INDICATOR = Indicator(
    id="flow-cash-round-split",
    number=14,
    title=Text("贴线拆分现金", "Cash just below line"),
    question=Text(
        "某人的现金存取或整额转账，是否异常集中于大额交易报告线之下？",
        "Does somebody's cash, or do round transfers, lie just below the reporting line more often than chance allows?",
    ),
    summary=Text(
        "{holder}有{below}笔{how_zh}恰在{line}元线下一成以内，合计{amount:money}，线上同宽区间仅{above}笔。",
        "{below} {how_en} of {holder}, {amount:money} in all, lie within a tenth below the line of {line} yuan, "
        "{above} as far above it.",
    ),
    innocent=(
        Innocent(
            "limit",
            Text("取款机限额或固定收费。", "A limit of a cash machine, or a fixed charge."),
            Text(
                "数金额的种类；同一金额反复出现的视为限额。",
                "Different sums are counted: one sum over and over is a limit.",
            ),
        ),
        Innocent(
            "takings",
            Text("店铺营业款自然分布。", "A shop's takings, of any size."),
            Text("与线上同宽区间比较。", "Compared with as wide a window above the line."),
        ),
    ),
    next_steps=(
        Text("调取柜面存取凭条与监控，查明经办人。", "Obtain slips and camera records: who was at the counter."),
        Text("核对同日其他网点、其他账户的现金。", "Look for cash at other branches and accounts on the same days."),
        Text("查明现金来源与去向。", "Establish where the cash came from and went."),
    ),
    kinds=("statistical",),
    subject="person",
    needs={
        "payments": ("paid_at", "payer_account", "payee_account", "amount"),
        "accounts": ("holder_id",),
    },
    uses=("persons", "employments"),
    params=(
        Param(
            "line", 50_000, "CNY", Text("大额现金交易报告线。", "Line of reports on cash."), 100, 1e9, to_confirm=True
        ),
        Param("round_to", 5_000, "CNY", Text("整数人人爱用，不计。", "Everybody likes round sums."), 0, 1e6),
        Param("min_below", 5, "payments", Text("少于五笔不成规律。", "Fewer make no pattern."), 2, 1000),
        Param("max_p", 0.01, "probability", Text("百分之一以下方列为线索。", "Below one in a hundred."), 1e-9, 0.2),
        Param("red_total", 300_000, "CNY", Text("合计较大者列红。", "Larger totals are red."), 0, 1e9),
    ),
    references=(
        Reference("中国人民银行令〔2016〕第3号 金融机构大额交易和可疑交易报告管理办法, recalled, to be confirmed"),
        Reference("Saez (2010), Do Taxpayers Bunch at Kink Points?", "https://doi.org/10.1257/pol.2.3.180"),
        Reference("OCP (2024), Red Flags in Public Procurement: R002 (values just below a threshold), the same idea"),
    ),
    value_unit=Text("线下笔数", "payments just below the line"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nA,甲\nB,乙\nC,丙\nD,丁\n",
            "accounts": "account_id,holder_id,kind\naA,A,bank\naB,B,bank\naC,C,bank\naD,D,bank\ntill,,cash\n",
            # A: eight from 46,110 to 49,610, none above: p = 0.5 ** 8 = 0.004. B: four below, four above. C: two only.
            # D: cash, but far from the line.
            "payments": "payment_id,paid_at,payer_account,payee_account,amount\n"
            + "".join(f"a{n},2020-03-{n + 1:02d},till,aA,{46110 + 500 * n}\n" for n in range(8))
            + "".join(f"b{n},2020-03-{n + 2:02d},till,aB,{47110 + 1000 * n}\n" for n in range(-1, 7))
            + "c1,2020-03-01,till,aC,49000\nc2,2020-03-05,till,aC,48000\nd1,2020-03-05,aD,till,2000\n",
        },
        flags=frozenset({"A"}),
        leaves=frozenset({"B", "D"}),
        others={"C": "not_assessable"},
    ),
    compute=_compute,
)
