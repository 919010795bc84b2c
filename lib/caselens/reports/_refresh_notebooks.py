"""Save the figures that notebooks are compared with: ``python -m caselens.reports._refresh_notebooks NOTEBOOK…``.

Each notebook is run where it lies, with its default parameters. Only the cells that ask to be compared keep their output,
as text; all others are saved without, so that a notebook in the repository never carries pictures or stale figures.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

#: The first line of a cell whose output nbval compares.
MARK = "# NBVAL_CHECK_OUTPUT"


def stripped(notebook: NotebookNode) -> NotebookNode:
    """A copy of an executed notebook with the outputs of marked cells, as text, and nothing else that a run adds.

    Raises:
        ValueError: a marked cell shows something that has no text, or nothing: there would be nothing to compare.
    """
    kept = nbformat.from_dict(notebook)
    # The run's own Python version would be a change whenever somebody else refreshes.
    kept.metadata["language_info"] = NotebookNode({"name": "python"})
    for place, cell in enumerate((cell for cell in kept.cells if cell.cell_type == "code"), start=1):
        asked = cell.source.startswith(MARK)
        cell.metadata.pop("execution", None)
        cell.outputs = [_plain(output, place) for output in cell.outputs] if asked else []
        cell.execution_count = place if asked else None
        if asked and not cell.outputs:
            raise ValueError(f"code cell {place} asks to be compared, but shows nothing")
    return kept


def _plain(output: NotebookNode, place: int) -> NotebookNode:
    if output.output_type == "stream":
        return output
    if "text/plain" not in output.get("data", {}):
        raise ValueError(f"code cell {place} asks to be compared, but has an output without text")
    return NotebookNode(
        {**output, "data": {"text/plain": output.data["text/plain"]}, "metadata": {}} | _count(output, place)
    )


def _count(output: NotebookNode, place: int) -> dict[str, int]:
    return {"execution_count": place} if output.output_type == "execute_result" else {}


def refresh(path: Path) -> None:
    """Run the notebook and write it back with the outputs that are compared.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed; the file is left as it was.
    """
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}).execute()
    nbformat.write(stripped(notebook), path)


def main(arguments: Sequence[str] | None = None) -> None:
    """Refresh each notebook that is named."""
    parser = argparse.ArgumentParser(description="Save anew the figures that notebooks are compared with.")
    parser.add_argument("notebooks", nargs="+", type=Path)
    for path in parser.parse_args(arguments).notebooks:
        refresh(path)


if __name__ == "__main__":
    main()
