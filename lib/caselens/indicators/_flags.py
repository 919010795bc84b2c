"""Plain facts of a tender, its bids and its contract, and which rules and signs they meet."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from caselens.indicators._declare import Inputs

_PRICE_ONLY = "lowest|最低"
_DEBTOR = "debtor|失信|被执行|限制高消费|欠税|tax"
#: Signs that are weighed, never a lead alone: what share of a stratum shows each is its weight.
SIGNS = ("R012", "R018", "R031", "R035", "R038", "R060", "R061")


def facts(inputs: Inputs) -> pd.DataFrame:
    """One row a tender with its bids, winner and contract; what is not on record is missing."""
    tenders = inputs.table("tenders").filter(lambda t: t.status.fill_null("awarded") == "awarded")
    bids = inputs.table("bids").filter(lambda t: t.status.fill_null("valid") != "withdrawn")
    price = bids.price.cast("float64")
    rejected = bids.status.fill_null("valid") == "rejected"
    valid = price.max(where=~rejected)
    each = bids.group_by(of_bids="tender_id").agg(
        bids=bids.count(), rejected=rejected.cast("int64").sum().cast("float64"), lowest=price.min(),
        is_lowest_out=rejected.argmin(price), dearest=valid, lowest_bid=bids.row_key.argmin(price),
    )  # fmt: skip
    winning = bids.filter(bids.is_winner.fill_null(False))
    won = winning.group_by(of_winner="tender_id").agg(
        winner=winning.bidder_id.min(), won_at=winning.submitted_at.max(), won_for=winning.price.cast("float64").min(),
        winning_bid=winning.row_key.min(),
    )  # fmt: skip
    contracts = inputs.table("contracts").filter(lambda t: t.tender_id.notnull() & t.parent_contract_id.isnull())
    signed = contracts.group_by(of_contract="tender_id").agg(
        contract=contracts.row_key.argmin(contracts.signed_on), signed_on=contracts.signed_on.min(),
        agreed=contracts.amount.cast("float64").sum(), contracts=contracts.count(),
        unpublished=contracts.published_on.isnull().cast("int64").sum().cast("float64"),
        unpublished_contract=contracts.row_key.min(where=contracts.published_on.isnull()),
        seller=contracts.supplier_id.min(),
    )  # fmt: skip
    joined = tenders.left_join(each, [("tender_id", "of_bids")]).left_join(won, [("tender_id", "of_winner")])
    joined = joined.left_join(signed, [("tender_id", "of_contract")])
    frame = joined.select(
        "tender_id", "row_key", "method", "planned_method", "category", "evaluation_method", "deadline_at",
        "awarded_on",
        "bids", "rejected", "lowest", "is_lowest_out", "dearest", "lowest_bid", "won_at", "won_for", "winning_bid",
        "contract", "signed_on", "agreed", "contracts", "unpublished", "unpublished_contract", buyer="buyer_id",
        ceiling=joined.ceiling_price.cast("float64"), winner=ibis.coalesce(joined.winner, joined.seller),
        noticed=joined.published_on, closed=ibis.coalesce(joined.deadline_at, joined.opened_at).cast("date"),
        day=ibis.coalesce(joined.awarded_on, joined.opened_at.cast("date"), joined.published_on),
    ).execute()  # fmt: skip
    for name in ("noticed", "closed", "day", "signed_on", "awarded_on", "deadline_at", "won_at"):
        frame[name] = pd.to_datetime(frame[name])
    for name in ("bids", "rejected", "contracts", "unpublished"):
        frame[name] = frame[name].astype("float64")
    return frame.drop_duplicates("tender_id").sort_values("tender_id", ignore_index=True)


def by_price(told: pd.DataFrame) -> pd.Series:
    """Whether price alone decides, or the dearest valid bid won: then rejecting the lowest is hard to explain."""
    evaluation = told["evaluation_method"].fillna("lowest").str.lower()
    dearest = (told["won_for"] >= told["dearest"]) & (told["bids"] - told["rejected"] >= 2)
    return evaluation.str.contains(_PRICE_ONLY) | dearest.fillna(False)


def breaches(inputs: Inputs, told: pd.DataFrame) -> pd.DataFrame:
    """Columns of booleans by rule, indexed like ``told``; false where a rule cannot be put."""
    days = (told["closed"] - told["noticed"]).dt.days
    is_open = told["method"].fillna("").str.lower().isin(["open", "公开招标", "公开"])
    out = told["is_lowest_out"].fillna(False).astype(bool) & (told["bids"] >= 2) & told["won_for"].notna()
    return pd.DataFrame({
        "R003": is_open & (days < inputs["min_days"]) & (days >= 0),
        "R030": told["won_at"] > told["deadline_at"],
        "R036": out,
        "R046": _debarred(inputs, told),
        "R063": (told["unpublished"] > 0) & _published_due(inputs, told),
    }).fillna(False).astype(bool)  # fmt: skip


def _debarred(inputs: Inputs, told: pd.DataFrame) -> pd.Series:
    """Whether the winner was on a list, other than of debtors, on the day of the award."""
    if not inputs.has("watchlist"):
        return pd.Series(False, index=told.index)
    rows = listings(inputs).merge(told[["winner", "day"]].reset_index(), left_on="entity_id", right_on="winner")
    now = rows[(rows["listed_on"] <= rows["day"]) & (rows["day"] <= rows["until"])]
    return pd.Series(told.index.isin(now["index"]), index=told.index)


def listings(inputs: Inputs) -> pd.DataFrame:
    """``entity_id, listed_on, until, row_key`` of the lists that concern tenders."""
    rows = inputs.table("watchlist").select("entity_id", "reason", "listed_on", "until", "row_key").execute()
    rows = rows[~rows["reason"].fillna("").str.lower().str.contains(_DEBTOR)]
    until = pd.to_datetime(rows["until"]).fillna(pd.Timestamp("2200-01-01"))
    return rows.assign(listed_on=pd.to_datetime(rows["listed_on"]), until=until)


def _published_due(inputs: Inputs, told: pd.DataFrame) -> pd.Series:
    """Whether the register of contracts is declared complete for the buyer on the day of signing, and time is up."""
    due = told["signed_on"] + pd.Timedelta(days=inputs["publish_days"]) < pd.Timestamp(inputs.as_of)
    # A register that has no day of publication at all is no register of unpublished contracts.
    if not inputs.has("coverage") or not inputs.has("contracts", "published_on"):
        return pd.Series(False, index=told.index)
    rows: ir.Table = inputs.table("coverage")
    spans = rows.filter((rows.table == "contracts") & rows.is_complete).execute()
    covered = np.zeros(len(told), dtype=bool)
    for row in spans.to_dict("records"):
        inside = told["signed_on"].between(pd.Timestamp(row["period_start"]), pd.Timestamp(row["period_end"]))
        covered |= (inside & (pd.isna(row["scope"]) | (told["buyer"] == row["scope"]))).to_numpy()
    return due & covered


def signs(inputs: Inputs, told: pd.DataFrame) -> pd.DataFrame:
    """Columns of booleans by sign, indexed like ``told``."""
    planned = told["planned_method"].fillna(told["method"]).str.lower()
    lag = (told["signed_on"] - told["awarded_on"]).dt.days
    off = (told["agreed"] - told["won_for"]).abs() / told["won_for"]
    left = told["bids"] - told["rejected"]
    return pd.DataFrame({
        "R012": (planned == "open") & (told["method"].str.lower() != "open"),
        "R018": told["bids"] == 1,
        "R031": told["won_for"] >= inputs["near_ceiling"] * told["ceiling"],
        "R035": (told["bids"] >= 2) & (left == 1),
        "R038": (told["bids"] >= 3) & (left > 1) & (told["rejected"] * 2 >= told["bids"]),
        "R060": lag > inputs["sign_days"],
        "R061": (off > inputs["max_off"]) & (told["contracts"] == 1),
    }).fillna(False).astype(bool)  # fmt: skip


def weights(told: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """The weight of each sign for each tender: -log10 of its share, (k + 1) / (n + 2), among tenders of its method."""
    stratum = told["method"].fillna("?")
    size = stratum.groupby(stratum).transform("size")
    rate = pd.DataFrame({name: (shown[name].groupby(stratum).transform("sum") + 1) / (size + 2) for name in shown})
    return -np.log10(rate) * shown
