"""What was taken in: one JSON a file, written last, and the tables as queries over the accepted rows."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caselens.core.errors import DataError, Problem
from caselens.core.text import Text
from caselens.readers._declare import Note
from caselens.tables import TABLES
from caselens.tables._declare import ORIGIN
from caselens.workspace.accept import Accepted, rows_with_origin
from caselens.workspace.folder import Folder, write_atomically
from caselens.workspace.validate import literal, quote

#: Seconds after which a file that was being written is nobody's any more.
_STALE = 24 * 3600.0


@dataclass(slots=True)
class Entry:
    """One file that was taken in.

    ``number`` gives the order of intake (a later file wins where keys meet); ``reader`` is ``canonical``, a reader's
    id, or empty where nothing recognised the file. ``refusal`` says why the file as a whole was not read.

    ``root`` and ``given`` say where the file lay: the folder that was taken in, and the name inside it. ``mapping`` is the
    TOML text of the mapping it was read with, if any. ``replaces`` are the numbers of the entries that no longer count
    since this one came (an earlier version of the same file); ``place``, where it is not 0, the number in whose place in
    the order it stands.
    """

    number: int
    source_file: str
    sha256: str
    bytes: int
    reader: str
    read_at: str
    tables: list[Accepted] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    refusal: str = ""
    root: str = ""
    given: str = ""
    mapping: str = ""
    replaces: list[int] = field(default_factory=list)
    place: int = 0

    @property
    def order(self) -> int:
        """Where it stands among the others: a changed file stands where its former version stood."""
        return self.place or self.number

    @property
    def origin(self) -> str:
        """The path of the file as it was given; "" where nobody wrote it down."""
        return f"{self.root}/{self.given}" if self.root else ""

    @property
    def stem(self) -> str:
        """The name of the entry's files inside the workspace; from the order of intake, never from the file's name."""
        return f"{self.number:06d}"

    def to_json(self) -> dict[str, Any]:
        """Plain values; :meth:`from_json` reads them back."""
        return {
            "number": self.number,
            "source_file": self.source_file,
            "sha256": self.sha256,
            "bytes": self.bytes,
            "reader": self.reader,
            "read_at": self.read_at,
            "tables": [table.as_json() for table in self.tables],
            "notes": [
                {"zh": n.text.zh, "en": n.text.en, "kind": n.kind, "row": n.row, "sheet": n.sheet} for n in self.notes
            ],
            "refusal": self.refusal,
            "root": self.root,
            "given": self.given,
            "mapping": self.mapping,
            "replaces": self.replaces,
            "place": self.place,
        }

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Entry:
        """The entry as it was written."""
        tables = [Accepted(**table) for table in found["tables"]]
        notes = [Note(Text(n["zh"], n["en"]), n["kind"], n["row"], n["sheet"]) for n in found["notes"]]
        return cls(**{**found, "tables": tables, "notes": notes})


class Catalog:
    """The entries of a workspace, read once and again only when the folder has changed."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self._read_at = -1
        #: Grows whenever the entries were read again: what was computed from them may be out of date.
        self.read_count = 0
        self._entries: dict[str, Entry] = {}
        self._in_force: list[Entry] | None = None
        self._together, self._hidden = False, set[int]()
        self._group: list[Entry] = []

    def entries(self) -> list[Entry]:
        """The entries in force in the order of intake; what another process has added meanwhile is seen."""
        if self._in_force is None or self._changed():
            known = [*self.every(), *self._group]
            replaced = {number for entry in known for number in entry.replaces} | self._hidden
            counting = (entry for entry in known if entry.number not in replaced)
            self._in_force = sorted(counting, key=lambda entry: (entry.order, entry.number))
        return list(self._in_force)

    def every(self) -> list[Entry]:
        """All entries that were ever written, also those that a later version of their file has replaced."""
        changed = self.folder.catalog.stat().st_mtime_ns
        if changed != self._read_at:
            names = sorted(self._names())
            self._entries = {name: self._entries.get(name) or self._read(name) for name in names}
            self._read_at = changed
            self._in_force = None
            self.read_count += 1
        return list(self._entries.values())

    def _changed(self) -> bool:
        return self.folder.catalog.stat().st_mtime_ns != self._read_at

    def _names(self) -> Iterator[str]:
        for pattern in ("[0-9]*.json", "[0-9]*.d/[0-9]*.json"):
            for path in self.folder.catalog.glob(pattern):
                yield path.relative_to(self.folder.catalog).as_posix()

    def _read(self, name: str) -> Entry:
        """One entry. It is never changed after it was written, so it is read once."""
        try:
            return Entry.from_json(json.loads((self.folder.catalog / name).read_text("utf-8")))
        except (ValueError, KeyError, TypeError) as error:
            reason = "not what was written; move it away and take the file it was about in again 目录文件损坏，请移走后重新接收"
            raise DataError("the catalog is damaged", [Problem(f"catalog/{name}", 0, reason)]) from error

    def write(self, entry: Entry) -> None:
        """Make the entry, and with it the rows of its file, part of the workspace."""
        if self._together:
            self._group.append(entry)
        else:
            write_atomically(self.folder.catalog / f"{entry.stem}.json", _json(entry))
            self._read_at = -1
        self._forget()

    def _forget(self) -> None:
        self._in_force = None
        self.read_count += 1

    @contextmanager
    def together(self, hidden: Iterable[int]) -> Iterator[None]:
        """Entries written inside come into force together, in one rename, or, after an error, not at all.

        Inside, they count already for this process, and the entries numbered ``hidden`` do not (see :meth:`show`).
        """
        self._together, self._hidden = True, set(hidden)
        self._forget()
        try:
            yield
            if self._group:
                target = self.folder.catalog / f"{self._group[-1].stem}.d"
                with tempfile.TemporaryDirectory(dir=self.folder.root, prefix=".intake-") as temporary:
                    for entry in self._group:
                        write_atomically(Path(temporary) / "d" / f"{entry.stem}.json", _json(entry))
                    os.replace(Path(temporary) / "d", target)
        finally:
            self._together, self._group, self._hidden = False, [], set()
            self._read_at = -1
            self._forget()

    def show(self, number: int) -> None:
        """An entry that was hidden counts again."""
        self._hidden.discard(number)
        self._forget()

    def sweep(self) -> None:
        """Remove what an intake that was killed has left: rows without an entry, and its own temporary folders.

        Only under the workspace's lock, which writers of derived files do not take: a young half of theirs stays. Raw
        files without an entry stay until the file is taken in again, under the same name.
        """
        entries = {entry.stem for entry in self.every()}
        for place in (self.folder.accepted, self.folder.quarantine):
            for path in place.glob("*/*"):
                if path.name.split(".")[0] not in entries:
                    path.unlink()
        for stale in self.folder.root.glob(".intake-*"):
            shutil.rmtree(stale, ignore_errors=True)
        for half in self.folder.root.rglob(".*.tmp"):
            if time.time() - half.stat().st_mtime > _STALE:
                half.unlink(missing_ok=True)

    def parquet(self, entry: Entry, table: str) -> Path:
        """Where the accepted rows of an entry lie."""
        return self.folder.accepted / table / f"{entry.stem}.parquet"

    def quarantine(self, entry: Entry, table: str) -> Path:
        """Where the quarantined rows of an entry lie (absent where there are none)."""
        return self.folder.quarantine / table / f"{entry.stem}.parquet"

    def superseded(self, entry: Entry, table: str) -> Path:
        """Which earlier rows an entry's rows replace (absent where none)."""
        return self.folder.accepted / table / f"{entry.stem}.superseded"

    def columns(self, table: str) -> set[str]:
        """The declared columns of ``table`` that at least one accepted file has."""
        return {name for _, part in self._parts(table) for name in part.columns}

    def query(self, table: str) -> str:
        """The rows of ``table`` in force, with every declared column, extra columns and origin; "" where there is none.

        A column that no file has is NULL in every row (see :meth:`columns` to tell the difference). Where keys met
        with different content, the row of the later file is in force.
        """
        parts = self._parts(table)
        if not parts:
            return ""
        united = self._united(table, parts)
        given = {name for _, part in parts for name in (*part.columns, *part.extras)}
        declared = TABLES[table].columns
        columns = [
            quote(c.name) if c.name in given else f"CAST(NULL AS {c.sql_type}) AS {quote(c.name)}" for c in declared
        ]
        extras = {name.lower(): name for _, part in reversed(parts) for name in reversed(part.extras)}
        columns += [quote(extras[name]) for name in dict.fromkeys(n.lower() for _, p in parts for n in p.extras)]
        columns += [quote(name) for name in ORIGIN]
        replaced = [self.superseded(entry, table) for entry, part in parts if part.conflicts]
        where = ""
        if replaced:
            place = ", ".join(quote(name) for name in ORIGIN)
            where = f" WHERE ({place}) NOT IN (SELECT ({place}) FROM read_parquet({_list(replaced)}))"
        return f"SELECT {', '.join(columns)} FROM ({united}){where}"

    def ever(self, table: str) -> str:
        """All rows of ``table`` that were ever accepted, also those that a later file replaced; "" where there is none.

        Columns as the files gave them, and ``arrival``: the number of the entry, which gives the order of intake.
        """
        parts = self._parts(table)
        if not parts:
            return ""
        numbers = ", ".join(f"({literal(entry.source_file)}, {entry.order})" for entry, _ in parts)
        return (
            f"SELECT t.*, o.arrival FROM ({self._united(table, parts)}) t "
            f"JOIN (VALUES {numbers}) o(source_file, arrival) USING (source_file)"
        )

    def _parts(self, table: str) -> list[tuple[Entry, Accepted]]:
        return [
            (entry, part) for entry in self.entries() for part in entry.tables if part.table == table and part.accepted
        ]

    def _united(self, table: str, parts: list[tuple[Entry, Accepted]]) -> str:
        gapless = [(entry, part) for entry, part in parts if part.first_row is not None]
        others = [self.parquet(entry, table) for entry, part in parts if part.first_row is None]
        queries = [rows_with_origin(self.parquet(e, table), e.source_file, p.first_row) for e, p in gapless]
        if others:
            queries.append(f"SELECT * FROM read_parquet({_list(others)}, union_by_name=true)")
        return " UNION ALL BY NAME ".join(queries)

    def quarantined(self) -> Iterator[Path]:
        """The quarantine files of all entries."""
        for entry in self.entries():
            for part in entry.tables:
                if part.quarantined:
                    yield self.quarantine(entry, part.table)


def _json(entry: Entry) -> bytes:
    return json.dumps(entry.to_json(), ensure_ascii=False, indent=1).encode()


def _list(paths: list[Path]) -> str:
    return "[" + ", ".join(literal(str(path)) for path in paths) + "]"
