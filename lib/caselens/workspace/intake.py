"""Files into a workspace: copied unchanged, hashed, recognised, read, and every row accounted for."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

import duckdb

from caselens.core import progress
from caselens.core.errors import CaselensError, DataError, UsageError
from caselens.core.text import Text
from caselens.readers import READERS, statements
from caselens.readers._declare import Item, Note
from caselens.readers.statements import Mapping
from caselens.workspace import archive
from caselens.workspace.accept import Target, accept
from caselens.workspace.catalog import Catalog, Entry
from caselens.workspace.damage import hashes
from caselens.workspace.engine import lacks_room
from caselens.workspace.heading import table_of_file
from caselens.workspace.raw_copy import copy_settled
from caselens.workspace.raw_names import Names
from caselens.workspace.recognition import BOOK, CSV, JSON, best_reader, is_canonical, is_sample_truth, why_unread
from caselens.workspace.spool import spool
from caselens.workspace.staging import Shape, Staged, Untrustworthy, stage_csv, stage_parquet
from caselens.workspace.text import careful_csv, json_lines
from caselens.workspace.workbook import sheet_tables, workbook_rows

#: A reader that is less sure than this does not get the file.
CONFIDENCE = 0.5
#: Kinds of file that evidence comes in: one of these that nobody can read is a failure, any other file is only told.
_MATERIAL = (
    *(
        ".csv",
        ".tsv",
        ".txt",
        ".jsonl",
        ".ndjson",
        ".json",
        ".xlsx",
        ".xlsm",
        ".xls",
        ".xlsb",
        ".et",
        ".ods",
        ".parquet",
    ),
    *(".zip", ".rar", ".7z", ".gz", ".pdf", ".ofd", ".html", ".htm", ".xml", ".doc", ".docx", ".png", ".jpg", ".jpeg"),
)


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of the files of one intake.

    ``entries`` are the files taken in now, in order; ``known`` the names of files that were in the workspace already,
    byte for byte; ``unsettled`` those that changed while they were read, each time it was tried: they were not taken in.
    ``failed`` says whether any file was refused or unsettled or any row quarantined.
    """

    entries: tuple[Entry, ...]
    known: tuple[str, ...]
    unsettled: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """True where something in the data has to be looked at."""
        wrong = (entry.refusal or any(part.quarantined for part in entry.tables) for entry in self.entries)
        return bool(self.unsettled) or any(wrong)


def files_in(path: Path) -> list[tuple[Path, str]]:
    """The files of a folder (or the one file) with their names relative to it, sorted; hidden ones are passed over.

    Raises:
        UsageError: the path does not exist, or a link in it leads out of it.
    """
    if path.is_file():
        return [(path, path.name.encode("utf-8", "backslashreplace").decode())]
    if not path.is_dir():
        raise UsageError(f"there is no file or folder {path} 没有此文件或文件夹")
    found = []
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path).as_posix().encode("utf-8", "backslashreplace").decode()
        if not file.is_file() or archive.is_ignored(name):
            continue
        if not file.resolve().is_relative_to(path.resolve()):
            raise UsageError(f"{name} is a link that leads out of the folder; give the file itself")
        found.append((file, name))
    return found


