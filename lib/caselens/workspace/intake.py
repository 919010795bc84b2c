"""Files into a workspace: copied unchanged, hashed, recognised, read, and every row accounted for."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from caselens.core import progress
from caselens.core.errors import DataError, UsageError
from caselens.readers import READERS
from caselens.readers._declare import Item
from caselens.tables import TABLES
from caselens.workspace.accept import Target, Untrustworthy, accept
from caselens.workspace.catalog import Catalog, Entry
from caselens.workspace.spool import spool
from caselens.workspace.staging import Staged, careful_csv, json_lines, stage_csv, stage_parquet
from caselens.workspace.workbook import sheet_tables, workbook_rows

#: A reader that is less sure than this does not get the file.
CONFIDENCE = 0.5
_IGNORED = {".ds_store", "thumbs.db", "desktop.ini"}


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of the files of one intake.

    ``entries`` are the files taken in now, in order; ``known`` the names of files that were in the workspace already,
    byte for byte. ``failed`` says whether any file was refused or any row quarantined.
    """

    entries: tuple[Entry, ...]
    known: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """True where something in the data has to be looked at."""
        return any(entry.refusal or any(part.quarantined for part in entry.tables) for entry in self.entries)


def files_in(path: Path) -> list[tuple[Path, str]]:
    """The files of a folder (or the one file) with their names relative to it, sorted; hidden ones are passed over.

    Raises:
        UsageError: the path does not exist, or a link in it leads out of it.
    """
    if path.is_file():
        return [(path, path.name)]
    if not path.is_dir():
        raise UsageError(f"there is no file or folder {path}")
    found = []
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path).as_posix()
        if (
            not file.is_file()
            or any(part.startswith(".") for part in Path(name).parts)
            or file.name.lower() in _IGNORED
        ):
            continue
        if not file.resolve().is_relative_to(path.resolve()):
            raise UsageError(f"{name} is a link that leads out of the folder; give the file itself")
        found.append((file, name))
    return found


def canonical_table(name: str) -> str | None:
    """The table a file is named after: its own name, or the folder it lies in (``payments/part-0.parquet``)."""
    path = Path(name)
    for candidate in (path.name.split(".")[0], path.parent.name):
        if candidate.lower() in TABLES:
            return candidate.lower()
    return None


