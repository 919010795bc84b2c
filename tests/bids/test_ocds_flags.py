"""The eleven red flags: invented processes named by what should happen (F flagged, anything else not)."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caselens.bids._ocds_flags_finish import quantile
from caselens.bids.ocds_flags import assess_ocds, ocds_flags
from caselens.core.errors import DataError, UsageError

Release = dict[str, Any]


def bid(status: str, *ids: str, amount: float | None = None, currency: str = "CNY", **more: Any) -> Release:
    body: Release = {"status": status, "tenderers": [{"id": found} for found in ids], **more}
    if amount is not None:
        body["value"] = {"amount": amount, "currency": currency}
    return body


def award(*suppliers: str, status: str = "active", **more: Any) -> Release:
    return {"status": status, "suppliers": [{"id": found} for found in suppliers], **more}


def process(ocid: str, *bids: Release, awards: list[Release] | None = None, **more: Any) -> Release:
    return {"ocid": ocid, "bids": {"details": list(bids)}, "awards": awards or [], **more}


def flags(tmp_path: Path, releases: list[Release], options: Any = None) -> Any:
    path = tmp_path / "releases.jsonl"
    path.write_text("".join(json.dumps(release) + "\n" for release in releases), encoding="utf-8")
    return ocds_flags(path, options)


def with_period(ocid: str, start: str, end: str, method: str | None = None, details: str | None = None) -> Release:
    tender = {"tenderPeriod": {"startDate": start, "endDate": end}, "procurementMethod": method}
    return {"ocid": ocid, "tender": {**tender, "procurementMethodDetails": details}}


def test_r003_counts_whole_days_and_the_threshold_itself_is_long_enough(tmp_path: Path) -> None:
    releases = [
        with_period("F one second short of 15 days", "2031-01-01T08:00:00Z", "2031-01-16T07:59:59Z"),
        with_period("exactly 15 days", "2031-01-01T08:00:00Z", "2031-01-16T08:00:00Z"),
        # 15 days by the clock on the wall, 14 days and 16 hours in truth
        with_period("F offsets differ", "2031-01-01T08:00:00+00:00", "2031-01-16T08:00:00+08:00"),
        with_period("no date", "soon", "2031-01-16T08:00:00Z"),
        with_period("one offset missing", "2031-01-01T08:00:00", "2031-01-02T08:00:00Z"),
    ]
    found = flags(tmp_path, releases, {"R003": {}})
    assert found == {
        "OCID": {"F one second short of 15 days": {"R003": 1.0}, "F offsets differ": {"R003": 1.0}},
    }


def test_r003_threshold_by_procedure_and_only_for_some_methods(tmp_path: Path) -> None:
    ten = ("2031-01-01T00:00:00Z", "2031-01-11T00:00:00Z")
    releases = [
        with_period("F general", *ten, method="open"),
        with_period("quick procedure", *ten, method="open", details="Quick"),
        with_period("method not asked for", *ten, method="direct"),
        with_period("method not stated", *ten),
    ]
    options = {"R003": {"procurement_methods": "open|selective", "procurement_method_details": {"Quick": 10}}}
    assert flags(tmp_path, releases, options) == {"OCID": {"F general": {"R003": 1.0}}}
    assert flags(tmp_path, releases, {"R003": {"threshold": 10}}) == {}


def test_r018_one_tenderer_in_a_competitive_procedure(tmp_path: Path) -> None:
    def tender(ocid: str, number: Any, method: str | None) -> Release:
        return {"ocid": ocid, "tender": {"numberOfTenderers": number, "procurementMethod": method}}

    releases = [tender("F", 1, "open"), tender("two", 2, "open"), tender("direct", 1, "direct")]
    releases += [tender("true is no number", True, "open"), tender("text", "1", "open"), tender("none", 1, None)]
    assert flags(tmp_path, releases, {"R018": {}}) == {"OCID": {"F": {"R018": 1.0}}}
    assert flags(tmp_path, releases, {"R018": {"procurement_methods": ["direct"]}}) == {
        "OCID": {"direct": {"R018": 1.0}}
    }


def duel(ocid: str, won: float, lost: float, **more: Any) -> Release:
    """The winner W at ``won`` and the loser L at ``lost``."""
    winner, loser = f"W{ocid}", f"L{ocid}"
    bids = (bid("valid", winner, amount=won), bid("valid", loser, amount=lost))
    return process(ocid, *bids, awards=[award(winner)], **more)


def test_r024_and_r058_fences_by_hand(tmp_path: Path) -> None:
    """Differences 0.01, 0.50, 0.52, 0.54, 0.56, 0.58, 2.00 (n = 7).

    Q1 stands at (7 + 1/3)/4 + 1/3 = 2.1667: 0.50 + 0.1667·0.02 = 0.50333; Q3 at 7.3333·0.75 + 1/3 = 5.8333:
    0.56 + 0.8333·0.02 = 0.57667. IQR 0.07333: the fences are 0.39333 and 0.68667.
    """
    losing = {"low": 101, "a": 150, "b": 152, "c": 154, "d": 156, "e": 158, "high": 300}
    found = flags(tmp_path, [duel(ocid, 100, lost) for ocid, lost in losing.items()], {"R024": {}, "R058": {}})
    assert found == {
        "OCID": {"low": {"R024": 0.01}, "high": {"R058": 2.0}},
        "Tenderer": {"Wlow": {"R024": 0.0}, "Llow": {"R024": 0.0}, "Whigh": {"R058": 0.0}},
    }


def test_r024_and_r058_thresholds_are_inclusive_and_the_winners_lowest_bid_counts(tmp_path: Path) -> None:
    releases = [
        duel("F", 100, 105),
        duel("wide", 100, 106),
        process(  # his own second bid is not the runner-up; the lowest of the others is
            "own",
            bid("valid", "W", amount=101),
            bid("valid", "W", amount=100),
            bid("valid", "M", amount=150),
            bid("valid", "L", amount=104),
            awards=[award("W")],
        ),
    ]
    found = flags(tmp_path, releases, {"R024": {"threshold": 0.05}})
    assert found["OCID"] == {"F": {"R024": 0.05}, "own": {"R024": 0.04}}
    assert set(found["Tenderer"]) == {"WF", "LF", "W", "L"}
    assert set(flags(tmp_path, releases, {"R058": {"threshold": 0.06}})["OCID"]) == {"wide"}


@pytest.mark.parametrize(
    "release",
    [
        duel("the winner is not the lowest", 110, 100),
        process(
            "two awards", bid("valid", "A", amount=100), bid("valid", "B", amount=101), awards=[award("A"), award("B")]
        ),
        process(
            "two suppliers", bid("valid", "A", amount=100), bid("valid", "B", amount=101), awards=[award("A", "B")]
        ),
        process("consortium", bid("valid", "A", "C", amount=100), bid("valid", "B", amount=101), awards=[award("A")]),
        {**duel("pending", 100, 101), "awards": [award("Wpending"), award("X", status="pending")]},
        {**duel("unknown code", 100, 101), "awards": [award("Wunknown code"), award("X", status="Adjudicado")]},
        duel("a price of nothing", 0, 101),
        process("alone", bid("valid", "A", amount=100), awards=[award("A")]),
        process(
            "rejected rival", bid("valid", "A", amount=100), bid("disqualified", "B", amount=101), awards=[award("A")]
        ),
        duel("cancelled", 100, 101, tender={"status": "cancelled"}),
        {"ocid": "no bids", "awards": [award("A")]},
    ],
    ids=lambda release: release["ocid"],
)
def test_r024_and_r058_pass_over(tmp_path: Path, release: Release) -> None:
    options = {"R024": {"threshold": 10}, "R058": {"threshold": -10}}
    assert flags(tmp_path, [release], options) == {}
    assert flags(tmp_path, [duel("counts", 100, 101)], options) != {}


def test_prices_in_another_currency_take_no_part(tmp_path: Path) -> None:
    first = duel("first", 100, 200)
    other = process(
        "other", bid("valid", "A", amount=100, currency="USD"), bid("valid", "B", amount=101, currency="USD")
    )
    other["awards"] = [award("A")]
    mixed = process("mixed", bid("valid", "A", amount=100), bid("valid", "B", amount=1, currency="USD"))
    mixed["bids"]["details"].append(bid("valid", "C", amount=110))
    mixed["awards"] = [award("A")]
    options = {"R024": {"threshold": 9}}
    assert set(flags(tmp_path, [first, other, mixed], options)["OCID"]) == {"first", "mixed"}
    assert set(flags(tmp_path, [first, other, mixed], {**options, "currency": "USD"})["OCID"]) == {"other"}
    assert assess_ocds(tmp_path / "releases.jsonl", options).currency == "CNY"


def test_a_flat_market_has_no_fence(tmp_path: Path) -> None:
    """Most differences are 0: a fence at 0 would flag them all."""
    releases = [duel(str(n), 100, 100) for n in range(8)] + [duel("wide", 100, 200)]
    assert flags(tmp_path, releases, {"R024": {}, "R058": {}}) == {}


def test_r025_a_process_counts_once_however_many_bids(tmp_path: Path) -> None:
    """F: 1 win in 12 processes, top tenderer; 11 firms with 1 of 1.

    Ratios 1/12 and eleven 1.0 (n = 12): Q1 stands at 12.3333/4 + 1/3 = 3.4167, Q3 at 9.5833; both 1, the fence is 1.
    So a fence of exactly 1 would flag every winner: with a threshold of 0.5 only F is left.
    """
    releases = [process(f"p{n}", bid("valid", "F"), bid("valid", f"w{n}"), awards=[award(f"w{n}")]) for n in range(11)]
    releases.append(process("own", bid("valid", "F"), bid("valid", "F"), awards=[award("F")]))
    found = flags(tmp_path, releases, {"R025": {"threshold": 0.5}})
    assert found == {"Tenderer": {"F": {"R025": 1 / 12}}}
    assert len(flags(tmp_path, releases, {"R025": {}})["Tenderer"]) == 12


def test_r025_only_top_tenderers(tmp_path: Path) -> None:
    """Numbers of bids 1, 2, 3, 4: the median is 2.5, the 100th percentile 4."""
    releases = [
        process(f"{name}{n}", bid("valid", name), bid("valid", "winner"), awards=[award("winner")])
        for name, times in (("one", 1), ("two", 2), ("three", 3), ("four", 4))
        for n in range(times)
    ]
    assert set(flags(tmp_path, releases, {"R025": {"threshold": 0, "percentile": 50}})["Tenderer"]) == {"three", "four"}
    assert set(flags(tmp_path, releases, {"R025": {"threshold": 0, "percentile": 0}})["Tenderer"]) == {
        "one",
        "two",
        "three",
        "four",
    }
    assert flags(tmp_path, releases, {"R025": {"threshold": 0, "percentile": 100}}) == {}  # the winner made 10


def test_r028_the_same_price_of_different_tenderers(tmp_path: Path) -> None:
    same = {"amount": 100}
    releases = [
        process("F", bid("valid", "A", **same), bid("disqualified", "B", **same), bid("pending", "C", amount=100.0)),
        process("one tenderer", bid("valid", "D", **same), bid("valid", "D", **same)),
        process("one consortium", bid("valid", "D", "E", **same), bid("valid", "E", "D", **same)),
        process("withdrawn", bid("valid", "D", **same), bid("withdrawn", "E", **same)),
        process(
            "no currency", {"status": "valid", "tenderers": [{"id": "D"}], "value": same}, bid("valid", "E", **same)
        ),
        process(
            "set price",
            bid("valid", "D", **same),
            bid("valid", "E", **same),
            tender={"procurementMethodDetails": "Lottery"},
        ),
    ]
    options = {"R028": {}, "no_price_comparison_procurement_methods": "Lottery|Draw"}
    assert flags(tmp_path, releases, options) == {
        "OCID": {"F": {"R028": 1.0}},
        "Tenderer": {"A": {"R028": 1.0}, "B": {"R028": 1.0}, "C": {"R028": 1.0}},
    }
    only = {"R028": {}, "price_comparison_procurement_methods": "Lottery"}
    assert set(flags(tmp_path, releases, only)["OCID"]) == {"set price"}


def test_r030_a_late_valid_bid_of_a_winner(tmp_path: Path) -> None:
    tender = {"tenderPeriod": {"endDate": "2031-03-15T12:00:00+08:00"}}
    late, early = {"date": "2031-03-15T04:00:01Z"}, {"date": "2031-03-15T12:00:00+08:00"}
    releases = [
        process("F", bid("valid", "W", "P", **late), awards=[award("W"), award("X", status="pending")], tender=tender),
        process("in time", bid("valid", "W", **early), awards=[award("W")], tender=tender),
        process("late loser", bid("valid", "L", **late), awards=[award("W")], tender=tender),
        process("late and rejected", bid("disqualified", "W", **late), awards=[award("W")], tender=tender),
        process("not awarded", bid("valid", "W", **late), awards=[award("W", status="cancelled")], tender=tender),
        process("no deadline", bid("valid", "W", **late), awards=[award("W")]),
        process("no date", bid("valid", "W", date="?"), awards=[award("W")], tender=tender),
    ]
    assert flags(tmp_path, releases, {"R030": {}}) == {"OCID": {"F": {"R030": 1.0}}, "Tenderer": {"W": {"R030": 1.0}}}


def test_r030_a_deadline_without_hour_lasts_the_whole_day(tmp_path: Path) -> None:
    tender = {"tenderPeriod": {"endDate": "2031-03-15"}}
    releases = [
        process("that day", bid("valid", "A", date="2031-03-15T23:00:00+08:00"), awards=[award("A")], tender=tender),
        process("F", bid("valid", "B", date="2031-03-16T00:30:00+08:00"), awards=[award("B")], tender=tender),
    ]
    assert set(flags(tmp_path, releases, {"R030": {}})["OCID"]) == {"F"}


def test_r035_counts_the_other_disqualified_tenderers(tmp_path: Path) -> None:
    rejected = [bid("disqualified", "D"), bid("disqualified", "D"), bid("disqualified", "E"), bid("disqualified", "W")]
    releases = [
        process("F", bid("valid", "W"), *rejected, awards=[award("W"), award("W"), award("Z", status="unsuccessful")]),
        process("two valid", bid("valid", "W"), bid("valid", "V"), *rejected, awards=[award("W")]),
        process("two winners", bid("valid", "W"), *rejected, awards=[award("W"), award("V")]),
        process("pending", bid("valid", "W"), *rejected, awards=[award("W"), award("V", status="pending")]),
        process("none rejected", bid("valid", "W"), bid("withdrawn", "D"), awards=[award("W")]),
    ]
    assert flags(tmp_path, releases, {"R035": {}}) == {"OCID": {"F": {"R035": 2.0}}, "Tenderer": {"W": {"R035": 0.0}}}
    assert flags(tmp_path, releases, {"R035": {"threshold": 3}}) == {}


def test_r036_the_lowest_bid_was_disqualified(tmp_path: Path) -> None:
    def priced(status: str, name: str, amount: float) -> Release:
        return bid(status, name, amount=amount)

    won = [award("A")]
    releases = [
        process("F", priced("valid", "A", 101), priced("disqualified", "B", 100), awards=won),
        process("valid is lowest", priced("valid", "A", 100), priced("disqualified", "B", 101), awards=won),
        process("equal", priced("valid", "A", 100), priced("disqualified", "B", 100), awards=won),
        process(
            "pending is lowest",
            priced("pending", "C", 1),
            priced("valid", "A", 101),
            priced("disqualified", "B", 100),
            awards=won,
        ),
        process("no valid price", bid("valid", "A"), priced("disqualified", "B", 100), awards=won),
        process("no award", priced("valid", "A", 101), priced("disqualified", "B", 100)),
    ]
    assert flags(tmp_path, releases, {"R036": {}}) == {"OCID": {"F": {"R036": 1.0}}}


def test_r038_ratios_of_buyers_entities_and_tenderers(tmp_path: Path) -> None:
    """Five buyers with two processes each: ratios 0, 0, 0, 0.25, 0.75 (n = 5).

    Q1 at 5.3333/4 + 1/3 = 1.6667 is 0; Q3 at 4.3333 is 0.25 + 0.3333·0.5 = 0.41667; the fence 2.5·0.41667 = 1.04167:
    nobody. With the ratio of the fourth at 0: Q3 = 0.3333·0.75 = 0.25, the fence 0.625: the fifth.
    """

    def bought(buyer: str, rejected: int) -> list[Release]:
        statuses = ["disqualified"] * rejected + ["valid"] * (4 - rejected)
        bids = [bid(status, f"{buyer}{n}") for n, status in enumerate(statuses)]
        more = {"buyer": {"id": buyer}, "tender": {"procuringEntity": {"id": 7}}}
        return [process(f"{buyer}-1", *bids[:2], **more), process(f"{buyer}-2", *bids[2:], **more)]

    quiet = [release for buyer in "abcd" for release in bought(buyer, 0)]
    assert flags(tmp_path, [*quiet, *bought("F", 3)], {"R038": {}})["Buyer"] == {"F": {"R038": 0.75}}
    noisy = [release for buyer in "abc" for release in bought(buyer, 0)] + bought("d", 1) + bought("F", 3)
    assert "Buyer" not in flags(tmp_path, noisy, {"R038": {}})
    found = flags(tmp_path, noisy, {"R038": {"threshold": 0.2}})
    assert found["Buyer"] == {"d": {"R038": 0.25}, "F": {"R038": 0.75}}
    assert found["ProcuringEntity"] == {"7": {"R038": 0.2}}  # 4 of 20, a number as id is read as text
    assert "Tenderer" not in found  # each made one bid only
    found = flags(tmp_path, noisy, {"R038": {"threshold": 1, "minimum_submitted_bids": 1}})
    assert set(found["Tenderer"]) == {"d0", "F0", "F1", "F2"}
    assert flags(tmp_path, noisy, {"R038": {"threshold": 0, "minimum_contracting_processes": 11}}) == {}


def test_r048_the_fence_comes_from_busy_suppliers_and_holds_for_all(tmp_path: Path) -> None:
    def supplied(name: str, codes: list[str], times: int, scheme: str = "CPV") -> list[Release]:
        items = [{"classification": {"scheme": scheme, "id": code}} for code in codes]
        return [{"ocid": f"{name}{n}", "awards": [award(name, items=items)]} for n in range(times)]

    busy = [release for name in "abcd" for release in supplied(name, ["10111111", "10222222"], 2)]
    wide = supplied("F", ["10000000", "20000000", "30000000"], 1)
    found = flags(tmp_path, busy + wide, {"R048": {"minimum_contracting_processes": 2}})
    # Varieties of the busy: 1, 1, 1, 1; both quartiles and the fence are 1, inclusive.
    assert found["Tenderer"] == {name: {"R048": 1.0} for name in "abcd"} | {"F": {"R048": 3.0}}
    assert flags(tmp_path, busy + wide, {"R048": {}}) == {}  # nobody has 20 processes: no fence
    assert flags(tmp_path, busy + wide, {"R048": {"threshold": 2}}) == {"Tenderer": {"F": {"R048": 3.0}}}
    longer = flags(tmp_path, busy, {"R048": {"threshold": 2, "digits": 3}})
    assert set(longer["Tenderer"]) == set("abcd")
    shared = {"ocid": "two", "awards": [award("F", "G", items=[{"classification": {"id": "40000000"}}])]}
    assert flags(tmp_path, [*wide, shared], {"R048": {"threshold": 3}}) == {"Tenderer": {"F": {"R048": 3.0}}}


def test_excluded_and_cancelled_processes_and_ocids_that_are_no_text(tmp_path: Path) -> None:
    releases = [
        duel("kept", 100, 101),
        duel("drawn", 100, 101, tender={"procurementMethodDetails": "Draw"}),
        duel("cancelled", 100, 101, tender={"status": "cancelled"}),
        {**duel("x", 100, 101), "ocid": 5},
    ]
    options = {"R024": {"threshold": 1}, "exclusions": {"procurement_method_details": "Draw|Lottery"}}
    assert set(flags(tmp_path, releases, options)["OCID"]) == {"kept"}
    told = assess_ocds(tmp_path / "releases.jsonl", options)
    assert told.read == {"processes": 3, "cancelled": 1, "excluded": 1, "repeated": 0, "unreadable": 1}
    assert "ocid" in told.problems[0].reason
    assert told.assessed == {"R024": 1}
    assert told.fences == {"R024": {"fence": 1.0}}


INI = """
; a comment
currency = CNY
no_price_comparison_procurement_methods = Lottery|Draw

