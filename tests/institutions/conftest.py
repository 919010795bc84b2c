"""A town small enough to be calculated by hand, taken in as a user's files are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from caselens.workspace import Workspace

#: The day of the data is 2024-06-30: the statement of the bank is the latest row that says so.
TOWN = {
    "organizations": """org_id,name,kind,headcount,region
ZONE,云溪开发区,government,100,云溪
CITY,云溪城投,state_owned,,云溪
BANK,云溪银行,financial,,云溪
FIRM,岚山建设,private,,云溪
MILL,岚山机械,private,,云溪
FARM,桃源村合作社,village_collective,,云溪
""",
    "persons": """person_id,name
ANN,安
BEN,贝
CAI,蔡
DAN,丹
EVA,伊
FEN,芬
GAO,高
HAN,韩
WEI,魏
""",
}


def made(folder: Path, tables: Mapping[str, str], as_of: str = "2024-06-30") -> Workspace:
    """A workspace with the town's parties and these tables (CSV text)."""
    (folder / "files").mkdir(parents=True)
    for name, text in {**TOWN, **tables}.items():
        (folder / "files" / f"{name}.csv").write_text(text, encoding="utf-8")
    workspace = Workspace.create(folder / "workspace")
    with workspace.folder.settings.open("a", encoding="utf-8") as file:
        file.write(f"\nas_of = {as_of}\n")
    workspace = Workspace.open(folder / "workspace")
    workspace.intake(folder / "files")
    return workspace


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Workspace]:
    """``town({"approvals": CSV, …})``: a new workspace with those tables, as of 2024-06-30."""

    def make(tables: Mapping[str, str]) -> Workspace:
        return made(tmp_path_factory.mktemp("town") / "w", tables)

    return make
