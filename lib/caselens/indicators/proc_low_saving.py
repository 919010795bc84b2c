"""An award that saves next to nothing against its ceiling, where tenders of its kind save much more.

Saving is one less the award over the ceiling (the budget where no ceiling is on record). It is compared within the
finest stratum of at least eight tenders: competitive or not and evaluation method always, then category and band of
the number of bids (1, 2, 3-4, 5-7, more), one of the two, or neither. A lead needs a saving of at most 2 %, below the
Tukey fence of its stratum (first quartile less 1.5 interquartile ranges; of the logarithms where savings are so wide
that the plain fence lies below zero, where nothing could ever fall), and p < 0.05. A price above the ceiling by
half and more is a matter of units, and not assessable. Where the fee is set by tariff nothing can be saved: excluded.

Null: the tender is one of its stratum. The statistic is the distance below the median of the others, in robust standard
deviations of their lower half ((median - first quartile) / 0.6745). Its chance is the rank among the statistics of all
tenders of the city; beyond two deviations the share found there times the tail of Student's t, where that is smaller,
with (n - 1) / 5 degrees of freedom, what a spread taken from one quartile is worth.
"""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pandas as pd
from scipy.stats import rankdata, t

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._chance import surprise
from caselens.indicators._circle import missing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result

#: Robust standard deviations below the median from which the tail is fitted.
_BEYOND = -2.0
#: What a spread from one quartile is worth of one from all values, for normal ones: a fifth of the observations.
_EFFICIENCY = 0.2
_TARIFF = "fixed_fee|固定|定额|tariff"
_FEE = Text("收费按标准固定，无节资可言", "the fee is set by tariff: nothing can be saved")
_NO_PRICE = Text("缺少控制价或中标价", "no ceiling or no award on record")
_UNITS = Text("中标价高于控制价一半以上，疑为单位不一致", "the award exceeds the ceiling by half: units seem to differ")
_FEW = Text("同类项目不足八个", "fewer than eight tenders of its kind")
_SAME = Text("同类项目节资率无差异", "tenders of its kind all save the same")


def _tenders(inputs: Inputs) -> pd.DataFrame:
    """Awarded tenders with ``saving``, ``kind`` of what it is measured against, winner, and rows."""
    tenders = inputs.table("tenders").filter(lambda t: t.status.fill_null("awarded") == "awarded")
    bids = inputs.table("bids").filter(lambda t: t.status.fill_null("valid") != "withdrawn")
    count = bids.group_by(of_bids="tender_id").agg(bids=bids.count())
    won = bids.filter(bids.is_winner.fill_null(False))
    won = won.group_by(of_winner="tender_id").agg(
        won_by=won.bidder_id.min(), price=won.price.cast("float64").sum(), bid=won.row_key.min()
    )
    contracts = inputs.table("contracts").filter(lambda t: t.tender_id.notnull() & t.parent_contract_id.isnull())
    signed = contracts.group_by(of_contract="tender_id").agg(
        sold_by=contracts.supplier_id.min(),
        agreed=contracts.amount.cast("float64").sum(),
        contract=contracts.row_key.min(),
    )
    joined = tenders.left_join(count, [("tender_id", "of_bids")]).left_join(won, [("tender_id", "of_winner")])
    joined = joined.left_join(signed, [("tender_id", "of_contract")])
    told = joined.select(
        "tender_id", "row_key", "method", "category", "evaluation_method", "bids", "bid", "contract", "agreed",
        buyer="buyer_id", winner=ibis.coalesce(joined.won_by, joined.sold_by),
        award=ibis.coalesce(joined.price, joined.agreed), from_bid=joined.price.notnull(),
        ceiling=ibis.coalesce(joined.ceiling_price, joined.budget).cast("float64"),
        has_ceiling=joined.ceiling_price.notnull(),
        on=ibis.coalesce(joined.awarded_on, joined.opened_at.cast("date"), joined.published_on),
    ).execute()  # fmt: skip
    told = told.drop_duplicates("tender_id").sort_values("tender_id", ignore_index=True)
    usable = (told["ceiling"] > 0) & (told["award"] > 0)
    return told.assign(saving=(1 - told["award"] / told["ceiling"]).where(usable))


def _keys(told: pd.DataFrame) -> list[pd.Series]:
    """Strata from fine to coarse."""
    names = ["open", "invited", "公开招标", "邀请招标"]
    competitive = told["method"].fillna("?").str.lower().isin(names).map({True: "open", False: "other"})
    against = told["has_ceiling"].map({True: "ceiling", False: "budget"})
    base = competitive + " | " + told["evaluation_method"].fillna("?").str.lower() + " | " + against
    edges, labels = [-1, 0, 1, 2, 4, 7, np.inf], ["?", "1", "2", "3-4", "5-7", "8+"]
    band = pd.cut(told["bids"].fillna(0), edges, labels=labels).astype(str) + " bids"
    category = told["category"].fillna("?").str.strip().str.lower()
    return [base + " | " + category + " | " + band, base + " | " + category, base + " | " + band, base]


