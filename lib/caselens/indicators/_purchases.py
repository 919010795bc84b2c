"""Purchases by contract as one sees them when asking whether one was cut into several: who, from whom, since when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import ibis
import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from caselens.core.errors import UsageError
from caselens.core.text import Text
from caselens.indicators._declare import Inputs

#: Methods that are competition by tender.
TENDERED = ("open", "invited")
#: Why a contract cannot be a part of a cut purchase, in both languages.
CALL_OFF = Text("框架合同项下订单或分包", "call-off or subcontract under another contract").both()
_COMPETED = Text("经招标", "competitively tendered").both()
_NO_METHOD = Text("其招标方式无记录", "the method of its tender is not on record").both()
#: A rule in force counts as one about purchases where its text is empty or matches.
_PURCHASING = "采购|招标|招投标|比选|购买|purchas|procure|tender"
_ROWS = "array<struct<table: string, key: string>>"


def purchases(inputs: Inputs) -> pd.DataFrame:
    """One row a contract: ``key, row_key, buyer, supplier, fen, signed_on, category, title, handler, request, project,
    deliverable, foreign, out``; ``out`` is why it cannot be a part of a cut purchase, or "".
    """
    contracts = inputs.table("contracts")
    tenders = (
        inputs.table("tenders").select(known_tender="tender_id", tender_method="method").distinct(on="known_tender")
    )
    joined = contracts.left_join(tenders, [("tender_id", "known_tender")])
    method = ibis.coalesce(joined.method, joined.tender_method)
    competed = joined.method.isin(TENDERED).fill_null(False) | joined.tender_method.isin(TENDERED).fill_null(False)
    out = ibis.cases(
        (joined.parent_contract_id.notnull(), CALL_OFF),
        (competed, _COMPETED),
        (joined.tender_id.notnull() & method.isnull(), _NO_METHOD),
        else_="",
    )
    rows = joined.select(
        key="contract_id", row_key="row_key", buyer="buyer_id", supplier="supplier_id",
        fen=(joined.amount.cast("float64") * 100).round().cast("int64"), signed_on="signed_on", category="category",
        title="title", handler="handler_id", request="request_no", project="project_id", deliverable="deliverable",
        foreign=joined.currency.notnull() & (joined.currency.upper() != "CNY"), out=out,
    )  # fmt: skip
    frame = rows.filter(rows.fen > 0).execute().sort_values(["buyer", "signed_on", "key"]).reset_index(drop=True)
    for column in ("category", "title", "handler", "request", "project", "deliverable"):
        frame[column] = frame[column].astype(object).where(frame[column].notna(), "")
    frame["category"] = frame["category"].str.strip().str.lower()
    frame["day"] = (pd.to_datetime(frame["signed_on"]) - pd.Timestamp(0)).dt.days
    frame["year"] = pd.to_datetime(frame["signed_on"]).dt.year
    return frame


def rule_days(inputs: Inputs) -> pd.DataFrame:
    """``unit_id, since, rows``: from when a purchasing rule was in force at each unit, by its own or a unit above's event.

    The earliest event counts. Units without any are absent.
    """
    events = inputs.table("unit_events")
    about = events.text.isnull() | events.text.lower().re_search(_PURCHASING)
    rules = events.filter((events.kind == "rule_in_force") & about)
    rules = rules.select(rule_unit="org_id", since="happened_on", event="row_key")
    # A unit that nobody listed among the organizations still has its own rule.
    own = rules.select(unit_id="rule_unit", upper_id="rule_unit").distinct()
    own = own.mutate(rows=ibis.literal([], _ROWS))
    up = inputs.relation("above").select("unit_id", "upper_id", "rows").union(own)
    joined = rules.join(up, [("rule_unit", "upper_id")])
    frame = joined.select("unit_id", "since", "event", "rows").execute()
    frame["depth"] = frame["rows"].map(len)
    frame = frame.sort_values(["unit_id", "since", "depth", "event"]).drop_duplicates("unit_id")
    event = [{"table": "unit_events", "key": key} for key in frame["event"]]
    frame["rows"] = [[first, *map(dict, rest)] for first, rest in zip(event, frame["rows"], strict=True)]
    return frame.drop(columns=["event", "depth"])


def parse_day(text: str, name: str) -> date | None:
    """An ISO date given as a parameter; empty means none.

    Raises:
        UsageError: it is no date.
    """
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(f"{name} must be a date as 2019-03-01, got {text!r}") from error


class _Stake(NamedTuple):
    """A firm somebody held or ran, from when to when."""

    org_id: str
    since: date | None
    until: date | None
    rows: list[dict[str, str]]


_Pair = tuple[str, str, str, list[dict[str, str]]]


def supplier_links(inputs: Inputs, suppliers: Iterable[str]) -> pd.DataFrame:
    """Pairs of firms in one hand: ``a, b, how, rows``; a shared holder or manager, one holding the other, one contact.

    People who hold or run more firms than ``max_hub`` (a state holding, a registration agent) and numbers or addresses
    of more firms than ``max_shared_contact`` link nobody.
    """
    wanted = set(suppliers)
    control = inputs.relation("control")
    control = control.filter(control.org_id.isin(sorted(wanted)))
    held = control.select("person_id", "org_id", "since", "until", "rows").execute()
    pairs: list[_Pair] = []
    for person, group in held.groupby("person_id", sort=True):
        stakes = [
            _Stake(r["org_id"], r["since"], r["until"], [*map(dict, r["rows"])]) for r in group.to_dict("records")
        ]
        if group["org_id"].nunique() <= inputs["max_hub"]:
            pairs += _common(str(person), stakes)
        if person in wanted:
            pairs += [(str(person), stake.org_id, "holds", stake.rows) for stake in stakes]
    units = inputs.table("organizations")
    found = units.filter(units.org_id.isin(sorted(wanted))).select("org_id", "row_key", "phone", "address").execute()
    for column in ("phone", "address"):
        for _, group in found[found[column].str.len() >= 5].groupby(column, sort=True):
            keys = dict(zip(group["org_id"], group["row_key"], strict=True))
            if 2 <= len(keys) <= inputs["max_shared_contact"]:
                first, *others = sorted(keys)
                rows = {name: {"table": "organizations", "key": key} for name, key in keys.items()}
                pairs += [(first, other, f"same_{column}", [rows[first], rows[other]]) for other in others]
    return pd.DataFrame(pairs, columns=["a", "b", "how", "rows"])


def _common(person: str, held: Sequence[_Stake]) -> list[_Pair]:
    """Pairs of firms that one party held or ran at the same time."""
    pairs = []
    for place, one in enumerate(held):
        for other in held[place + 1 :]:
            if one.org_id != other.org_id and _meet(one, other):
                pairs.append((one.org_id, other.org_id, f"shared_person:{person}", [*one.rows, *other.rows]))
    return pairs


def _meet(one: _Stake, other: _Stake) -> bool:
    def before(start: date | None, end: date | None) -> bool:
        return pd.isna(start) or pd.isna(end) or bool(pd.Timestamp(start) <= pd.Timestamp(end))

    return before(one.since, other.until) and before(other.since, one.until)


def groups(names: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each name with the smallest name of its connected group."""
    root = {name: name for name in names}

    def find(name: str) -> str:
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    for a, b in pairs:
        if a in root and b in root:
            low, high = sorted((find(a), find(b)))
            root[high] = low
    return {name: find(name) for name in root}


