"""Financing deals of public borrowers: who arranged them, who stood behind them, and what chance would give."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ibis
import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import poisson

from caselens.indicators._chance import rng_of
from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments
from caselens.indicators._service import PAYERS

#: What makes a hub telling, each with the rows that say so.
Marks = dict[str, list[tuple[str, str]]]
#: Who, the deals, the marks, persons with their roles in a lead, and a p-value where it is statistical.
Hub = tuple[str, pd.DataFrame, Marks, dict[str, str], float | None]
#: Besag and Clifford (1991): stop when this many draws reached the observed value.
_ENOUGH = 20
_MIN_PEERS = 8
_INTEREST = "利息|本金|还本|还款|付息|interest|principal|repay"
_LICENCE = "承销|证券|债券|金融|保荐|评级|担保|银行|经纪|underwrit|securit|financ|bank|bond|broker"
#: A way of selection in which several were compared.
COMPARED = "比选|招标|公开|竞争|遴选|询价|磋商|compar|tender|competit|open|select"
_FINANCE = ("finance_contact", "财务联系人", "财务负责人")
#: Columns of ``deals`` that name a person behind a deal, and the role in a lead.
PEOPLE = {"contact": "lender_contact", "handler": "official", "finance": "finance_contact"}


def deals(inputs: Inputs) -> pd.DataFrame:
    """One row a financing of a public borrower: ``deal, row_key, borrower, lender, arranger, contact, handler, finance,
    compared, start, amount``; ``finance`` is a set of finance contacts of the borrower.

    Where no arranger is recorded, it is who the borrower paid for that financing (by reference), if not the lender.
    """
    units = inputs.table("organizations")
    public = units.filter(units.kind.lower().isin(PAYERS)).select(public_id="org_id").distinct()
    loans = inputs.table("financings").semi_join(public, [("borrower_id", "public_id")])
    found = loans.select(
        "row_key", deal="financing_id", borrower="borrower_id", lender="lender_id", arranger="arranger_id",
        contact="lender_contact_id", handler="handler_id", compared="selection_method", start="start_date",
        amount=loans.principal.cast("float64"), fees=loans.fees.cast("float64"),
    ).execute()  # fmt: skip
    found = found.sort_values(["start", "deal"], ignore_index=True)
    found["start"] = pd.to_datetime(found["start"]).dt.date
    payees = _fee_payees(inputs, found)
    found["arranger"] = found["arranger"].where(found["arranger"].notna(), found["deal"].map(payees))
    posts = inputs.table("directorships").filter(lambda t: t.role.isin(_FINANCE))
    people = posts.select("org_id", "person_id").distinct().execute().groupby("org_id")["person_id"].agg(frozenset)
    return found.assign(finance=[people.get(name, frozenset()) for name in found["borrower"]])


def _fee_payees(inputs: Inputs, found: pd.DataFrame) -> dict[str, str]:
    """Deal -> who got most of what its borrower paid, by reference, to others than the lender."""
    if not inputs.has("payments", "reference_id") or found.empty:
        return {}
    wanted = ibis.memtable(found[["deal", "borrower", "lender"]].astype("string"))
    money = party_payments(inputs)
    paid = money.join(wanted, [("reference_id", "deal"), ("payer", "borrower")])
    memo = paid.memo.fill_null("").lower()
    summed = paid.filter((paid.payee != paid.lender) & ~memo.re_search(_INTEREST))
    rows = summed.group_by(of="reference_id", payee="payee").agg(total=summed.yuan.sum()).execute()
    rows = rows.sort_values(["of", "total", "payee"], ascending=[True, False, True]).drop_duplicates("of")
    return dict(zip(rows["of"], rows["payee"], strict=True))


def posts_of(inputs: Inputs, people: list[str], mine: pd.DataFrame) -> list[tuple[str, str]]:
    """Rows that make ``people`` finance contacts of the borrowers of these deals."""
    borrowers = sorted(set(mine["borrower"]))
    posts = inputs.table("directorships").filter(
        lambda t: t.role.isin(_FINANCE) & t.person_id.isin(people) & t.org_id.isin(borrowers)
    )
    return [("directorships", str(key)) for key in sorted(posts.select("row_key").execute()["row_key"])]


def licensed(inputs: Inputs, arranged: pd.DataFrame) -> set[str]:
    """Licensed houses (a financial licence, or of that kind) compared with others in 80 % of their deals.

    Where nobody wrote down how it was chosen, a licence is enough for one with a fifth of all deals and five borrowers.
    """
    held = inputs.table("licences").filter(lambda t: t.kind.lower().re_search(_LICENCE))
    holders = set(held.select("org_id").distinct().execute()["org_id"])
    units = inputs.table("organizations").filter(lambda t: t.kind.lower().isin(["financial", "金融机构"]))
    names = holders | set(units.select("org_id").execute()["org_id"])
    found: set[str] = set()
    for name, mine in arranged[arranged["arranger"].isin(names)].groupby("arranger"):
        compared = mine["compared"].fillna("").str.lower().str.contains(COMPARED).mean()
        silent = name in holders and mine["compared"].isna().all()
        large = len(mine) >= 0.2 * len(arranged) and mine["borrower"].nunique() >= 5
        if compared >= 0.8 or (silent and large):
            found.add(str(name))
    return found


def distinct_p(pool: np.ndarray, size: int, observed: int, name: str, most: int, *, ties: bool = True) -> float:
    """P(as many distinct borrowers or more) when ``size`` deals are drawn from ``pool`` (the borrower of each deal).

    Every arranger keeps its number of deals; which ones they are is drawn. Sequential Monte Carlo (Besag and Clifford).
    ``ties=False`` decides ties by lot (seeded by ``name``): uniform by chance where whole numbers would pile up at 1.
    """
    return _drawn(pool, size, lambda some: len(np.unique(some)), observed, name, most, ties=ties)


def shared_p(people: np.ndarray, borrowers: np.ndarray, size: int, observed: int, name: str, most: int) -> float:
    """P(one person stands behind ``observed`` borrowers or more) in ``size`` deals drawn from all.

    Args:
        people: the set of persons of each deal.
        borrowers: the borrower of each deal.
    """

    def value(some: np.ndarray) -> int:
        return max((len(who) for who in behind(people[some], borrowers[some]).values()), default=0)

    return _drawn(np.arange(len(people)), size, value, observed, name, most)


def behind(people: Iterable[frozenset[str]], borrowers: Iterable[str]) -> dict[str, set[str]]:
    """Person -> the distinct borrowers whose deals the person stands behind."""
    found: dict[str, set[str]] = {}
    for some, borrower in zip(people, borrowers, strict=True):
        for person in some:
            found.setdefault(person, set()).add(borrower)
    return found


def _drawn(
    pool: np.ndarray,
    size: int,
    value: Callable[[np.ndarray], int],
    observed: int,
    name: str,
    most: int,
    *,
    ties: bool = True,
) -> float:
    rng, reached = rng_of("deals", name, str(observed)), 0
    least = observed if ties else observed + float(rng.random())
    for made in range(1, most + 1):
        reached += value(rng.choice(pool, size, replace=False)) + (0.0 if ties else float(rng.random())) >= least
        if reached == _ENOUGH:
            return reached / made
    return (reached + 1) / (most + 1)


def manager_p(table: pd.DataFrame, person: str, hubs: Iterable[str]) -> float:
    """P(a manager of a lender stands behind so many borrowers), from the loads of the other managers of the city.

    A manager is only named with a deal, so loads are Poisson given at least one; ``hubs`` (managers found already) are
    no peers. Fewer than eight peers: 1.
    """
    named = table[table["contact"].notna()]
    loads = named.groupby("contact")["borrower"].nunique()
    peers = loads.drop(index=[name for name in {person, *hubs} if name in loads.index])
    if len(peers) < _MIN_PEERS:
        return 1.0
    mean = float(peers.mean())
    if mean <= 1:  # nobody has two: as if every tenth had
        mean = 1 + 0.1 * _MIN_PEERS / len(peers)
    rate = brentq(lambda x: x / -np.expm1(-x) - mean, 1e-9, mean)
    return float(poisson.sf(int(loads[person]) - 1, rate) / -np.expm1(-rate))


def people_of(table: pd.DataFrame, column: str) -> np.ndarray:
    """The set of persons of each deal in ``contact``, ``handler`` or ``finance``."""
    if column == "finance":
        return table["finance"].to_numpy()
    made: np.ndarray[Any, Any] = np.empty(len(table), dtype=object)
    made[:] = [frozenset() if pd.isna(name) else frozenset({str(name)}) for name in table[column]]
    return made
