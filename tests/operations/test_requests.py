"""What to ask for next: gaps, periods, counterparties never obtained, tables that questions lack; and the letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from caselens.indicators import INDICATORS
from caselens.operations.letter import letter
from caselens.operations.requests import Request, as_table, requests
from caselens.tables import TABLES
from caselens.workspace import Workspace

FILES = {
    "persons": "person_id,name\nP1,欧阳晓岚\n",
    "cases": "case_id,title,opened_on,status,period_start,period_end\nC1,云江一案,2024-06-01,open,2023-12-01,2024-01-31\n",
    "case_subjects": "case_id,entity_id,role\nC1,P1,subject\n",
    "accounts": "account_id,holder_id,institution\nA1,P1,云江商业银行\nA2,P1,石潭农商行\n",
    # 1,000 in hand; +500 on the 1st, then 200,000 came in between and is missing: 1,500 + 50 is not 201,550.
    "statement_lines": "line_id,account_id,booked_at,direction,amount,balance_after,counterparty_account,counterparty_name\n"
    "L1,A1,2024-01-01 09:00:00,in,500,1500,X1,王五\n"
    "L2,A1,2024-01-05 09:00:00,in,50,201550,X1,王五\n"
    "L3,A1,2024-01-20 09:00:00,out,150000,51550,X2,<b>赵六</b>\n",
}


def made_in(place: Path) -> Workspace:
    for name, text in FILES.items():
        (place / f"{name}.csv").write_text(text, encoding="utf-8")
    made = Workspace.create(place / "W")
    made.intake(place)
    return made


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return made_in(tmp_path_factory.mktemp("requests"))


def of(found: list[Request], source: str) -> list[Request]:
    return [item for item in found if item.source == source]


def test_each_gap_period_and_counterparty_is_asked_for_once(workspace: Workspace) -> None:
    found, told = requests(workspace)
    (gap,) = of(found, "balance")
    assert gap.case_id == "C1" and gap.addressee.zh == "云江商业银行"
    assert (
        "A1" in gap.asks_for.zh and "2024-01-01 至 2024-01-05" in gap.asks_for.zh and "200,000.00 CNY" in gap.reason.zh
    )
    assert "欧阳晓岚" in gap.asks_for.en
    # A1 lacks December and the end of January; of A2 there is nothing at all.
    periods = [item.asks_for.en for item in of(found, "period")]
    assert periods == [
        "complete statement of account A1 (欧阳晓岚) from 2023-12-01 to 2024-01-01",
        "complete statement of account A1 (欧阳晓岚) from 2024-01-20 to 2024-01-31",
        "complete statement of account A2 (欧阳晓岚) from 2023-12-01 to 2024-01-31",
    ]
    (other,) = of(found, "counterparty")
    assert "X2" in other.asks_for.zh and "150,000.00" in other.reason.zh
    assert any("1 more counterparty" in text.en for text in told)  # X1: 550 yuan


def test_every_table_that_a_question_lacks_is_asked_for(workspace: Workspace) -> None:
    lacks = {lack for item in INDICATORS.values() for lack in workspace.lacks(dict(item.needs))}
    assert len(of(requests(workspace)[0], "table")) == len(lacks) > 0


def test_table_has_the_columns_of_the_contract_and_ids_stay(workspace: Workspace) -> None:
    found, _ = requests(workspace)
    frame = as_table(found, "zh")
    assert list(frame.columns) == [column.name for column in TABLES["evidence_requests"].columns]
    assert frame["request_id"].is_unique
    assert list(frame["request_id"]) == [item.request_id for item in requests(workspace)[0]]


def test_what_was_asked_for_already_is_not_asked_again(tmp_path: Path) -> None:
    workspace = made_in(tmp_path)
    first, _ = requests(workspace)
    asked = as_table(of(first, "balance"), "zh")
    (tmp_path / "sent").mkdir()
    asked.to_csv(tmp_path / "sent" / "evidence_requests.csv", index=False)
    workspace.intake(tmp_path / "sent")
    again, told = requests(workspace)
    assert of(again, "balance") == [] and any("among the requests" in text.en for text in told)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_letter_has_every_request_and_no_markup_of_the_data(workspace: Workspace, language: str) -> None:
    found, _ = requests(workspace)
    page = letter(found, language)  # type: ignore[arg-type]
    assert all(item.request_id in page for item in found)
    assert "<b>赵六</b>" not in page and "&lt;b&gt;赵六&lt;/b&gt;" in page
    assert "http://" not in page.replace("http-equiv", "") and "<script" not in page
    offices = {item.addressee.get(language) for item in found}  # type: ignore[arg-type]
    assert page.count("<section>") == len(offices)


def test_nothing_to_ask_for_is_said() -> None:
    assert "没有需要补调的资料" in letter([], "zh")
