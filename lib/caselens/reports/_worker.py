"""The process in which one notebook runs: a job comes in as JSON, the page is written, the answer goes out as JSON."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from caselens.core.errors import CaselensError, DataError, NotAssessable, UsageError

_OURS = frozenset(kind.__name__ for kind in (CaselensError, UsageError, NotAssessable, DataError))
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def work(job: dict[str, Any]) -> str:
    """Run the job and write its page; the reason why it failed, or an empty text."""
    import papermill
    from papermill.exceptions import PapermillExecutionError

    from caselens.reports.render import render

    try:
        executed = papermill.execute_notebook(
            job["notebook"],
            None,
            parameters=job["parameters"],
            kernel_name="python3",
            language="python",
            progress_bar=False,
            cwd=job["cwd"],
        )
    except PapermillExecutionError as error:
        sentence = _COLOUR.sub("", str(error.evalue))
        # What the library raises on purpose is a sentence for the reader; anything else is named by its class too.
        return sentence if error.ename in _OURS else f"{error.ename}: {sentence}"
    html = render(executed, job["language"], title=job["title"], head=job["head"], foot=job["foot"])
    Path(job["out"]).write_text(html, encoding="utf-8")
    return ""


def main() -> None:
    """Read one job from standard input, answer on standard output."""
    reason = work(json.load(sys.stdin))
    sys.stdout.write("\n" + json.dumps({"reason": reason}) + "\n")


if __name__ == "__main__":
    main()
