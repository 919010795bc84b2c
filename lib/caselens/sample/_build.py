"""Build the invented city and write it."""

from __future__ import annotations

from pathlib import Path

from caselens.core.errors import UsageError
from caselens.core.progress import step
from caselens.sample._city import City
from caselens.sample._truth import Truth, told
from caselens.sample._write import Ids, as_table, write
from caselens.sample.background import (
    case_office,
    decisions,
    evaluation,
    everyday,
    firms,
    people,
    procurement,
    projects,
    public_money,
    purchases,
    statements,
    trade,
    units,
)
from caselens.sample.plants import PLANTS, PlantKind
from caselens.tables import TABLES

_BEFORE = (units, people, firms)
_AFTER = (
    projects,
    procurement,
    purchases,
    evaluation,
    decisions,
    public_money,
    everyday,
    trade,
    case_office,
    statements,
)
_KINDS: tuple[PlantKind, ...] = ("easy", "easy", "hard", "hard", "decoy", "decoy")


def build(
    folder: Path,
    *,
    seed: int = 7,
    people: int = 2000,
    payments: int = 30_000,
    plant: bool = True,
    format: str = "csv",
) -> Truth:
    """Write an invented city: every deliverable table as a file in ``folder``, and ``truth.json``.

    The same arguments give the same bytes. Other numbers grow along: tenders about ``payments`` / 100, people at least
    ``payments`` / 500. Memory is about 300 bytes a payment.

    Args:
        folder: made if it is not there; the tables of an earlier city in it are removed.
        seed: any whole number from 0.
        people: number of people before the plants, at least 500.
        payments: number of payments of background life, at least 5,000; plants come on top.
        plant: ``False`` gives a city in which nothing is planted (false alarms can be counted in it).
        format: ``csv`` or ``parquet``.

    Returns:
        What was planted: easy and hard stories and innocent decoys, in the ids of the files.

    Raises:
        UsageError: an argument outside these bounds.
    """
    if format not in ("csv", "parquet"):
        raise UsageError(f"format must be csv or parquet, got {format!r}")
    if seed < 0 or people < 500 or payments < 5_000:
        raise UsageError(f"seed >= 0, people >= 500, payments >= 5000 wanted, got {seed}, {people}, {payments}")
    city = City(seed, people, payments)
    for part in _BEFORE:
        part.add(city, city.rng(part.__name__))
    if plant:
        _plant(city)
    for number, part in enumerate(_AFTER):
        step("sample", number, len(_AFTER) + 1)
        part.add(city, city.rng(part.__name__))
    return _finish(city, folder, format)


def _plant(city: City) -> None:
    for slug, declared in PLANTS.items():
        for place, kind in enumerate(_KINDS):
            number = _KINDS[:place].count(kind)
            rng = city.rng(slug, kind, number)
            city.stories.append((slug, kind, declared.plant(city, rng, kind, number)))


def _finish(city: City, folder: Path, format: str) -> Truth:
    folder.mkdir(parents=True, exist_ok=True)
    ids = Ids(city)
    truth = Truth(city.seed, [told(slug, kind, planted, ids) for slug, kind, planted in city.stories])
    for table in TABLES.values():
        for suffix in ("csv", "parquet"):  # else an earlier city's table would be read beside the new one
            (folder / f"{table.id}.{suffix}").unlink(missing_ok=True)
        built = None if table.written_by_workbench else as_table(city, table, ids)
        if built is not None:
            write(folder, table.id, built, format)
        city.rows.pop(table.id, None)
        city.blocks.pop(table.id, None)
    (folder / "truth.json").write_text(truth.as_json(), encoding="utf-8")
    step("sample", len(_AFTER) + 1, len(_AFTER) + 1)
    return truth
