"""Reports on a Dask cluster that is running already: workers run them, this process puts the pages in their places.

A worker needs this package, and the workspace and the notebooks at the same paths. It runs each report in a process
forked for it (see ``reports.pool``), with the same limits as on this machine; what it wrote comes back through Dask.
When a worker is lost, Dask gives its reports to another; a page is written here, once, when the first answer is in.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from caselens.core.errors import UsageError
from caselens.operations.batch import Task, settled
from caselens.reports.pool import Ended, Pool
from caselens.reports.run import Outcome, scratch_beside

#: Seconds to wait for the scheduler and its first worker, and between two looks whether anybody is still there.
_CONNECT, _LOOK = 30.0, 10.0
_LEFT = ("page.html", "notebook.ipynb", "run.log")
_mine = threading.local()


def run_there(tasks: Sequence[Task], address: str) -> Iterator[tuple[Task, Outcome]]:
    """Run tasks on the cluster; one outcome for each, in the order in which they come back.

    A report whose workers were lost again and again (Dask's ``allowed-failures``), or that is still out when the
    scheduler or the last worker has gone, has failed.

    Args:
        tasks: what to write.
        address: of the scheduler, ``tcp://HOST:PORT``; ``tls://`` with Dask's own settings for certificates.

    Raises:
        UsageError: the extra ``dask`` is not installed, nobody answers at that address, or it has no worker.
    """
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise UsageError("reports on a Dask cluster need the extra: pip install 'caselens[dask]'") from error
    try:
        client = Client(address, timeout=_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"no Dask scheduler answers at {address} 无法连接 Dask 调度器: {error}") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_CONNECT)
        except TimeoutError as error:
            raise UsageError(f"the Dask scheduler at {address} has no worker 集群中没有工作进程") from error
        out = {client.submit(_work, dict(task.job), pure=False): task for task in tasks}
        answers = as_completed(list(out), loop=client.loop, raise_errors=False)
        looked = time.monotonic()
        while out:
            came = answers.next_batch(block=False)
            for future in came:
                answer = _answer(future)
                if answer is None:
                    answers.add(future)
                    continue
                yield _placed(out.pop(future), answer)
                future.release()
            if came:
                continue
            time.sleep(0.05)
            if time.monotonic() - looked > _LOOK:
                looked = time.monotonic()
                # Counted by the scheduler: the list of workers is empty whenever the client's own heartbeat came last.
                if client.status != "running" or not client.scheduler_info(n_workers=0).get("n_workers"):
                    break
        for task in out.values():
            yield task, _lost(task, "the cluster has gone")


def _answer(future: Any) -> tuple[dict[str, Any], dict[str, bytes]] | str | None:
    """What a worker answered, or why there is no answer; ``None`` where it went with the worker that had it.

    Dask has the report made again then, and the future comes back.
    """
    try:
        if future.status == "finished":
            return cast(tuple[dict[str, Any], dict[str, bytes]], future.result(timeout=_LOOK))
    except TimeoutError:
        return None
    except Exception:
        if future.status != "error":  # what the second making of it ran into is told below
            raise
    if future.status in ("lost", "pending"):
        return None
    return str(future.exception()) if future.status == "error" else str(future.status)


def _placed(task: Task, answer: tuple[dict[str, Any], dict[str, bytes]] | str) -> tuple[Task, Outcome]:
    if isinstance(answer, str):
        return task, _lost(task, answer)
    told, files = answer
    with scratch_beside(task.page) as scratch:
        for name, content in files.items():
            (scratch / name).write_bytes(content)
        return task, settled(task, Ended(task.job, **told), scratch)


def _lost(task: Task, reason: str) -> Outcome:
    with scratch_beside(task.page) as scratch:
        return settled(task, Ended(task.job, reason, "crash"), scratch)


def _work(job: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """On a worker: run one report; how it ended, and what it wrote. Each thread of the worker has its own pool."""
    if not hasattr(_mine, "pool"):
        _mine.pool = Pool()
    with tempfile.TemporaryDirectory(prefix="caselens-") as scratch:
        events = _mine.pool.run([{**job, "scratch": scratch}])
        ended = asdict(next(event for event in events if isinstance(event, Ended)))
        del ended["job"]
        left = [Path(scratch) / name for name in (*_LEFT, *job.get("beside", ()))]
        return ended, {path.name: path.read_bytes() for path in left if path.exists()}