class Taker:
    """Takes files into one workspace over one engine connection.

    Args:
        catalog: of the workspace.
        con: the engine.
        current: gives the relation of a table's rows so far, or "".
        changed: called with the names of the tables that got rows, after each file.
        mapping: how the columns of the statements are to be read, instead of by recognition; for every file.
    """

    def __init__(
        self,
        catalog: Catalog,
        con: duckdb.DuckDBPyConnection,
        current: Callable[[str], str],
        changed: Callable[[set[str]], None],
        mapping: Mapping | None = None,
    ) -> None:
        self.catalog, self.con, self.current, self.changed = catalog, con, current, changed
        self._mapping = mapping
        self._names, self._hashes, self._number = Names(), set[str](), 0
        self._entries: list[Entry] = []
        self._known: list[str] = []
        self._unsettled: list[str] = []
        self._root = ""

    def take(self, path: Path) -> Intake:
        """Take in a file or every file of a folder.

        Raises:
            UsageError: there is nothing at ``path``, or another intake is running.
        """
        files = files_in(path)
        with self.catalog.folder.lock():
            self._begin(path)
            for index, (file, name) in enumerate(files):
                progress.step("intake", index, len(files))
                self._take_file(file, name)
        progress.step("intake", len(files), len(files))
        return Intake(tuple(self._entries), tuple(self._known), tuple(self._unsettled))

    def _begin(self, path: Path) -> None:
        """What is there already, and where the new files lie. Only under the workspace's lock."""
        self.catalog.sweep()
        # A file nobody could read may be given again with a mapping.
        self._hashes = {entry.sha256 for entry in self.catalog.entries() if not self._mapping or entry.tables}
        self._number = max((entry.number for entry in self.catalog.every()), default=0)
        self._names = Names(entry.source_file for entry in self.catalog.every())
        root = path if path.is_dir() else path.parent
        self._root = str(root.absolute()).encode("utf-8", "backslashreplace").decode()

    def _take_file(self, file: Path, name: str, inside: bool = False) -> None:
        with tempfile.TemporaryDirectory(dir=self.catalog.folder.root, prefix=".intake-") as temporary:
            workdir = Path(temporary)
            copy = workdir / "raw"
            try:
                shape = copy_settled(file, copy)
            except OSError as error:
                if lacks_room(error):
                    raise no_room(name) from error
                raise UsageError(f"{name} cannot be read: {error.strerror or error} 文件无法读取") from error
            if shape is None:
                self._unsettled.append(name)
                return
            if shape.sha256 in self._hashes:
                self._known.append(name)
                return
            if archive.is_archive(Path(name)) and not inside:
                self._take_archive(copy, name, shape, workdir)
            else:
                entry = self._entry(copy, name, shape)
                self._fill(entry, lambda raw: self._read(entry, raw, table_of_file(name), shape, workdir))

    def _take_archive(self, copy: Path, name: str, shape: Shape, workdir: Path) -> None:
        """The members first, the archive last: were it cut short, the next intake would go on with the rest."""
        notes, refusal = [], ""
        try:
            found = archive.members(copy)
        except DataError as error:
            found, refusal = [], _sentence(error, name)
        for member, file, reason in archive.unpack(copy, found, workdir):
            inner = f"{name}/{member.name}"
            if file is None:
                refusal = "; ".join(part for part in (refusal, f"{inner}: {reason}") if part)
                notes.append(Note(Text(f"{inner}:{reason}", f"{inner}: {reason}")))
            else:
                self._take_file(file, inner, inside=True)
        # It lies beside its members, in the folder that bears its name.
        entry = self._entry(copy, f"{name}/{PurePosixPath(name).name}", shape)
        entry.given = name
        entry.reader, entry.notes, entry.refusal = "zip", notes, refusal
        self._fill(entry, None)

    def _entry(self, copy: Path, name: str, shape: Shape) -> Entry:
        self._number += 1
        source_file = self._names.free(name, shape.sha256)
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        entry = Entry(self._number, source_file, shape.sha256, copy.stat().st_size, "", now)
        entry.root, entry.given = self._root, name
        entry.mapping = self._mapping.to_toml() if self._mapping else ""
        raw = self.catalog.folder.raw / entry.source_file
        raw.parent.mkdir(parents=True, exist_ok=True)
        os.replace(copy, raw)
        return entry

    def _fill(self, entry: Entry, read: Callable[[Path], None] | None) -> None:
        """Read the entry's file and write the entry; whatever is wrong with one file never stops the others."""
        try:
            if read:
                read(self.catalog.folder.raw / entry.source_file)
        except DataError as error:
            entry.refusal = _sentence(error, entry.source_file)
        except Exception as error:
            if lacks_room(error):
                # Not the file's fault: without an entry it counts as never taken in, and the next intake takes it.
                self.catalog.sweep()
                raise no_room(entry.source_file) from error
            what = f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else ''}"
            entry.refusal = (
                f"{entry.source_file}: reading failed unexpectedly ({what}) 读取时发生意外错误,原件保留在 raw/"
            )
        self.catalog.write(entry)
        self._hashes.add(entry.sha256)
        self._entries.append(entry)
        self.changed({part.table for part in entry.tables})

    def _read(self, entry: Entry, raw: Path, table: str | None, shape: Shape, workdir: Path) -> None:
        if self._mapping:
            entry.reader = "statements"
            self._spooled(entry, raw, statements.read_with(raw, self._mapping), workdir)
            return
        reader, confidence = best_reader(raw)
        kind = raw.suffix.lower()
        if kind == ".zip":
            reason = "an archive inside an archive is not unpacked; give it by itself 压缩包内的压缩包未解压"
            raise DataError(f"{entry.source_file}: {reason}")
        named = table is not None or (kind in BOOK and bool(sheet_tables(raw)))
        if named and (confidence < CONFIDENCE or is_canonical(raw, table)):
            entry.reader = "canonical"
            self._canonical(entry, raw, table, shape, workdir)
        elif confidence >= CONFIDENCE:
            entry.reader = reader
            self._spooled(entry, raw, READERS[reader].read(raw), workdir)
        elif kind in _MATERIAL and not is_sample_truth(raw) and raw.stem.lower() != "readme":
            why = why_unread(raw)
            entry.refusal = (
                f"{entry.source_file}: no reader recognises it, and it is not named after a table; it is kept in raw/ "
                f"as received. 未能识别此文件,原件保留在 raw/{f' — {why}' if why else ''}"
            )
        else:
            zh, en = (
                "不是可读取的材料,未读取,原件保留在 raw/",
                "not read: no material of a kind that is read; kept in raw/",
            )
            entry.notes.append(Note(Text(zh, en)))

    def _canonical(self, entry: Entry, raw: Path, table: str | None, shape: Shape, workdir: Path) -> None:
        kind = raw.suffix.lower()
        if table and kind in CSV:
            try:
                self._accept(entry, stage_csv(raw, table, workdir, shape))
            except Untrustworthy:
                self._spooled(entry, raw, careful_csv(raw, table), workdir)
        elif table and kind in JSON:
            self._spooled(entry, raw, json_lines(raw, table), workdir)
        elif table and kind == ".parquet":
            self._accept(entry, stage_parquet(raw, table, self.con))
        elif kind in BOOK:
            self._spooled(entry, raw, workbook_rows(raw, table), workdir)
        else:
            what = f"{kind} files are" if kind else "a file without ending is"
            reason = f"{what} not read; give CSV, XLSX, Parquet or JSON lines 不支持此格式"
            raise DataError(f"{entry.source_file}: {reason}")

    def _spooled(self, entry: Entry, raw: Path, items: Iterator[Item], workdir: Path) -> None:
        staged, notes = spool(raw, items, workdir)
        entry.notes += notes
        if not staged and not entry.refusal:
            zh, en = "文件只有列名,没有数据行", "the file has no rows"
            entry.notes.append(Note(Text(zh, en)))
        refusals = []
        for part in staged:
            try:
                self._accept(entry, part)
            except DataError as error:
                refusals.append(_sentence(error, entry.source_file))
        entry.refusal = "; ".join(refusals)

    def _accept(self, entry: Entry, staged: Staged) -> None:
        target = Target(
            entry.source_file,
            self.catalog.parquet(entry, staged.table),
            self.catalog.quarantine(entry, staged.table),
            self.catalog.superseded(entry, staged.table),
            self.current(staged.table),
        )
        accepted, notes = accept(self.con, staged, target)
        if not accepted.rows_in:
            zh, en = f"{staged.table}:只有列名,没有数据行", f"{staged.table}: a heading and no rows"
            notes.append(Note(Text(zh, en)))
        files = {"accepted": target.parquet, "quarantine": target.quarantine, "superseded": target.superseded}
        accepted.hashes = hashes(files)
        entry.tables.append(accepted)
        entry.notes += notes


def no_room(name: str) -> CaselensError:
    """What is told where this machine could not take a file in."""
    return CaselensError(
        f"{name} was not taken in: there is no room left on the disk or in memory. What came before it is in; make room "
        "and take the folder in again 磁盘或内存不足，此文件未接收；此前的文件已接收，腾出空间后重新接收即可"
    )


def _sentence(error: DataError, file: str) -> str:
    """The problems as the user knows the file: by its name in the workspace."""
    if not error.problems:
        return str(error)
    return "; ".join(str(replace(problem, file=file)) for problem in error.problems)