def _judged(told: pd.DataFrame, least: int) -> pd.DataFrame:
    """``told`` with ``stratum`` ("" where none is large enough), ``n, median, fence, z`` and ``p_value``."""
    told = told.assign(stratum="", n=0, median=np.nan, fence=np.nan, z=np.nan)
    for key in _keys(told):
        for name, part in told.groupby(key):
            mine = part.index[told.loc[part.index, "stratum"] == ""]
            if len(part) < least or not len(mine):
                continue
            ordered = np.sort(part["saving"].to_numpy(dtype=float))
            q1, q2, q3 = np.quantile(ordered, [0.25, 0.5, 0.75])
            told.loc[mine, ["n", "median", "fence"]] = [len(part), q2, _fence(ordered, q1, q3)]
            told.loc[mine, "stratum"] = str(name)
            told.loc[mine, "z"] = [_distance(value, ordered) for value in told.loc[mine, "saving"]]
    known = told["z"].notna()
    z = told.loc[known, "z"].to_numpy()
    by_rank = rankdata(z) / (len(z) + 1)
    freedom = np.maximum(_EFFICIENCY * (told.loc[known, "n"].to_numpy(dtype=float) - 1), 1)
    beyond = (np.sum(z < _BEYOND) + 1) / (len(z) + 1)
    tail = beyond * t.cdf(z, freedom) / t.cdf(_BEYOND, freedom)
    told.loc[known, "p_value"] = np.where(z < _BEYOND, np.minimum(by_rank, tail), by_rank)
    return told


def _fence(ordered: np.ndarray, q1: float, q3: float) -> float:
    """Tukey's lower fence; of the logarithms of what was saved at all where the plain one says nothing."""
    plain = q1 - 1.5 * (q3 - q1)
    if plain > 0 or q1 <= 0:
        return float(plain)
    low, high = np.quantile(np.log(ordered[ordered > 0]), [0.25, 0.75])
    return float(np.exp(low - 1.5 * (high - low)))


def _distance(value: float, ordered: np.ndarray) -> float:
    """How far a saving lies from the median of the others, in robust standard deviations of their lower half."""
    # Among hundreds one more or less moves no quartile.
    others = np.delete(ordered, np.searchsorted(ordered, value)) if len(ordered) <= 500 else ordered
    low, middle = np.quantile(others, [0.25, 0.5])
    return float((value - middle) * 0.6745 / (middle - low)) if middle > low else float("nan")


