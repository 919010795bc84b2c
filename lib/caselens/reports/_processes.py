"""What the fork server needs of the operating system: memory of a process and its children, and a sure end to them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

_PROC = Path("/proc")
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36  # from <linux/prctl.h>


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def die_with_parent() -> None:
    """From now on this process is killed when its parent ends (Linux; elsewhere it ends with its group)."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Children of children whose parent has ended become this process's own (Linux), so that none escapes."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def children(pid: int) -> list[int]:
    """Ids of the processes that ``pid`` started; none where the system does not tell."""
    found: list[int] = []
    for task in _PROC.glob(f"{pid}/task/*/children"):
        with contextlib.suppress(OSError):
            found += [int(number) for number in task.read_text().split()]
    return found


def end(pid: int) -> None:
    """Kill a process that has not been waited for, its group and everything it started."""
    for child in children(pid):
        end(child)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    end_group(pid)


def end_group(pid: int) -> None:
    """Kill what is left of the group that ``pid`` leads or led."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def close_all_but(kept: set[int]) -> None:
    """Close every open file of this process except those numbers."""
    for number in {int(path.name) for path in Path("/dev/fd").iterdir()} - kept:
        with contextlib.suppress(OSError):
            os.close(number)


def end_orphans(known: set[int]) -> None:
    """Kill the children of this process that are not ``known``: what notebooks left running."""
    for child in set(children(os.getpid())) - known:
        end(child)


def resident(pid: int) -> int:
    """Bytes of memory that a process and everything it started fill; 0 where the system does not tell."""
    try:
        own = int((_PROC / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0
    return own + sum(resident(child) for child in children(pid))


def threads() -> int:
    """How many threads this process has, those of libraries included; 1 where the system does not tell."""
    return len(list((_PROC / "self" / "task").glob("*"))) or 1


def address_space() -> int:
    """Bytes of this process's address space; 0 where the system does not tell."""
    try:
        return int((_PROC / "self" / "statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0
