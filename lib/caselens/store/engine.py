"""The connection to the store: SQLite or PostgreSQL, one writer at a time, and what to say when it cannot be reached."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import exc

from caselens.core import progress
from caselens.core.errors import CaselensError, UsageError

T = TypeVar("T")

#: Seconds to wait for a database that does not answer, or that others keep writing to (``CASELENS_STORE_WAIT``).
WAIT = 75.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 3.0
#: Whoever writes to a PostgreSQL store holds this advisory lock until the end of the transaction.
_LOCK = 0x4361_7365_6C65
_WRITES = "caselens_writes"
_WAITING = "waiting for the store 等待数据库"
_BUSY = ("locked", "busy")
_GONE = ("08", "57P01", "57P02", "57P03", "53300")
#: SQLSTATEs that say: the statement can never work, however long one waits.
_HOPELESS = ("28", "3D000", "42")


class StoreError(CaselensError):
    """The store does not answer, or answered with an error; the text says what was kept and what to do."""


class Database:
    """An engine with the habits of this house.

    No connection is kept between two statements: a restarted server, a forked process and a closed notebook leave nothing
    behind. Writers take turns (``BEGIN IMMEDIATE`` on SQLite, an advisory lock on PostgreSQL), so that a number given
    by one is never given again by another, and a chain has no fork.

    Args:
        url: an SQLAlchemy URL, or empty for ``store.db`` in ``folder``.
        folder: of the workspace.
        wait: seconds; see :data:`WAIT`.

    Raises:
        UsageError: the URL is none, or names a database for which no driver is installed; or there is no such folder.
    """

    def __init__(self, url: str, folder: Path, wait: float | None = None) -> None:
        self.wait = float(os.environ.get("CASELENS_STORE_WAIT") or WAIT) if wait is None else wait
        self.file = None if url else folder / "store.db"
        if self.file is not None and not folder.is_dir():
            raise UsageError(f"the store cannot be opened: there is no folder {folder} 文件夹不存在")
        try:
            parsed = sa.make_url(url or f"sqlite:///{self.file}")
            self.is_sqlite = parsed.get_backend_name() == "sqlite"
            arguments = (
                {"timeout": min(self.wait, 5.0), "isolation_level": None} if self.is_sqlite else {"connect_timeout": 10}
            )
            self.engine = sa.create_engine(parsed, poolclass=sa.pool.NullPool, connect_args=arguments)
        except (exc.ArgumentError, exc.NoSuchModuleError, ModuleNotFoundError, ValueError) as error:
            # The URL may hold a password: it is not repeated.
            raise UsageError(
                f"the setting `store` is no address of a database that can be used here ({type(error).__name__}); "
                "e.g. postgresql+psycopg://user@host/database 设置项 store 不是可用的数据库地址"
            ) from error
        if self.is_sqlite:
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_sqlite)

    def read(self, work: Callable[[sa.Connection], T]) -> T:
        """What ``work`` reads in one transaction; a database that is away is asked again until the wait is over.

        Raises:
            StoreError: it stayed away, or refused.
        """
        return self._tried(lambda: self._once(work, writes=False))

    def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Let ``work`` write in one transaction while nobody else does: all of it is kept, or nothing.

        ``work`` may run more than once: what failed before the end of the transaction was not kept and is tried again.

        Raises:
            StoreError: the database stayed away or refused; or the connection broke in the very moment of keeping, when
                nobody can know whether it was kept.
        """
        return self._tried(lambda: self._once(work, writes=True))

    def _once(self, work: Callable[[sa.Connection], T], *, writes: bool) -> T:
        if self.file is not None and not self.file.exists():
            # SQLite gives its journal the rights of its file.
            os.close(os.open(self.file, os.O_CREAT | os.O_RDWR, 0o600))
        with self.engine.connect().execution_options(**{_WRITES: writes}) as connection:
            transaction = connection.begin()
            if writes and not self.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            answer = work(connection)
            try:
                transaction.commit()
            except exc.DBAPIError as error:
                if not error.connection_invalidated and _is_busy(error):
                    raise
                raise StoreError(
                    "the connection broke while the change was being kept: it is not known whether it was; look before "
                    "you repeat it 提交时连接中断，不能确定是否已写入，请先核对再重试"
                ) from error
            return answer

    def _tried(self, attempt: Callable[[], T]) -> T:
        start, pause = time.monotonic(), _FIRST_PAUSE
        while True:
            try:
                return attempt()
            except exc.OperationalError as error:
                waited = time.monotonic() - start
                if not (_is_busy(error) or _is_away(error, self.is_sqlite)) or waited + pause > self.wait:
                    raise StoreError(self._sentence(error, waited)) from error
                progress.step(_WAITING, int(waited), int(self.wait))
                time.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            except exc.DBAPIError as error:
                raise StoreError(self._sentence(error, 0)) from error

    def _sentence(self, error: exc.DBAPIError, waited: float) -> str:
        # Statements and parameters stay out: they may hold what a person wrote about a person.
        where = "store.db" if self.is_sqlite else "PostgreSQL"
        what = " ".join(str(error.orig).split())[:300]
        tried = f" after {waited:.0f} s 已等待 {waited:.0f} 秒" if waited >= 1 else ""
        return (
            f"the store cannot be opened or written{tried}: {where}: {what}. Nothing of this step was kept; once the "
            "database answers, run the same again 数据库暂不可用，本步骤未写入任何内容，恢复后重新执行即可"
        )


def _is_busy(error: exc.DBAPIError) -> bool:
    return any(word in str(error.orig) for word in _BUSY) and "sqlite3" in type(error.orig).__module__


def _is_away(error: exc.DBAPIError, is_sqlite: bool) -> bool:
    """Whether a server does not answer now but may later: refused, starting, shutting down, connection cut."""
    if is_sqlite:
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return not any(word in str(error.orig) for word in ("does not exist", "authentication failed"))
    return state.startswith(_GONE) and not state.startswith(_HOPELESS)


def _prepare_sqlite(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    # WAL: readers go on while somebody writes. FULL: what was accepted survives a power cut.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that begins by reading and writes later would fail instead of waiting for its turn.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
