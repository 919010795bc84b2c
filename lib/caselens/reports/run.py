"""Running a notebook in a process of its own, and writing its page, whatever happens."""

from __future__ import annotations

import ast
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from caselens.core.errors import UsageError
from caselens.core.text import LANGUAGES, Language, Text
from caselens.reports.pool import Ended, Pool
from caselens.views import escape, page

_FAILED_TITLE = Text("本案报告未能生成", "The report of this case could not be made")
_FAILED_ABOUT = Text(
    "运行中断，本页不含任何结论；未列出的事项不等于没有问题。其他案件的报告不受影响。",
    "The run broke off. This page holds no result; what is not listed has not been found to be in order. "
    "Reports of other cases are not affected.",
)
#: Seconds and bytes one run may take.
TIMEOUT, MEMORY = 1800.0, 4 << 30
#: Beside a page: the log of a run that failed, and the executed notebook. For the office, not for hand-over.
LOG, NOTEBOOK = ".run.log", ".run.ipynb"
_REASON = Text("原因", "Reason")
_TIMEOUT = Text("超过 {seconds} 秒仍未完成", "not finished after {seconds} seconds")
_MEMORY = Text("所用内存超过 {limit} GB 的上限", "it needed more memory than the {limit} GB it may fill")
_CRASH = Text("进程异常退出（状态 {status}）", "the process ended unexpectedly (status {status})")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a run: ``ok``, the page that was written, and, where it failed, the reason.

    ``seconds`` and ``cpu`` are wall and processor time, ``peak`` the most memory filled, in bytes.
    """

    ok: bool
    page: Path
    reason: str = ""
    seconds: float = 0.0
    cpu: float = 0.0
    peak: int = 0


def parameters_of(notebook_path: Path) -> dict[str, Any]:
    """Names and default values of a notebook's ``parameters`` cell.

    Raises:
        UsageError: the file is no notebook, has not exactly one cell tagged ``parameters``, or the cell assigns
            something other than plain values.
    """
    try:
        text = notebook_path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(f"{notebook_path} is not a notebook that can be run: {error}") from error
    return dict(_parameters_in(text, notebook_path))


@lru_cache(maxsize=8)  # a batch asks for each of its thousand runs
def _parameters_in(text: str, notebook_path: Path) -> dict[str, Any]:
    try:
        notebook = json.loads(text)
        cells = [cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{notebook_path} is not a notebook that can be run: {error}") from error
    if len(cells) != 1:
        raise UsageError(f"{notebook_path.name} must have one cell tagged 'parameters', it has {len(cells)}")
    source = cells[0]["source"]
    found: dict[str, Any] = {}
    try:
        for statement in ast.parse(source if isinstance(source, str) else "".join(source)).body:
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                ):
                    found[name] = ast.literal_eval(value)
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"{notebook_path.name}: the parameters cell may only assign plain values: {error}") from error
    return found


def job_of(
    notebook_path: Path,
    parameters: Mapping[str, Any],
    language: Language,
    *,
    title: str = "",
    head: str = "",
    foot: str = "",
    timeout: float = TIMEOUT,
    memory: int = MEMORY,
    cwd: Path | None = None,
) -> dict[str, Any]:
    """One run for a :class:`Pool`, checked; the arguments are those of :func:`run`.

    Raises:
        UsageError: an unknown parameter or language, or a file that is no notebook.
    """
    if language not in LANGUAGES:
        raise UsageError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    known = parameters_of(notebook_path)
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise UsageError(
            f"{notebook_path.name} has no parameter {', '.join(map(repr, unknown))}; it has {', '.join(sorted(known))}"
        )
    return {
        "notebook": str(notebook_path.resolve()),
        "parameters": {**parameters, **({"language": language} if "language" in known else {})},
        "language": language,
        "title": title,
        "head": head,
        "foot": foot,
        "cwd": str((cwd or Path.cwd()).resolve()),
        "timeout": timeout,
        "memory": memory,
    }


def run(
    notebook_path: Path,
    parameters: Mapping[str, Any],
    out: Path,
    language: Language,
    *,
    title: str = "",
    head: str = "",
    foot: str = "",
    timeout: float = TIMEOUT,
    memory: int = MEMORY,
    cwd: Path | None = None,
) -> Outcome:
    """Execute a notebook by papermill in a separate process and write its page to ``out``.

    Args:
        notebook_path: a notebook with one ``parameters`` cell.
        parameters: values for it; ``language`` is set from ``language`` if the notebook has such a parameter.
        out: the HTML file; its folder is made, an older page is replaced in one step.
        language: of the page.
        title, head, foot: plain text, see ``render``.
        timeout: seconds after which the run counts as failed.
        memory: bytes that the run, with everything it starts, may fill (libraries take about 0.4 GB of them).
        cwd: folder the notebook runs in; relative paths in parameters are meant from there. Default: this process's.

    Returns:
        the outcome. A run that fails leaves a page that says so in both languages, and its traceback in the log beside
        it (``LOG``); nothing is raised, so that a batch goes on.

    Raises:
        UsageError: an unknown parameter or language, or a file that is no notebook; nothing is written then.
    """
    job = job_of(
        notebook_path, parameters, language,
        title=title, head=head, foot=foot, timeout=timeout, memory=memory, cwd=cwd,
    )  # fmt: skip
    with scratch_beside(out) as scratch, Pool() as pool:
        ended = next(event for event in pool.run([{**job, "scratch": str(scratch)}]) if isinstance(event, Ended))
        return settle(ended, scratch, out)


@contextmanager
def scratch_beside(out: Path) -> Iterator[Path]:
    """A folder of this process beside ``out``, removed afterwards; so is what a process that was killed has left."""
    out.parent.mkdir(parents=True, exist_ok=True)
    for left in out.parent.glob(".run-*-*"):
        owner = left.name.split("-")[1]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".run-{os.getpid()}-") as scratch:
        yield Path(scratch)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def settle(ended: Ended, scratch: Path, out: Path, *, keep: bool = False) -> Outcome:
    """Put what a run left in ``scratch`` in its place: the page, or one that says why there is none, and the log.

    Args:
        ended: the run. Its job may name files under ``beside`` that the notebook wrote in ``scratch``.
        scratch: where it wrote.
        out: the HTML file.
        keep: also keep the executed notebook, as ``NOTEBOOK`` beside the page. It holds everything the page does, and
            the paths of this machine; its name begins with a dot because it stays in the office.
    """
    job, reason = ended.job, why(ended)
    for name in job.get("beside", ()):
        # What the notebook wrote beside its page goes with it; an older one must not stay beside a failed page.
        out.with_name(name).unlink(missing_ok=True)
        if not reason:
            _place(scratch / name, out.with_name(name))
    if reason:
        failure_page(out, reason, job["language"], title=job["title"], head=job["head"])
        _place(scratch / "run.log", out.with_name(LOG))
        out.with_name(NOTEBOOK).unlink(missing_ok=True)
    else:
        os.replace(scratch / "page.html", out)
        out.with_name(LOG).unlink(missing_ok=True)
        if keep:
            _place(scratch / "notebook.ipynb", out.with_name(NOTEBOOK))
    return Outcome(not reason, out, reason, ended.seconds, ended.cpu, ended.peak)


def _place(source: Path, target: Path) -> None:
    if source.exists():
        source.chmod(0o600)
        os.replace(source, target)


def why(ended: Ended) -> str:
    """Why a run failed, in the language of its page; empty where it did not."""
    job = ended.job
    language: Language = job["language"]
    if ended.cut == "timeout":
        return _TIMEOUT.format(seconds=f"{job['timeout']:g}").get(language)
    if ended.cut == "memory" or ended.reason.startswith("MemoryError"):
        return _MEMORY.format(limit=f"{job['memory'] / (1 << 30):.3g}").get(language)
    if ended.cut:
        return f"{_CRASH.format(status=ended.status).get(language)}: {ended.reason}".rstrip(": ")
    return ended.reason


def failure_page(out: Path, reason: str, language: Language, *, title: str = "", head: str = "") -> None:
    """Write a page that says, in both languages, that there is no report and why; ``language`` comes first."""
    order = sorted(LANGUAGES, key=lambda other: other != language)
    body = "".join(
        f'<section class="failed" lang="{"zh-CN" if side == "zh" else "en"}"><h2>{_FAILED_TITLE.get(side)}</h2>'
        f"<p>{_FAILED_ABOUT.get(side)}</p><p>{_REASON.get(side)}: {escape(reason)}</p></section>"
        for side in order
    )
    named = f"{title} · {_FAILED_TITLE.get(language)}" if title else _FAILED_TITLE.get(language)
    out.parent.mkdir(parents=True, exist_ok=True)
    scratch = out.with_name(f".{out.name}.part")
    scratch.write_text(page(body, named, language, head=head, search=False), encoding="utf-8")
    os.replace(scratch, out)
