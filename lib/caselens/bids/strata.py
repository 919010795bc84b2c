"""Screens read against tenders that were held under the same rule, and never against all tenders at once.

Under an average-price rule or a randomly drawn coefficient honest bidders aim at one figure and cluster: low spread
says nothing there, so such tenders are shown with their values and excluded from the hits by that rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from caselens.bids.screens import screens
from caselens.core.errors import DataError
from caselens.core.text import Text

#: Methods under which honest bids cluster, and why.
CLUSTERING: dict[str, Text] = {
    "average_price": Text(
        "以报价均值为基准价：诚实的投标人也会向均值靠拢，报价集中属正常",
        "the benchmark is the mean of the bids: honest bidders aim at it too, so clustering is normal",
    ),
    "ceiling_random": Text(
        "控制价随机下浮：诚实报价集中在可能的下浮区间内属正常",
        "a drawn coefficient below the ceiling: honest bids cluster where the draw may fall",
    ),
    "fixed_fee": Text("收费标准固定：报价相同属正常", "the fee is set by tariff: equal prices are normal"),
}

#: Which side of the fence speaks for rigging.
SIDE: dict[str, Literal["low", "high"]] = {
    "cv": "low",
    "spd": "low",
    "diffp": "high",
    "rd": "high",
    "rdnor": "high",
    "rdalt": "high",
    "skew": "low",
    "kurt": "high",
    "sub3_cv_min": "low",
    "sub4_cv_min": "low",
    "min_to_ceiling": "high",
}

#: Upper ends of the bands of the number of bids; below three bids no screen of a whole tender is read.
BANDS: tuple[int, ...] = (4, 7, 15)
LEAST_BIDS, LEAST_TENDERS = 3, 8
DATES: tuple[str, ...] = ("published_on", "opened_at", "deadline_at", "awarded_on")


def strata(
    bids: pd.DataFrame, tenders: pd.DataFrame, *, rule_changes: Sequence[str] = (), screened: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Every screen of every tender against the fence of its own stratum.

    A stratum is evaluation method x category x ceiling published or not x band of the number of bids (3-4, 5-7, 8-15,
    16 and more) x period between changes of the rule. The fence is Tukey's (1.5 interquartile ranges beyond the
    quartiles), on the logarithm where the values are positive and skewed by more than 1.

    Args:
        bids: as for ``screens``.
        tenders: ``tender_id``, ``evaluation_method``; where present ``category``, ``ceiling_price`` and a date
            (``published_on``, else ``opened_at``, ``deadline_at``, ``awarded_on``).
        rule_changes: dates (ISO) from which another rule applies to all tenders.
        screened: the result of ``screens(bids)``, where it is there already.

    Returns:
        One row a tender and screen: ``tender_id``, ``screen``, ``value``, ``stratum``, ``stratum_tenders`` (with a
        value), ``on_log``, ``low`` and ``high`` (fences), ``side`` that speaks for rigging, ``p`` (share of the
        stratum at least as far on that side, the tender counted twice: never 0), ``state`` and ``reason``:

        - ``hit``: beyond the fence on that side; ``clean``;
        - ``excluded``: beyond the fence, but honest bids cluster under this evaluation method;
        - ``not_assessable``: ``too_few_bids``, ``undefined``, ``lacks tenders.evaluation_method``,
          ``lacks tenders date``, ``fewer than 8 tenders in stratum``, ``no spread in stratum``.

        Under the methods of ``CLUSTERING`` the reason reads ``honest_bids_cluster`` whatever the value.

    Raises:
        DataError: ``tenders`` lacks ``tender_id`` or names a tender twice.
    """
    table = (screens(bids) if screened is None else screened).set_index("tender_id")
    keys = _keys(table, tenders, rule_changes)
    if "min_to_ceiling" not in table and "ceiling_price" in tenders:
        ceiling = tenders.set_index("tender_id")["ceiling_price"].reindex(table.index).astype(float)
        table = table.assign(min_to_ceiling=table["min_price"] / ceiling.where(ceiling > 0))
    parts = [_one_screen(table, keys, name, side) for name, side in SIDE.items() if name in table]
    return pd.concat(parts, ignore_index=True).sort_values(["tender_id", "screen"], ignore_index=True)


