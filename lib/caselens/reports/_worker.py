"""One notebook in the process that was forked for it: run by papermill, rendered, written."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from caselens.core.errors import CaselensError, DataError, NotAssessable, UsageError
from caselens.core.masking import masked

_OURS = frozenset(kind.__name__ for kind in (CaselensError, UsageError, NotAssessable, DataError))
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def work(job: dict[str, Any], told: Callable[[int, int], None]) -> str:
    """Run the job and write its page; the reason why it failed, or an empty text.

    A traceback goes to standard error, which is the run's log, without the numbers that an error's text may bring along.

    Args:
        job: ``notebook``, ``parameters``, ``language``, ``title``, ``head``, ``foot``, ``cwd``; ``scratch``: a folder
            of its own, where ``page.html`` and ``notebook.ipynb`` are written.
        told: called with the number of cells done and of all cells.
    """
    import nbformat
    import papermill
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError

    from caselens.reports._shell import ENGINE, ShellEngine
    from caselens.reports.render import render

    papermill_engines.register(ENGINE, ShellEngine)
    scratch = Path(job["scratch"])
    try:
        executed = papermill.execute_notebook(
            # The notebook itself, not its path: papermill would fill in parameters where a path has braces.
            nbformat.read(job["notebook"], as_version=4),
            None,
            parameters=job["parameters"],
            engine_name=ENGINE,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            cwd=job["cwd"] or str(scratch),
            ipython_dir=scratch / "ipython",
            told=told,
        )
        html = render(executed, job["language"], title=job["title"], head=job["head"], foot=job["foot"])
        nbformat.write(executed, scratch / "notebook.ipynb")
        (scratch / "page.html").write_text(html, encoding="utf-8")
    except PapermillExecutionError as error:
        sentence = _COLOUR.sub("", str(error.evalue))
        sys.stderr.write(masked("\n".join(_COLOUR.sub("", str(line)) for line in error.traceback or [sentence])) + "\n")
        # What the library raises on purpose is a sentence for the reader; anything else is named by its class too.
        return sentence if error.ename in _OURS else f"{error.ename}: {sentence}"
    except Exception as error:  # noqa: BLE001 - whatever it is, the case has failed and the others go on
        sys.stderr.write(masked(traceback.format_exc()))
        return f"{type(error).__name__}: {error}"
    return ""
