"""What every command shares: the application, its two outputs, progress, opening a workspace, writing a table."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from caselens import __version__
from caselens.core import progress
from caselens.core.errors import UsageError
from caselens.core.text import LANGUAGES, Language

#: Controls but tab and line feed, and what reorders or hides letters.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

app = typer.Typer(
    name="caselens",
    help="Caselens (镜鉴): raw files in, leads with their rows out. 原始材料进,带出处的线索出。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"caselens {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version 显示版本")
    ] = False,
) -> None:
    """What holds for every command."""


class _Console(Console):
    """A terminal that obeys its user only: a name in the data cannot clear it, recolour it or write its title."""

    def render_str(self, text: str, **given: Any) -> Text:
        """Markup of ours is obeyed, control characters are spelled."""
        return super().render_str(spelled(text), **given)


#: Into a pipe or a file there is no screen to fit: nothing is cut.
_WIDE = None if sys.stdout.isatty() else 200
out, err = _Console(width=_WIDE, soft_wrap=True), _Console(stderr=True, width=_WIDE, soft_wrap=True)

WorkspacePath = Annotated[Path, typer.Argument(help="Folder of the workspace 工作区文件夹")]
Format = Annotated[str, typer.Option("--format", help="csv, jsonl, parquet or xlsx 输出格式")]
OutFile = Annotated[Path, typer.Option("--out", help="File to write 输出文件")]


def spelled(text: str) -> str:
    """``text`` with each control character spelled ``⟦U+001B⟧``."""
    return _CONTROLS.sub(lambda sign: f"⟦U+{ord(sign.group()):04X}⟧", text)


#: Lines of progress that stay when their task is done.
_LINES = 12


class _Bar:
    """Progress as a bar on the terminal, one line a task."""

    def __init__(self, bar: Progress) -> None:
        self.bar, self.tasks = bar, dict[str, TaskID]()

    def step(self, task: str, done: int, total: int | None) -> None:
        """Move the bar of a task."""
        if task not in self.tasks:
            self.tasks[task] = self.bar.add_task(escape(spelled(task)), total=total)
        self.bar.update(self.tasks[task], completed=done, total=total)
        if done == total and len(self.tasks) > _LINES:  # a batch has a task a report
            self.bar.remove_task(self.tasks.pop(task))


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
        text = text_of(frame, kind)
        sys.stdout.write(spelled(text) if sys.stdout.isatty() else text)
        return
    guarded = export(frame, target, kind)
    out.print(f"{len(frame):,} row(s) → {escape(str(target))}")
    if guarded:
        out.print(f"{guarded:,} cell(s) look like a formula; an apostrophe stands before them 疑似公式，已加撇号")


def languages_of(lang: str) -> tuple[Language, ...]:
    if lang not in (*LANGUAGES, "both"):
        raise UsageError(f"--lang takes zh, en or both, got {lang!r}")
    return LANGUAGES if lang == "both" else tuple(name for name in LANGUAGES if name == lang)