[defaults]
currency = CNY
bid_status = valid
; award_status = active

[redactions]
amount = 0|99999999
organization_id = placeholder

[corrections]
award_status_by_contract_status = true

[modifications]
prefix_tenderer_or_supplier_id = XX-
split_procurement_method_details = -

[codelists.bid_status]
Accepted = valid

[codelists.award_status]
Won = active

[R003.procurement_method_details]
Quick = 5

[R024]
threshold = 0.05   ; low

[R055]
"""


def test_a_settings_file_prepares_the_releases(tmp_path: Path) -> None:
    details = [
        bid("Accepted", "W", amount=100),
        {"tenderers": {"id": "XX-L"}, "value": {"amount": 104}},
        bid("valid", "Z", amount=0),
        bid("valid", "placeholder", amount=101),
    ]
    awards = [award("W", status="Won", id=1), award("C", status="Won", id=2)]
    contracts = [{"awardID": "2", "status": "cancelled"}]
    release = process(
        "F", *details, awards=awards, contracts=contracts, tender={"procurementMethodDetails": "Open - 7"}
    )
    lottery = duel("lottery", 100, 101, tender={"procurementMethodDetails": "Lottery - today"})
    path = tmp_path / "settings.ini"
    path.write_text(INI, encoding="utf-8")
    for options in (path, str(path), INI):
        found = flags(tmp_path, [release, lottery], options)
        assert found == {"OCID": {"F": {"R024": 0.04}}, "Tenderer": {"XX-W": {"R024": 0.0}, "XX-L": {"R024": 0.0}}}
    assert assess_ocds(tmp_path / "releases.jsonl", path).not_calculated == ("R055",)


def test_auction_bids_can_be_moved(tmp_path: Path) -> None:
    stage = {"bids": [bid("valid", "A", amount=1), bid("valid", "B", amount=1)]}
    release = {"ocid": "F", "auctions": [{"stages": [stage]}]}
    assert flags(tmp_path, [release], {"R028": {}}) == {}
    assert "F" in flags(tmp_path, [release], {"R028": {}, "modifications": {"move_auctions": True}})["OCID"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"R024": {"treshold": 1}}, "Unknown setting 'treshold' in section R024; it has threshold"),
        ({"R028": {"threshold": 1}}, "it has no settings"),
        ({"R999": {}}, "Unknown setting 'R999'"),
        ({"R025": {"percentile": 101}}, "from 0 to 100"),
        ({"R035": {"threshold": 0.5}}, "whole number"),
        ({"R024": {"threshold": "low"}}, "must be a number"),
        ({"R024": 5}, "must be a section"),
        ({"modifications": {"move_auctions": "perhaps"}}, "true or false"),
        ("[R024\n", "INI"),
        ("/no/such/file.ini", "cannot be read"),
    ],
)
def test_a_setting_that_is_not_known_stops_with_what_is(tmp_path: Path, options: Any, words: str) -> None:
    with pytest.raises(UsageError) as error:
        flags(tmp_path, [duel("a", 100, 101)], options)
    assert words in str(error.value)


def test_lots_are_processes_of_their_own_when_asked(tmp_path: Path) -> None:
    """The same price in two different lots is no coincidence to explain; inside one lot it is."""
    details = [
        bid("valid", "A", amount=100, relatedLots=["1"]),
        bid("valid", "B", amount=100, relatedLots=["2"]),
        bid("valid", "C", amount=100, relatedLots=["2"]),
        bid("valid", "D", amount=100, relatedLots=["1", "2"]),
    ]
    release = process("o", *details, tender={"lots": [{"id": "1"}, {"id": "2"}], "numberOfTenderers": 1})
    release["tender"]["procurementMethod"] = "open"
    whole = flags(tmp_path, [release], {"R028": {}, "R018": {}})
    assert set(whole["OCID"]) == {"o"}
    assert set(whole["Tenderer"]) == set("ABCD")
    by_lot = flags(tmp_path, [release], {"R028": {}, "R018": {}, "lots": True})
    assert by_lot == {"OCID": {"o#2": {"R028": 1.0}}, "Tenderer": {"B": {"R028": 1.0}, "C": {"R028": 1.0}}}


def test_packages_records_folders_and_several_files_are_read_alike(tmp_path: Path) -> None:
    releases = [duel("a", 100, 101), duel("b", 100, 300)]
    (tmp_path / "in").mkdir()
    lines = tmp_path / "in" / "a.jsonl"
    lines.write_text(json.dumps(releases[0]) + "\n\nnonsense\n", encoding="utf-8")
    record = {"records": [{"ocid": "b", "compiledRelease": releases[1]}]}
    (tmp_path / "in" / "b.json").write_text(json.dumps(record), encoding="utf-8")
    (tmp_path / "p.json").write_text(json.dumps({"releases": releases}), encoding="utf-8")
    options = {"R024": {"threshold": 9}}
    expected = flags(tmp_path, releases, options)
    assert ocds_flags(tmp_path / "in", options) == expected
    assert ocds_flags([lines, str(tmp_path / "in" / "b.json")], options) == expected
    assert ocds_flags(tmp_path / "p.json", options) == expected
    told = assess_ocds(tmp_path / "in", options)
    assert [(problem.file, problem.row) for problem in told.problems] == [("a.jsonl", 3)]


@pytest.mark.parametrize(
    ("name", "content"), [("e.jsonl", ""), ("e.json", ""), ("x.jsonl", "x\ny\n"), ("x.json", "{}")]
)
def test_a_file_without_any_release_says_so(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError):
        ocds_flags(tmp_path / name)
    with pytest.raises(UsageError, match="no file"):
        ocds_flags(tmp_path / "absent.jsonl")


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.floats(0, 1))
def test_quantiles_are_the_median_unbiased_ones(numbers: list[float], share: float) -> None:
    """Against numpy's slow and general one, up to rounding in the position."""
    expected = float(np.quantile(numbers, share, method="median_unbiased"))
    assert quantile(sorted(numbers), share) == pytest.approx(expected, rel=1e-9, abs=1e-3)


