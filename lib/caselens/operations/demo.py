"""The demonstration: the sample city, or published data that somebody has at hand, from files to reports."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from caselens.api import Desk, new_workspace
from caselens.core.errors import UsageError
from caselens.operations.batch import Written, write_reports
from caselens.sample import build
from caselens.store.access import EVERY
from caselens.store.audit import current_user


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One workspace of a demonstration: what it is, what came of it, and where its reports are."""

    title: str
    told: str
    written: Sequence[Written]
    reports: Path


#: Published data that ``demo_real`` knows: folder below the data, title.
_REAL = {
    "panama": "ICIJ Power Players",
    "ocds/ukraine": "ProZorro tenders (Ukraine)",
    "bank_exports/wechat": "WeChat bill, anonymised",
}


def demo(folder: Path, reports: bool = True) -> Demonstration:
    """Generate the sample city into ``folder/sample``, take it in, screen it and write the report of every case."""
    files = folder / "sample"
    shutil.rmtree(files, ignore_errors=True)
    build(files)
    return _through("Sample city 样例城市", files, folder / "demo", Path("reports") / "demo", reports)


def demo_real(data: Path, folder: Path, reports: bool = True) -> list[Demonstration]:
    """The same for each kind of published data that is in ``data``.

    Raises:
        UsageError: there is none of them.
    """
    found = [(name, title) for name, title in _REAL.items() if (data / name).is_dir()]
    if not found:
        raise UsageError(f"{data} has none of the folders {', '.join(_REAL)}")
    shown = []
    for name, title in found:
        workspace = "real-" + name.replace("/", "-")
        shown.append(_through(title, data / name, folder / workspace, Path("reports") / workspace, reports))
    return shown


def _through(title: str, files: Path, workspace: Path, reports: Path, write: bool) -> Demonstration:
    shutil.rmtree(workspace, ignore_errors=True)
    desk: Desk = new_workspace(workspace, title)
    taken = desk.intake(files)
    if desk.workspace.has("access"):
        # The sample's table names one invented analyst; whoever runs the demonstration may see all of it.
        desk.workspace.store.access.grant(EVERY, current_user(), "supervisor", current_user(), purpose="demonstration")
    result = desk.screen()
    written = write_reports(desk, reports) if write else []
    rows = sum(part.accepted for entry in taken.entries for part in entry.tables)
    refused = sum(bool(entry.refusal) for entry in taken.entries)
    told = (
        f"{len(taken.entries)} files ({refused} refused), {rows:,} rows accepted, {len(result.findings)} findings "
        f"文件 {len(taken.entries)} 个,接受 {rows:,} 行,线索项 {len(result.findings)} 个"
    )
    return Demonstration(title, told, written, reports)
