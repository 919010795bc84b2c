"""Runs of notebooks, several at once, each in a process forked for it alone from one that has everything imported."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, TypeVar

from caselens.views import PAGE_VARIABLE

#: For the process that is forked, where the caller's environment does not say otherwise: libraries start no threads in
#: it when they are loaded, and a set's order cannot make two pages of the same data differ.
ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "CASELENS_THREADS": "1",
}
#: Outputs are for a page, figures come as data.
_PAGE = {PAGE_VARIABLE: "1", "PLOTLY_RENDERER": "plotly_mimetype"}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Progress:
    """A run has finished ``done`` of ``cells`` cells."""

    job: Mapping[str, Any]
    done: int
    cells: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A run is over.

    Attributes:
        job: as it was given.
        reason: why it failed, as the notebook said it; empty if it did not.
        cut: ``timeout``, ``memory`` or ``crash`` if it was ended or ended itself before it could answer, else empty.
        status: of the process: 0, or minus the signal that ended it.
        seconds, cpu: wall time and processor time.
        peak: most bytes of memory it filled, libraries included.
    """

    job: Mapping[str, Any]
    reason: str = ""
    cut: str = ""
    status: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    peak: int = 0


class Pool:
    """Starts the process that is forked with the first run, and again where it was killed.

    Use it in a ``with`` block; at its end nothing runs on. Not for several threads at once.

    Attributes:
        threads: how many threads the process had when it was ready to be forked; 0 before. More than one would be a
            defect: see ``_server``.
    """

    def __init__(self) -> None:
        self.threads = 0
        self._server: subprocess.Popen[bytes] | None = None
        self._complaints: IO[bytes] | None = None

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End everything that runs."""
        server, self._server = self._server, None
        if server is not None:
            with contextlib.suppress(BrokenPipeError):
                _of(server.stdin).close()
            server.wait()
            _of(server.stdout).close()
            _of(self._complaints).close()

    def run(self, jobs: Iterable[Mapping[str, Any]], at_once: int = 1) -> Iterator[Progress | Ended]:
        """Run jobs (see ``_worker.work``; ``timeout`` and ``memory`` beside), ``at_once`` of them at a time.

        Yields:
            progress, and for each job exactly one ``Ended``, in the order in which they end. Jobs are taken from the
            iterable only as places become free. If the process that is forked is killed, by the machine or by a
            notebook, what ran in it is run once more, each alone, so that only the one at fault fails.
        """
        waiting = enumerate(jobs)
        running: dict[int, Mapping[str, Any]] = {}
        while True:
            while len(running) < max(at_once, 1) and (following := next(waiting, None)) is not None:
                number, job = following
                running[number] = job
                self._send({**job, "id": number})
            if not running:
                return
            told = self._hear()
            if told is None:
                lost, running = list(running.values()), {}
                yield from self._alone(lost)
            elif "cell" in told:
                yield Progress(running[told["id"]], told["cell"], told["cells"])
            else:
                yield _ended(running.pop(told["id"]), told)

    def _alone(self, jobs: list[Mapping[str, Any]]) -> Iterator[Progress | Ended]:
        self.close()
        for job in jobs:
            with Pool() as own:
                own._send({**job, "id": 0})
                while (told := own._hear()) is not None and "cell" in told:
                    yield Progress(job, told["cell"], told["cells"])
                yield _ended(job, told or own._end())

    def _send(self, request: Mapping[str, Any]) -> None:
        if self._server is None:
            self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the server
            # A session of its own: a key that interrupts the caller ends the runs by the closed pipe, in order.
            self._server = subprocess.Popen(
                [sys.executable, "-m", "caselens.reports._server"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                env={**ENVIRONMENT, **os.environ, **_PAGE},
                start_new_session=True,
            )
        with contextlib.suppress(BrokenPipeError):  # it was killed; `_hear` finds out
            _of(self._server.stdin).write(json.dumps(request).encode() + b"\n")
            _of(self._server.stdin).flush()

    def _hear(self) -> dict[str, Any] | None:
        """The next answer; ``None`` where there will be none."""
        while (line := _of(_of(self._server).stdout).readline()).endswith(b"\n"):
            told: dict[str, Any] = json.loads(line)
            if "id" in told:
                return told
            self.threads = told["ready"]
        return None

    def _end(self) -> dict[str, Any]:
        """What is to be said of a run that took the process it was forked from with it."""
        complaints = _of(self._complaints)
        complaints.seek(0)
        lines = complaints.read().decode(errors="replace").strip().splitlines()
        return {"ended": "crash", "status": _of(self._server).wait(), "reason": lines[-1] if lines else ""}


def _of(value: _T | None) -> _T:
    """A part of a process that is running."""
    if value is None:
        raise RuntimeError("the process that runs notebooks has not been started")
    return value


def _ended(job: Mapping[str, Any], told: Mapping[str, Any]) -> Ended:
    return Ended(
        job,
        told.get("reason", ""),
        told.get("ended", ""),
        told.get("status", 0),
        told.get("seconds", 0.0),
        told.get("cpu", 0.0),
        told.get("peak", 0),
    )
