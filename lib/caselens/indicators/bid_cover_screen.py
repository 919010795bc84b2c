"""The losing bids of a tender huddle together, far above the lowest one.

Conditions, all of them: RD > 1, RDALT > 1, SKEW < 0 (as ``caselens.bids.screens`` defines them), a first gap (DIFFP)
above the fence of its stratum (evaluation method x category, at least eight tenders), and a chance of so wide a gap
within ``sure_p``. Null of the chance: logarithms of independent bids, brought to the distribution of all tenders (see
``caselens.bids.independence``); family: all tenders with at least three valid bids in such a stratum. The fence of
DIFFP is its median: honest first gaps are so wide that one huddle of covers rarely passes Tukey's fence on DIFFP alone;
what is rare is a wide gap *and* a huddle, and that is what the chance measures. A lowest bid below a third of the next
may be a price in another unit: excluded until that is ruled out. Where the lowest bid is known not to have won, nobody
covered for it.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselens.bids.independence import first_gap
from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, thing
from caselens.indicators._bidding import bidders, bids_of, comparable, evidence_of, tenders_of
from caselens.indicators._chance import adjusted, surprise
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result

_UNIT = Text(
    "最低报价不足次低价的三分之一，未排除单价与总价混填等计价单位差错",
    "the lowest bid is below a third of the next: a price in another unit is not ruled out",
).both()


def _compute(inputs: Inputs) -> Result:
    bids, tenders = bids_of(inputs), tenders_of(inputs)
    strata, unknown, excluded = comparable(bids, tenders)
    table = first_gap(bids, strata)
    table["q"] = adjusted(table["p"].to_numpy(dtype=float))
    low = bids.sort_values(["tender_id", "price", "bidder_id"]).drop_duplicates("tender_id").set_index("tender_id")
    won = bids["is_winner"].fillna(False).astype(bool).groupby(bids["tender_id"]).any()
    lowest_won = low["is_winner"].fillna(False).astype(bool) | ~won
    huddle = table[
        (table["rd"] > 1)
        & (table["rdalt"] > 1)
        & (table["skew"] < 0)
        & (table["diffp_rank"] >= inputs["min_gap_rank"])
        & (table["p"] <= inputs["sure_p"])
        & table["tender_id"].map(lowest_won).astype(bool)
    ]
    unit = huddle["diffp"] > inputs["unit_ratio"] - 1
    excluded |= dict.fromkeys(huddle.loc[unit, "tender_id"], _UNIT)
    found = huddle[~unit]
    facts = tenders.set_index("tender_id")
    rows = {str(t): part for t, part in bids[bids["tender_id"].isin(found["tender_id"])].groupby("tender_id")}
    usual = _usual_gaps(low, table, set(found["tender_id"].map(low["bidder_id"])))
    leads, evidence, counters = [], [], []
    for row in found.to_dict("records"):
        tender, own = facts.loc[row["tender_id"]], rows[row["tender_id"]].sort_values(["price", "bidder_id"])
        leads.append(_lead(row, tender, own))
        evidence += evidence_of(row["tender_id"], tender, own, own["bidder_id"], "bid")
        counters += _counters(row, usual.get(str(own["bidder_id"].iloc[0])), inputs["least_others"])
    told = assessed(found["tender_id"], facts.index, unknown, excluded)
    told["p_value"] = told["subject_id"].map(dict(zip(table["tender_id"], table["p"], strict=True)))
    return Result(told, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _usual_gaps(low: pd.DataFrame, table: pd.DataFrame, firms: set[str]) -> dict[str, dict[str, float]]:
    """Tender -> first gap, for every tender in which one of ``firms`` bid lowest."""
    gaps = table.assign(firm=table["tender_id"].map(low["bidder_id"]))
    gaps = gaps[gaps["firm"].isin(firms)]
    return {str(firm): dict(zip(part["tender_id"], part["diffp"], strict=True)) for firm, part in gaps.groupby("firm")}


def _lead(row: dict[str, Any], tender: pd.Series, own: pd.DataFrame) -> dict[str, Any]:
    firms = list(own["bidder_id"])
    losers = own["price"].iloc[1:]
    spread = float(losers.max() / losers.min() - 1)
    return {
        "lead": row["tender_id"],
        "subjects": [*bidders(firms[:1], "lowest"), *bidders(firms[1:], "loser")],
        "objects": [thing("tenders", row["tender_id"])],
        "kind": "statistical",
        "severity": "red" if row["q"] <= 0.05 else "yellow" if row["p"] <= 0.001 else "note",
        "value": row["rd"] if row["rd"] != float("inf") else 1e6,
        "score": round(surprise(row["p"]), 4),
        "p_value": float(row["p"]),
        "amount": float(own["price"].iloc[0]),
        "period_start": tender["opened"],
        "period_end": tender["opened"],
        "fence": f"{row['stratum']}: {row['stratum_tenders']} tenders; first gap above {row['diffp_rank']:.0%} of them;"
        f" RDALT {row['rdalt']:.3g}, skewness {row['skew']:.2f}; q {row['q']:.2g}",
        "gap": f"{row['diffp']:.1%}",
        "spread": f"{spread:.1%}",
        "losers": len(losers),
    }


def _counters(row: dict[str, Any], gaps: dict[str, float] | None, least: int) -> list[dict[str, str]]:
    lead = row["tender_id"]
    others = [gap for tender, gap in (gaps or {}).items() if tender != lead]
    as_low = [gap for gap in others if gap >= row["diffp"] / 2]
    cheap = None if len(others) < least else len(as_low) >= len(others) / 2
    note = Text(
        f"该企业另有 {len(others)} 次报价最低，其中 {len(as_low)} 次领先幅度达本次一半以上",
        f"it bid lowest in {len(others)} other tenders, {len(as_low)} of them by at least half of this gap",
    ).both()
    ratio = Text(
        f"次低价为最低价的 {1 + row['diffp']:.2f} 倍", f"the next bid is {1 + row['diffp']:.2f} times it"
    ).both()
    return [counter(lead, "efficient", cheap, note), counter(lead, "unit_error", False, ratio)]


def _example() -> dict[str, str]:
    """Nine honest tenders; COVER: losers within 1.2 %, 14 % above the lowest; UNIT: a price in another unit."""
    tenders = ["tender_id,buyer_id,method,evaluation_method,category,opened_at"]
    bids = ["tender_id,bidder_id,price,is_winner"]
    for number in range(9):
        tenders.append(f"T{number},U,open,lowest_evaluated_price,works,2022-0{number + 1}-10T09:00:00")
        prices = [1_000_000 * (1 + (0.08 + 0.005 * number) * step) for step in (-1.0, -0.8, 0.1, 0.5, 1.2)]
        bids += [f"T{number},B{n},{price:.2f},{str(n == 0).lower()}" for n, price in enumerate(prices)]
    last = {
        "COVER": (840_000, 961_000, 963_000, 964_500, 965_200),
        "UNIT": (8_400, 961_000, 963_000, 964_500, 965_200),
        "TWO": (840_000, 961_000),
    }
    for name, given in last.items():
        tenders.append(f"{name},U,open,lowest_evaluated_price,works,2023-01-10T09:00:00")
        bids += [f"{name},B{n},{price},{str(n == 0).lower()}" for n, price in enumerate(given)]
    firms = "".join(f"B{n},{name}公司,private\n" for n, name in enumerate("甲乙丙丁戊"))
    return {
        "tenders": "\n".join(tenders) + "\n",
        "bids": "\n".join(bids) + "\n",
        "organizations": "org_id,name,kind\nU,某局,government\n" + firms,
    }


INDICATOR = Indicator(
    id="bid-cover-screen",
    number=32,
    title=Text("落标报价扎堆", "Losing bids huddle"),
    question=Text(
        "落标各家报价是否紧挨在一起，并与最低价拉开明显差距？",
        "Do the losing bids of a tender huddle together, far above the lowest one?",
    ),
    summary=Text(
        "{losers}家落标报价相差仅{spread}，比最低价高{gap}：最低{lowest}，其余{loser}。",
        "{losers} losing bids lie within {spread} of each other and {gap} above the lowest: {lowest} before {loser}.",
    ),
    innocent=(
        Innocent(
            "efficient",
            Text("该企业成本确有优势。", "One bidder really is cheaper."),
            Text(
                "查其在其他项目报价最低时的领先幅度。",
                "Its lead is looked up in other tenders in which it bid lowest.",
            ),
        ),
        Innocent(
            "unit_error",
            Text("报价单位差错，如把单价填作总价。", "A price in another unit, such as a unit price for a total."),
            Text("比较最低价与次低价；不足三分之一的予以排除。", "Below a third of the next bid it is excluded."),
        ),
        Innocent(
            "two_markets", Text("本地与外地企业成本结构不同。", "Local bidders and one from outside with other costs.")
        ),
    ),
    next_steps=(
        Text("比对落标各家的报价组成，看是否同一底稿。", "Compare the losers' cost breakdowns: one draft?"),
        Text("查落标企业事后是否获得分包或付款。", "See whether losers later got subcontracts or money."),
        Text("查这几家以往同场及中标情况。", "Look at earlier tenders of the same bidders and who won."),
    ),
    kinds=("statistical",),
    subject="tender",
    needs={
        "bids": ("tender_id", "bidder_id", "price"),
        "tenders": ("tender_id", "evaluation_method"),
    },
    params=(
        Param(
            "sure_p",
            0.005,
            "probability",
            Text("偶然出现如此差距的概率上限。", "Greatest chance of such a gap that is told."),
            1e-9,
            0.05,
        ),
        Param(
            "min_gap_rank",
            0.5,
            "fraction",
            Text("领先幅度须大于半数同类项目。", "The gap is wider than in half of such tenders."),
            0.0,
            1.0,
        ),
        Param(
            "unit_ratio",
            3,
            "times",
            Text("相差数倍的，先排除计价单位差错。", "Several times the price points to another unit first."),
            1.5,
            1000,
        ),
        Param(
            "least_others",
            3,
            "tenders",
            Text("其他项目过少，看不出成本优势。", "With fewer other tenders no advantage can be seen."),
            1,
            100,
        ),
    ),
    references=(
        Reference("Imhof, Karagök and Rutz (2018), Screening for bid rigging: does it work?"),
        Reference(
            "Huber and Imhof (2019), Machine learning with screens for detecting bid-rigging cartels",
            "https://doi.org/10.1016/j.ijindorg.2019.04.002",
        ),
        Reference("OCP (2024), Red Flags in Public Procurement: R024, R058"),
    ),
    value_unit=Text("差距与落标报价离散之比，越高越可疑", "gap over the spread of the losing bids; higher means rarer"),
    engine="kernel",
    # COVER: gap 121,000; losers' deviation about 1,860, so RD about 65; T0 to T8: gap 0.2, losers' deviation 0.84 (of
    # the width), RD 0.24. UNIT: the next bid is 114 times the lowest.
    example=Example(
        tables=_example(),
        flags=frozenset({"COVER"}),
        leaves=frozenset(f"T{n}" for n in range(9)),
        others={"UNIT": "excluded", "TWO": "not_assessable"},
    ),
    compute=_compute,
)
