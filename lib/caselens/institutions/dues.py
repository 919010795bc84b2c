"""What an institution sells, passes on and charges: disposals, benefits kept back, charges without a listed basis."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ibis
import pandas as pd

from caselens.indicators._benefits import accounts_of, coverage_of_money, covered, passed_on, payouts, receipts
from caselens.indicators._circle import PUBLIC
from caselens.indicators._parties import party_payments
from caselens.institutions._read import framed, inputs_of, names_of, need, rows
from caselens.workspace import Workspace

DISPOSALS = ("disposal_id", "seller_id", "seller", "description", "method", "disposed_on", "book_value",
             "appraised_value", "price", "to_book", "to_appraisal", "bidder_count", "rounds", "buyer", "approval_no",
             "term_months", "currency")  # fmt: skip


def disposals(workspace: Workspace, org_id: str = "") -> pd.DataFrame:
    """One row a disposal, those farthest under their appraisal first; leases last, whose rent is no price.

    Returns:
        the columns of ``asset_disposals`` with ``seller`` and ``buyer`` by name, ``to_book`` (price over book value)
        and ``to_appraisal`` (price over appraised value); both missing for a lease (a rent is not compared with a
        value) and where the value is not on record or nought.

    Raises:
        NotAssessable: nobody delivered disposals.
    """
    need(workspace, asset_disposals=("seller_id", "book_value", "price", "disposed_on"))
    found, names = rows(workspace, "asset_disposals", unit=("seller_id", org_id)), names_of(workspace)
    lease = found["method"].fillna("").str.contains("lease|租", regex=True) | found["term_months"].notna()
    sold = found["price"].mask(lease)
    found = found.assign(
        seller=found["seller_id"].map(names), buyer=found["buyer_id"].map(names).fillna(found["buyer_id"]),
        to_book=sold / found["book_value"].where(found["book_value"] > 0),
        to_appraisal=sold / found["appraised_value"].where(found["appraised_value"] > 0),
    )  # fmt: skip
    order = found.assign(_worst=found[["to_appraisal", "to_book"]].min(axis=1)).sort_values(
        ["_worst", "disposed_on", "disposal_id"], na_position="last", ignore_index=True
    )
    return order[list(DISPOSALS)]


WITHHELD = ("via_id", "via", "payout_id", "beneficiary", "paid_on", "amount", "advanced", "proven", "due", "received",
            "later", "kept", "state")  # fmt: skip


def benefits_withheld(workspace: Workspace, org_id: str = "") -> pd.DataFrame:
    """Work-injury benefits that went through an employer, and what of each reached the worker; most kept back first.

    Returns:
        ``via_id, via`` (who received it first), ``payout_id, beneficiary, paid_on, amount, advanced`` (claimed as paid
        before), ``proven`` (of that, by a transfer on record), ``due`` (amount less what was proven), ``received`` (by
        the worker within ``pass_days``), ``later`` (within a year), ``kept`` (due less both, not below nought),
        ``state``: ``passed_on``, ``late``, ``kept_back`` (the worker's accounts are declared complete for those days),
        ``not_assessable`` (money is missing, but the accounts are not declared complete, so it may have come
        otherwise).

    Raises:
        NotAssessable: nobody delivered payouts.
    """
    need(workspace, benefit_payouts=("beneficiary_id", "via_id", "amount", "paid_on"))
    inputs, names = inputs_of(workspace, "ben-subsidy-and-injury"), names_of(workspace)
    paid = payouts(inputs)
    paid = paid[paid["injury"] & paid["via_id"].notna() & (paid["via_id"] != paid["beneficiary_id"])]
    if org_id:
        paid = paid[paid["via_id"] == org_id]
    money, accounts, covers = receipts(inputs), accounts_of(inputs), coverage_of_money(inputs)
    told: list[dict[str, Any]] = []
    for row in paid.to_dict("records"):
        worker = row["beneficiary_id"]
        got = passed_on(row, money.get((worker, row["via_id"])), inputs["pass_days"])
        due = max(row["amount"] - got["proven"], 0.0)
        kept = max(due - got["received"] - got["later"], 0.0)
        until = row["paid_on"] + pd.Timedelta(days=inputs["pass_days"])
        known = covered(covers, worker, accounts.get(worker, []), row["paid_on"], until)
        slack = inputs["slack_yuan"]
        if kept > slack:
            state = "kept_back" if known else "not_assessable"
        else:
            state = "late" if due - got["received"] > slack else "passed_on"
        told.append({
            "via_id": row["via_id"], "via": names.get(row["via_id"], row["via_id"]), "payout_id": row["payout_id"],
            "beneficiary": names.get(worker, worker), "paid_on": row["paid_on"], "amount": row["amount"],
            "advanced": row["advanced"], "proven": got["proven"], "due": due, "received": got["received"],
            "later": got["later"], "kept": kept, "state": state,
        })  # fmt: skip
    found = framed(told, WITHHELD)
    worst = found["state"].map({"kept_back": 0, "not_assessable": 1, "late": 2, "passed_on": 3})
    return found.assign(_worst=worst).sort_values(
        ["_worst", "kept", "payout_id"], ascending=[True, False, True], ignore_index=True)[list(WITHHELD)]  # fmt: skip


#: What firms owe public bodies by law, as banks print it; a charge outside it and without a paper is to be explained.
LISTED = ("税", "社保", "社会保险", "公积金", "土地出让", "保证金", "诉讼费", "罚款", "罚没", "水费", "电费", "水资源",
          "非税", "财政", "tax", "social", "fund", "deposit", "fine", "转让款", "租金", "退款", "还款")  # fmt: skip
CHARGES = ("org_id", "unit", "memo", "basis", "firms", "payments", "amount", "first_on", "last_on")


def charges(workspace: Workspace, org_id: str = "", *, listed: Iterable[str] = LISTED) -> pd.DataFrame:
    """What private firms paid to public bodies, by unit and memo, and whether a basis for it is listed.

    Args:
        workspace: with ``payments``, ``accounts`` and ``organizations``.
        org_id: one public body, or empty for all.
        listed: words of the published list of charges; a memo that contains one has a listed basis. The default names
            what firms owe by law and is to be replaced by the list in force where the unit is.

    Returns:
        ``org_id, unit, memo`` (as the bank printed it; empty where there was none), ``basis`` (``paper``: the payment
        names a contract, tender, application or other matter; ``listed``; ``none``), ``firms, payments, amount`` (yuan;
        CNY only), ``first_on, last_on``; those without a basis first, by amount. Testimony is left out.

    Raises:
        NotAssessable: payments or the kinds of organizations were not delivered.
    """
    need(workspace, payments=("amount",), accounts=("holder_id",), organizations=("kind",))
    money = party_payments(inputs_of(workspace, "ben-subsidy-and-injury"))
    units = inputs_of(workspace, "fin-cost-and-debt").table("organizations")
    kind = units.kind.fill_null("").strip().lower()
    public = units.filter(kind.isin([*PUBLIC])).select(unit_id="org_id")
    firms = units.filter(kind.isin(["private", "intermediary"])).select(firm_id="org_id")
    if org_id:
        public = public.filter(public.unit_id == org_id)
    wanted = money.filter(~money.is_testimony & (money.currency.fill_null("CNY").upper() == "CNY"))
    joined = wanted.join(public, [("payee", "unit_id")]).join(firms, [("payer", "firm_id")])
    memo = joined.memo.fill_null("").strip()
    told = ibis.or_(ibis.literal(False), *(memo.lower().contains(word.lower()) for word in listed))
    basis = ibis.cases((joined.reference_id.notnull(), "paper"), (told, "listed"), else_="none")
    found = joined.mutate(said=memo, basis=basis).group_by(["unit_id", "said", "basis"]).agg(
        firms=lambda t: t.payer.nunique(), payments=lambda t: t.count(), amount=lambda t: t.yuan.sum(),
        first_on=lambda t: t.paid_on.min(), last_on=lambda t: t.paid_on.max(),
    ).execute()  # fmt: skip
    found = found.rename(columns={"unit_id": "org_id", "said": "memo"})
    found = found.assign(unit=found["org_id"].map(names_of(workspace)),
                         _order=found["basis"].map({"none": 0, "paper": 1, "listed": 2}))  # fmt: skip
    for column in ("first_on", "last_on"):
        found[column] = pd.to_datetime(found[column])
    return found.sort_values(["_order", "amount", "org_id", "memo"], ascending=[True, False, True, True],
                             ignore_index=True)[list(CHARGES)]  # fmt: skip
