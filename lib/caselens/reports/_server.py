"""The process that is forked for every notebook: everything is imported in it, nothing of any case is.

Requests come on standard input and answers go out on standard output, a JSON object a line. A request is a job (see
``_worker.work``) with its ``id``, ``timeout`` (seconds) and ``memory`` (bytes). The first answer is ``{"ready"}``, the
number of threads here. Then come ``{"id", "cell", "cells"}`` while a job runs, and at its end ``{"id", "reason",
"ended", "status", "seconds", "cpu", "peak"}``, where ``ended`` is ``timeout``, ``memory`` or ``crash`` if it was cut
short. When standard input closes, everything ends.

This process must have a single thread whenever it forks: a lock that another thread holds would stay locked in the
child for good. So nothing is computed here, and libraries that start threads when they are loaded are told not to (see
``pool.ENVIRONMENT``).
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import importlib
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caselens.reports import _processes
from caselens.reports._worker import work

_PRELOAD = (
    "caselens.api",  # by name: reports run notebooks, which use the façade; they do not use it themselves
    "caselens.reports._shell",
    "caselens.reports.render",
    "caselens.reports.sections",
    # What those load only when it is first needed.
    "alembic.runtime.migration",
    "bleach",
    "ibis.backends.duckdb",
    "igraph",
    "narwhals.stable.v1",
    "nbconvert.exporters",
    "papermill",
    "plotly.graph_objects",
    "plotly.tools",
    "pyarrow.dataset",
    "pyvis.network",
    "sqlalchemy.dialects.sqlite",
)
#: Seconds between two looks at the clock and the memory of what runs, and between asking for a traceback and the end.
_LOOK, _GRACE = 0.05, 0.3
#: Address space that is reserved but never filled (stacks, arenas); real memory is watched apart from it.
_RESERVED = 4 << 30
_ANSWER = 3  # the number under which a child has the pipe to this process


@dataclass(slots=True)
class _Run:
    """A notebook that is running."""

    job: dict[str, Any]
    pid: int
    pipe: int
    started: float
    text: bytes = b""
    peak: int = 0
    ended: str = ""
    end_at: float = 0.0
    answer: dict[str, Any] = field(default_factory=dict)


def main() -> None:
    """Serve until standard input closes."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints while it loads is no answer
    for name in _PRELOAD:
        importlib.import_module(name)
    _warm()
    _processes.adopt_orphans()
    gc.collect()
    gc.freeze()  # what is loaded stays as it is, so its memory stays shared with the children
    os.set_blocking(0, False)
    runs: dict[int, _Run] = {}
    requests, closed = b"", False
    _say(answers, {"ready": _processes.threads()})
    while not closed:
        pipes = {run.pipe: run for run in runs.values()}
        readable, _, _ = select.select([0, *pipes], [], [], _LOOK if runs else None)
        for number in readable:
            if number == 0:
                block = os.read(0, 1 << 16)
                closed, requests = not block, requests + block
            else:
                _listen(pipes[number], answers)
        *whole, requests = requests.split(b"\n")
        for line in whole:
            _start(json.loads(line), runs, answers)
        _watch(runs)
        _reap(runs, answers)
    for run in runs.values():
        _processes.end(run.pid)


def _warm() -> None:
    """Render a page and draw a figure of nothing, so that every child finds the parts ready that these load."""
    import plotly.graph_objects as go
    from nbformat import v4

    from caselens.reports.render import render

    render(v4.new_notebook(cells=[v4.new_markdown_cell("# -"), v4.new_code_cell("")]), "zh")
    for trace in (go.Sankey(), go.Scatter(), go.Bar()):
        go.Figure(trace).to_json()


def _say(answers: int, told: dict[str, Any]) -> None:
    line = json.dumps(told).encode() + b"\n"
    while line:
        line = line[os.write(answers, line) :]


