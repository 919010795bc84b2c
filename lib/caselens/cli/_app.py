"""What every command shares: the application, its two outputs, progress, opening a workspace, writing a table."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from caselens.core import progress
from caselens.core.errors import UsageError
from caselens.core.text import LANGUAGES, Language

app = typer.Typer(
    name="caselens",
    help="Caselens (镜鉴): raw files in, leads with their rows out. 原始材料进,带出处的线索出。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
#: Into a pipe or a file there is no screen to fit: nothing is cut.
_WIDE = None if sys.stdout.isatty() else 200
out, err = Console(width=_WIDE, soft_wrap=True), Console(stderr=True, width=_WIDE, soft_wrap=True)

WorkspacePath = Annotated[Path, typer.Argument(help="Folder of the workspace 工作区文件夹")]
Format = Annotated[str, typer.Option("--format", help="csv, jsonl or parquet 输出格式")]
OutFile = Annotated[Path, typer.Option("--out", help="File to write 输出文件")]


class _Bar:
    """Progress as a bar on the terminal, one line a task."""

    def __init__(self, bar: Progress) -> None:
        self.bar, self.tasks = bar, dict[str, TaskID]()

    def step(self, task: str, done: int, total: int | None) -> None:
        """Move the bar of a task."""
        if task not in self.tasks:
            self.tasks[task] = self.bar.add_task(escape(task), total=total)
        self.bar.update(self.tasks[task], completed=done, total=total)


@contextmanager
def shown() -> Iterator[None]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar, progress.listening(_Bar(bar)):
        yield


def opened(path: Path) -> Any:
    from caselens.api import open_workspace

    return open_workspace(path)


def write(frame: Any, target: Path | None, kind: str) -> None:
    from caselens.operations.exports import export, text_of

    if target is None:
        sys.stdout.write(text_of(frame, kind))
        return
    export(frame, target, kind)
    out.print(f"{len(frame):,} row(s) → {escape(str(target))}")


def languages_of(lang: str) -> tuple[Language, ...]:
    if lang not in (*LANGUAGES, "both"):
        raise UsageError(f"--lang takes zh, en or both, got {lang!r}")
    return LANGUAGES if lang == "both" else tuple(name for name in LANGUAGES if name == lang)