def _keys(table: pd.DataFrame, tenders: pd.DataFrame, rule_changes: Sequence[str]) -> pd.DataFrame:
    """``method``, ``stratum`` and the ``reason`` for which a tender has none, indexed like ``table``."""
    if "tender_id" not in tenders:
        raise DataError("tenders lack tender_id")
    if tenders["tender_id"].duplicated().any():
        raise DataError(f"tenders name {tenders['tender_id'][tenders['tender_id'].duplicated()].iloc[0]!r} twice")
    facts = tenders.set_index("tender_id").reindex(table.index)
    blank = pd.Series(pd.NA, index=table.index, dtype="string")
    method = facts["evaluation_method"].astype("string") if "evaluation_method" in facts else blank
    category = facts["category"].astype("string") if "category" in facts else blank
    has_ceiling = facts["ceiling_price"].notna() if "ceiling_price" in facts else pd.Series(False, index=table.index)
    band = pd.Series(np.searchsorted(BANDS, table["n_bids"]), index=table.index).map(dict(enumerate(_band_names())))
    period, undated = _periods(facts, rule_changes)
    parts = [method.fillna("?"), category.fillna("?"), has_ceiling.map({True: "ceiling", False: "no ceiling"})]
    stratum = pd.Series(" | ".join(part) for part in zip(*parts, band, period, strict=True))
    reason = pd.Series("", index=table.index, dtype=object)
    reason = reason.mask(undated, "lacks tenders date").mask(method.isna(), "lacks tenders.evaluation_method")
    reason = reason.mask(table["n_bids"] < LEAST_BIDS, "too_few_bids")
    return pd.DataFrame({"method": method, "stratum": stratum.to_numpy(), "reason": reason}, index=table.index)


def _band_names() -> list[str]:
    lows = [LEAST_BIDS, *(top + 1 for top in BANDS)]
    return [f"{low}-{top} bids" for low, top in zip(lows, BANDS, strict=False)] + [f"{lows[-1]}+ bids"]


def _periods(facts: pd.DataFrame, rule_changes: Sequence[str]) -> tuple[pd.Series, pd.Series]:
    """How many changes of the rule lie before each tender, as text, and which tenders lack the date for it."""
    none = pd.Series("one rule", index=facts.index)
    if not rule_changes:
        return none, pd.Series(False, index=facts.index)
    changes = pd.to_datetime(sorted(rule_changes))
    date = pd.Series(pd.NaT, index=facts.index)
    for name in DATES:
        if name in facts:
            date = date.fillna(pd.to_datetime(facts[name], errors="coerce"))
    before = pd.Series(np.searchsorted(changes, date, side="right"), index=facts.index)
    return "rule " + (before + 1).astype(str), date.isna()


def _one_screen(table: pd.DataFrame, keys: pd.DataFrame, name: str, side: str) -> pd.DataFrame:
    """The rows of one screen."""
    value = table[name].astype(float)
    out = pd.DataFrame({"tender_id": table.index, "screen": name, "value": value.to_numpy(), "side": side})
    out["stratum"] = keys["stratum"].to_numpy()
    reason = keys["reason"].mask((keys["reason"] == "") & value.isna(), "undefined").to_numpy(object)
    usable = reason == ""
    fences = {key: _fence(group["value"].to_numpy()) for key, group in out[usable].groupby("stratum")}
    columns = ["stratum_tenders", "on_log", "low", "high", "why"]
    found = pd.DataFrame([fences.get(key, (0, False, np.nan, np.nan, "")) for key in out["stratum"]], columns=columns)
    out[columns[:-1]] = found[columns[:-1]]
    reason = np.where(usable & (found["why"] != ""), found["why"], reason)
    beyond = out["value"] < out["low"] if side == "low" else out["value"] > out["high"]
    state = np.where(reason != "", "not_assessable", np.where(beyond, "hit", "clean"))
    honest = keys["method"].isin(list(CLUSTERING)).to_numpy() & (reason == "")
    out["state"] = np.where(honest & (state == "hit"), "excluded", state)
    out["reason"] = np.where(honest, "honest_bids_cluster", reason)
    rank = out["value"].where(reason == "").groupby(out["stratum"]).rank(method="max", ascending=side == "low")
    out["p"] = ((rank + 1) / (out["stratum_tenders"] + 1)).clip(upper=1).where(reason == "")
    order = ["tender_id", "screen", "value", "stratum", "stratum_tenders", "on_log", "low", "high", "side", "p"]
    return out[[*order, "state", "reason"]]


def _fence(values: NDArray[np.float64]) -> tuple[int, bool, float, float, str]:
    """Number of values, whether on the logarithm, lower and upper fence, and why there is none."""
    if len(values) < LEAST_TENDERS:
        return len(values), False, np.nan, np.nan, f"fewer than {LEAST_TENDERS} tenders in stratum"
    on_log = bool(values.min() > 0 and pd.Series(values).skew() > 1)
    scaled = np.log(values) if on_log else values
    lower, upper = np.quantile(scaled, [0.25, 0.75])
    if upper <= lower:
        return len(values), on_log, np.nan, np.nan, "no spread in stratum"
    low, high = lower - 1.5 * (upper - lower), upper + 1.5 * (upper - lower)
    return (
        len(values),
        on_log,
        *((float(np.exp(low)), float(np.exp(high))) if on_log else (float(low), float(high))),
        "",
    )