def _start(job: dict[str, Any], runs: dict[int, _Run], answers: int) -> None:
    mine, theirs = os.pipe()
    try:
        pid = os.fork()
    except OSError as error:
        os.close(mine)
        os.close(theirs)
        _say(answers, {"id": job["id"], "reason": str(error), "ended": "crash", "status": 0})
        return
    if not pid:
        _child(job, theirs)
    os.close(theirs)
    os.set_blocking(mine, False)
    runs[pid] = _Run(job, pid, mine, time.monotonic())


def _child(job: dict[str, Any], pipe: int) -> None:
    """The forked process: a session of its own, nothing open that is not its own, its limits, the work, the end."""
    status = 1
    try:
        os.setsid()
        _processes.die_with_parent()
        log = os.open(Path(job["scratch"]) / "run.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for source, number in ((os.open(os.devnull, os.O_RDONLY), 0), (log, 1), (log, 2), (pipe, _ANSWER)):
            os.dup2(source, number)
        _processes.close_all_but({0, 1, 2, _ANSWER})
        os.set_inheritable(_ANSWER, False)
        faulthandler.register(signal.SIGUSR1, file=2, all_threads=True)
        limit = _processes.address_space() + job["memory"] + _RESERVED
        with contextlib.suppress(ValueError, OSError):  # a stricter limit is in force already
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        temporary = Path(job["scratch"]) / "tmp"
        temporary.mkdir(mode=0o700, exist_ok=True)  # it is there if the run is done once more
        os.environ |= {"TMPDIR": str(temporary), "CASELENS_MEMORY": str(job["memory"] // 2)}
        reason = work(job, lambda cell, cells: _say(_ANSWER, {"cell": cell, "cells": cells}))
        _say(_ANSWER, {"reason": reason})
        status = 0
    except BaseException:  # noqa: BLE001 - this process ends here, and its log says why
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)  # no handlers, no waiting for threads: nothing of the notebook runs on


def _listen(run: _Run, answers: int) -> None:
    """Take what a run says: its progress is passed on, its answer kept until it has ended."""
    try:
        block = os.read(run.pipe, 1 << 16)
    except BlockingIOError:
        return
    *lines, run.text = (run.text + block).split(b"\n")
    for line in lines:
        with contextlib.suppress(ValueError):  # half a line of a process that was ended while it spoke
            told = json.loads(line)
            if "cell" in told:
                _say(answers, {"id": run.job["id"], "cell": told["cell"], "cells": told["cells"]})
            else:
                run.answer = told


def _watch(runs: dict[int, _Run]) -> None:
    """End what takes too long or too much; first it writes down where it is."""
    now = time.monotonic()
    for run in runs.values():
        if run.ended:
            if now > run.end_at:
                _processes.end(run.pid)
            continue
        used = _processes.resident(run.pid)
        run.peak = max(run.peak, used)
        run.ended = (
            "memory" if used > run.job["memory"] else "timeout" if now - run.started > run.job["timeout"] else ""
        )
        if run.ended:
            run.end_at = now + _GRACE
            with contextlib.suppress(ProcessLookupError):
                os.kill(run.pid, signal.SIGUSR1)


def _reap(runs: dict[int, _Run], answers: int) -> None:
    """Answer for what has ended, and end what it left running."""
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if not pid:
            break
        if pid not in runs:
            continue  # a process that a notebook had left
        run = runs.pop(pid)
        _processes.end_group(pid)
        _listen(run, answers)
        os.close(run.pipe)
        peak = max(run.peak, usage.ru_maxrss << 10)
        told = {"seconds": time.monotonic() - run.started, "cpu": usage.ru_utime + usage.ru_stime, "peak": peak}
        ended = run.ended or ("" if "reason" in run.answer else "crash")
        reason = run.answer.get("reason", "")
        _say(
            answers,
            {
                "id": run.job["id"],
                "reason": reason,
                "ended": ended,
                "status": os.waitstatus_to_exitcode(status),
                **told,
            },
        )
    _processes.end_orphans(set(runs))


if __name__ == "__main__":
    main()