amounts = st.sampled_from([1, 2, 2.5, 3, 100])
statuses = st.sampled_from(["valid", "disqualified", "pending", "withdrawn", "invited"])
names = st.sampled_from("ABC")


@given(st.lists(st.tuples(statuses, names, amounts), max_size=5), st.lists(names, max_size=2))
def test_simple_flags_against_their_definition(
    tmp_path_factory: pytest.TempPathFactory, offers: list[tuple[str, str, float]], winners: list[str]
) -> None:
    """R028, R035 and R036 said once more in one line each."""
    release = process("o", *(bid(s, n, amount=a) for s, n, a in offers), awards=[award(name) for name in winners])
    found = flags(tmp_path_factory.mktemp("f"), [release], {"R028": {}, "R035": {}, "R036": {}})
    got = found.get("OCID", {}).get("o", {})
    sent = [offer for offer in offers if offer[0] in ("valid", "disqualified", "pending")]
    assert ("R028" in got) == any(a[2] == b[2] and a[1] != b[1] for a in sent for b in sent)
    valid = {n for s, n, _ in sent if s == "valid"}
    others = {n for s, n, _ in sent if s == "disqualified"} - valid
    assert ("R035" in got) == (len(valid) == 1 and valid == set(winners) and len(others) > 0)
    rest = [a for s, _, a in sent if s != "disqualified"]
    rejected = [a for s, _, a in sent if s == "disqualified"]
    lowest = bool(winners and valid and rejected and min(rejected) < min(rest))
    assert ("R036" in got) == lowest


