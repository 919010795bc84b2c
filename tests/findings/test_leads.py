"""Findings become leads: one matter once, its rows once, closed matters asleep."""

import pandas as pd
import pytest

from caselens.findings import leads_of, leads_table


def finding(name, parties, anchor, rows, score, severity="yellow", **more):
    return {
        "finding_id": name,
        "indicator": f"i-{name}",
        "subjects": [{"id": party, "role": role} for party, role in parties],
        "objects": [{"table": "tenders", "id": anchor}] if anchor else [],
        "evidence": [{"table": "payments", "key": row, "role": "credit"} for row in rows],
        "score": score,
        "severity": severity,
        "amount": None,
        "status": "new",
        "change": "new",
    } | more


def test_three_findings_on_one_slip_weigh_as_one():
    rows = [finding(name, [("O", "official")], "T1", ["p1", "p2"], 0.6) for name in "abc"]
    (lead,) = leads_of(pd.DataFrame(rows))
    assert [item["finding_id"] for item in lead.findings] == ["a", "b", "c"]
    # The first takes both rows; nothing is left for the others: 1 - (1 - 0.6)(1 - 0)(1 - 0).
    assert lead.weights == (0.6, 0, 0)
    assert lead.weight == pytest.approx(0.6)


def test_a_second_reason_adds_what_its_own_rows_show():
    rows = [
        finding("a", [("O", "official")], "T1", ["p1", "p2"], 0.6),
        finding("b", [("O", "official")], "T1", ["p2", "p3", "p4", "p5"], 0.4),
    ]
    (lead,) = leads_of(pd.DataFrame(rows))
    # Three of its four rows are new: 0.4 * 3/4 = 0.3, and 1 - (1 - 0.6)(1 - 0.3) = 0.72.
    assert lead.weights == pytest.approx((0.6, 0.3))
    assert lead.weight == pytest.approx(0.72)


def test_the_same_rows_seen_from_two_objects_are_one_matter_and_other_rows_are_not():
    rows = [
        finding("a", [("O", "official"), ("F", "firm")], "T1", ["p1", "p2"], 0.6),
        finding("b", [("O", "official")], "T2", ["p1"], 0.5),
        finding("c", [("O", "official")], "T3", ["p9"], 0.5),
        finding("d", [("Q", "official"), ("O", "context")], "T1", ["p1"], 0.5),
    ]
    groups = [{item["finding_id"] for item in lead.findings} for lead in leads_of(pd.DataFrame(rows))]
    assert sorted(map(sorted, groups)) == [["a", "b"], ["c"], ["d"]]


def test_order_is_by_grade_then_weight():
    rows = [
        finding("a", [("A", "official")], "T1", ["p1"], 0.9, "note"),
        finding("b", [("B", "official")], "T2", ["p2"], 0.3, "yellow"),
        finding("c", [("C", "official")], "T3", ["p3"], 0.7, "red"),
        finding("d", [("D", "official")], "T4", ["p4"], 0.4, "red"),
    ]
    table = leads_table(pd.DataFrame(rows))
    assert list(zip(table["finding_ids"].map(lambda ids: ids[0]), table["grade"], strict=True)) == [
        ("c", "urgent"),
        ("d", "look"),
        ("b", "look"),
        ("a", "note"),
    ]
    assert list(table["priority"]) == [1, 2, 3, 4]


@pytest.mark.parametrize("status", ["dismissed", "cleared", "self_reported"])
def test_what_a_person_closed_sleeps_until_its_evidence_grows(status):
    asleep = finding("a", [("A", "official")], "T1", ["p1"], 0.9, status=status, change="same")
    (lead,) = leads_of(pd.DataFrame([asleep]))
    assert lead.is_closed and not lead.is_reawakened
    (lead,) = leads_of(pd.DataFrame([asleep | {"change": "changed"}]))
    assert lead.is_reawakened and not lead.is_closed


def test_a_reason_that_a_person_closed_weighs_nothing_beside_an_open_one():
    rows = [
        finding("a", [("O", "official")], "T1", ["p1", "p2"], 0.9, "red") | {"status": "dismissed", "change": "same"},
        finding("b", [("O", "official")], "T1", ["p1", "p3"], 0.4, "yellow"),
    ]
    (lead,) = leads_of(pd.DataFrame(rows))
    # The open reason leads with all its rows, though the closed one is stronger and shares one of them.
    assert [item["finding_id"] for item in lead.findings] == ["b", "a"]
    assert lead.weights == (0.4, 0.0) and lead.weight == pytest.approx(0.4)
    assert lead.grade == "look" and not lead.is_closed  # nothing red is open
    rows[0]["change"] = "changed"
    (awake,) = leads_of(pd.DataFrame(rows))
    assert awake.findings[0]["finding_id"] == "a" and awake.grade == "urgent" and awake.is_reawakened
