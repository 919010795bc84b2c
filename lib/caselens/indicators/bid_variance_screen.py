"""Bids of one tender, or four of them, lie closer together than independent bids of the same kind of tender do.

A stratum is evaluation method x category, at least eight tenders; the number of bids enters exactly (see
``caselens.bids.independence``: logarithms of independent bids, spreads that vary between the tenders of a stratum,
chances brought to the distribution of all tenders). The statistic is the spread of all bids and of the closest four of
more; its p-value accounts for both. A hit needs a coefficient of variation of at most 6 % and a chance within
``sure_p``, or within ``max_p`` at a false-discovery rate within ``max_q``: such chances are the fence. Family: all
tenders with at least three valid bids in such a stratum. Where the rule draws honest bids together (benchmark from the
mean, drawn coefficient, tariff) a tender is excluded. Three bids out of more are not searched for: some three lie close
in one tender of thirty.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselens.bids.independence import closeness
from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, thing
from caselens.indicators._bidding import bidders, bids_of, chance_params, comparable, evidence_of, tenders_of
from caselens.indicators._chance import adjusted, surprise
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result


def _compute(inputs: Inputs) -> Result:
    bids, tenders = bids_of(inputs), tenders_of(inputs)
    strata, unknown, excluded = comparable(bids, tenders)
    table = closeness(bids, strata)
    table["q"] = adjusted(table["p"].to_numpy(dtype=float))
    rare = (table["p"] <= inputs["sure_p"]) | ((table["p"] <= inputs["max_p"]) & (table["q"] <= inputs["max_q"]))
    found = table[rare & (table["group_cv"] <= inputs["max_cv"])]
    facts = tenders.set_index("tender_id")
    rows = {str(t): part for t, part in bids[bids["tender_id"].isin(found["tender_id"])].groupby("tender_id")}
    leads, evidence, counters = [], [], []
    for row in found.to_dict("records"):
        tender, own = facts.loc[row["tender_id"]], rows[row["tender_id"]].sort_values(["price", "bidder_id"])
        close = own.iloc[row["first"] : row["first"] + row["size"]]
        leads.append(_lead(row, tender, own, close))
        evidence += evidence_of(row["tender_id"], tender, own, close["bidder_id"], "close_bid")
        counters += _counters(row, tender, close, inputs["near_ceiling"])
    told = assessed(found["tender_id"], facts.index, unknown, excluded)
    told["p_value"] = told["subject_id"].map(dict(zip(table["tender_id"], table["p"], strict=True)))
    return Result(told, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _lead(row: dict[str, Any], tender: pd.Series, own: pd.DataFrame, close: pd.DataFrame) -> dict[str, Any]:
    accused = list(close["bidder_id"])
    others = [name for name in own["bidder_id"] if name not in accused]
    severity = "red" if row["q"] <= 0.05 else "yellow" if row["p"] <= 0.005 else "note"
    return {
        "lead": row["tender_id"],
        "subjects": [*bidders(accused), *bidders(others, "peer")],
        "objects": [thing("tenders", row["tender_id"])],
        "kind": "statistical",
        "severity": severity,
        "value": row["group_cv"],
        "score": round(surprise(row["p"]), 4),
        "p_value": float(row["p"]),
        "amount": float(own["price"].min()),
        "period_start": tender["opened"],
        "period_end": tender["opened"],
        "fence": f"{row['stratum']}: {row['stratum_tenders']} tenders, typical spread {row['typical']:.1%}; "
        f"q {row['q']:.2g} over all comparable tenders",
        "close": row["size"],
        "bids": row["n_bids"],
        "share": f"{row['group_cv']:.2%}",
        "usual": f"{row['typical']:.1%}",
    }


def _counters(row: dict[str, Any], tender: pd.Series, close: pd.DataFrame, near: float) -> list[dict[str, str]]:
    lead, ceiling = row["tender_id"], tender["ceiling"]
    at_ceiling = None if not ceiling > 0 else bool((close["price"] >= ceiling * (1 - near)).all())
    usual = Text(f"同类项目通常离散 {row['typical']:.1%}", f"usual spread of such tenders {row['typical']:.1%}").both()
    price = Text(f"最高限价 {ceiling:,.2f} 元", f"ceiling {ceiling:,.2f} yuan").both() if ceiling > 0 else ""
    method = Text(f"评标办法 {tender['method']}", f"evaluation method {tender['method']}").both()
    return [
        counter(lead, "average_price", False, method),
        counter(lead, "ceiling", at_ceiling, price),
        counter(lead, "commodity", False, usual),
    ]


def _example() -> dict[str, str]:
    """Nine tenders of one kind with a spread of about 8 %, one of 0.2 %, one under the mean rule, one of two bids."""
    tenders = ["tender_id,buyer_id,method,evaluation_method,category,opened_at"]
    bids = ["tender_id,bidder_id,price"]
    for number in range(9):
        tenders.append(f"T{number},U,open,lowest_evaluated_price,works,2022-0{number + 1}-10T09:00:00")
        width = 0.08 + 0.005 * number
        bids += [f"T{number},B{n},{1_000_000 * (1 + width * step):.2f}"
                 for n, step in enumerate((-1.0, -0.8, 0.1, 0.5, 1.2))]  # fmt: skip
    for name, method in (("CLOSE", "lowest_evaluated_price"), ("MEAN", "average_price")):
        tenders.append(f"{name},U,open,{method},works,2023-01-10T09:00:00")
        bids += [f"{name},B{n},{1_000_000 + 1_700 * n + 90 * n * n}" for n in range(5)]
    tenders.append("TWO,U,open,lowest_evaluated_price,works,2023-02-10T09:00:00")
    bids += ["TWO,B0,1000000", "TWO,B1,1001000"]
    firms = "".join(f"B{n},{name}公司,private\n" for n, name in enumerate("甲乙丙丁戊"))
    return {
        "tenders": "\n".join(tenders) + "\n",
        "bids": "\n".join(bids) + "\n",
        "organizations": "org_id,name,kind\nU,某局,government\n" + firms,
    }


INDICATOR = Indicator(
    id="bid-variance-screen",
    number=31,
    title=Text("报价过于接近", "Bids too close together"),
    question=Text(
        "同一招标中各家(或其中四家)报价，是否比同类项目中相互独立的报价接近得多？",
        "Do the bids of a tender, or four of them, lie much closer together than independent bids of such tenders do?",
    ),
    summary=Text(
        "{bids}家投标中{close}家报价离散系数仅{share}，同类项目通常为{usual}：{bidder}。",
        "{close} of {bids} bids vary by {share} only, where {usual} is usual for such tenders: {bidder}.",
    ),
    innocent=(
        Innocent(
            "average_price",
            Text("以平均价为基准等评标办法使报价自然接近。", "The evaluation method draws honest bids together."),
            Text("查评标办法；属此类的予以排除。", "The method is looked up; such tenders are excluded."),
        ),
        Innocent(
            "ceiling",
            Text("最高限价偏低，各家均贴近限价。", "A tight posted ceiling, and everybody bids just below it."),
            Text("比较各报价与最高限价。", "The bids are compared with the ceiling."),
        ),
        Innocent(
            "commodity",
            Text("价格透明的大宗商品，报价本就接近。", "A commodity with one market price."),
            Text("只与同评标办法、同类别的项目比较。", "Compared with tenders of its own method and category only."),
        ),
        Innocent("same_source", Text("各家向同一供应商询价。", "All asked one supplier for a price.")),
    ),
    next_steps=(
        Text("比对各家报价组成和投标文件。", "Compare the cost breakdowns and files of the bids."),
        Text("查设备、文件、保证金是否同源。", "Look for common devices, files and deposits."),
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
            "max_cv",
            0.06,
            "fraction",
            Text("离散系数超过 6% 的不属过于接近。", "Above 6 % bids are not called close (screens literature)."),
            0.001,
            0.5,
        ),
        *chance_params(0.02, 0.6, 0.005),
        Param(
            "near_ceiling",
            0.02,
            "fraction",
            Text("距最高限价 2% 以内视为贴近。", "Within 2 % of the ceiling is just below it."),
            0.0,
            0.2,
        ),
    ),
    references=(
        Reference("Abrantes-Metz, Froeb, Geweke and Taylor (2006), A variance screen for collusion"),
        Reference(
            "Wallimann, Imhof and Huber (2023), A machine learning approach for flagging incomplete bid-rigging cartels"
        ),
        Reference("潜江, 2024: collusion leads from tenders drawn for checks"),
        Reference("OECD (2025), Guidelines for Fighting Bid Rigging: suspicious pricing patterns"),
    ),
    value_unit=Text("离散系数，越低越接近", "coefficient of variation; lower means closer"),
    engine="kernel",
    # CLOSE: prices 1,000,000 to 1,008,240: mean 1,003,940, deviation about 3,256, CV 0.32 %; T0 to T8 lie at 8 to 12 %.
    example=Example(
        tables=_example(),
        flags=frozenset({"CLOSE"}),
        leaves=frozenset(f"T{n}" for n in range(9)),
        others={"MEAN": "excluded", "TWO": "not_assessable"},
    ),
    compute=_compute,
)
