"""The store on SQLite and on PostgreSQL: history of findings and people's decisions."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from caselens.core.errors import UsageError
from caselens.store import Store
from caselens.store.database import Seen

MAY, JUNE, JULY = date(2024, 5, 1), date(2024, 6, 1), date(2024, 7, 1)


def changes(store: Store, day: date, *findings: tuple[str, str]) -> dict[str, str]:
    told = store.record([Seen(name, "flow-drip", evidence) for name, evidence in findings], day)
    return {name: item.change for name, item in told.items()}


def test_a_finding_is_new_then_same_then_changed_then_gone_then_back(store: Store) -> None:
    assert changes(store, MAY, ("a", "e1"), ("b", "e1")) == {"a": "new", "b": "new"}
    assert changes(store, MAY, ("a", "e1"), ("b", "e1")) == {"a": "new", "b": "new"}  # the same refresh again
    assert changes(store, JUNE, ("a", "e1"), ("b", "e2")) == {"a": "same", "b": "changed"}
    assert changes(store, JUNE, ("a", "e1"))["b"] == "gone"
    assert changes(store, JULY, ("a", "e1"), ("b", "e2")) == {"a": "same", "b": "changed"}


def test_first_and_last_seen_are_days_of_the_data(store: Store) -> None:
    store.record([Seen("a", "flow-drip", "e")], MAY)
    told = store.record([Seen("a", "flow-drip", "e")], JULY)["a"]
    assert (told.first_seen, told.last_seen) == (MAY, JULY)
    gone = store.record([], date(2024, 8, 1))["a"]
    assert (gone.first_seen, gone.last_seen) == (MAY, JULY)


def test_the_latest_decision_counts_and_lasts(store: Store) -> None:
    store.decide("dismiss", "findings", ["a", "b"], "租金", "某甲")
    store.decide("confirm", "findings", ["a"], "已核实", "某乙")
    store.decide("same", "persons", ["p", "q"], "同一人", "某乙")  # not about findings
    assert store.statuses() == {"a": "confirmed", "b": "dismissed"}
    changes(store, MAY, ("a", "e1"))
    assert store.statuses()["a"] == "confirmed"


def test_untrusted_text_is_only_text(store: Store) -> None:
    name = "x'); DROP TABLE decisions; --"
    store.decide("dismiss", "findings", [name], "'; DROP TABLE finding_history; --", "某甲")
    assert store.statuses() == {name: "dismissed"}


@pytest.mark.parametrize(("kind", "reason", "who"), [("shred", "r", "w"), ("dismiss", " ", "w"), ("dismiss", "r", "")])
def test_a_decision_needs_a_known_kind_a_reason_and_a_name(store: Store, kind: str, reason: str, who: str) -> None:
    with pytest.raises(UsageError):
        store.decide(kind, "findings", ["a"], reason, who)
    assert store.statuses() == {}


def test_a_store_that_cannot_be_opened_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="store cannot be opened"):
        Store("", tmp_path / "nowhere" / "at all")


def test_an_undone_decision_no_longer_counts_and_stays_written(store: Store) -> None:
    first = store.decide("same", "persons", ["q", "p"], "同一身份证复印件", "某乙")
    store.decide("dismiss", "findings", ["a"], "租金", "某甲")
    assert [(d.kind, d.object_ids, d.decided_by) for d in store.decisions("persons")] == [("same", ("p", "q"), "某乙")]
    undo = store.decide("undo", "persons", ["p", "q"], "复印件系伪造", "某丙", undoes=first)
    assert store.decisions("persons") == []
    store.decide("undo", "persons", ["p", "q"], "鉴定结论推翻", "某丙", undoes=undo)  # undoing the undoing
    assert [d.decision_id for d in store.decisions("persons")] == [first]
    with pytest.raises(UsageError, match="no decision"):
        store.decide("undo", "persons", ["p"], "笔误", "某乙", undoes="never")
    assert len(store.decisions()) == 2
