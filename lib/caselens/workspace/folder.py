"""A workspace on disk: where each thing lies, and its settings.

settings.toml         what people decide: title, jurisdiction, engine, store, parameters
raw/                  files as received, unchanged
catalog/              one JSON a taken-in file (written last: a file without one was never taken in)
accepted/<table>/     accepted rows, one Parquet a file and table, with their origin
quarantine/           rows that could not be accepted, raw, with every reason
derived/              what follows from the rows alone (payments out of statements, the money index, relations)
received_from.json    the files and folders that material was taken in from
store.db              what people share (SQLite unless settings.toml names another URL)
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from caselens.core.errors import UsageError

SETTINGS = "settings.toml"
#: Where material was taken in from: what a refresh looks at again.
RECEIVED_FROM = "received_from.json"

_TEMPLATE = """\
# Settings of this workspace. 本工作区的设置。
title = {title}
# as_of = 2026-06-30        # the day the data stand for; empty: the latest date in the data 数据截止日
# jurisdiction = "CN"       # rules of which place apply 适用规则的地区
# store = "postgresql://…"  # where decisions and findings' history are kept; empty: store.db in this folder
# engine = "duckdb"         # or "spark://host:7077"

# Days for what is done with a lead (docs of caselens.findings.clocks); all to be confirmed by the office 办理期限,均待确认
# [clocks]
# preliminary_check = 60

# Who works here and which person of the data that is: colleagues and kin of a party are warned 工作人员(回避提示)
# [analysts]
# "login" = {{ person = "P00001", units = ["O00001"] }}

# What stands at the head of every report 报告页眉
# [report]
# secrecy = "内部资料"
# copy_number = "第 1 份"
# reader = ""
# date = 2026-07-01

# A threshold of an indicator, with the reason it was changed:
# [parameters.flow-drip]
# max_median = 20000
# … for one unit, period or place alone 仅适用于某单位、某期间或某地区:
# [[parameters.proc-split-60w.where]]
# unit = "O00012"
# from = 2018-06-01
# until = 2020-12-31
# line = 400000
# reason = ""
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``settings.toml`` says.

    ``parameters`` maps an indicator's id to its changed parameters; whether they exist and are in range is checked by
    the indicator itself, which knows them. So do ``clocks`` (days, :mod:`caselens.findings.clocks`) and ``analysts``
    (who works here, :mod:`caselens.api.access`), ``report`` (the head of reports, :mod:`caselens.reports.heading`) and
    ``schedule`` (whom to tell of scheduled refreshes, :mod:`caselens.operations.notify`).
    """

    title: str = ""
    as_of: date | None = None
    jurisdiction: str = "CN"
    store: str = ""
    engine: str = "duckdb"
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    clocks: dict[str, Any] = field(default_factory=dict)
    analysts: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)
    schedule: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Settings:
        """Read a settings file.

        Raises:
            UsageError: the file is no TOML, has a key that does not exist, or a value of the wrong type.
        """
        try:
            found = tomllib.loads(path.read_text("utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{path.name} cannot be read as TOML: {error}") from error
        expected = {"title": str, "as_of": date, "jurisdiction": str, "store": str, "engine": str}
        expected |= dict.fromkeys(("parameters", "clocks", "analysts", "report", "schedule"), dict)
        unknown = sorted(set(found) - set(expected))
        if unknown:
            raise UsageError(f"{path.name} has no setting {', '.join(unknown)}; it has {', '.join(expected)}")
        for name, value in found.items():
            if not isinstance(value, expected[name]):
                raise UsageError(f"{path.name}: {name} must be a {expected[name].__name__}, got {value!r}")
        return cls(**found)


@dataclass(frozen=True, slots=True)
class Folder:
    """The places inside a workspace folder."""

    root: Path

    @property
    def raw(self) -> Path:
        """Files as received."""
        return self.root / "raw"

    @property
    def catalog(self) -> Path:
        """What was taken in, one JSON a file."""
        return self.root / "catalog"

    @property
    def accepted(self) -> Path:
        """Accepted rows."""
        return self.root / "accepted"

    @property
    def quarantine(self) -> Path:
        """Rows that could not be accepted."""
        return self.root / "quarantine"

    @property
    def derived(self) -> Path:
        """What follows from the rows alone and can be rebuilt."""
        return self.root / "derived"

    def received_from(self) -> list[tuple[Path, str]]:
        """The files and folders that material was taken in from, each with the TOML text of its mapping (or "")."""
        try:
            found = json.loads((self.root / RECEIVED_FROM).read_text("utf-8"))
        except FileNotFoundError:
            return []
        return [(Path(item["path"]), str(item["mapping"])) for item in found]

    def remember(self, path: Path, mapping: str) -> None:
        """Write down that material was taken in from ``path``; a later mapping of the same path takes the place of the
        former one.
        """
        known = self.received_from()
        told = [item for item in known if item[0] != path] + [(path, mapping)]
        if set(told) != set(known):
            rows = [{"path": str(place), "mapping": text} for place, text in told]
            write_atomically(self.root / RECEIVED_FROM, json.dumps(rows, indent=1).encode())

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.root / SETTINGS

    @classmethod
    def create(cls, root: Path, title: str = "") -> Folder:
        """Make an empty workspace, readable by its owner only (see :func:`owner_only`).

        Raises:
            UsageError: the folder exists and holds something else.
        """
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise UsageError(f"{root} exists already and is not an empty folder; choose another name")
        owner_only()
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = cls(root.absolute())
        for place in (folder.raw, folder.catalog, folder.accepted, folder.quarantine, folder.derived):
            place.mkdir(mode=0o700)
        # A string of JSON is one of TOML, but for the one control character that JSON lets stand.
        named = (title or root.name).encode("utf-8", "backslashreplace").decode()
        quoted = json.dumps(named, ensure_ascii=False).replace("\x7f", "\\u007f")
        write_atomically(folder.settings, _TEMPLATE.format(title=quoted).encode())
        return folder

    @classmethod
    def open(cls, root: Path) -> Folder:
        """The workspace in ``root``; from here on this process writes for its owner only (see :func:`owner_only`).

        Raises:
            UsageError: there is none.
        """
        folder = cls(root.absolute())
        if not folder.settings.is_file():
            raise UsageError(f"{root} is no workspace (it has no {SETTINGS}); make one with: caselens new {root}")
        owner_only()
        for place in (folder.raw, folder.catalog, folder.accepted, folder.quarantine, folder.derived):
            place.mkdir(mode=0o700, exist_ok=True)
        return folder

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the workspace for one intake.

        Raises:
            UsageError: another process holds it.
        """
        with open(self.root / ".lock", "a", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                reason = f"another intake into {self.root.name} is running; wait for it 另一次接收正在进行"
                raise UsageError(reason) from error
            yield


def owner_only() -> None:
    """From here on, what this process and those it starts write is for its owner only, whatever the system's default.

    A property of the process, because nothing less reaches every file: DuckDB, SQLite, Parquet and papermill take no
    mode, and their temporary files hold the same rows.
    """
    os.umask(0o077)


@contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """A name beside ``path`` to write to; what was written there takes ``path``'s place in one rename.

    The name belongs to this call alone, so two processes that write the same file at once do not write into each other.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` so that a reader sees the old file or the new one, never half of one."""
    with (
        written_beside(path) as temporary,
        open(temporary, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file,
    ):
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
