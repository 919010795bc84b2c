"""Bids of tenders as the bid indicators read them: prices, the rule of evaluation, strata, and the rows behind them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ibis
import pandas as pd

from caselens.bids.independence import LEAST_BIDS, LEAST_TENDERS
from caselens.bids.strata import CLUSTERING
from caselens.core.text import Text
from caselens.indicators._answers import party
from caselens.indicators._declare import Inputs, Param

#: How the evaluation methods under which honest bids cluster are written, beside their codes.
_WRITTEN: tuple[tuple[str, str], ...] = (
    ("average_price", "average|mean of the bids|平均|均值|基准价|合理低价"),
    ("ceiling_random", "random|drawn|随机|下浮|抽取系数"),
    ("fixed_fee", "fixed.?fee|tariff|固定收费|固定费|标准收费|收费标准|费率标准"),
)

FEW_BIDS = Text(f"有效报价少于 {LEAST_BIDS} 个", f"fewer than {LEAST_BIDS} valid bids with a price").both()
FEW_TENDERS = Text(
    f"同评标办法、同类别的项目少于 {LEAST_TENDERS} 个",
    f"fewer than {LEAST_TENDERS} tenders of the same evaluation method and category",
).both()
NO_METHOD = Text("未记录评标办法", "no evaluation method is on record").both()
MIXED = Text("报价币种不一", "the bids are in different currencies").both()
_METHODS = {code: text.both() for code, text in CLUSTERING.items()}


def bids_of(inputs: Inputs) -> pd.DataFrame:
    """Valid bids with a price, one a bidder and tender (the lowest), with ``row_key``; a blank status is valid."""
    bids = inputs.table("bids")
    valid = bids.status.isnull() | bids.status.strip().isin(["", "valid", "有效"])
    kept = bids.filter(valid & (bids.price > 0) & bids.bidder_id.notnull())
    frame = kept.select(
        "tender_id", "bidder_id", "row_key", price=kept.price.cast("float64"), currency=kept.currency.fill_null("CNY"),
        is_winner=kept.is_winner,
    ).execute()  # fmt: skip
    frame = frame.sort_values(["tender_id", "bidder_id", "price", "row_key"])
    return frame.drop_duplicates(["tender_id", "bidder_id"], ignore_index=True)


def tenders_of(inputs: Inputs) -> pd.DataFrame:
    """One row a tender that has bids: ``method`` (code), ``category``, ``ceiling``, ``opened`` (day), ``row_key``."""
    tenders = inputs.table("tenders")
    asked = tenders.semi_join(inputs.table("bids"), ["tender_id"])
    opened = ibis.coalesce(asked.opened_at.cast("date"), asked.deadline_at.cast("date"), asked.awarded_on,
                           asked.published_on)  # fmt: skip
    frame = asked.select(
        "tender_id", "row_key", "buyer_id", "agent_id", "evaluation_method", category=asked.category.strip().lower(),
        ceiling=asked.ceiling_price.cast("float64"), opened=opened,
    ).execute()  # fmt: skip
    frame = frame.sort_values(["tender_id", "row_key"]).drop_duplicates("tender_id", ignore_index=True)
    frame["method"] = method_of(frame["evaluation_method"])
    return frame


def method_of(written: pd.Series) -> pd.Series:
    """The code of an evaluation method written as a code or in words; other words stay as they are, blanks missing."""
    text = written.astype("string").str.strip().str.lower()
    code = text.mask(text == "")
    for known, words in _WRITTEN:
        code = code.mask(text.str.contains(words, regex=True).fillna(False) & ~text.isin(list(CLUSTERING)), known)
    return code


def comparable(bids: pd.DataFrame, tenders: pd.DataFrame) -> tuple[pd.Series, dict[str, str], dict[str, str]]:
    """Stratum of every tender that can be compared, and why the others are not assessable or excluded.

    A stratum is evaluation method x category; the number of bids enters the chances exactly, and a change of the
    evaluation method is a change of the stratum.
    """
    known = tenders.set_index("tender_id")
    number = bids.groupby("tender_id").size().reindex(known.index, fill_value=0)
    excluded = {str(t): _METHODS[m] for t, m in known["method"].items() if m in _METHODS and number[t] >= LEAST_BIDS}
    mixed = bids.groupby("tender_id")["currency"].nunique().reindex(known.index, fill_value=1) > 1
    unknown = dict.fromkeys(known.index[known["method"].isna()], NO_METHOD)
    unknown |= dict.fromkeys(known.index[mixed], MIXED)
    unknown |= dict.fromkeys(known.index[number < LEAST_BIDS], FEW_BIDS)
    usable = known[~known.index.isin([*excluded, *unknown])]
    strata = usable["method"].fillna("?") + " | " + usable["category"].fillna("?")
    size = strata.map(strata.value_counts())
    unknown |= dict.fromkeys(strata.index[size < LEAST_TENDERS], FEW_TENDERS)
    return strata[size >= LEAST_TENDERS], unknown, excluded


def bidders(rows: Iterable[str], role: str = "bidder") -> list[dict[str, Any]]:
    """Subjects of a lead."""
    return [party(name, role) for name in rows]


def evidence_of(
    lead: str, tender: pd.Series, bids: pd.DataFrame, accused: Iterable[str], role: str
) -> list[dict[str, str]]:
    """The tender, the bids that a lead rests on, and the others for comparison."""
    named = set(accused)
    rows = [{"lead": lead, "table": "tenders", "key": tender["row_key"], "role": "tender"}]
    return rows + [
        {"lead": lead, "table": "bids", "key": row.row_key, "role": role if row.bidder_id in named else "other_bid"}
        for row in bids.itertuples()
    ]


LEAST_STRATUM = Text(
    "少于八个同类项目则不评估。", "With fewer than eight tenders of the same kind nothing is compared."
)


def chance_params(max_p: float, max_q: float, sure_p: float) -> tuple[Param, ...]:
    """The bars of chance of a screen."""
    return (
        Param(
            "sure_p", sure_p, "probability",
            Text("偶然概率不高于此即提示。", "At most this chance is told in any case."), 1e-9, 0.05,
        ),
        Param(
            "max_p", max_p, "probability",
            Text("偶然概率上限，须同时满足错误发现率。", "Greatest chance told, together with max_q."), 1e-9, 0.05,
        ),
        Param(
            "max_q", max_q, "fraction",
            Text(
                "全部可比项目的错误发现率上限：再高，多数提示出于偶然。",
                "False-discovery rate over all comparable tenders: above it most would be chance.",
            ),
            0.0001, 0.9,
        ),
    )  # fmt: skip
