"""Shapes of money that honest business seldom makes: cycles, scatter and gather, layers of many to many, lone fans.

Payments of at least 3,000 yuan between private parties; wages (the payee is insured by the payer) and a group's own
money (one holds half of the other, or of both) are left out, so payrolls and treasuries make no shape. Cycles: 3 to 10
payments within 30 days (6 within 180), each at most 15 % less than the one before. Scatter-gather: at least 3
intermediaries within 180 days (30 in a city of more than 20,000 such payments). Gather-scatter: at least 3 payers and
3 payees within 30 days. Many to many: 3 by 3 within 30 days. A fan alone is weak: at least 6 counterparties within 5
days. For gather-scatter and fans only parties count that the hub dealt with in one month, for regular customers and
suppliers come in bunches; pay for work does not count. Chance: see ``_shapes``; a lead needs p at most 0.05 for the
whole city. Of a city with more payments than can be shuffled the largest are looked at; parties that fall out for it
are not assessable.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.flows import typologies as search
from caselens.flows.patterns import NAMES
from caselens.indicators import _shapes
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._shapes import Shape

_WAGES = r"工资|薪|奖金|绩效|劳务|报销|wage|salar|payroll|bonus|reimburs"
#: Above this a "wage" is no wage.
_WAGE_AT_MOST = 30_000
#: What a shape says alone, the strongest kind first; a lone fan says least.
_BASE = {"cycle": 0.5, "scatter-gather": 0.5, "gather-scatter": 0.45, "stack": 0.45, "bipartite": 0.4}
_PAYROLL = Text("向参保职工发放工资，不作图形分析", "pays insured workers; wages make no shape")
_TREASURY = Text("集团内部资金归集下拨", "money within a group of firms")


def _compute(inputs: Inputs) -> Result:
    moved, wages, own = _shapes.money(inputs)
    paid = _shapes.as_frame(moved, inputs["max_payments"])
    every = _shapes.parties(moved)
    tried = _tried(paid, inputs)
    order = {name: place for place, name in enumerate((*_BASE, "fan-in", "fan-out"))}
    found = [shape for shape in tried if shape.p <= inputs["max_p"]]
    found = _shapes.apart(sorted(found, key=lambda shape: (order[shape.name], shape.p, -shape.strength, shape.rows)))
    leads = [_lead(shape, paid, inputs) for shape in found]
    evidence = [
        {"lead": lead["lead"], "table": "payments", "key": paid["row_key"].iloc[row], "role": shape.name}
        for lead, shape in zip(leads, found, strict=True)
        for row in shape.rows
    ]
    counters = [item for lead, shape in zip(leads, found, strict=True) for item in _counters(lead["lead"], shape, paid)]
    hits = {one["id"] for lead in leads for one in lead["subjects"] if one["role"] != "context"}
    parties = pd.concat([paid["payer_account"], paid["payee_account"]]).value_counts()
    seen = set(parties.index[parties >= 3])
    out = {str(name): _PAYROLL.both() for name in _busy(wages, "payer")}
    out |= {str(name): _TREASURY.both() for side in ("payer", "payee") for name in _busy(own, side)}
    few = Text("可见收付不足三笔", "fewer than three payments of it are known").both()
    cut = Text("付款过多，仅分析其中较大者", "too many payments: only the larger ones were looked at").both()
    dark = {str(name): few if number < 3 else cut for name, number in every.items() if name not in seen}
    states = assessed(hits, seen, dark, out)
    best = {name: shape.p for shape in sorted(tried, key=lambda shape: -shape.p) for name in shape.hubs}
    states["p_value"] = [best.get(name) for name in states["subject_id"]]
    return Result(states, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _busy(moved: Any, side: str) -> set[str]:
    counts = moved.group_by(side).agg(n=moved.count())
    return set(counts.filter(counts.n >= 3).select(side).execute()[side])


def _tried(paid: pd.DataFrame, inputs: Inputs) -> list[Shape]:
    """Every shape of every kind, with its p."""
    shuffles = inputs["shuffles"] if len(paid) <= 20_000 else min(inputs["shuffles"], 19)
    least, decay, longest = inputs["min_branches"], inputs["max_decay"], inputs["max_length"]

    def cycles(some: pd.DataFrame) -> list[Shape]:
        brief = _shapes.shapes_of(
            some, lambda index: search.cycles(index, longest=longest, window_days=30, decay=decay), "all"
        )
        return brief + _shapes.shapes_of(
            some, lambda index: search.cycles(index, longest=min(longest, 6), window_days=180, decay=decay), "all"
        )

    window = 180 if len(paid) <= 20_000 else 30

    def scattered(some: pd.DataFrame) -> list[Shape]:
        return _shapes.shapes_of(
            some, lambda index: search.scatter_gathers(index, window_days=window, least=least), "ends"
        )

    def gathered(some: pd.DataFrame) -> list[Shape]:
        return _shapes.shapes_of(some, lambda index: search.gather_scatters(index, window_days=30, least=least), "one")

    def layered(some: pd.DataFrame) -> list[Shape]:
        return _shapes.bipartite(some, 30, least)

    every: list[Shape] = []
    for one in (cycles, scattered):
        every += _shapes.with_chance(paid, one(paid), one, "times", shuffles)
    every += _shapes.stacked(_shapes.with_chance(paid, layered(paid), layered, "times", shuffles), paid)
    once = _once(paid)
    briefly = _shapes.with_chance(once, gathered(once), gathered, "times", shuffles)
    for side in ("in", "out"):

        def fans(some: pd.DataFrame, side: str = side) -> list[Shape]:
            return _shapes.shapes_of(
                some, lambda index: search.fans(index, side, window_days=5, least=inputs["min_fan"]), "one"
            )

        briefly += _shapes.with_chance(once, fans(once), fans, "links", shuffles)
    for item in briefly:
        item.rows = [int(once["place"].iloc[row]) for row in item.rows]
    every += briefly
    return every


def _once(paid: pd.DataFrame) -> pd.DataFrame:
    """Payments between parties that dealt with each other in one month only, less wages; ``place`` as in ``paid``."""
    pairs = paid.groupby(["payer_account", "payee_account"])["paid_at"]
    brief = (pairs.transform("max") - pairs.transform("min")) <= pd.Timedelta(days=31)
    wage = paid["memo"].fillna("").str.lower().str.contains(_WAGES) & (paid["amount"] <= _WAGE_AT_MOST)
    return paid.assign(place=range(len(paid)))[brief & ~wage].reset_index(drop=True)


def _lead(shape: Shape, paid: pd.DataFrame, inputs: Inputs) -> dict[str, Any]:
    rows = paid.iloc[shape.rows]
    everybody = set(rows["payer_account"]) | set(rows["payee_account"])
    accused = set(shape.hubs)
    if shape.name == "scatter-gather":
        accused = everybody
    size = len(rows) / (len(rows) + 8)
    score = _BASE.get(shape.name, 0.3) + 0.4 * size
    days = (rows["paid_at"].max() - rows["paid_at"].min()).total_seconds() / 86_400
    amount = float(rows["amount"].iloc[0]) if shape.name == "cycle" else float(rows["amount"].sum())
    if shape.name in ("scatter-gather", "gather-scatter"):
        amount /= 2  # the same money in and out
    first = str(rows["payment_id"].iloc[0])
    name = NAMES[shape.name]
    return {
        "lead": f"{shape.name}|{first}",
        "subjects": [party(str(one), "party") for one in sorted(accused)]
        + [party(str(one), "context") for one in sorted(everybody - accused)],
        "objects": [thing("payments", str(one)) for one in rows["payment_id"]],
        "kind": "statistical",
        "severity": "yellow" if shape.name in _BASE else "note",
        "value": float(len(rows)),
        "score": score,
        "p_value": shape.p,
        "amount": amount,
        "period_start": rows["paid_at"].min().date(),
        "period_end": rows["paid_at"].max().date(),
        "fence": f"{shape.name}: p <= {inputs['max_p']} against shuffled cities",
        "shape_zh": name.zh,
        "shape_en": name.en,
        "payments": len(rows),
        "parties": len(everybody),
        "days": round(days, 1),
    }


def _counters(lead: str, shape: Shape, paid: pd.DataFrame) -> list[dict[str, str]]:
    memos = paid["memo"].iloc[shape.rows].fillna("")
    said = int((memos != "").sum())
    told = Text(f"{said} 笔有附言，附言由付款人自填", f"{said} payments have a memo, which the payer wrote").both()
    left = Text("已先剔除同一集团之间的付款", "payments within one group were left out before").both()
    paid_for = Text("已先剔除参保职工工资", "wages of insured workers were left out before").both()
    return [
        counter(lead, "treasury", False, left),
        counter(lead, "payroll", False, paid_for),
        counter(lead, "trade", None, told),
    ]


INDICATOR = Indicator(
    id="flow-typologies",
    number=12,
    title=Text("异常资金图形", "Unusual shapes of money"),
    question=Text(
        "私人主体之间的资金是否形成回流、拆分汇集等正常经营少见的图形？",
        "Does money between private parties run in shapes that business seldom makes: in cycles, scattered and "
        "gathered, through layers of many to many?",
    ),
    summary=Text(
        "{party}等{parties}方之间{days}日内的{payments}笔付款构成“{shape_zh}”，涉及{amount:money}。",
        "{payments} payments among {parties} parties ({party}) within {days} days have the shape of a {shape_en}, "
        "{amount:money} in all.",
    ),
    innocent=(
        Innocent(
            "treasury",
            Text("集团资金池、司库归集。", "A group treasury or cash pool."),
            Text(
                "先剔除持股过半的企业之间的付款。", "Payments between firms of one holder (half or more) are left out."
            ),
        ),
        Innocent(
            "payroll",
            Text("代发工资。", "A payroll."),
            Text("先剔除付给参保职工的款项。", "Payments to workers insured by the payer are left out."),
        ),
        Innocent("trade", Text("真实的连环贸易或集中结算。", "Real chains of trade, or a settlement account.")),
    ),
    next_steps=(
        Text("从金额最小的一环查起。", "Walk the hop with the smallest sum first."),
        Text("逐笔核对合同、货物与发票。", "Compare contract, goods and invoice of each payment."),
        Text("查各方开户、设备与实际控制人是否相同。", "Look whether the parties share devices or a controller."),
    ),
    kinds=("statistical",),
    subject="organization",
    needs={"payments": ("paid_at", "payer_account", "payee_account", "amount"), "accounts": ("holder_id",)},
    uses=("organizations", "employments", "ownerships"),
    params=(
        Param("min_amount", 3_000, "CNY", Text("小额属日常生活。", "Smaller sums are everyday life."), 0, 1e9),
        Param("max_decay", 0.15, "fraction", Text("每一环的手续费或佣金。", "A commission at each hop."), 0, 0.9),
        Param("max_length", 10, "payments", Text("更长的闭环难以成立。", "Longer cycles hardly exist."), 3, 10),
        Param("min_branches", 3, "parties", Text("两支以下不成图形。", "Two make no shape."), 2, 100),
        Param("min_fan", 6, "parties", Text("五日内的单独扇形。", "A lone fan within five days."), 3, 1000),
        Param("max_p", 0.05, "probability", Text("全市随机对照。", "Against shuffled cities as a whole."), 1e-6, 0.2),
        Param(
            "shuffles", 39, "cities", Text("对照次数；大城市取 19。", "Shuffled cities; 19 in a large one."), 19, 9999
        ),
        Param(
            "max_payments", 100_000, "payments", Text("更多则只看较大者。", "Of more only the larger."), 100, 10_000_000
        ),
    ),
    references=(
        Reference(
            "Altman et al. (2023), Realistic Synthetic Financial Transactions for Anti-Money Laundering Models",
            "https://doi.org/10.48550/arXiv.2306.16424",
        ),
        Reference(
            "Blanuša et al. (2024), Graph Feature Preprocessor: Real-time Subgraph-based Feature Extraction",
            "https://doi.org/10.1145/3677052.3698674",
        ),
        Reference(
            "Besag and Clifford (1991), Sequential Monte Carlo p-values", "https://doi.org/10.1093/biomet/78.2.301"
        ),
    ),
    value_unit=Text("付款笔数", "number of payments in the shape"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nZ,顾客\n",
            "organizations": "org_id,name,kind\n"
            + "".join(f"{name},公司{name},private\n" for name in ("A", "B", "C", "D", "E", "S", "T")),
            "accounts": "account_id,holder_id\n" + "".join(f"a{name},{name}\n" for name in "ABCDESTZ"),
            # 500,000 leaves A and is back after 4 payments in 3 days, 470,000 of it; S sells to T once a quarter.
            "payments": "payment_id,paid_at,payer_account,payee_account,amount\n"
            "c1,2020-03-01,aA,aB,500000\nc2,2020-03-02,aB,aC,490000\nc3,2020-03-03,aC,aD,480000\n"
            "c4,2020-03-04,aD,aA,470000\n"
            + "".join(
                f"t{n},20{19 + n // 4}-{3 * (n % 4) + 1:02d}-20,a{'ST'[n % 2]},a{'TE'[n % 2]},{9000 + 2300 * n}\n"
                for n in range(12)
            )
            + "z1,2021-05-05,aZ,aE,5200\n",
        },
        flags=frozenset({"A", "B", "C", "D"}),
        leaves=frozenset({"S", "T", "E"}),
        others={"Z": "not_assessable"},
    ),
    compute=_compute,
)
