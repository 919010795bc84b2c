"""The command line: thin over the library. 0 done, 1 something in the data or a case failed, 2 wrong usage.

A group of commands a module; one that is named below is part of the command line.
"""

from __future__ import annotations

import os
import sys
import warnings
from typing import TextIO

from rich.markup import escape

# Importing a module adds its commands, in this order.
from caselens.cli import material, parties, leads, deciding, reporting, sharing, office, refreshing  # noqa: F401  # isort: skip
from caselens.cli._app import app, err
from caselens.core.errors import CaselensError, DataError, UsageError

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line; what went wrong is a sentence, not a traceback, and so is a warning."""
    warnings.showwarning = _show_warning
    os.umask(0o077)  # whatever it writes is for whoever runs it, keys and exports too
    try:
        app(standalone_mode=True)
    except DataError as error:
        err.print(f"[red]data 数据[/] {escape(str(error))}", highlight=False)
        sys.exit(1)
    except UsageError as error:
        err.print(f"[red]usage 用法[/] {escape(str(error))}", highlight=False)
        sys.exit(2)
    except CaselensError as error:
        err.print(f"[red]error 错误[/] {escape(str(error))}", highlight=False)
        sys.exit(1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        err.print(f"[red]error 错误[/] {escape(where + (error.strerror or str(error)))}", highlight=False)
        sys.exit(1)
    except _of_the_engine() as error:
        err.print(
            f"[red]error 错误[/] the engine cannot go on: {escape(str(error).splitlines()[0][:300])}\n"
            "If it names a file of the workspace, see: caselens check W, caselens repair W 如涉及工作区文件，请检查并修复",
            highlight=False,
        )
        sys.exit(1)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning to the user as a sentence; those of libraries to their programmers stay out."""
    if issubclass(category, UserWarning):
        err.print(f"[yellow]warning 提示[/] {escape(str(message))}", highlight=False)


def _of_the_engine() -> type[Exception]:
    """The engine's own errors; it is imported here because most commands that fail have not needed it."""
    import duckdb

    return duckdb.Error
