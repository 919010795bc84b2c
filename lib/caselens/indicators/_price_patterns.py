"""Prices that agree where independent bidders would not: totals, steps, ratios over several tenders, unit prices."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from caselens.bids.regularity import equal_steps, price_unit, steady_ratios
from caselens.indicators._chance import adjusted
from caselens.indicators._declare import Inputs


@dataclass(slots=True)
class Pattern:
    """One pattern: what it is, who bid so, in which tenders (the earliest first), and the rows that show it."""

    what: str
    bidders: tuple[str, ...]
    tenders: tuple[str, ...]
    value: float
    detail: str
    p: float | None = None
    rows: list[tuple[str, str]] = field(default_factory=list)
    round_sum: bool = False
    common: int = 0


def equal_totals(bids: pd.DataFrame) -> list[Pattern]:
    """Bidders of one tender with exactly the same total."""
    fen = bids.assign(fen=(bids["price"] * 100).round().astype("int64"))
    same = fen[fen.duplicated(["tender_id", "fen"], keep=False)]
    found = []
    for (tender, price), group in same.groupby(["tender_id", "fen"]):
        yuan = int(str(price)) / 100
        found.append(
            Pattern(
                "equal", tuple(group["bidder_id"]), (str(tender),), float(len(group)), f"{yuan:,.2f}",
                rows=[("bids", key) for key in group["row_key"]], round_sum=yuan % 10_000 == 0,
            )
        )  # fmt: skip
    return found


def steps(bids: pd.DataFrame, inputs: Inputs) -> tuple[list[Pattern], pd.DataFrame]:
    """Tenders whose bids climb by equal steps, and the chance of every tender that could have shown them."""
    table = equal_steps(bids)
    table["q"] = adjusted(table["p"].to_numpy(dtype=float))
    near = table[table["q"] <= inputs["max_q"]]
    groups = dict(list(bids[bids["tender_id"].isin(near["tender_id"])].groupby("tender_id")))
    found = []
    for row in near.to_dict("records"):
        own = groups[row["tender_id"]].sort_values(["price", "bidder_id"])
        run = own.iloc[row["first"] : row["first"] + row["size"]]
        if row["deviation"] * row["step"] > inputs["tolerance"] * run["price"].mean():
            continue
        found.append(
            Pattern(
                "steps", tuple(run["bidder_id"]), (row["tender_id"],), float(row["size"]), f"{row['step']:,.2f}",
                float(row["p"]), [("bids", key) for key in run["row_key"]],
                round_sum=price_unit(run["price"].to_numpy()) >= 1_000,
            )
        )  # fmt: skip
    return found, table


def ratios(bids: pd.DataFrame, opened: pd.Series, inputs: Inputs) -> list[Pattern]:
    """Pairs of bidders whose prices stand in one ratio in several of their common tenders."""
    table = steady_ratios(bids, least_tenders=inputs["least_tenders"], tolerance=inputs["tolerance"])
    table["q"] = adjusted(table["p"].to_numpy(dtype=float))
    near = table[table["q"] <= inputs["max_q"]]
    keys = bids.set_index(["bidder_id", "tender_id"])["row_key"].sort_index()
    found = []
    for row in near.to_dict("records"):
        pair = (row["bidder_id"], row["other_id"])
        tenders = tuple(sorted(row["tender_ids"], key=lambda tender: (str(opened.get(tender)), tender)))
        rows = [("bids", str(keys.loc[(name, tender)])) for tender in tenders for name in pair]
        ratio = max(row["ratio"], 1 / row["ratio"])
        detail = f"{ratio:.4f}"
        found.append(
            Pattern("ratio", pair, tenders, float(row["tenders"]), detail, float(row["p"]), rows, False, row["common"])
        )
    return found


def same_items(inputs: Inputs) -> list[Pattern]:
    """Pairs of bidders of one tender with the same unit price in at least ``least_share`` of their common items.

    Items that all of at least four bidders price alike have a published price, and are left out.
    """
    if not inputs.has("bid_items", "unit_price"):
        return []
    items = inputs.table("bid_items")
    items = items.filter(items.unit_price.notnull() & (items.unit_price > 0))
    rows = items.select(
        "tender_id", "bidder_id", "item_no", "row_key", fen=(items.unit_price.cast("float64") * 100).round()
    )
    by_item = rows.group_by(["tender_id", "item_no"]).agg(
        bidders=rows.bidder_id.nunique(), prices=rows.fen.nunique(), lines=rows.count()
    )
    open_items = by_item.filter(~((by_item.prices == 1) & (by_item.bidders >= 4)) & (by_item.bidders >= 2))
    priced = rows.semi_join(open_items, ["tender_id", "item_no"])
    other = priced.select(tender_id="tender_id", item_no="item_no", other_id="bidder_id", other_fen="fen")
    both = priced.join(other, ["tender_id", "item_no"])
    both = both.filter(both.bidder_id < both.other_id)
    same = (both.fen == both.other_fen).cast("int64")
    pairs = both.group_by(["tender_id", "bidder_id", "other_id"]).agg(
        items=both.item_no.nunique(), same=same.sum().cast("int64")
    )
    least = int(round(inputs["least_share"] * 10_000))
    hits = pairs.filter((pairs["items"] >= inputs["least_items"]) & (pairs.same * 10_000 >= pairs["items"] * least))
    found = []
    for row in hits.execute().sort_values(["tender_id", "bidder_id", "other_id"]).to_dict("records"):
        pair = (row["bidder_id"], row["other_id"])
        own = priced.filter((priced.tender_id == row["tender_id"]) & priced.bidder_id.isin(pair)).execute()
        alike = own[own.duplicated(["item_no", "fen"], keep=False)].sort_values("row_key")
        found.append(
            Pattern(
                "items", pair, (row["tender_id"],), float(row["same"]), f"{row['same']}/{row['items']}",
                rows=[("bid_items", key) for key in alike["row_key"]],
            )
        )  # fmt: skip
    return found
