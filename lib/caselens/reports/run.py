"""Running a notebook for a case in a process of its own, and writing its page, whatever happens."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caselens.core.errors import UsageError
from caselens.core.text import LANGUAGES, Language, Text
from caselens.views import PAGE_VARIABLE, escape, page

_FAILED_TITLE = Text("本案报告未能生成", "The report of this case could not be made")
_FAILED_ABOUT = Text(
    "运行中断，本页不含任何结论；未列出的事项不等于没有问题。其他案件的报告不受影响。",
    "The run broke off. This page holds no result; what is not listed has not been found to be in order. "
    "Reports of other cases are not affected.",
)
_REASON = Text("原因", "Reason")
_TIMEOUT = Text("超过 {seconds} 秒仍未完成", "not finished after {seconds} seconds")
_CRASH = Text("进程异常退出（状态 {status}）", "the process ended unexpectedly (status {status})")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a run: ``ok``, the page that was written, and, where it failed, the reason."""

    ok: bool
    page: Path
    reason: str = ""


def parameters_of(notebook_path: Path) -> dict[str, Any]:
    """Names and default values of a notebook's ``parameters`` cell.

    Raises:
        UsageError: the file is no notebook, has not exactly one cell tagged ``parameters``, or the cell assigns
            something other than plain values.
    """
    try:
        notebook = json.loads(notebook_path.read_text(encoding="utf-8"))
        cells = [cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    except (OSError, ValueError, KeyError, TypeError) as error:
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


def run(
    notebook_path: Path,
    parameters: Mapping[str, Any],
    out: Path,
    language: Language,
    *,
    title: str = "",
    head: str = "",
    foot: str = "",
    timeout: float = 1800,
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
        cwd: folder the notebook runs in; relative paths in parameters are meant from there. Default: this process's.

    Returns:
        the outcome. A run that fails leaves a page that says so in both languages; nothing is raised, so that a batch
        goes on.

    Raises:
        UsageError: an unknown parameter or language, or a file that is no notebook; nothing is written then.
    """
    if language not in LANGUAGES:
        raise UsageError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    known = parameters_of(notebook_path)
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise UsageError(
            f"{notebook_path.name} has no parameter {', '.join(map(repr, unknown))}; it has {', '.join(sorted(known))}"
        )
    given = {**parameters, **({"language": language} if "language" in known else {})}
    job: dict[str, Any] = {
        "notebook": str(notebook_path.resolve()),
        "parameters": given,
        "language": language,
        "title": title,
        "head": head,
        "foot": foot,
        "cwd": str((cwd or Path.cwd()).resolve()),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".run-") as scratch:
        job["out"] = str(Path(scratch) / "page.html")
        reason = _work(job, timeout)
        if reason:
            failure_page(out, reason, language, title=title, head=head)
            return Outcome(False, out, reason)
        os.replace(job["out"], out)
    return Outcome(True, out)


def _work(job: Mapping[str, Any], timeout: float) -> str:
    """Do the job in a process of its own; the reason why it failed, or an empty text."""
    # The hash seed is fixed so that a set's order cannot make two pages of the same data differ.
    environment = {**os.environ, PAGE_VARIABLE: "1", "PLOTLY_RENDERER": "plotly_mimetype", "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-m", "caselens.reports._worker"]
    language: Language = job["language"]
    # A group of its own: on a timeout the notebook's kernel, a grandchild, must end as well.
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
        start_new_session=True,
    )
    try:
        answer, complaint = process.communicate(json.dumps(job), timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.communicate()
        return _TIMEOUT.format(seconds=int(timeout)).get(language)
    try:
        return str(json.loads(answer.strip().splitlines()[-1])["reason"])
    except (ValueError, IndexError, KeyError):
        last = (complaint.strip().splitlines() or [""])[-1]
        return f"{_CRASH.format(status=process.returncode).get(language)}: {last}".rstrip(": ")


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
