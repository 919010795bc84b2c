"""One refresh of a workspace at a time: who holds it, since when, and whether he is still there."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from caselens.core.errors import CaselensError

LOCK = ".refresh-lock"
_LOOK_AGAIN = 0.2  # seconds


class RefreshRunning(CaselensError):
    """Another refresh of this workspace is running. The command line exits with 1."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds, or held, the lock."""

    pid: int
    since: str

    @property
    def is_alive(self) -> bool:
        """Whether a process of that number exists on this machine; the number may have been given to another since."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True


@contextmanager
def refreshing(root: Path, wait: bool = False) -> Iterator[Holder | None]:
    """Hold the workspace in ``root`` for one refresh; gives who held it before and died in it, or ``None``.

    The lock itself is the system's, so it ends with its process however that ends; the file says who and since when. It
    is removed at the end: an unchanged workspace has the same files as before.

    Raises:
        RefreshRunning: another refresh is running and ``wait`` is false.
    """
    file = _locked(root / LOCK, wait)
    try:
        dead = _holder(file)
        file.seek(0)
        file.truncate()
        told = {"pid": os.getpid(), "since": datetime.now().astimezone().isoformat(timespec="seconds")}
        file.write(json.dumps(told))
        file.flush()
        yield dead
    finally:
        (root / LOCK).unlink(missing_ok=True)
        file.close()


def _locked(path: Path, wait: bool) -> IO[str]:
    while True:
        file = open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii")  # noqa: SIM115 - held
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _holder(file)
            file.close()
            if not wait:
                raise RefreshRunning(_sentence(path, holder)) from error
            time.sleep(_LOOK_AGAIN)
            continue
        # The one before may have removed the file between our opening and locking it: then we hold a file without a name.
        if _is_named(file, path):
            return file
        file.close()


def _is_named(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _holder(file: IO[str]) -> Holder | None:
    file.seek(0)
    try:
        found = json.loads(file.read())
        return Holder(int(found["pid"]), str(found["since"]))
    except (ValueError, KeyError, TypeError):
        return None


def _sentence(path: Path, holder: Holder | None) -> str:
    who = f" (process {holder.pid}, since {holder.since})" if holder else ""
    return (
        f"another refresh of {path.parent.name} is running{who}; wait for it, or use --wait "
        f"另一次刷新正在进行，请稍候，或加 --wait 等待"
    )