class Taker:
    """Takes files into one workspace over one engine connection.

    Args:
        catalog: of the workspace.
        con: the engine.
        current: gives the relation of a table's rows so far, or "".
        changed: called with the names of the tables that got rows, after each file.
    """

    def __init__(
        self,
        catalog: Catalog,
        con: duckdb.DuckDBPyConnection,
        current: Callable[[str], str],
        changed: Callable[[set[str]], None],
    ) -> None:
        self.catalog, self.con, self.current, self.changed = catalog, con, current, changed

    def take(self, path: Path) -> Intake:
        """Take in a file or every file of a folder."""
        known_hashes = {entry.sha256: entry for entry in self.catalog.entries()}
        number = max((entry.number for entry in known_hashes.values()), default=0)
        names = {entry.source_file for entry in known_hashes.values()}
        entries: list[Entry] = []
        known: list[str] = []
        files = files_in(path)
        for index, (file, name) in enumerate(files, start=1):
            progress.step("intake", index - 1, len(files))
            with tempfile.TemporaryDirectory(dir=self.catalog.folder.root, prefix=".intake-") as temporary:
                copy = Path(temporary) / "raw"
                sha256, lines = copy_and_hash(file, copy)
                if sha256 in known_hashes:
                    known.append(name)
                    continue
                number += 1
                entry = Entry(number, free_name(name, names, sha256), sha256, copy.stat().st_size, "", _now())
                self._take_one(copy, name, entry, lines, Path(temporary))
            known_hashes[sha256] = entry
            names.add(entry.source_file)
            entries.append(entry)
            self.changed({part.table for part in entry.tables})
        progress.step("intake", len(files), len(files))
        return Intake(tuple(entries), tuple(known))

    def _take_one(self, copy: Path, name: str, entry: Entry, lines: int, workdir: Path) -> None:
        raw = self.catalog.folder.raw / entry.source_file
        raw.parent.mkdir(parents=True, exist_ok=True)
        os.replace(copy, raw)
        try:
            self._read(entry, raw, canonical_table(name), lines, workdir)
        except DataError as error:
            entry.tables.clear()
            entry.refusal = "; ".join(str(problem) for problem in error.problems) or str(error)
        self.catalog.write(entry)

    def _read(self, entry: Entry, raw: Path, table: str | None, lines: int, workdir: Path) -> None:
        reader, confidence = best_reader(raw)
        kind = raw.suffix.lower()
        is_canonical = table is not None or (kind in (".xlsx", ".xlsm") and bool(sheet_tables(raw)))
        if is_canonical and (confidence < CONFIDENCE or kind == ".parquet"):
            entry.reader = "canonical"
            self._canonical(entry, raw, table, lines, workdir)
        elif confidence >= CONFIDENCE:
            entry.reader = reader
            self._spooled(entry, raw, READERS[reader].read(raw), workdir)
        else:
            entry.refusal = (
                f"{entry.source_file}: no reader recognises it, and it is not named after a table; it is kept in raw/ "
                "as received. 未能识别此文件,原件保留在 raw/"
            )

    def _canonical(self, entry: Entry, raw: Path, table: str | None, lines: int, workdir: Path) -> None:
        kind = raw.suffix.lower()
        if table and kind in (".csv", ".txt", ".tsv"):
            try:
                self._accept(entry, stage_csv(raw, table, workdir, lines))
            except Untrustworthy:
                self._spooled(entry, raw, careful_csv(raw, table), workdir)
        elif table and kind in (".jsonl", ".ndjson", ".json"):
            self._spooled(entry, raw, json_lines(raw, table), workdir)
        elif table and kind == ".parquet":
            self._accept(entry, stage_parquet(raw, table, self.con))
        elif kind in (".xlsx", ".xlsm"):
            self._spooled(entry, raw, workbook_rows(raw, table), workdir)
        else:
            raise DataError(
                f"{entry.source_file}: {kind or 'a file without ending'} is not read; give CSV, XLSX, Parquet or JSON lines"
            )

    def _spooled(self, entry: Entry, raw: Path, items: Iterator[Item], workdir: Path) -> None:
        staged, notes = spool(raw, items, workdir)
        entry.notes += notes
        for part in staged:
            self._accept(entry, part)

    def _accept(self, entry: Entry, staged: Staged) -> None:
        target = Target(
            entry.source_file,
            self.catalog.parquet(entry, staged.table),
            self.catalog.quarantine(entry, staged.table),
            self.catalog.superseded(entry, staged.table),
            self.current(staged.table),
        )
        accepted, notes = accept(self.con, staged, target)
        entry.tables.append(accepted)
        entry.notes += notes


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def best_reader(raw: Path) -> tuple[str, float]:
    """The reader that is surest of the file, and how sure."""
    sure = {name: reader.recognise(raw) for name, reader in READERS.items()}
    best = max(sure, key=lambda name: sure[name], default="")
    return best, sure.get(best, 0.0)


def copy_and_hash(source: Path, target: Path) -> tuple[str, int]:
    """Copy a file unchanged; gives the SHA-256 and the number of lines of what was written.

    Hashing what was written, not what was read, a file changed meanwhile cannot differ from its hash.
    """
    digest, newlines, last = hashlib.sha256(), 0, b"\n"
    with open(source, "rb") as file, open(target, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as copy:
        while chunk := file.read(1 << 20):
            copy.write(chunk)
            digest.update(chunk)
            newlines += chunk.count(b"\n")
            last = chunk[-1:]
    return digest.hexdigest(), newlines + (last != b"\n")


def free_name(name: str, taken: set[str], sha256: str) -> str:
    """``name``, or with a piece of its hash where another file has that name already."""
    if name not in taken:
        return name
    path = Path(name)
    return path.with_name(f"{path.stem}~{sha256[:8]}{path.suffix}").as_posix()
