"""Sections on institutions: what cannot be assessed is said, an empty one proves nothing, no name becomes markup."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from caselens.api.desk import Desk
from caselens.core.errors import UsageError
from caselens.reports import capital, decisions, rectification, unit, works
from caselens.reports._institution import Shown
from caselens.reports._institution_words import KINDS, LABELS
from caselens.tables import TABLES
from caselens.workspace import Workspace

HOSTILE = "<img src=x onerror=hit()>"
SHOWN = {
    f"{module.__name__}.{name}": value
    for module in (capital, decisions, rectification, unit, works)
    for name, value in vars(module).items()
    if isinstance(value, Shown)
}


def made(folder: Path, tables: dict[str, str]) -> Desk:
    (folder / "files").mkdir(parents=True)
    for name, text in tables.items():
        (folder / "files" / f"{name}.csv").write_text(text, encoding="utf-8")
    workspace = Workspace.create(folder / "workspace")
    workspace.intake(folder / "files")
    return Desk(workspace)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A workspace where only the names of organizations and one day of the data are known."""
    folder = tmp_path_factory.mktemp("bare") / "w"
    award = "tender_id,buyer_id,method,awarded_on\nT,ZONE,open,2024-06-30\n"
    return made(folder, {"organizations": "org_id,name\nZONE,开发区\n", "tenders": award})


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory):
    """A ledger with a hostile name, and a unit without problems."""
    folder = tmp_path_factory.mktemp("ledgers") / "w"
    return made(
        folder,
        {
            "organizations": f"org_id,name\nZONE,{HOSTILE}\nCALM,学校\n",
            "rectifications": "problem_id,unit_id,category,found_on,due_on,closed_on\n"
            f"R1,ZONE,{HOSTILE},2024-01-01,2024-03-01,\n",
            "tenders": "tender_id,buyer_id,method,awarded_on\nT,ZONE,open,2024-06-30\n",
        },
    )


@pytest.mark.parametrize("name", SHOWN)
def test_every_column_has_a_label_and_the_table_exists(name):
    shown = SHOWN[name]
    assert set(shown.columns) <= set(LABELS) and shown.table in TABLES


def test_kinds_are_of_known_columns():
    assert set(KINDS) <= set(LABELS)


UNIT = [
    name
    for name, made_here in inspect.getmembers(unit.Unit, inspect.isfunction)
    if "language" in inspect.signature(made_here).parameters and not name.startswith("_") and name != "heading"
]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", UNIT)
def test_what_cannot_be_assessed_is_said_and_never_left_empty(bare, name, language):
    told = getattr(bare.unit(), name)(language)
    word = {"zh": "未能评估", "en": "Could not be assessed"}[language]
    assert word in told.text and word in told.html
    other = {"zh": "Could not", "en": "未能"}[language]
    assert other not in told.html


def test_projects_without_records_say_so(bare):
    for section in (bare.projects.chain, bare.projects.savings, bare.projects.stages, bare.projects.progress):
        assert "未能评估" in section("zh").text
    assert "政府产业基金" in bare.projects.lifecycles("zh", "investment_fund").html


def test_an_empty_section_says_whether_that_proves_anything(ledgers):
    told = ledgers.unit("CALM").ledger("zh").text
    assert "没有这样的行" in told and "未声明完整" in told


def test_names_never_become_markup(ledgers):
    for section in (
        ledgers.unit("ZONE").heading,
        ledgers.unit().ledger,
        ledgers.unit().dispatch,
        ledgers.unit().notice,
    ):
        html = section("zh").html
        assert HOSTILE not in html and "&lt;img src=x" in html


def test_frames_are_found_by_name_and_wrong_names_are_told(ledgers):
    one = ledgers.unit("ZONE")
    assert one.frame("ledger", as_of="2024-02-01")["state"].tolist() == ["open"]
    assert {"ledger", "approvers", "debt_ladder", "case_records"} <= set(one.frames())
    with pytest.raises(UsageError, match="there are approvers"):
        one.frame("nothing")
    with pytest.raises(UsageError, match="NOBODY"):
        ledgers.unit("NOBODY")


def test_codes_are_shown_in_the_language_of_the_reader(ledgers):
    assert "逾期未结" in ledgers.unit().ledger("zh").html and "overdue" in ledgers.unit().ledger("en").html
