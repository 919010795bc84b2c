"""What a batch does for redacted editions: their title, and a last look before they are put in place."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from caselens.core.text import Language, Text
from caselens.reports._gate import Gate, leaks_in
from caselens.reports._known import known_values
from caselens.reports.pool import Ended
from caselens.reports.pseudonyms import Pseudonyms, secret_of
from caselens.workspace import Workspace

__all__ = ["Gate", "known_values", "passed", "pseudonym"]

_LEAK = Text(
    "最后核查发现 {n} 处已知身份信息，因此未予写出", "the last look found {n} known values in it, so it was not written"
)
#: The reason of a run that failed may quote the data.
_FAILED = Text("原因见内部日志，不在此列示", "the reason is in the office's log and not given here")


def pseudonym(workspace: Workspace, case_id: str, language: Language) -> str:
    """What a redacted edition calls its case."""
    return Pseudonyms(secret_of(workspace.folder.root), case_id, language).of("case", case_id)


def passed(ended: Ended, scratch: Path, page: Path, gate: Gate) -> Ended:
    """The run as it may be settled: failed, and without a reason that quotes the data, where a known value is in it.

    Args:
        ended: the run of a redacted edition.
        scratch: what it wrote.
        page: where it is to lie. The log of a failure goes outside its folder, which is what is handed over.
        gate: what must not be shown.
    """
    language: Language = ended.job["language"]
    log = page.parent.parent / f".{page.parent.name}.run.log"
    if ended.reason or ended.cut:
        if (scratch / "run.log").exists():
            (scratch / "run.log").chmod(0o600)
            os.replace(scratch / "run.log", log)
        # Time and memory are said as they are; any other reason may quote the data.
        return ended if ended.cut in ("timeout", "memory") else replace(ended, reason=_FAILED.get(language), cut="")
    log.unlink(missing_ok=True)
    written = [scratch / name for name in ("page.html", *ended.job.get("beside", ())) if (scratch / name).exists()]
    found = leaks_in(written, gate)
    return replace(ended, reason=_LEAK.format(n=len(found)).get(language)) if found else ended
