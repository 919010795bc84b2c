"""Requests and referrals with their answers, volumes and pages, and who may see which case; on both databases."""

from __future__ import annotations

from datetime import date

import pytest

from caselens.core.errors import UsageError
from caselens.store import Store
from caselens.store.access import EVERY, Grant, may

MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


def test_a_request_is_sent_and_answered_once(store: Store) -> None:
    first = store.papers.send_request("C1", "云江银行", "账户 aS 流水", approved_by="某甲", sent_on=MAY, due_on=JUNE)
    store.papers.send_request("C2", "云江税务局", "发票", approved_by="某甲", sent_on=JUNE)
    assert [(r["addressee"], r["answered_on"]) for r in store.papers.requests("C1")] == [("云江银行", None)]
    store.papers.answer_request(first, "raw/补调.xlsx", JULY, "某乙")
    assert [(r["case_id"], r["answered_on"], r["received_file"]) for r in store.papers.requests()] == [
        ("C1", JULY, "raw/补调.xlsx"),
        ("C2", None, None),
    ]
    with pytest.raises(UsageError, match="nothing open"):
        store.papers.answer_request(first, "other.xlsx", JULY, "某乙")
    assert [e.action for e in store.audit.entries()] == ["request", "request", "answer"]


def test_a_referral_is_handed_on_and_accepted(store: Store) -> None:
    made = store.papers.refer("C1", "市纪委", "市检察院", "卷一 sha256 abc", MAY, "某甲")
    store.papers.accept_referral(made, "某丁", JUNE)
    (row,) = store.papers.referrals()
    assert (row["to_unit"], row["accepted_by"], row["accepted_on"]) == ("市检察院", "某丁", JUNE)


def test_what_is_no_paper_is_refused_and_leaves_no_trace(store: Store) -> None:
    with pytest.raises(UsageError):
        store.papers.send_request("C1", "云江银行", " ", approved_by="某甲", sent_on=MAY)
    with pytest.raises(UsageError):
        store.papers.send_request("C1", "云江银行", "流水", approved_by="某甲", sent_on=JUNE, due_on=MAY)
    with pytest.raises(UsageError):
        store.papers.refer("C1", "市纪委", "", "卷一", MAY, "某甲")
    with pytest.raises(UsageError):
        store.papers.file_under("a.csv", "卷一", 5, 3, "某甲")
    assert store.papers.requests() == [] and store.papers.referrals() == [] and store.audit.entries() == []


def test_a_file_lies_in_a_volume(store: Store) -> None:
    store.papers.file_under("a.csv", "卷一", 12, 40, "某甲")
    store.papers.file_under("b.csv", "卷二", 7, None, "某甲")
    store.papers.file_under("a.csv", "卷三", None, None, "某甲")
    assert store.papers.filed() == {"a.csv": ("卷三", None, None), "b.csv": ("卷二", 7, 7)}


def test_nothing_is_checked_until_somebody_is_granted_something(store: Store) -> None:
    assert may(store.access.grants(), "anybody", "dispose", "C1", MAY)
    with pytest.raises(UsageError, match="first grant"):
        store.access.grant("C1", "某乙", "analyst", "某甲")
    store.access.grant(EVERY, "某甲", "supervisor", "某甲")
    assert not may(store.access.grants(), "anybody", "open", "C1", MAY)
    assert may(store.access.grants(), "某甲", "grant", "C1", MAY)


def test_a_role_reaches_as_far_as_it_says_and_as_long(store: Store) -> None:
    store.access.grant(EVERY, "某甲", "supervisor", "某甲")
    store.access.grant("C1", "某乙", "analyst", "某甲", until=JUNE, purpose="核查")
    third = store.access.grant("C1", "某丙", "reader", "某甲")
    grants = store.access.grants()
    assert may(grants, "某乙", "decide", "C1", JUNE) and not may(grants, "某乙", "decide", "C1", JULY)
    assert not may(grants, "某乙", "open", "C2", MAY) and not may(grants, "某乙", "open", EVERY, MAY)
    assert not may(grants, "某乙", "dispose", "C1", MAY)
    assert may(grants, "某丙", "open", "C1", MAY) and not may(grants, "某丙", "decide", "C1", MAY)
    store.access.revoke(third, "某甲", "调离")
    assert not may(store.access.grants(), "某丙", "open", "C1", MAY)
    with pytest.raises(UsageError, match="no grant"):
        store.access.revoke(third, "某甲", "调离")
    assert [e.action for e in store.audit.entries()] == ["grant", "grant", "grant", "revoke"]


def test_a_role_of_a_delivered_row_that_nobody_knows_may_only_open() -> None:
    grants = [Grant("", "C1", "某丁", "观察员", "某甲")]
    assert may(grants, "某丁", "open", "C1", MAY) and not may(grants, "某丁", "decide", "C1", MAY)