def alike(rows: pd.DataFrame, similarity: float) -> np.ndarray:
    """A number for each row: rows with the same category, or with titles at least ``similarity`` alike, share it.

    Likeness is the normalized indel similarity of rapidfuzz; it is passed on from row to row. A row with neither
    category nor title stands alone.
    """
    marks = [f"c{row.category}" if row.category else f"t{row.title}" if row.title else f"k{row.key}"
             for row in rows.itertuples()]  # fmt: skip
    first: dict[str, str] = {}
    for mark, title in zip(marks, rows["title"], strict=True):
        if title:
            first.setdefault(title, mark)
    titles = list(first)
    pairs = [(first[title], mark) for mark, title in zip(marks, rows["title"], strict=True) if title]
    if len(titles) > 1:
        scores = process.cdist(titles, titles, scorer=fuzz.ratio, score_cutoff=similarity * 100 - 1e-9)
        pairs += [(first[titles[i]], first[titles[j]]) for i, j in zip(*np.nonzero(scores), strict=True) if i < j]
    found = groups(set(marks), pairs)
    return pd.factorize(np.array([found[mark] for mark in marks], dtype=object))[0]


def windows(rows: pd.DataFrame, line_fen: int, days: int, least: int) -> set[int]:
    """Index labels of the rows in any run of at least ``least`` purchases within ``days`` whose sum reaches the line.

    ``rows`` are in order of time, each below the line and of one kind, group and requester; a run stays in one budget
    year. O(n) a year.
    """
    found: set[int] = set()
    for _, part in rows.groupby("year", sort=False):
        day, fen, labels = part["day"].to_numpy(), part["fen"].to_numpy(), part.index.to_numpy()
        total = np.concatenate([[0], np.cumsum(fen)])
        ends = np.searchsorted(day, day + days, side="right")
        for start, end in enumerate(ends):
            if end - start >= least and total[end] - total[start] >= line_fen:
                found.update(int(label) for label in labels[start:end])
    return found