def _compute(inputs: Inputs) -> Result:
    every = _tenders(inputs)
    excluded = dict.fromkeys(
        every.loc[every["evaluation_method"].fillna("").str.lower().str.contains(_TARIFF), "tender_id"], _FEE.both()
    )
    dark = dict.fromkeys(every.loc[every["saving"].isna(), "tender_id"], _NO_PRICE.both())
    dark |= dict.fromkeys(every.loc[every["saving"] <= -0.5, "tender_id"], _UNITS.both())
    told = every[~every["tender_id"].isin([*excluded, *dark])].reset_index(drop=True)
    told = _judged(told, inputs["min_tenders"])
    dark |= dict.fromkeys(told.loc[told["stratum"] == "", "tender_id"], _FEW.both())
    dark |= dict.fromkeys(told.loc[(told["stratum"] != "") & told["z"].isna(), "tender_id"], _SAME.both())
    low = (
        (told["saving"] <= inputs["max_saving"] + 1e-9)
        & (told["saving"] < told["fence"])
        & (told["p_value"] < inputs["max_p"])
    )
    found = told[low]
    leads, evidence, counters = [], [], []
    for row in found.to_dict("records"):
        lead = row["tender_id"]
        leads.append(_lead(row, inputs))
        rows = [("tenders", row["row_key"], "tender")]
        rows += [(name, row[key], "award") for name, key in (("bids", "bid"), ("contracts", "contract"))
                 if not missing(row[key])]  # fmt: skip
        evidence += [{"lead": lead, "table": table, "key": key, "role": role} for table, key, role in rows]
        note = Text(f"同类 {row['n']:.0f} 个项目节资中位数为 {row['median']:.1%}",
                    f"{row['n']:.0f} tenders of its kind saved {row['median']:.1%} (median)").both()  # fmt: skip
        counters += [counter(lead, "tight_estimate", False, note), counter(lead, "rising_prices", None)]
    out = assessed(found["tender_id"], told["tender_id"], dark, excluded)
    chances = dict(zip(told["tender_id"], told["p_value"], strict=True))
    out["p_value"] = [chances.get(name) for name in out["subject_id"]]
    return Result(out, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _lead(row: dict[str, Any], inputs: Inputs) -> dict[str, Any]:
    saving, p = float(row["saving"]), float(row["p_value"])
    near = 1 - max(saving, 0.0) / inputs["max_saving"] if inputs["max_saving"] else 1.0
    winner = [] if missing(row["winner"]) else [party(row["winner"], "winner")]
    on = None if missing(row["on"]) else pd.Timestamp(row["on"]).date()
    return {
        "lead": row["tender_id"],
        "subjects": [party(row["buyer"], "buyer"), *winner],
        "objects": [thing("tenders", row["tender_id"])],
        "kind": "statistical",
        "severity": "red" if saving <= 0.005 else "yellow",
        "value": saving,
        "score": round(0.35 + 0.25 * near + 0.3 * surprise(p), 4),
        "p_value": p,
        "amount": float(row["award"]),
        "period_start": on,
        "period_end": on,
        "fence": f"saving <= {inputs['max_saving']:.0%} and below {row['fence']:.1%}, Tukey's fence of {row['n']:.0f} "
        f"tenders ({row['stratum']}), median {row['median']:.1%}",
        "saved": f"{saving:.2%}",
        "usual": f"{row['median']:.1%}",
    }


INDICATOR = Indicator(
    id="proc-low-saving",
    number=41,
    title=Text("节资率异常低", "Almost no saving"),
    question=Text(
        "中标价相对控制价的节资率，是否远低于同类项目？",
        "Does an award save far less against its ceiling than tenders of its kind do?",
    ),
    summary=Text(
        "{buyer}的采购由{winner}中标，节资率仅 {saved}，同类中位数为 {usual}。",
        "The award of {buyer} to {winner} saved only {saved}; {usual} is usual for its kind.",
    ),
    innocent=(
        Innocent(
            "tight_estimate",
            Text("控制价编得紧。", "The ceiling was tight."),
            Text("同类项目普遍节资低的，不在界外。", "Where its kind saves little too, it lies within the fence."),
        ),
        Innocent("rising_prices", Text("材料涨价。", "Prices had risen.")),
    ),
    next_steps=(
        Text("查控制价由谁编制、审核，是否泄露。", "See who made and checked the ceiling, and who knew it."),
        Text("比较各投标人报价构成（见报价离散指标）。", "Compare the bids (see the screens of bids)."),
        Text("查其后的工程变更与结算。", "Look at later changes and the final account."),
    ),
    kinds=("statistical",),
    subject="tender",
    needs={"tenders": ("tender_id", "buyer_id", "method"), "bids": ("tender_id", "bidder_id", "price", "is_winner")},
    uses=("contracts",),
    params=(
        Param("max_saving", 0.02, "share", Text("节资不超过百分之二。", "Two percent is next to nothing."), 0, 0.2),
        Param("min_tenders", 8, "tenders", Text("少于八个无法比较。", "With fewer nothing to compare."), 8, 1000),
        Param("max_p", 0.05, "probability", Text("偶然概率上限。", "Chance at most this."), 0.0001, 0.2),
    ),
    references=(
        Reference("株洲, 2024: 22.16 % saved on average over 549 projects, 48.45 % in one case"),
        Reference("OCP (2024), Red Flags in Public Procurement: R031 winning bid very close to the estimate"),
        Reference("Tukey (1977), Exploratory Data Analysis, on fences"),
    ),
    value_unit=Text("节资率，越低越异常", "share saved; lower is stranger"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name\nB,局\nF,公司\n",
            # Ten tenders save 18 to 27 %: quartiles near 20 and 25 %, fence near 12 %. LOW saves 0.4 %, LESS 13 %.
            "tenders": "tender_id,buyer_id,method,category,evaluation_method,ceiling_price,awarded_on\n"
            + "".join(f"H{i},B,open,市政,comprehensive,1000000,2020-0{i % 9 + 1}-05\n" for i in range(10))
            + "LOW,B,open,市政,comprehensive,1000000,2020-05-05\nLESS,B,open,市政,comprehensive,1000000,2020-05-05\n"
            "FEE,B,open,监理,fixed_fee,1000000,2020-05-05\nNOCAP,B,open,市政,comprehensive,,2020-05-05\n",
            "bids": "tender_id,bidder_id,price,is_winner\n"
            + "".join(f"H{i},F,{820000 - 10000 * i},true\n" for i in range(10))
            + "LOW,F,996000,true\nLESS,F,870000,true\nFEE,F,1000000,true\nNOCAP,F,996000,true\n",
        },
        flags=frozenset({"LOW"}),
        leaves=frozenset({"LESS", *(f"H{i}" for i in range(10))}),
        others={"FEE": "excluded", "NOCAP": "not_assessable"},
    ),
    compute=_compute,
)
