"""New and changed files: a changed file takes the place of its former version, whose rows no longer count.

Nothing is lost: the former version stays in ``raw/``, its rows in ``accepted/``, its entry in the catalog. Files whose
rows met those of the former version (repeats, conflicts), or meet those of the new one, are judged again from ``raw/``, so
that the rows in force are those that a new workspace would have if it were given the present files in the same order.
Everything that changes with one file comes into force in one rename.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from caselens.core import progress
from caselens.core.text import Text
from caselens.readers._declare import Note
from caselens.readers.statements import Mapping
from caselens.tables import TABLES
from caselens.workspace.catalog import Catalog, Entry
from caselens.workspace.heading import table_of_file
from caselens.workspace.intake import Intake, Taker, files_in
from caselens.workspace.keys import key_parts
from caselens.workspace.raw_copy import look_at
from caselens.workspace.validate import literal, quote


@dataclass(frozen=True, slots=True)
class Replaced:
    """One changed file: its names in the workspace now and before, and how many rows are gone, new, and judged again."""

    source_file: str
    former: str
    gone: int
    new: int


@dataclass(frozen=True, slots=True)
class Renewed(Intake):
    """What became of the files of one renewal.

    ``entries`` holds all that was read: new files, changed ones, and others that had to be judged again (``again``).
    ``absent`` are files that were taken in from this folder before and are no longer in it: their rows stay.
    """

    replaced: tuple[Replaced, ...] = ()
    again: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


class Renewer(Taker):
    """Takes what is new and what has changed in a folder that was taken in before. As :class:`Taker`."""

    def __init__(
        self,
        catalog: Catalog,
        con: duckdb.DuckDBPyConnection,
        current: Callable[[str], str],
        changed: Callable[[set[str]], None],
        mapping: Mapping | None = None,
    ) -> None:
        super().__init__(catalog, con, current, changed, mapping)
        self._replaced: list[Replaced] = []
        self._again: list[str] = []
        self._former: dict[str, list[Entry]] = {}
        self._kept: list[Entry] = []

    def renew(self, path: Path) -> Renewed:
        """Take in the new and changed files of a folder, or one file.

        A file is known by its path; one that lies elsewhere under the same name is another file.

        Raises:
            UsageError: there is nothing at ``path``, or another intake is running.
        """
        files = files_in(path)
        with self.catalog.folder.lock():
            self._begin(path)
            for index, (file, name) in enumerate(files):
                progress.step("intake", index, len(files))
                self._renew_file(file, name)
            here = {f"{self._root}/{name}" for _, name in files}
            absent = self._absent(here) if path.is_dir() else ()
        progress.step("intake", len(files), len(files))
        return Renewed(
            tuple(self._entries),
            tuple(self._known),
            tuple(self._unsettled),
            tuple(self._replaced),
            tuple(self._again),
            absent,
        )

    def _absent(self, here: set[str]) -> tuple[str, ...]:
        inside = [entry for entry in self.catalog.entries() if entry.root == self._root]
        archives = {entry.origin for entry in inside if entry.reader == "zip"}
        members = {entry.origin for entry in inside if any(entry.origin.startswith(f"{name}/") for name in archives)}
        return tuple(sorted({e.given for e in inside if e.origin not in here and e.origin not in members}))

    def _renew_file(self, file: Path, name: str) -> None:
        origin = f"{self._root}/{name}"
        former = [e for e in self.catalog.entries() if e.origin == origin or e.origin.startswith(f"{origin}/")]
        # Hashed where it lies: a file that is here already is not copied to find that out.
        digest = _hash(file) if former else ""
        if not former or (digest in self._hashes and any(entry.sha256 == digest for entry in former)):
            self._take_file(file, name)
            return
        # It may have become the same as another file; its own former version must go all the same.
        self._hashes.discard(digest)
        since, mine = min(entry.order for entry in former), {entry.number for entry in former}
        later = [e for e in self.catalog.entries() if e.order > since and e.number not in mine and e.tables]
        read, told = len(self._entries), len(self._unsettled)
        self._former, self._kept = {}, []
        for entry in former:
            self._former.setdefault(entry.origin, []).append(entry)
        try:
            with self.catalog.together({*mine, *(entry.number for entry in later)}):
                self.changed(set(TABLES))
                self._take_file(file, name)
                if len(self._unsettled) == told:
                    taken = self._entries[read:]
                    self._withdraw(taken)
                    self._judge_again([*self._kept, *later], taken, {part.table for e in former for part in e.tables})
        finally:
            self._former = {}
            self._hashes = {entry.sha256 for entry in self.catalog.entries() if not self._mapping or entry.tables}
            self.changed(set(TABLES))

    def _take_file(self, file: Path, name: str, inside: bool = False) -> None:
        known = len(self._known)
        super()._take_file(file, name, inside)
        if inside and len(self._known) > known:
            # A member that has not changed, under this name or another one, goes on counting.
            digest = _hash(file)
            self._keep(entry for entry in self._all_former() if entry.sha256 == digest)

    def _all_former(self) -> list[Entry]:
        return [entry for versions in self._former.values() for entry in versions]

    def _keep(self, entries: Iterable[Entry]) -> None:
        """These go on counting."""
        for entry in entries:
            self.catalog.show(entry.number)
            self._kept.append(entry)

    def _fill(self, entry: Entry, read: Callable[[Path], None] | None) -> None:
        former = self._former.get(entry.origin, [])
        if self._former:
            entry.place = min(item.order for item in former) if former else max(e.order for e in self._all_former())
        super()._fill(entry, read)
        if former and _is_unread(entry) and any(part.accepted for item in former for part in item.tables):
            # A file that cannot be read does not say that its rows are gone.
            self._keep(former)
            zh, en = "新版无法读取，此前版本继续有效", "the new version cannot be read; the former one goes on counting"
            entry.notes.append(Note(Text(zh, en)))
            return
        entry.replaces = [item.number for item in former]
        for item in former:
            gone, new = self._difference(item, entry)
            self._replaced.append(Replaced(entry.source_file, item.source_file, gone, new))
            zh = f"取代此前版本 {item.source_file}:{gone} 行不再有效,{new} 行新增;旧版原件保留在 raw/"
            en = f"takes the place of {item.source_file}: {gone} rows are gone, {new} are new; the former file stays in raw/"
            entry.notes.append(Note(Text(zh, en), kind="info"))

    def _withdraw(self, taken: list[Entry]) -> None:
        """Members that a changed archive no longer has go with it; those of one that cannot be read stay."""
        replaced = {number for entry in taken for number in entry.replaces}
        kept = {entry.number for entry in self._kept}
        rest = [e for e in self._all_former() if e.number not in replaced and e.number not in kept]
        if not rest or not taken:
            return
        if all(_is_unread(entry) for entry in taken):
            self._keep(rest)
            return
        taken[-1].replaces += [entry.number for entry in rest]
        for entry in rest:
            gone = sum(part.accepted for part in entry.tables)
            self._replaced.append(Replaced(taken[-1].source_file, entry.source_file, gone, 0))

    def _judge_again(self, others: Iterable[Entry], taken: list[Entry], tables: set[str]) -> None:
        """Let later files count again; those whose rows may meet what changed are read again from ``raw/``."""
        touched = tables | {part.table for entry in taken for part in entry.tables}
        for entry in sorted(others, key=lambda item: item.order):
            self.changed({part.table for part in entry.tables})
            if not self._meets(entry, taken, touched):
                self.catalog.show(entry.number)
                continue
            self._number += 1
            now = datetime.now().astimezone().isoformat(timespec="seconds")
            again = Entry(self._number, entry.source_file, entry.sha256, entry.bytes, "", now)
            again.root, again.given, again.mapping = entry.root, entry.given, entry.mapping
            again.replaces, again.place = [entry.number], entry.order
            self._read_again(again)
            self._again.append(again.source_file)
            taken.append(again)
            touched |= {part.table for part in again.tables}

    def _read_again(self, entry: Entry) -> None:
        raw = self.catalog.folder.raw / entry.source_file
        mapping, self._mapping = self._mapping, Mapping.from_toml(entry.mapping) if entry.mapping else None
        named = table_of_file(entry.given or entry.source_file)
        try:
            with tempfile.TemporaryDirectory(dir=self.catalog.folder.root, prefix=".intake-") as temporary:
                super()._fill(entry, lambda file: self._read(entry, file, named, look_at(raw), Path(temporary)))
        finally:
            self._mapping = mapping

    def _meets(self, entry: Entry, taken: list[Entry], touched: set[str]) -> bool:
        """Whether rows of ``entry`` met others of the touched tables, or have the key of a row that came now."""
        for part in entry.tables:
            if part.table not in touched or not part.accepted + part.repeated:
                continue
            if part.repeated or part.conflicts:
                return True
            mine = ", ".join(key_parts(TABLES[part.table], part.columns))
            for other in taken:
                theirs = next((item for item in other.tables if item.table == part.table and item.accepted), None)
                if theirs is not None:
                    keys = ", ".join(key_parts(TABLES[part.table], theirs.columns))
                    met = f"SELECT {mine} FROM {self._rows(entry, part.table)} INTERSECT SELECT {keys} FROM {self._rows(other, part.table)}"
                    if self.con.execute(f"SELECT 1 FROM ({met}) LIMIT 1").fetchall():
                        return True
        return False

    def _rows(self, entry: Entry, table: str) -> str:
        return f"read_parquet({literal(str(self.catalog.parquet(entry, table)))})"

    def _difference(self, former: Entry, entry: Entry) -> tuple[int, int]:
        """How many accepted rows only the former version has, and how many only the new one; order does not count."""
        gone = new = 0
        for table in dict.fromkeys(part.table for part in (*former.tables, *entry.tables)):
            sides = []
            for version in (former, entry):
                part = next((item for item in version.tables if item.table == table and item.accepted), None)
                given = set(part.columns) if part else set()
                columns = ", ".join(
                    quote(c.name) if c.name in given else f"CAST(NULL AS {c.sql_type}) AS {quote(c.name)}"
                    for c in TABLES[table].columns
                )
                sides.append(f"SELECT {columns} FROM {self._rows(version, table)}" if part else "")
            gone += self._only(sides[0], sides[1])
            new += self._only(sides[1], sides[0])
        return gone, new

    def _only(self, one: str, other: str) -> int:
        if not one:
            return 0
        query = f"{one} EXCEPT ALL {other}" if other else one
        return int(self.con.execute(f"SELECT count(*) FROM ({query})").fetchall()[0][0])


def _is_unread(entry: Entry) -> bool:
    wrong = entry.refusal or any(part.quarantined for part in entry.tables)
    return bool(wrong) and not any(part.accepted + part.repeated for part in entry.tables)


def _hash(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
