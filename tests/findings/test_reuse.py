"""An answer is taken again while nothing it was computed from has changed, and only then."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from tests.cities import FEE, desk_of

from caselens.api import open_workspace
from caselens.findings import reuse
from caselens.findings.frames import read_frame, write_frame
from caselens.indicators import INDICATORS


def _anew(desk):
    """Indicators whose question is put anew now."""
    return {name for name, item in INDICATORS.items() if reuse.answered(item, desk.workspace)[1]}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    made = desk_of(tmp_path_factory.mktemp("city"), FEE)
    _anew(made)
    return made


def _take(desk, name, text):
    file = desk.workspace.folder.root.parent / name
    file.write_text(text, encoding="utf-8")
    assert not desk.intake(file).failed


def test_unchanged_data_are_not_asked_again_in_this_session_or_the_next(desk):
    assert _anew(desk) == set()
    assert _anew(open_workspace(desk.workspace.folder.root)) == set()


def test_the_answer_taken_again_is_the_answer(desk):
    item = INDICATORS["flow-fee-equals-saving"]
    kept, anew = reuse.answered(item, desk.workspace)
    fresh = reuse.evaluate_safely(item, desk.workspace)
    assert not anew
    for part in ("assessed", "leads", "evidence", "counters"):
        pd.testing.assert_frame_equal(getattr(kept, part), getattr(fresh, part))


def test_new_payments_reach_who_reads_payments_and_nobody_else(desk):
    _take(desk, "payments.csv", "payment_id,paid_at,payer_account,payee_account,amount\np9,2016-06-12,aX,aH,12\n")
    anew = _anew(desk)
    assert {"flow-drip", "flow-pass-through"} <= anew
    # Tenders, posts and votes know nothing of payments; the as-of day is still that of the last payment.
    assert not anew & {"bid-cover-screen", "org-tenure", "org-committee-fixed", "proc-split-60w", "asset-below-book"}


def test_a_later_payment_moves_the_day_and_reaches_who_asks_for_the_day(desk):
    (desk.workspace.folder.root.parent / "more").mkdir()
    _take(desk, "more/payments.csv", "payment_id,paid_at,payer_account,payee_account,amount\nq1,2017-01-01,aX,aH,12\n")
    anew = _anew(desk)
    assert "org-tenure" in anew  # counts years in a post up to the day
    assert "bid-cover-screen" not in anew


def test_a_new_table_reaches_who_lacked_it(desk):
    assert "tenders" in reuse.answered(INDICATORS["bid-cover-screen"], desk.workspace)[0].reason
    _take(desk, "tenders.csv", "tender_id,buyer_id,method\nT1,U,open\n")
    assert "bid-cover-screen" in _anew(desk)


def test_a_changed_threshold_reaches_its_indicator_only(desk):
    path = desk.workspace.folder.settings
    before = path.read_text(encoding="utf-8")
    try:
        default = next(param.default for param in INDICATORS["flow-drip"].params if param.name == "max_median")
        path.write_text(f"{before}\n[parameters.flow-drip]\nmax_median = {default - 1}\n", encoding="utf-8")
        assert _anew(open_workspace(desk.workspace.folder.root)) == {"flow-drip"}
    finally:
        path.write_text(before, encoding="utf-8")


@pytest.mark.long
def test_a_decision_about_who_is_who_that_joins_parties_reaches_answers(desk):
    other = open_workspace(desk.workspace.folder.root)
    _anew(other)
    other.who.decide("same", ["O", "X"], "同一身份证件", "测试员")
    assert "flow-drip" in _anew(other)


def test_a_damaged_answer_is_put_anew(desk):
    file = desk.workspace.folder.derived / "answers" / "flow-drip" / "leads.parquet"
    reuse.answered(INDICATORS["flow-drip"], desk.workspace)
    file.write_bytes(file.read_bytes()[:-9])
    assert reuse.answered(INDICATORS["flow-drip"], desk.workspace)[1]


def test_every_cell_comes_back_as_it_was(tmp_path):
    frame = pd.DataFrame(
        {
            "text": ["甲", None, "<b>"],
            "number": [1, 2, 3],
            "share": [0.1 + 0.2, math.nan, 1e-300],
            "moment": pd.to_datetime(["2024-01-01 10:00", None, "2024-02-01 00:00"]),
        }
    )
    frame["mixed"] = pd.Series([date(2024, 1, 1), pd.NaT, Decimal("1.10")], dtype=object)
    frame["lists"] = pd.Series([[{"id": "O", "role": "官"}], [], None], dtype=object)
    frame["numbers"] = pd.Series([np.float64(0.1), 7, math.nan], dtype=object)
    digest = write_frame(tmp_path / "f.parquet", frame)
    assert digest
    back = read_frame(tmp_path / "f.parquet", digest)
    pd.testing.assert_frame_equal(frame, back)
    assert [type(cell) for cell in back["numbers"]] == [np.float64, int, float]
    assert read_frame(tmp_path / "f.parquet", "another") is None


def test_a_cell_that_cannot_be_told_keeps_the_frame_out(tmp_path):
    assert write_frame(tmp_path / "f.parquet", pd.DataFrame({"a": pd.Series([object()], dtype=object)})) == ""
