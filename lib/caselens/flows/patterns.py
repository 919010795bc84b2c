"""What the typology search returns: patterns, and every payment that belongs to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..core.text import Text
from .hubs import HubPolicy, Hubs
from .index import Direction, MoneyIndex

NAMES = {
    "fan-in": Text("集中转入", "fan-in"),
    "fan-out": Text("分散转出", "fan-out"),
    "gather-scatter": Text("集中转入后分散转出", "gather-scatter"),
    "scatter-gather": Text("分散转出后集中转入", "scatter-gather"),
    "cycle": Text("资金回流闭环", "cycle"),
    "round-trip": Text("一来一回", "round trip"),
    "bipartite": Text("多对多转账", "bipartite"),
    "stack": Text("多层多对多转账", "stack"),
    "pass-through": Text("快进快出", "pass-through"),
    "structuring": Text("化整为零", "structuring"),
    "awakening": Text("休眠后突然活跃", "dormant, then active"),
    "random": Text("链式转移", "chain of transfers"),
}


@dataclass(frozen=True)
class Patterns:
    """Patterns found by one or several searches.

    Attributes:
        table: one row a pattern: ``pattern`` (number from 0), ``typology``, ``account`` (code of the hub, the source, or the
            account where a cycle begins), ``begins``, ``ends``, ``payments``, ``accounts``, ``amount_fen`` (sum of its
            payments), ``strength`` (higher = rarer; each search says what it is; comparable within a typology only).
            Strongest first within a typology.
        members: one row a payment of a pattern: ``pattern``, ``row``, ``payer``, ``payee`` (codes), ``paid_at``,
            ``amount_fen``, in order of time within the pattern.
        hubs: accounts that were not looked at, or not passed through, because everybody pays them.
        notes: what was not searched to the end, if anything: an answer is never silently cut.
    """

    table: pd.DataFrame
    members: pd.DataFrame
    hubs: Hubs
    notes: tuple[Text, ...] = ()

    def of(self, pattern: int) -> pd.DataFrame:
        """The payments of one pattern."""
        return self.members[self.members["pattern"] == pattern].reset_index(drop=True)


@dataclass
class Collector:
    """Gathers what a search finds as positions in the index, and makes the tables at the end."""

    index: MoneyIndex
    typologies: list[str] = field(default_factory=list)
    subjects: list[int] = field(default_factory=list)
    strengths: list[float] = field(default_factory=list)
    _parts: list[tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=list)

    def add(self, typology: str, subject: int, strength: float, *sides: tuple[str, np.ndarray]) -> None:
        """One pattern. ``sides``: (``out`` or ``in``, positions in that direction); self-payments are left out."""
        number = len(self.typologies)
        self.typologies.append(typology)
        self.subjects.append(subject)
        self.strengths.append(strength)
        for name, positions in sides:
            side: Direction = self.index.out if name == "out" else self.index.in_
            own = (np.searchsorted(side.offsets, positions, side="right") - 1).astype(np.int32)
            other = side.counterpart[positions]
            keep = own != other
            payer, payee = (own, other) if name == "out" else (other, own)
            at = positions[keep]
            self._parts.append((number, side.row[at], payer[keep], payee[keep], side.time[at], side.amount[at]))

    def done(self, hubs: Hubs, notes: Sequence[Text] = ()) -> Patterns:
        """The tables, strongest first within each typology in the order in which the typologies came."""
        members = pd.DataFrame(
            {
                "pattern": np.repeat([p[0] for p in self._parts], [p[1].size for p in self._parts]).astype(np.int64),
                "row": _joined([p[1] for p in self._parts], np.int64),
                "payer": _joined([p[2] for p in self._parts], np.int32),
                "payee": _joined([p[3] for p in self._parts], np.int32),
                "time": _joined([p[4] for p in self._parts], np.int64),
                "amount_fen": _joined([p[5] for p in self._parts], np.int64),
            }
        ).drop_duplicates(["pattern", "row"])
        return tables(members, self.typologies, self.subjects, self.strengths, hubs, notes)


def tables(
    members: pd.DataFrame,
    typologies: Sequence[str],
    subjects: Sequence[int],
    strengths: Sequence[float],
    hubs: Hubs,
    notes: Sequence[Text],
) -> Patterns:
    """Make :class:`Patterns`; ``members`` has ``time`` in seconds and ``pattern`` numbers into the three sequences."""
    members = members.sort_values(["pattern", "time", "row"], ignore_index=True)
    grouped = members.groupby("pattern")
    touched = pd.concat(
        [members[["pattern", side]].rename(columns={side: "account"}) for side in ("payer", "payee")]
    ).drop_duplicates()
    numbers = pd.RangeIndex(len(typologies))
    first_seen = {name: k for k, name in reversed(list(enumerate(typologies)))}
    table = pd.DataFrame(
        {
            "typology": pd.Series(list(typologies), dtype="str"),
            "account": np.array(subjects, np.int32),
            "begins": pd.to_datetime(grouped["time"].min().reindex(numbers), unit="s"),
            "ends": pd.to_datetime(grouped["time"].max().reindex(numbers), unit="s"),
            "payments": grouped.size().reindex(numbers, fill_value=0).astype(np.int64),
            "accounts": touched.groupby("pattern").size().reindex(numbers, fill_value=0).astype(np.int64),
            "amount_fen": grouped["amount_fen"].sum().reindex(numbers, fill_value=0).astype(np.int64),
            "strength": np.array(strengths, np.float64),
        }
    )
    table["_order"] = table["typology"].map(first_seen)
    table = table.sort_values(["_order", "strength", "begins"], ascending=[True, False, True], kind="stable")
    renumber = np.empty(len(table), np.int64)
    renumber[table.index] = np.arange(len(table))
    table = table.drop(columns="_order").reset_index(drop=True)
    table.insert(0, "pattern", np.arange(len(table)))
    members["pattern"] = renumber[members["pattern"].to_numpy()]
    members = members.sort_values(["pattern", "time", "row"], ignore_index=True)
    members.insert(4, "paid_at", pd.to_datetime(members.pop("time"), unit="s"))
    return Patterns(table, members, hubs, tuple(notes))


def joined(found: Sequence[Patterns], hubs: Hubs | None = None) -> Patterns:
    """Several searches as one; typologies in the order given, hubs those of the first unless given."""
    parts, names, subjects, strengths, shift = [], [], [], [], 0
    for one in found:
        part = one.members.assign(pattern=one.members["pattern"] + shift)
        part["time"] = part.pop("paid_at").to_numpy("datetime64[s]").astype(np.int64)
        parts.append(part)
        names += one.table["typology"].tolist()
        subjects += one.table["account"].tolist()
        strengths += one.table["strength"].tolist()
        shift += len(one.table)
    notes = [note for one in found for note in one.notes]
    return tables(pd.concat(parts), names, subjects, strengths, hubs or found[0].hubs, notes)


def _joined(parts: list[np.ndarray], kind: type) -> np.ndarray:
    return np.concatenate(parts).astype(kind) if parts else np.empty(0, kind)


def no_hubs() -> HubPolicy:
    """A policy under which no account is a hub."""
    return HubPolicy(degree=None, kinds=())