rubbish = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found + [place for key, inner in pairs for place in places(inner, (*path, key))]


def is_result(found: dict[str, dict[str, dict[str, float]]]) -> bool:
    """Whether it has the shape that is printed: whom it is about, and for each of the eleven flags a number."""
    flagged = [value for kind in found.values() for of_one in kind.values() for value in of_one.items()]
    return set(found) <= {"OCID", "Buyer", "ProcuringEntity", "Tenderer"} and all(
        code.startswith("R0") and isinstance(number, (int, float)) for code, number in flagged
    )


@settings(max_examples=200)
@given(data=st.data(), options=st.sampled_from([None, {"lots": True}, INI]))
def test_any_mutation_is_passed_over_or_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, options: Any
) -> None:
    tender = {
        "tenderPeriod": {"startDate": "2031-01-01T00:00:00Z", "endDate": "2031-01-02T00:00:00Z"},
        "procurementMethod": "open",
        "procurementMethodDetails": "D",
        "numberOfTenderers": 1,
        "lots": [{"id": "1"}],
        "procuringEntity": {"id": "P"},
    }
    items = [{"classification": {"id": "10000000", "scheme": "CPV"}, "relatedLot": "1"}]
    details = [bid("valid", "A", amount=1, date="2031-01-03T00:00:00Z"), bid("disqualified", "B", amount=1)]
    document = process("o", *details, awards=[award("A", items=items)], tender=tender, buyer={"id": "P"})
    document["contracts"] = [{"awardID": 1, "status": "cancelled"}]
    document = copy.deepcopy(document)
    for _ in range(data.draw(st.integers(1, 3))):
        where = data.draw(st.sampled_from(places(document)))
        target = document
        for step in where[:-1]:
            target = target[step]
        target[where[-1]] = data.draw(rubbish)
    folder = tmp_path_factory.mktemp("m")
    with suppress(DataError):
        assert is_result(flags(folder, [document, duel("good", 100, 101)], options))
    (folder / "r.json").write_text(json.dumps(document), encoding="utf-8")
    with suppress(DataError):
        assert is_result(ocds_flags(folder / "r.json", options))


OPTIONS: dict[str, Any] = {
    "R028": {"no_price_comparison_procurement_methods": "NPC", "exclusions": {"procurement_method_details": "EXC"}},
    "R038": {"R038": {"minimum_contracting_processes": 1}},
}


def test_the_published_answers_are_met_exactly(shared_data: Path) -> None:
    paths = sorted((shared_data / "cardinal").glob("R*.jsonl"))
    assert paths
    for path in paths:
        expected = json.loads(path.with_suffix(".expected").read_text("utf-8"))
        options = {path.stem: {}, **OPTIONS.get(path.stem, {})}
        assert ocds_flags(path, options) == expected, path.stem
