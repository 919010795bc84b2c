"""Property of public units sold or let: what it was worth, to whom it went, and how rents compare."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd

from caselens.indicators._circle import PUBLIC, during
from caselens.indicators._declare import Inputs

_LEASE = "lease|rent|租"


def disposals(inputs: Inputs) -> pd.DataFrame:
    """Every disposal with ``lease, ratio`` (of the appraisal, else of the book), ``approved, rent`` and the region."""
    table = inputs.table("asset_disposals")
    units = inputs.table("organizations")
    seller = units.select(unit="org_id", region=units.region.fill_null(""))
    buyer = units.select(taker="org_id", taker_kind=units.kind.fill_null("").lower())
    joined = table.left_join(seller, [("seller_id", "unit")]).left_join(buyer, [("buyer_id", "taker")])
    found = joined.select(
        "disposal_id", "row_key", "seller_id", "buyer_id", "appraiser_id", "disposed_on", "bidder_count", "rounds",
        "term_months", "region", "taker_kind", area=joined.area.cast("float64"),
        approval=joined.approval_no.fill_null("").strip(), method=joined.method.fill_null("").strip().lower(),
        description=joined.description.fill_null(""), book=joined.book_value.cast("float64"),
        appraisal=joined.appraised_value.cast("float64"), price=joined.price.cast("float64"),
        currency=joined.currency.fill_null("CNY").upper(),
    ).execute().sort_values("disposal_id", ignore_index=True)  # fmt: skip
    found["disposed_on"] = pd.to_datetime(found["disposed_on"])
    named = found["method"].str.contains(_LEASE) | found["description"].str.contains(_LEASE)
    found["lease"] = named | ((found["method"] == "") & found["term_months"].notna())
    found["worth"] = found["appraisal"].where(found["appraisal"] > 0).fillna(found["book"].where(found["book"] > 0))
    found["ratio"] = (found["price"] / found["worth"]).round(9)
    found["approved"] = found["approval"] != ""
    found["public"] = found["taker_kind"].isin([*PUBLIC, "state_owned"])
    found["rent"] = (found["price"] / found["area"]).where(found["lease"] & (found["area"] > 0) & (found["price"] > 0))
    found["monthly"] = (found["rent"] / found["term_months"]).where(found["term_months"] > 0)
    return found


def linked_buyers(inputs: Inputs) -> pd.DataFrame:
    """``disposal_id, official_id, rows`` where the buyer is Linked to an official of the seller or above it."""
    sales, posts = inputs.table("asset_disposals"), inputs.table("appointments")
    leads = posts.is_head.fill_null(False) | posts.is_leadership.fill_null(False)
    held = posts.select(
        official="person_id", unit="org_id", leads=leads, begins="start_date",
        ends=(posts.end_date + ibis.interval(months=36)).cast("date"), post_key="row_key",
    )  # fmt: skip
    above = inputs.relation("above").select("unit_id", "upper_id", "level")
    own = sales.select(unit_id="seller_id", upper_id="seller_id", level=ibis.literal(0, "int64")).distinct()
    reach = above.select("unit_id", "upper_id", level=above.level.cast("int64")).union(own, distinct=True)
    joined = sales.select("disposal_id", "seller_id", "buyer_id", "disposed_on").join(reach, [("seller_id", "unit_id")])
    joined = joined.join(held, [("upper_id", "unit")])
    joined = joined.filter(((joined.level == 0) | joined.leads) & (joined.begins <= joined.disposed_on))
    joined = joined.filter(joined.ends.isnull() | (joined.disposed_on <= joined.ends))
    links = inputs.relation("links")
    met = joined.join(links, [("official", "official_id"), ("buyer_id", "party_id")])
    met = met.filter(during(met.disposed_on, met.since, met.until))
    found = met.select("disposal_id", "post_key", "rows", official_id="official").execute()
    return found.assign(order=found["rows"].astype(str)).sort_values(
        ["disposal_id", "official_id", "post_key", "order"]
    )


def low_rents(found: pd.DataFrame, inputs: Inputs) -> tuple[dict[str, float], set[str]]:
    """Leases far below others of the region, as a share of the median there, and leases that cannot be compared."""
    low: dict[str, float] = {}
    alone: set[str] = set()
    for _, part in found[found["lease"]].groupby("region"):
        known = part[part["rent"].notna()]
        alone |= set(part.loc[part["rent"].isna(), "disposal_id"])
        for row in known.itertuples():
            others = known[known["disposal_id"] != row.disposal_id]
            if len(others) < inputs["min_leases"]:
                alone.add(row.disposal_id)
                continue
            shares = []
            for column in ("rent", "monthly"):
                values = np.log(others[column].dropna().to_numpy())
                mine = getattr(row, column)
                if len(values) < inputs["min_leases"] or pd.isna(mine):
                    continue
                first, middle, third = np.quantile(values, [0.25, 0.5, 0.75])
                share = float(np.exp(np.log(mine) - middle))
                is_low = np.log(mine) < first - 1.5 * (third - first) and share <= inputs["low_rent"]
                shares.append(share if is_low else 1.0)
            if shares and max(shares) < 1:
                low[row.disposal_id] = max(shares)
    return low, alone
