"""What a planted story is, and what it leaves behind for the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample._city import City

PlantKind = Literal["easy", "hard", "decoy"]


@dataclass(frozen=True, slots=True)
class Planted:
    """What one call planted.

    Attributes:
        subjects: handles of persons and organizations with the role they play.
        objects: handles of the rows the story is about (payment, tender, project, contract …).
        amount: yuan at stake, or ``None`` where the story has no amount.
        rows: handles of the rows that show it; of a table with a composite key the table's name and the row.
        why: for easy and hard what happened; for a decoy why it is innocent.
    """

    subjects: tuple[tuple[int, str], ...]
    objects: tuple[int, ...]
    amount: float | None
    rows: tuple[int | tuple[str, dict[str, Any]], ...]
    why: Text


@dataclass(frozen=True, slots=True)
class Plant:
    """One kind of story. ``id`` is the slug of the question it is an answer to.

    ``plant(city, rng, kind, number)`` adds the rows of the ``number``-th story (from 0) of a kind. An easy one shows
    plainly; a hard one is split, delayed, or hidden behind one more party; a decoy looks alike and is innocent.
    """

    id: str
    plant: Callable[[City, Generator, PlantKind, int], Planted]
