"""Common traces: what counts, what belongs to a service, who is named."""

from collections.abc import Callable

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
COLUMNS = (
    "device_mac",
    "disk_serial",
    "ca_serial",
    "software_licence",
    "file_author",
    "contact_phone",
    "deposit_account",
    "project_manager_id",
    "device_ip",
    "submitted_at",
    "status",
)


def asked(given: Given, *bids: dict[str, str], settings: str = "") -> Answer:
    """Bids with ``tender`` (default T), ``by`` and marks."""
    tenders = sorted({bid.get("tender", "T") for bid in bids})
    rows = [
        ",".join([bid.get("tender", "T"), bid["by"], "1", *(bid.get(name, "") for name in COLUMNS)]) for bid in bids
    ]
    return evaluate(
        INDICATORS["bid-digital-fingerprint"],
        given(
            {
                "tenders": "tender_id,buyer_id,method\n" + "".join(f"{name},U,open\n" for name in tenders),
                "bids": f"tender_id,bidder_id,price,{','.join(COLUMNS)}\n" + "\n".join(rows) + "\n",
            },
            settings,
        ),
    )


def state(answer: Answer, tender: str = "T") -> str:
    return answer.assessed.set_index("subject_id").loc[tender, "state"]


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ({"device_mac": "00-1B-44-11-3A-B7", "file_author": "甲"}, "hit"),
        ({"device_mac": "00-1B-44-11-3A-B7", "disk_serial": "WD77"}, "hit"),
        ({"deposit_account": "a9", "device_ip": "203.0.113.5"}, "hit"),
        ({"ca_serial": "CA1", "project_manager_id": "P1"}, "hit"),
        ({"device_mac": "00-1B-44-11-3A-B7"}, "clean"),
        ({"file_author": "甲", "software_licence": "L1"}, "clean"),  # one writer's program and name
        ({"contact_phone": "10000000139", "project_manager_id": "P1"}, "not_assessable"),  # no strong mark recorded
        ({"device_ip": "203.0.113.5", "submitted_at": "2022-03-01T09:00:00", "ca_serial": ""}, "not_assessable"),
        ({"device_mac": "00:00:00:00:00:00", "file_author": "Administrator"}, "clean"),  # placeholders
    ],
)
def test_two_independent_marks_with_a_strong_one(given: Given, marks: dict[str, str], expected: str) -> None:
    assert state(asked(given, {"by": "A"} | marks, {"by": "B"} | marks)) == expected


def test_only_bidders_that_hang_together_are_named_and_a_thrown_out_bid_counts(given: Given) -> None:
    one, two = {"device_mac": "AA1", "file_author": "甲"}, {"device_mac": "BB2", "file_author": "乙"}
    answer = asked(given, {"by": "A"} | one, {"by": "B", "status": "rejected"} | one, {"by": "C"} | two)
    assert [s["id"] for s in answer.leads["subjects"].item()] == ["A", "B"]
    assert set(answer.evidence["key"]) == {"T", "T|A", "T|B"}


def test_marks_of_a_service_exclude_and_are_counted_over_all_tenders(given: Given) -> None:
    agency = {"device_mac": "AA1", "file_author": "代写"}
    bids = [{"tender": f"T{n // 2}", "by": f"B{n}"} | agency for n in range(6)]
    assert [state(asked(given, *bids), name) for name in ("T0", "T1", "T2")] == ["excluded"] * 3
    settings = "[parameters.bid-digital-fingerprint]\nmost_sharers = 6"
    assert state(asked(given, *bids, settings=settings), "T0") == "hit"


def test_the_exit_of_a_public_network_does_not_count(given: Given) -> None:
    marks = {"device_ip": "203.0.113.5", "file_author": "甲"}
    bids = ({"by": "A"} | marks, {"by": "B"} | marks)
    assert state(asked(given, *bids)) == "hit"
    settings = '[parameters.bid-digital-fingerprint]\npublic_addresses = "203.0.113.0/24"'
    assert state(asked(given, *bids, settings=settings)) == "clean"


def test_more_kinds_of_marks_score_higher(given: Given) -> None:
    few = {"file_author": "甲", "contact_phone": "10000000139"}
    many = few | {"device_mac": "AA1", "deposit_account": "a9"}
    answer = asked(given, *({"tender": t, "by": by} | (few if t == "F" else many) for t in "FM" for by in ("A", "B")))
    score = answer.leads.set_index("lead")["score"]
    # 1 - 0.65 * 0.75 = 0.5125; with 0.5 and 0.5 more 1 - 0.4875 * 0.25 = 0.8781.
    assert score["F|A"] == pytest.approx(0.5125) and score["M|A"] == pytest.approx(0.8781)
