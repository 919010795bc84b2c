"""Thresholds of one unit, period or place: the lead that lies there is judged by them, every other by the general ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from caselens.core.errors import UsageError
from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

INDICATOR = INDICATORS["proc-split-60w"]
#: B bought for 2 x 22万 in 2021 and 2 x 22万 in 2023, C for 2 x 22万 in 2021, D for 2 x 35万 in 2021; the line is 60万.
TABLES = {
    "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on,category,title,handler_id\n"
    "b1,B,S,220000,2021-03-01,办公,桌椅,H\nb2,B,S,220000,2021-03-02,办公,桌椅,H\n"
    "b3,B,T,220000,2023-03-01,办公,桌椅,H\nb4,B,T,220000,2023-03-02,办公,桌椅,H\n"
    "c1,C,S,220000,2021-03-01,办公,桌椅,H\nc2,C,S,220000,2021-03-02,办公,桌椅,H\n"
    "d1,D,S,350000,2021-03-01,办公,桌椅,H\nd2,D,S,350000,2021-03-02,办公,桌椅,H\n",
    "organizations": "org_id,name,parent_org_id\nB,甲局,\nC,乙局,\nD,丙局,\nS,供应商,\nT,另一供应商,\n",
    "unit_events": "event_id,org_id,kind,happened_on,text\n"
    + "".join(f"R{unit},{unit},rule_in_force,2020-01-01,招标限额规定\n" for unit in "BCD"),
}
WHERE = '[[parameters.proc-split-60w.where]]\nline = 400000\nreason = "另有规定"\n'


@pytest.fixture
def asked(tmp_path: Path) -> Callable[[str], Answer]:
    (tmp_path / "files").mkdir()
    for name, text in TABLES.items():
        (tmp_path / "files" / f"{name}.csv").write_text(text, encoding="utf-8")
    made = Workspace.create(tmp_path / "W")
    made.intake(tmp_path / "files")

    def ask(settings: str) -> Answer:
        made.folder.settings.write_text(settings, encoding="utf-8")
        return evaluate(INDICATOR, Workspace.open(tmp_path / "W"))

    return ask


def hits(answer: Answer) -> list[tuple[str, str]]:
    """(unit, year) of the leads."""
    return sorted(
        (next(item["id"] for item in row["subjects"] if item["role"] == "unit"), str(row["period_start"])[:4])
        for row in answer.leads.to_dict("records")
    )


def test_the_general_line_finds_the_large_one_alone(asked: Callable[[str], Answer]) -> None:
    assert hits(asked("")) == [("D", "2021")]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ('unit = "B"\n', [("B", "2021"), ("B", "2023"), ("D", "2021")]),
        # For all units in 2021 the line is 40万: 35万 is still below it, 70万 in all still above.
        ("from = 2021-01-01\nuntil = 2021-12-31\n", [("B", "2021"), ("C", "2021"), ("D", "2021")]),
        ('unit = "B"\nfrom = 2022-01-01\n', [("B", "2023"), ("D", "2021")]),
        # 30万 at D: 35万 each is not below that line, so what D bought was no cut purchase there.
        ('unit = "D"\nline = 300000\n', []),
        ("from = 2021-03-02\n", [("B", "2021"), ("B", "2023"), ("C", "2021"), ("D", "2021")]),  # a day of each is in it
        ('jurisdiction = "CN"\n', [("B", "2021"), ("B", "2023"), ("C", "2021"), ("D", "2021")]),
        ('jurisdiction = "CN-HN"\n', [("D", "2021")]),
    ],
)
def test_where_it_lies_decides(asked: Callable[[str], Answer], where: str, found: list[tuple[str, str]]) -> None:
    text = WHERE.replace("line = 400000\n", "") + where if "line" in where else WHERE + where
    answer = asked(text)
    assert hits(answer) == found
    states = answer.assessed.set_index("subject_id")["state"]
    assert {unit for unit in "BCD" if states[unit] == "hit"} == {unit for unit, _ in found}
    assert set(answer.evidence["lead"]) == set(answer.leads["lead"])
    assert answer.leads["lead"].is_unique and answer.assessed["subject_id"].is_unique


def test_the_fence_names_the_scope(asked: Callable[[str], Answer]) -> None:
    leads = asked(WHERE + 'unit = "B"\n').leads
    assert leads["fence"].str.contains("where unit B", regex=False).sum() == 2


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ('unit = "B"\nlien = 1\n', "lien"),
        ("", "name a unit"),
        ('unit = "B"\nline = -1\n', "line"),
        ("unit = 3\n", "unit must be a str"),
        ('jurisdiction = "XX"\nlien = 1\n', "lien"),
    ],
)
def test_a_wrong_setting_is_a_sentence(asked: Callable[[str], Answer], where: str, told: str) -> None:
    text = WHERE.replace("line = 400000\n", "") + where
    with pytest.raises(UsageError, match=told):
        asked(text)
