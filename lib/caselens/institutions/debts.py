"""Debts of public borrowers: what each financing costs a year, the lines, and what falls due in 12, 6 and 1 months."""

from __future__ import annotations

import pandas as pd

from caselens.indicators._cost import costs, public_borrowers
from caselens.indicators.fin_cost_and_debt import _lines
from caselens.institutions._read import framed, inputs_of, names_of, need, rows, today
from caselens.workspace import Workspace

#: Months of the ladder, the longest first, as the offices keep it.
STEPS = (12, 6, 1)
COSTS = ("borrower_id", "borrower", "financing_id", "kind", "lender", "principal", "currency", "start_date",
         "maturity_date", "rate", "fees", "simple", "irr", "over_line")  # fmt: skip


def financing_costs(workspace: Workspace, org_id: str = "") -> pd.DataFrame:
    """One row a financing of a public borrower: what it costs a year with all fees, the dearest first.

    Returns:
        ``borrower_id, borrower, financing_id, kind, lender, principal`` (in ``currency``), ``start_date, maturity_date,
        rate`` (a year, weighted over changes of the terms), ``fees`` (share of the principal, whole term), ``simple``
        (rate plus fees over the years), ``irr`` (internal rate over the way of repayment; both missing where there are
        fees and no maturity), ``over_line`` (either above the line of ``fin-cost-and-debt``; missing where unknown).

    Raises:
        NotAssessable: nobody delivered financings.
    """
    need(workspace, financings=("borrower_id", "lender_id", "principal", "annual_rate", "start_date"))
    inputs, names = inputs_of(workspace, "fin-cost-and-debt"), names_of(workspace)
    deals = costs(inputs)
    if org_id:
        deals = deals[deals["borrower_id"] == org_id]
    if deals.empty:
        return pd.DataFrame(columns=list(COSTS))
    dearest = deals[["simple", "irr"]].max(axis=1)
    over = (dearest > inputs["cost_line"] + 1e-9).astype("boolean").mask(dearest.isna())
    found = deals.assign(
        borrower=deals["borrower_id"].map(names), lender=deals["lender_id"].map(names).fillna(deals["lender_id"]),
        over_line=over, dearest=dearest,
    )  # fmt: skip
    found = found.sort_values(["dearest", "financing_id"], ascending=[False, True], na_position="last")
    return found[list(COSTS)].reset_index(drop=True)


LINES = ("org_id", "unit", "period_end", "assets", "debts", "ratio", "yellow", "red", "cash", "short", "cover",
         "ratio_line", "cash_line")  # fmt: skip


def debt_lines(workspace: Workspace, org_id: str = "") -> pd.DataFrame:
    """One row a public borrower with statements: its latest one against the red and yellow lines.

    Returns:
        ``org_id, unit, period_end, assets, debts`` (yuan), ``ratio`` (debts over assets), ``yellow, red`` (lines of
        that industry and year, see ``fin-cost-and-debt``), ``cash, short`` (cash, short-term debt), ``cover`` (cash
        over short-term debt; missing where there is none), ``ratio_line`` and ``cash_line``: ``red``, ``yellow`` (the
        ratio only), ``within`` or ``unknown``; the heaviest first.

    Raises:
        NotAssessable: nobody delivered financial statements.
    """
    need(workspace, financial_statements=("org_id", "period_end"), organizations=("org_id",))
    inputs, names = inputs_of(workspace, "fin-cost-and-debt"), names_of(workspace)
    found = _lines(inputs)
    if org_id:
        found = found[found["org_id"] == org_id]
    within = pd.Series("within", found.index)
    ratio = within.mask(found["ratio"] >= found["yellow"], "yellow").mask(found["ratio"] >= found["red"], "red")
    cover = within.mask(found["cover"] < inputs["cash_line"], "red")
    # No short-term debt is covered by any cash; a figure that is not there is not.
    no_debt = found["short"].fillna(-1) == 0
    found = found.assign(
        unit=found["org_id"].map(names), ratio_line=ratio.mask(found["ratio"].isna(), "unknown"),
        cash_line=cover.mask(found["cover"].isna() & ~no_debt, "unknown"),
    )  # fmt: skip
    return found.sort_values(["ratio", "org_id"], ascending=[False, True], na_position="last", ignore_index=True)[
        list(LINES)
    ]


LADDER = ("borrower_id", "borrower", "months", "due", "financings", "cash", "cash_on", "cover")


