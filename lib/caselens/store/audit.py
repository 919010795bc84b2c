"""The audit log: who ran, opened, decided, exported what, when and why; it only grows, each entry chained to the last.

What the chain finds: an entry that was altered, removed from the middle, added in between or moved. What the log alone
cannot find: entries cut off at the end, and a chain that somebody with the rights of the database's owner computed anew
from the point of his change. Against the first a *head* (number and hash of the last entry) is kept beside the store, in
``audit.head``; against the second only heads that were out of his reach, such as those in the manifests of delivered
reports: :meth:`AuditLog.verify` takes them. Nothing here tells whether something was done outside Caselens.
"""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import json
import os
import pwd
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from caselens.core.errors import UsageError
from caselens.core.text import Text
from caselens.store._plain import clean, plain, without_numbers
from caselens.store.engine import Database
from caselens.store.schema import AUDIT_LOG

#: What the first entry is chained to.
GENESIS = "0" * 64
#: File beside the store: the last entry's number and hash.
HEAD_FILE = "audit.head"
_HEAD_BYTES = 128


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log.

    Attributes:
        seq: 1, 2, 3, … without a gap.
        at: when, UTC, ISO 8601. The order of entries is ``seq``, for a clock may go back.
        who: the name somebody goes by (:func:`current_user` unless told).
        login: the account of the operating system that ran it.
        action: a verb, e.g. ``report``.
        object: what was acted on: ids, never names.
        purpose: why.
        details: more, as plain values.
        previous_hash, hash: SHA-256; ``hash`` is of ``previous_hash`` and everything else here.
    """

    seq: int
    at: str
    who: str
    login: str
    action: str
    object: str
    purpose: str
    details: Mapping[str, Any]
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What checking the log gave.

    Attributes:
        entries: how many there are.
        head: number and hash of the last, ``(0, GENESIS)`` for an empty log.
        problems: entries altered, removed, added or moved, a tail that is missing; empty: none was found.
        notes: what is no sign of tampering by itself, e.g. a clock that went back.
    """

    entries: int
    head: tuple[int, str]
    problems: tuple[Text, ...]
    notes: tuple[Text, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing wrong was found."""
        return not self.problems


def current_user() -> str:
    """The name somebody goes by: ``CASELENS_USER``, else ``JUPYTERHUB_USER``, else the login.

    It is told, not proven: whoever starts the program can set it. The entry of the log therefore also holds the login.
    """
    return os.environ.get("CASELENS_USER") or os.environ.get("JUPYTERHUB_USER") or _login()


class AuditLog:
    """The log of one store: ``workspace.store.audit``."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database, self._head_file = database, folder / HEAD_FILE

    def add(self, action: str, what: str = "", who: str = "", why: str = "", **details: Any) -> Entry:
        """Write an entry; gives it with its number and hash.

        Args:
            action: a verb, e.g. ``report``, ``open``, ``export``, ``refresh``; at most 64 characters.
            what: what was acted on: ids of cases, leads, files or decisions. Never a name, a number of a person or account.
            who: whose name it is under; empty: :func:`current_user`.
            why: the purpose. What looks like an identity, account or telephone number is taken out of it.
            **details: counts, hashes, ids: whatever JSON can hold; texts in it are treated as ``why`` is.

        Raises:
            UsageError: no action, or a detail that JSON cannot hold.
            StoreError: the database does not answer.
        """
        entry = self._database.write(lambda connection: self.write_in(connection, action, what, who, why, **details))
        self.keep_head(entry)
        return entry

    def write_in(
        self, connection: sa.Connection, action: str, what: str = "", who: str = "", why: str = "", **details: Any
    ) -> Entry:
        """The same within somebody's writing transaction: the entry is kept with what it tells of, or not at all.

        Call :meth:`keep_head` with it once the transaction is over.
        """
        if not action.strip() or len(action) > 64:
            raise UsageError("an entry of the audit log needs an action of at most 64 characters")
        try:
            kept = json.loads(json.dumps(plain(details), allow_nan=False))
        except (TypeError, ValueError) as error:
            raise UsageError(f"a detail of an audit entry is no plain value: {error}") from error
        last = connection.execute(
            sa.select(AUDIT_LOG.c.seq, AUDIT_LOG.c.hash).order_by(AUDIT_LOG.c.seq.desc()).limit(1)
        ).first()
        seq, previous = (int(last.seq) + 1, str(last.hash)) if last else (1, GENESIS)
        values: dict[str, Any] = {
            "seq": seq,
            "at": datetime.now(UTC).isoformat(timespec="microseconds"),
            "who": clean(who or current_user())[:128],
            "login": _login()[:128],
            "action": clean(action),
            "object": clean(what),
            "purpose": without_numbers(clean(why)),
            "details": kept,
            "previous_hash": previous,
        }
        entry = Entry(**values, hash=_hash(values))
        connection.execute(sa.insert(AUDIT_LOG).values(**values | {"details": _canonical(kept), "hash": entry.hash}))
        return entry

    def entries(self, limit: int | None = None) -> list[Entry]:
        """The entries by number; with ``limit`` only the last so many."""
        query = sa.select(AUDIT_LOG).order_by(AUDIT_LOG.c.seq.desc())
        if limit is not None:
            query = query.limit(limit)
        rows = self._database.read(lambda connection: connection.execute(query).mappings().all())
        return [Entry(**{**row, "details": _parsed(row["details"])}) for row in reversed(rows)]

    def head(self) -> tuple[int, str]:
        """Number and hash of the last entry, ``(0, GENESIS)`` for an empty log: what a manifest keeps."""
        last = self.entries(limit=1)
        return (last[0].seq, last[0].hash) if last else (0, GENESIS)

    def verify(self, heads: Iterable[tuple[int, str]] = ()) -> Verification:
        """Compute the whole chain anew and hold it against the head beside the store and any ``heads`` kept elsewhere.

        Time grows with the number of entries (about 100,000 a second). What it finds and cannot find: see the module.
        """
        entries = self.entries()
        problems, notes = _chain(entries)
        hashes = {0: GENESIS} | {entry.seq: entry.hash for entry in entries}
        beside = self._kept()
        if beside is None and entries:
            notes.append(
                Text(
                    f"{HEAD_FILE} 不在库旁或不可读，无法核对末尾是否被截去",
                    f"{HEAD_FILE} is not beside the store or not readable: a tail that was cut off cannot be told",
                )
            )
        for number, known in [*([beside] if beside else []), *heads]:
            if number not in hashes:
                problems.append(
                    Text(
                        f"曾有第 {number} 条，现仅至第 {max(hashes)} 条：末尾记录缺失",
                        f"there was an entry {number}, the log now ends at {max(hashes)}: its tail is missing",
                    )
                )
            elif hashes[number] != known:
                problems.append(
                    Text(
                        f"第 {number} 条与另存的校验值不符：日志曾被整体改写",
                        f"entry {number} has another hash than was kept elsewhere: the log was written anew",
                    )
                )
        last = max(hashes)
        return Verification(len(entries), (last, hashes[last]), tuple(problems), tuple(notes))

    def keep_head(self, entry: Entry) -> None:
        """Note the last entry beside the store; of two writers the later entry stays.

        A folder that cannot be written loses the note, not the entry; :meth:`verify` then says that a cut tail cannot be told.
        """
        try:
            place = os.open(self._head_file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return
        try:
            fcntl.flock(place, fcntl.LOCK_EX)
            known = _head_of(os.pread(place, _HEAD_BYTES, 0))
            if known is None or known[0] < entry.seq:
                # One write of one length: whoever is interrupted leaves the old head or the new one.
                line = json.dumps({"seq": entry.seq, "hash": entry.hash})
                os.pwrite(place, f"{line:<{_HEAD_BYTES - 1}}\n".encode(), 0)
                os.fsync(place)
        except OSError:
            return
        finally:
            os.close(place)

    def _kept(self) -> tuple[int, str] | None:
        try:
            return _head_of(self._head_file.read_bytes())
        except OSError:
            return None


def _chain(entries: list[Entry]) -> tuple[list[Text], list[Text]]:
    """What is wrong with the chain, and what is only worth knowing."""
    problems: list[Text] = []
    notes: list[Text] = []
    seq, previous, at = 0, GENESIS, ""
    for entry in entries:
        if entry.seq != seq + 1:
            gap = f"{seq + 1}" if entry.seq == seq + 2 else f"{seq + 1}–{entry.seq - 1}"
            problems.append(Text(f"缺少第 {gap} 条", f"entry {gap} is missing"))
        elif entry.previous_hash != previous:
            problems.append(
                Text(
                    f"第 {entry.seq} 条与前一条的校验值不相连：前一条或本条被改动、调换或插入",
                    f"entry {entry.seq} is not chained to the one before: one of them was altered, moved or put in",
                )
            )
        values = {name: getattr(entry, name) for name in Entry.__slots__ if name != "hash"}
        if _hash(values) != entry.hash:
            problems.append(
                Text(
                    f"第 {entry.seq} 条内容与其校验值不符",
                    f"entry {entry.seq} does not fit its own hash: it was altered",
                )
            )
        if entry.at < at:
            notes.append(
                Text(f"第 {entry.seq} 条的时间早于前一条（时钟回拨）", f"the clock went back before entry {entry.seq}")
            )
        seq, previous, at = entry.seq, entry.hash, entry.at
    return problems, notes


def _hash(values: Mapping[str, Any]) -> str:
    rest = {name: value for name, value in values.items() if name != "previous_hash"}
    return hashlib.sha256(f"{values['previous_hash']}\n{_canonical(rest)}".encode()).hexdigest()


def _canonical(value: Any) -> str:
    """JSON that is the same wherever it is written (RFC 8785 for the plain values here)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        # Altered by hand: kept as it stands, so that the hash tells.
        return {"?": text}


def _login() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return getpass.getuser() if os.environ.get("USER") else f"uid {os.getuid()}"


def _head_of(line: bytes) -> tuple[int, str] | None:
    try:
        found = json.loads(line)
        return int(found["seq"]), str(found["hash"])
    except (ValueError, KeyError, TypeError):
        return None
