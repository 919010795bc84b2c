"""What is saved in a notebook: the figures that are compared, as text, and nothing else of a run."""

import nbformat
import pytest
from nbformat import v4

from caselens.reports._refresh_notebooks import main, stripped

RICH = {"text/plain": "3", "text/html": "<b>3</b>", "image/png": "AAAA"}


def output(data, **more):
    return v4.new_output("execute_result", data=data, execution_count=7, **more)


def test_only_marked_cells_keep_their_figures_and_only_as_text():
    marked = v4.new_code_cell("# NBVAL_CHECK_OUTPUT\n1 + 2", outputs=[output(RICH)], execution_count=7)
    other = v4.new_code_cell("4", outputs=[output(RICH)], execution_count=8, metadata={"execution": {"at": "now"}})
    notebook = v4.new_notebook(
        cells=[v4.new_markdown_cell("x"), other, marked], metadata={"language_info": {"name": "python", "version": "3"}}
    )
    first, second = stripped(notebook).cells[1:]
    assert (first.outputs, first.execution_count, dict(first.metadata)) == ([], None, {})
    assert [dict(item.data) for item in second.outputs] == [{"text/plain": "3"}]
    assert second.execution_count == second.outputs[0].execution_count == 2  # its place, whatever ran before
    assert stripped(notebook).metadata["language_info"] == {"name": "python"}
    assert notebook.cells[1].outputs  # the given one is not changed


@pytest.mark.parametrize("outputs", [[], [output({"image/png": "AAAA"})]])
def test_a_marked_cell_without_text_would_compare_nothing_and_is_refused(outputs):
    with pytest.raises(ValueError, match="asks to be compared"):
        stripped(v4.new_notebook(cells=[v4.new_code_cell("# NBVAL_CHECK_OUTPUT\nx", outputs=outputs)]))


def test_a_stale_figure_is_replaced(tmp_path):
    stale = v4.new_code_cell("# NBVAL_CHECK_OUTPUT\n40 + 2", outputs=[output({"text/plain": "41"})], execution_count=1)
    path = tmp_path / "00_figures.ipynb"
    nbformat.write(v4.new_notebook(cells=[stale]), path)
    main([str(path)])
    assert nbformat.read(path, 4).cells[0].outputs[0].data["text/plain"] == "42"