def debt_ladder(workspace: Workspace, org_id: str = "", *, as_of: object = None) -> pd.DataFrame:
    """What falls due within 12, 6 and 1 months of a day, one row a borrower and step (steps include the shorter ones).

    Args:
        workspace: with ``financings``.
        org_id: one borrower, or empty for all public ones.
        as_of: the day; by default the day of the data. Due on the day itself is not counted, due on the last day of the
            step is.

    Returns:
        ``borrower_id, borrower, months, due`` (yuan of principal; annuities and other repayments by instalment count
        with the whole principal at maturity, which overstates them), ``financings`` (how many), ``cash`` (of the latest
        statement up to the day) with ``cash_on``, ``cover`` (cash over due; missing without cash or debt). Only
        financings in CNY that had begun by the day and are not told as repaid before it.
    """
    due, day = _due(workspace, org_id, as_of), _day(workspace, as_of)
    cash = _cash(workspace, day)
    names, told = names_of(workspace), []
    for borrower, part in due.groupby("borrower_id", sort=True):
        on, held = cash.get(str(borrower), (pd.NaT, float("nan")))
        for months in STEPS:
            inside = part[part["maturity_date"] <= day + pd.DateOffset(months=months)]
            total = float(inside["principal"].sum())
            told.append({
                "borrower_id": borrower, "borrower": names.get(borrower, borrower), "months": months, "due": total,
                "financings": len(inside), "cash": held, "cash_on": on,
                "cover": held / total if total and pd.notna(held) else float("nan"),
            })  # fmt: skip
    found = framed(told, LADDER)
    return found.assign(_total=found.groupby("borrower_id")["due"].transform("max")).sort_values(
        ["_total", "borrower_id", "months"], ascending=[False, True, False], ignore_index=True
    )[list(LADDER)]


def due_list(workspace: Workspace, org_id: str = "", *, as_of: object = None) -> pd.DataFrame:
    """The financings behind the ladder, the soonest first.

    Returns:
        ``borrower_id, borrower, financing_id, kind, lender, principal, maturity_date, days`` (left) and ``step`` (the
        shortest step of the ladder that it is in).
    """
    found, day, names = _due(workspace, org_id, as_of), _day(workspace, as_of), names_of(workspace)
    step = pd.Series(STEPS[0], found.index)
    for months in STEPS[1:]:
        step = step.mask(found["maturity_date"] <= day + pd.DateOffset(months=months), months)
    found = found.assign(
        borrower=found["borrower_id"].map(names), lender=found["lender_id"].map(names).fillna(found["lender_id"]),
        days=(found["maturity_date"] - day).dt.days, step=step,
    )  # fmt: skip
    columns = [
        "borrower_id",
        "borrower",
        "financing_id",
        "kind",
        "lender",
        "principal",
        "maturity_date",
        "days",
        "step",
    ]
    return found.sort_values(["maturity_date", "financing_id"], ignore_index=True)[columns]


def _day(workspace: Workspace, as_of: object) -> pd.Timestamp:
    return today(workspace) if as_of in (None, "") else pd.Timestamp(str(as_of))


def _due(workspace: Workspace, org_id: str, as_of: object) -> pd.DataFrame:
    need(workspace, financings=("borrower_id", "principal", "start_date", "maturity_date"))
    day = _day(workspace, as_of)
    deals = rows(workspace, "financings", "financing_id", "borrower_id", "lender_id", "kind", "principal", "currency",
                 "start_date", "maturity_date", "outcome", unit=("borrower_id", org_id))  # fmt: skip
    if not org_id:
        deals = deals[deals["borrower_id"].isin(public_borrowers(inputs_of(workspace, "fin-cost-and-debt")))]
    repaid = deals["outcome"].fillna("").str.contains("repaid|settled|结清|已还|提前", regex=True)
    mine = (deals["currency"].fillna("CNY").str.upper() == "CNY") & (deals["start_date"] <= day) & ~repaid
    last = day + pd.DateOffset(months=STEPS[0])
    return deals[mine & (deals["maturity_date"] > day) & (deals["maturity_date"] <= last)]


def _cash(workspace: Workspace, day: pd.Timestamp) -> dict[str, tuple[pd.Timestamp, float]]:
    if not workspace.has("financial_statements", "cash"):
        return {}
    told = rows(workspace, "financial_statements", "org_id", "period_end", "cash")
    told = told[(told["period_end"] <= day) & told["cash"].notna()].sort_values("period_end")
    last = told.drop_duplicates("org_id", keep="last")
    return dict(zip(last["org_id"], zip(last["period_end"], last["cash"], strict=True), strict=True))
