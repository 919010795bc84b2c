"""Tracing in a workspace and on the command line: rows of files, equal times in the order of the file, both languages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.cities import FEE, desk_of

from caselens.api import Desk
from caselens.core.errors import UsageError

METHODS = ("fifo", "lifo", "pro_rata", "lowest_balance")
#: The worked example of docs/tracing.md (万), as files.
LAYERS = {
    "accounts": "account_id,holder_id,holder_name\nfund,F,城建基金\nA,PA,甲公司\nB,PB,乙公司\nC,PC,丙公司\nrelative,R,亲属\n",
    "payments": "payment_id,paid_at,payer_account,payee_account,amount,memo\n"
    "p0,2024-01-01,fund,A,250,\np1,2024-01-02,shop,A,100,\np2,2024-01-03,A,B,200,\n"
    "p3,2024-01-04,client,B,100,\np4,2024-01-05,B,C,380,\np5,2024-01-06,C,relative,361,\n",
}


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return desk_of(tmp_path_factory.mktemp("layers"), LAYERS)


def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "caselens.cli", "trace", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_the_isolated_fee_came_to_178_and_72_stayed_by_every_method_with_its_rows(tmp_path: Path) -> None:
    """Of 2.5 million, 1 million and 780,000 went to the brother: 1.78 million by payments p2, p3; 720,000 stayed."""
    traced = desk_of(tmp_path, FEE).trace("aM", 2_500_000, "2016-06-30")
    assert traced.trace.at("aK") == dict.fromkeys(METHODS, 1_780_000)
    assert traced.trace.at("aM") == dict.fromkeys(METHODS, 720_000)
    assert traced.legs["payment_id"].tolist() == ["p1", "p2", "p3"]
    assert traced.legs["source_row"].tolist() == [2, 3, 4]
    ends = dict(traced.sections("zh"))["资金去向(各方法并列)"]
    assert ends["账户"].tolist() == ["王小 (aK)", "恒信金服有限公司 (aM)"]


def test_four_layers_with_balances_are_the_figures_of_the_page(layers: Desk) -> None:
    """By hand in docs/tracing.md; pro rata 112.8125 and 5.9375 to the fen."""
    found = layers.trace("fund", 250, opening_balances={"A": 50, "B": 100}).trace
    assert list(found.at("relative").values()) == [142.5, 95, 112.81, 11]
    assert list(found.at("A").values()) == [100, 150, 125, 200]
    assert list(found.at("B").values()) == [0, 0, 6.25, 20]
    assert list(found.at("C").values()) == [7.5, 5, 5.94, 19]


def test_a_payment_is_named_by_its_id_and_a_part_of_it_may_be_traced(layers: Desk) -> None:
    """p2 alone: 200 reach B, which holds 200 + 100 and pays 300 of its 380 from them; 80 come from nowhere known."""
    found = layers.trace("A", payment="p2")
    assert found.trace.through("B") == dict.fromkeys(METHODS, 200)
    assert layers.trace("A", 40, payment="p2").trace.through("B") == dict.fromkeys(METHODS, 40)
    assert "uncovered" in found.trace.conditional["reason"].tolist()
    with pytest.raises(UsageError, match="p9"):
        layers.trace("A", payment="p9")


def test_equal_times_follow_the_order_of_the_file_not_of_the_ids(tmp_path: Path) -> None:
    """The fee came in and went out the same day; the bank printed the arrival first, with the higher number."""
    payments = (
        "payment_id,paid_at,payer_account,payee_account,amount\n"
        "z9,2024-01-01,firm,agent,250\na1,2024-01-01,agent,kin,178\n"
    )
    traced = desk_of(tmp_path, {"payments": payments}).trace("firm", 250)
    assert traced.trace.at("kin") == dict.fromkeys(METHODS, 178)
    assert traced.places == {0: "payments.csv:2", 1: "payments.csv:3"}


def test_new_rows_make_a_new_index(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, LAYERS)
    assert desk.trace("fund", 250).trace.at("relative")["lifo"] > 0
    more = tmp_path / "more"
    more.mkdir()
    text = "payment_id,paid_at,payer_account,payee_account,amount\nq1,2024-02-01,relative,shop,300\n"
    (more / "payments.csv").write_text(text, encoding="utf-8")
    assert not desk.intake(more).failed
    assert desk.trace("fund", 250).trace.legs["row"].size == 5


def test_a_workspace_without_payments_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no payments"):
        desk_of(tmp_path, {"persons": FEE["persons"]}).trace("a", 1)


def test_command_line_shows_four_methods_why_they_differ_and_the_rows(layers: Desk, tmp_path: Path) -> None:
    where = layers.workspace.folder.root
    opening = ("--opening", "A=50", "--opening", "B=100")
    done = run(where, "--from", "fund", "--amount", 250, *opening, "--until", "2024-01-06", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for said in (
        "先进先出",
        "lowest balance",
        "142.50",
        "95.00",
        "112.81",
        "11.00",
        "payments.csv:7",
        "付款前该账户有",
    ):
        assert said in done.stdout
    english = run(where, "--from", "fund", "--amount", 250, "--lang", "en", "--out", "legs.csv", cwd=tmp_path)
    assert "先进先出" not in english.stdout
    assert "Where the methods differ" in english.stdout
    assert "p5" in (tmp_path / "legs.csv").read_text("utf-8-sig")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", "fund"), "amount"),
        (("--from", "nobody", "--amount", "1"), "nobody"),
        (("--from", "fund", "--amount", "250", "--opening", "A50"), "ACCOUNT=AMOUNT"),
        (("--from", "fund", "--amount", "250", "--until", "soon"), "soon"),
    ],
)
def test_wrong_usage_is_a_sentence(layers: Desk, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    done = run(layers.workspace.folder.root, *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_markup_in_a_memo_or_name_is_text(tmp_path: Path) -> None:
    payments = "payment_id,paid_at,payer_account,payee_account,amount\np1,2024-01-01,firm,[red]x[/red],250\n"
    desk = desk_of(tmp_path, {"payments": payments})
    done = run(desk.workspace.folder.root, "--from", "firm", "--amount", 250, cwd=tmp_path)
    assert "[red]x[/red]" in done.stdout
