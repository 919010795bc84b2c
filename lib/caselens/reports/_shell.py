"""Papermill's engine for a process that serves one notebook: cells run in an IPython shell of the process itself.

A Jupyter kernel starts a second Python, imports everything again and talks through five sockets. A process forked for
one notebook has no use for that: it is the kernel. What cells show is kept in the order in which it was shown.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode, v4
from papermill.engines import Engine, NotebookExecutionManager
from traitlets import Type
from traitlets.config import Config

ENGINE = "caselens-shell"


class _Outputs:
    """What the running cell has shown, as ``nbformat`` outputs; what earlier cells named can still be updated."""

    def __init__(self) -> None:
        self.shown: list[NotebookNode] = []
        self._named: dict[str, list[NotebookNode]] = {}

    def begin(self) -> list[NotebookNode]:
        """The outputs of the next cell, filled as it runs."""
        self.shown = []
        return self.shown

    def stream(self, name: str, text: str) -> None:
        last = self.shown[-1] if self.shown else None
        if last is not None and last.output_type == "stream" and last.name == name:
            last.text += text
        elif text:
            self.shown.append(v4.new_output("stream", name=name, text=text))

    def add(self, kind: str, display_id: str | None = None, **parts: Any) -> None:
        output = v4.new_output(kind, **parts)
        self.shown.append(output)
        if display_id:
            self._named.setdefault(display_id, []).append(output)

    def update(self, display_id: str, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        for output in self._named.get(display_id, ()):
            output.update(data=dict(data), metadata=dict(metadata))


class _Stream(io.TextIOBase):
    """Standard output or error of the cells."""

    def __init__(self, shell: _Shell, name: str) -> None:
        self._shell, self._name = shell, name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._shell.outputs.stream(self._name, text)
        return len(text)


class _Hook(DisplayHook):
    """The value of a cell's last expression becomes its result."""

    shell: Any

    def write_output_prompt(self) -> None:
        """No prompt: the count is part of the output."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        self.shell.outputs.add(
            "execute_result", data=format_dict, metadata=md_dict or {}, execution_count=self.prompt_count
        )

    def finish_displayhook(self) -> None:
        """Nothing follows a result."""


class _Publisher(DisplayPublisher):
    """What ``display`` shows, in its place among the other outputs."""

    shell: Any

    def publish(
        self, data: dict[str, Any], metadata: dict[str, Any] | None = None, *unused: Any,
        transient: dict[str, Any] | None = None, update: bool = False, **more: Any,
    ) -> None:  # fmt: skip
        name = (transient or {}).get("display_id")
        if update and name:
            self.shell.outputs.update(name, data, metadata or {})
        else:
            self.shell.outputs.add("display_data", name, data=data, metadata=metadata or {})

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.shown.clear()


class _Shell(InteractiveShell):
    """A shell that shows nothing on a terminal and keeps no history on disk."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    outputs: _Outputs

    def _showtraceback(self, etype: type, evalue: object, stb: list[str]) -> None:
        self.outputs.add("error", ename=str(getattr(etype, "__name__", etype)), evalue=str(evalue), traceback=list(stb))


def new_shell(folder: Path) -> _Shell:
    """The shell of this process; there can be one. ``folder``: where IPython may keep files of its own."""
    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "nocolor"
    shell = _Shell.instance(config=settings, ipython_dir=str(folder))
    shell.outputs = _Outputs()
    sys.modules["__main__"] = shell.user_module
    return shell


class ShellEngine(Engine):
    """Runs each code cell in this process, as far as the first that fails (unless tagged ``raises-exception``)."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: NotebookExecutionManager, kernel_name: str, **kwargs: Any) -> None:
        """Run the cells. ``kwargs``: ``ipython_dir`` (a folder), ``told`` (called with cells done and cells in all)."""
        shell = new_shell(kwargs["ipython_dir"])
        told: Callable[[int, int], None] = kwargs["told"]
        cells = nb_man.nb.cells
        for index, cell in enumerate(cells):
            nb_man.cell_start(cell, index)
            failed = cell.cell_type == "code" and _fails(shell, cell)
            if failed:
                nb_man.cell_exception(cell, cell_index=index)
            nb_man.cell_complete(cell, cell_index=index)
            told(index + 1, len(cells))
            if failed:
                return


def _fails(shell: _Shell, cell: NotebookNode) -> bool:
    cell.outputs = shell.outputs.begin()
    if not cell.source.strip():
        return False
    cell.execution_count = shell.execution_count
    with _captured(shell):
        result = shell.run_cell(cell.source, store_history=True)
    return not result.success and "raises-exception" not in cell.metadata.get("tags", ())


@contextmanager
def _captured(shell: _Shell) -> Iterator[None]:
    with redirect_stdout(_Stream(shell, "stdout")), redirect_stderr(_Stream(shell, "stderr")):
        yield
