"""OCDS: both versions, every shape, off-schema losers, and nothing but a DataError on rubbish."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caselens.core.errors import DataError
from caselens.readers import _ocds_files
from caselens.readers._declare import Item, Note, Refused, Row
from caselens.readers.ocds import READER
from caselens.tables import TABLES

Release = dict[str, Any]
OCID = "ocds-zz9plu-001"


def party(number: str, name: str, *roles: str) -> Release:
    return {
        "id": f"XX-REG-{number}",
        "name": name,
        "identifier": {"scheme": "XX-REG", "id": number},
        "roles": list(roles),
        "contactPoint": {"name": "Desk", "telephone": "555-0100"},
    }


def release_1_1() -> Release:
    """Two valid bids and one disqualified, an award, a contract with an amendment, a payment and a delivery."""
    return {
        "ocid": OCID,
        "id": "r1",
        "date": "2031-05-01T09:00:00+08:00",
        "tag": ["compiled"],
        "parties": [
            party("1", "Lantern County Works Office", "buyer", "payer"),
            party("2", "Grey Heron Building", "supplier", "tenderer", "payee"),
            party("3", "Tin Kettle Roads", "tenderer"),
            party("4", "Paper Bridge Ltd", "tenderer"),
        ],
        "buyer": {"id": "XX-REG-1", "name": "Lantern County Works Office"},
        "planning": {
            "budget": {"projectID": "P-7", "project": "Ring road", "amount": {"amount": 900, "currency": "X"}}
        },
        "tender": {
            "id": "t1",
            "title": "Resurfacing",
            "status": "complete",
            "procurementMethod": "selective",
            "procurementMethodDetails": "By invitation",
            "mainProcurementCategory": "works",
            "awardCriteria": "priceOnly",
            "value": {"amount": 1000.50, "currency": "CNY"},
            "tenderPeriod": {"startDate": "2031-03-01T08:00:00+08:00", "endDate": "2031-03-20T01:00:00Z"},
            "numberOfTenderers": 3,
            "hasEnquiries": False,
        },
        "bids": {
            "details": [
                {
                    "id": "b1",
                    "date": "2031-03-20T08:59:59.750+08:00",
                    "status": "valid",
                    "tenderers": [{"id": "XX-REG-2"}],
                    "value": {"amount": 950, "currency": "CNY"},
                    "items": [{"id": "1", "quantity": 10, "unit": {"name": "m2", "value": {"amount": 95}}}],
                },
                {
                    "id": "b2",
                    "date": "2031-03-20T09:30:00+08:00",
                    "status": "valid",
                    "tenderers": [{"id": "XX-REG-3"}],
                    "value": {"amount": 970.25, "currency": "CNY"},
                },
                {"id": "b3", "status": "disqualified", "tenderers": [{"id": "XX-REG-4"}], "value": {"amount": 900}},
            ]
        },
        "awards": [
            {"id": "a1", "status": "active", "date": "2031-04-02T00:00:00+08:00", "suppliers": [{"id": "XX-REG-2"}]},
            {"id": "a0", "status": "cancelled", "date": "2031-04-01T00:00:00+08:00", "suppliers": [{"id": "XX-REG-3"}]},
        ],
        "contracts": [
            {
                "id": "c1",
                "awardID": "a1",
                "status": "active",
                "dateSigned": "2031-04-10T10:00:00+08:00",
                "value": {"amount": 950, "currency": "CNY"},
                "milestones": [{"type": "delivery", "status": "met", "dateMet": "2031-09-01T00:00:00+08:00"}],
                "implementation": {
                    "transactions": [
                        {
                            "id": "x1",
                            "date": "2031-06-01T12:00:00+08:00",
                            "value": {"amount": 300, "currency": "CNY"},
                            "payer": {"id": "XX-REG-1"},
                            "payee": {"id": "XX-REG-2"},
                        }
                    ]
                },
            }
        ],
    }


def written(folder: Path, document: Any, name: str = "file.json") -> Path:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def items(folder: Path, document: Any, name: str = "file.json") -> list[Item]:
    return list(READER.read(written(folder, document, name)))


def rows(found: list[Item], table: str) -> list[Row]:
    return [item for item in found if isinstance(item, Row) and item.table == table]


def values(found: list[Item], table: str) -> list[dict[str, str | None]]:
    return [dict(row.values) for row in rows(found, table)]


def said(found: list[Item]) -> str:
    return "\n".join(item.text.en for item in found if isinstance(item, Note))


def test_a_release_of_1_1_gives_tender_bids_items_contract_payment_and_project(tmp_path: Path) -> None:
    found = items(tmp_path, release_1_1())
    (tender,) = values(found, "tenders")
    assert tender["tender_id"] == OCID
    assert tender["buyer_id"] == "XX-REG-1"
    assert (tender["method"], tender["ocds_method"]) == ("invited", "selective")
    assert (tender["budget"], tender["currency"], tender["planning_budget"]) == ("1000.5", "CNY", "900")
    assert (tender["published_on"], tender["awarded_on"]) == ("2031-03-01", "2031-04-02")
    assert tender["evaluation_method"] == "lowest_evaluated_price"
    assert tender["project_id"] == "P-7"

    bids = {bid["bidder_id"]: bid for bid in values(found, "bids")}
    assert [bids[f"XX-REG-{n}"]["price"] for n in (2, 3, 4)] == ["950", "970.25", "900"]
    assert [bids[f"XX-REG-{n}"]["status"] for n in (2, 3, 4)] == ["valid", "valid", "rejected"]
    assert [bids[f"XX-REG-{n}"]["is_winner"] for n in (2, 3, 4)] == ["true", "false", "false"]
    assert bids["XX-REG-2"]["contact_phone"] == "555-0100"

    (bid_item,) = values(found, "bid_items")
    assert (bid_item["bidder_id"], bid_item["item_no"], bid_item["unit_price"]) == ("XX-REG-2", "1", "95")
    (contract,) = values(found, "contracts")
    assert contract["contract_id"] == f"{OCID}/c1"
    assert (contract["supplier_id"], contract["amount"]) == ("XX-REG-2", "950")
    assert (contract["signed_on"], contract["accepted_on"]) == ("2031-04-10", "2031-09-01")
    (payment,) = values(found, "payments")
    assert payment["reference_id"] == contract["contract_id"]
    accounts = {account["account_id"]: account["holder_id"] for account in values(found, "accounts")}
    assert accounts[payment["payer_account"]] == "XX-REG-1"
    assert accounts[payment["payee_account"]] == "XX-REG-2"
    (project,) = values(found, "projects")
    assert (project["name"], project["owner_id"]) == ("Ring road", "XX-REG-1")
    assert len(values(found, "organizations")) == 4
    assert all(item.row == 1 for item in found if isinstance(item, Row))
    assert "tender/hasEnquiries ×1" in said(found)


def test_a_deadline_in_utc_stands_in_local_time_beside_local_bids(tmp_path: Path) -> None:
    """01:00 UTC is 09:00 at +08:00: the bid of 08:59:59 is in time, the one of 09:30 is late."""
    found = items(tmp_path, release_1_1())
    deadline = values(found, "tenders")[0]["deadline_at"]
    first, second = (bid["submitted_at"] for bid in values(found, "bids")[:2])
    assert deadline == "2031-03-20T09:00:00"
    assert first == "2031-03-20T08:59:59"
    assert second == "2031-03-20T09:30:00"
    assert values(found, "bids")[0]["submitted_at_offset"] == "+08:00"


def test_a_process_wholly_in_utc_stays_as_printed(tmp_path: Path) -> None:
    release = {
        "ocid": OCID,
        "buyer": {"name": "B"},
        "tender": {"procurementMethod": "open", "tenderPeriod": {"endDate": "2031-03-20T01:00:00Z"}},
    }
    (tender,) = values(items(tmp_path, release), "tenders")
    assert (tender["deadline_at"], tender["deadline_at_offset"]) == ("2031-03-20T01:00:00", "+00:00")


def test_version_1_0_keeps_its_parties_inline_and_needs_no_parties_list(tmp_path: Path) -> None:
    release = {
        "ocid": OCID,
        "buyer": {"identifier": {"scheme": "XX-GOV", "id": "9", "legalName": "Moss Town Council"}},
        "tender": {
            "procurementMethod": "limited",
            "tenderers": [{"name": "Blue Door Works"}, {"name": "  blue  DOOR works"}, {"name": "Quill & Sons"}],
        },
        "awards": [
            {"id": "1", "status": "active", "date": "2030-01-05", "suppliers": [{"name": "Quill & Sons"}]},
        ],
        "contracts": [
            {
                "id": "1",
                "awardID": "1",
                "dateSigned": "2030-02-01T00:00:00Z",
                "value": {"amount": "120", "currency": "CNY"},
                "amendment": {
                    "date": "2030-03-01",
                    "rationale": "more work",
                    "changes": [{"property": "value.amount", "former_value": 100}],
                },
                "implementation": {
                    "transactions": [
                        {
                            "id": "7",
                            "date": "2030-02-15T00:00:00Z",
                            "amount": {"amount": 50, "currency": "CNY"},
                            "providerOrganization": {"scheme": "XX-GOV", "id": "9", "legalName": "Moss Town Council"},
                            "receiverOrganization": {"scheme": "XX-REG", "id": "5", "legalName": "Quill & Sons"},
                        }
                    ]
                },
            }
        ],
    }
    found = items(tmp_path, {"uri": "u", "releases": [release]})
    assert values(found, "tenders")[0]["buyer_id"] == "XX-GOV-9"
    organizations = {org["org_id"]: org for org in values(found, "organizations")}
    assert organizations["XX-GOV-9"]["name"] == "Moss Town Council"
    assert organizations["NAME-blue door works"]["id_basis"] == "name"
    bids = values(found, "bids")
    assert [(bid["bidder_id"], bid.get("price"), bid["is_winner"]) for bid in bids] == [
        ("NAME-blue door works", None, "false"),
        ("NAME-blue door works", None, "false"),
        ("NAME-quill & sons", None, "true"),
    ]
    (change,) = values(found, "contract_changes")
    assert (change["amount"], change["changed_on"], change["reason"]) == ("20", "2030-03-01", "more work")
    (payment,) = values(found, "payments")
    assert (payment["amount"], payment["payer_account"]) == ("50", "OCDS-ACCOUNT-XX-GOV-9")
    assert "3 bidder(s) are known from the list of tenderers only" in said(found)


def lots_release() -> Release:
    release = release_1_1()
    release["tender"]["lots"] = [
        {"id": "L1", "title": "North", "value": {"amount": 400, "currency": "CNY"}},
        {"id": "L2", "title": "South", "status": "cancelled"},
    ]
    bids = release["bids"]["details"]
    bids[0]["relatedLots"] = ["L1"]
    bids[1]["relatedLots"] = ["L1", "L2"]
    bids[2]["relatedLots"] = ["L2"]
    release["awards"] = [{"id": "a1", "status": "active", "relatedLots": ["L1"], "suppliers": [{"id": "XX-REG-2"}]}]
    return release


def test_each_lot_is_a_tender_and_one_price_for_two_lots_is_the_price_of_neither(tmp_path: Path) -> None:
    found = items(tmp_path, lots_release())
    tenders = {tender["tender_id"]: tender for tender in values(found, "tenders")}
    assert set(tenders) == {f"{OCID}#L1", f"{OCID}#L2"}
    assert tenders[f"{OCID}#L1"]["budget"] == "400"
    assert "budget" not in tenders[f"{OCID}#L2"]  # the value of the whole is no lot's budget
    assert (tenders[f"{OCID}#L1"]["status"], tenders[f"{OCID}#L2"]["status"]) == ("awarded", "cancelled")
    bids = {(bid["tender_id"][-2:], bid["bidder_id"]): bid for bid in values(found, "bids")}
    assert bids["L1", "XX-REG-2"]["price"] == "950"
    assert bids["L1", "XX-REG-2"]["is_winner"] == "true"
    assert "price" not in bids["L1", "XX-REG-3"]
    assert bids["L2", "XX-REG-3"]["price_of_all_lots"] == "970.25"
    assert "is_winner" not in bids["L2", "XX-REG-4"]  # no award of this lot yet
    assert values(found, "contracts")[0]["tender_id"] == f"{OCID}#L1"


def test_a_bid_without_lot_in_a_tender_of_two_lots_belongs_to_the_whole(tmp_path: Path) -> None:
    release = lots_release()
    del release["bids"]["details"][2]["relatedLots"]
    found = items(tmp_path, release)
    assert {tender["tender_id"] for tender in values(found, "tenders")} == {f"{OCID}#L1", f"{OCID}#L2", OCID}
    assert OCID in {bid["tender_id"] for bid in values(found, "bids")}


def test_a_consortium_is_one_bidder_with_its_members_named(tmp_path: Path) -> None:
    release = release_1_1()
    release["bids"]["details"][0]["tenderers"] = [{"id": "XX-REG-4"}, {"id": "XX-REG-2"}]
    release["awards"][0]["suppliers"] = [{"id": "XX-REG-2"}, {"id": "XX-REG-4"}]
    found = items(tmp_path, release)
    bid = values(found, "bids")[0]
    assert bid["bidder_id"] == "GROUP-XX-REG-2+XX-REG-4"
    assert bid["member_ids"] == "XX-REG-2;XX-REG-4"
    assert bid["is_winner"] == "true"
    assert values(found, "contracts")[0]["supplier_id"] == bid["bidder_id"]
    names = {org["org_id"]: org["name"] for org in values(found, "organizations")}
    assert names["GROUP-XX-REG-2+XX-REG-4"] == "Grey Heron Building + Paper Bridge Ltd"


def test_a_record_with_releases_is_merged_and_the_change_of_value_becomes_a_contract_change(tmp_path: Path) -> None:
    first, second = release_1_1(), {"ocid": OCID, "id": "r2", "date": "2031-07-01T00:00:00+08:00"}
    second["tender"] = {"title": "Resurfacing, corrected", "numberOfTenderers": None}
    second["contracts"] = [
        {
            "id": "c1",
            "value": {"amount": 1100, "currency": "CNY"},
            "amendments": [{"id": "m1", "date": "2031-06-30T00:00:00+08:00", "rationale": "wider", "releaseID": "r2"}],
        }
    ]
    found = items(tmp_path, {"records": [{"ocid": OCID, "releases": [second, first]}]})
    (tender,) = values(found, "tenders")
    assert (tender["title"], tender["number_of_tenderers"]) == ("Resurfacing, corrected", "3")
    (contract,) = values(found, "contracts")
    assert (contract["amount"], contract["signed_on"]) == ("1100", "2031-04-10")
    (change,) = values(found, "contract_changes")
    assert (change["amount"], change["changed_on"], change["reason"]) == ("150", "2031-06-30", "wider")  # 1100 − 950
    assert "merged from several releases" in said(found)


def test_the_compiled_release_of_a_record_is_preferred(tmp_path: Path) -> None:
    compiled = release_1_1()
    compiled["tender"]["title"] = "As compiled"
    found = items(tmp_path, {"records": [{"ocid": OCID, "compiledRelease": compiled, "releases": [release_1_1()]}]})
    assert values(found, "tenders")[0]["title"] == "As compiled"


def test_a_record_of_links_gives_no_row_and_says_so(tmp_path: Path) -> None:
    found = items(tmp_path, {"records": [{"ocid": OCID, "releases": [{"url": "https://example.org/1.json"}]}]})
    assert not [item for item in found if isinstance(item, Row)]
    assert "only links" in said(found)


def test_releases_of_one_process_in_a_package_are_merged_on_the_row_of_the_latest(tmp_path: Path) -> None:
    late = {"ocid": OCID, "date": "2031-08-01T00:00:00+08:00", "tender": {"status": "cancelled"}}
    other = {"ocid": "ocds-zz9plu-002", "buyer": {"name": "B"}, "tender": {"procurementMethod": "direct"}}
    found = items(tmp_path, {"releases": [late, other, release_1_1()]})
    by_id = {row.values["tender_id"]: row for row in rows(found, "tenders")}
    assert by_id[OCID].values["status"] == "cancelled"
    assert by_id[OCID].values["title"] == "Resurfacing"
    assert (by_id[OCID].row, by_id["ocds-zz9plu-002"].row) == (1, 2)


def test_json_lines_count_lines_and_a_broken_line_is_refused_while_the_rest_is_read(tmp_path: Path) -> None:
    lines = [json.dumps(release_1_1()), '{"ocid": "ocds-zz9plu-002", ', "", json.dumps({"ocid": "", "tender": {}})]
    lines.append(json.dumps({**release_1_1(), "ocid": "ocds-zz9plu-003"}))
    found = items(tmp_path, "\n".join(lines), "many.jsonl")
    assert [row.row for row in rows(found, "tenders")] == [1, 5]
    refused = [item for item in found if isinstance(item, Refused)]
    assert [(item.row, item.raw[:8]) for item in refused] == [(2, '{"ocid":'), (4, '{"ocid":')]
    assert "no valid JSON" in refused[0].reasons[0]
    assert len(values(found, "organizations")) == 4  # each party once a file


@pytest.mark.parametrize("key", ["releases", "records", None])
def test_big_files_are_streamed_with_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    releases = [{**release_1_1(), "ocid": f"ocds-zz9plu-{n:03}"} for n in range(4)]
    inside = [{"ocid": r["ocid"], "compiledRelease": r} for r in releases] if key == "records" else releases
    document = {"uri": "u", key: inside} if key else inside
    whole = items(tmp_path, document)
    monkeypatch.setattr(_ocds_files, "WHOLE_BYTES", 10)
    streamed = items(tmp_path, document)
    assert streamed == whole
    assert [row.row for row in rows(streamed, "tenders")] == [1, 2, 3, 4]


def off_schema_release(losers: int, tenderers: int) -> Release:
    """One award object whose items carry the supplier and, without names, the losing prices."""
    return {
        "ocid": "ocid-zz9plu-77",
        "buyer": {"id": "ocid-zz9plu-77-buyer", "identifier": {"legalName": "三河镇公所", "id": "9.1"}},
        "tender": {
            "procurementMethod": "公開招標",
            "awardCriteria": "最低標",
            "tederPeriod": {"startDate": "2030-01-01", "endDate": "2030-01-20"},
            "tenderers": [
                {"identifier": {"legalName": f"青石{n}公司", "id": f"1000000{n}"}, "number": n}
                for n in range(1, tenderers + 1)
            ],
        },
        "awards": {
            "awardDate": "2030-01-25",
            "items": [
                {
                    "number": 1,
                    "suppliers": [
                        {
                            "identifier": {"legalName": "青石1公司", "id": "10000001"},
                            "number": 1,
                            "awardValue": {"amount": 500, "currency": "TWD"},
                        }
                    ],
                    "withoutTenderer": [
                        {
                            "number": n,
                            "bidAmount": 500 + 10 * n,
                            "failReason": "价高",
                            "identifier": {"legalName": None},
                        }
                        for n in range(1, losers + 1)
                    ],
                }
            ],
        },
    }


def test_an_off_schema_loser_is_the_one_tenderer_left(tmp_path: Path) -> None:
    found = items(tmp_path, off_schema_release(losers=1, tenderers=2))
    assert [(b["bidder_id"], b["price"], b["is_winner"], b["bidder_basis"]) for b in values(found, "bids")] == [
        ("ocid-zz9plu:10000001", "500", "true", "award value"),
        ("ocid-zz9plu:10000002", "510", "false", "only one left"),
    ]
    (tender,) = values(found, "tenders")
    assert (tender["method"], tender["evaluation_method"]) == ("open", "lowest_evaluated_price")
    assert tender["deadline_at"] == "2030-01-20"
    (contract,) = values(found, "contracts")
    assert (contract["amount"], contract["signed_on"], contract["contract_basis"]) == ("500", "2030-01-25", "award")


def test_several_off_schema_losers_are_paired_in_printed_order_and_a_person_is_warned(tmp_path: Path) -> None:
    found = items(tmp_path, off_schema_release(losers=2, tenderers=3))
    assert [bid["bidder_basis"] for bid in values(found, "bids")] == ["award value", "printed order", "printed order"]
    assert "paired with the remaining tenderers in printed order" in said(found)


def test_off_schema_losers_that_cannot_be_paired_stay_unnamed(tmp_path: Path) -> None:
    found = items(tmp_path, off_schema_release(losers=2, tenderers=4))
    bidders = [bid["bidder_id"] for bid in values(found, "bids")]
    assert len(set(bidders)) == 3
    assert all("unnamed" in str(bidder) for bidder in bidders[1:])
    assert {bid["bidder_id"] for bid in values(found, "bids")} <= {o["org_id"] for o in values(found, "organizations")}


def test_ids_that_are_good_in_one_process_only_do_not_merge_parties(tmp_path: Path) -> None:
    def release(number: int, name: str) -> Release:
        return {
            "ocid": f"ocds-zz9plu-{number:03}",
            "buyer": {"id": "1", "name": name},
            "parties": [{"id": "1", "name": name, "roles": ["buyer"]}],
            "tender": {"procurementMethod": "open"},
        }

    found = items(tmp_path, {"releases": [release(1, "Fern Hospital"), release(2, "Oak School")]})
    assert [t["buyer_id"] for t in values(found, "tenders")] == ["NAME-fern hospital", "NAME-oak school"]


def test_one_publisher_id_with_two_names_is_two_parties_and_told(tmp_path: Path) -> None:
    def release(number: int, name: str) -> Release:
        return {"ocid": f"ocds-zz9plu-{number:03}", "buyer": {"id": "K77421", "name": name}, "tender": {"id": "t"}}

    found = items(tmp_path, {"releases": [release(1, "Fern Hospital"), release(2, "Oak School")]})
    assert len({t["buyer_id"] for t in values(found, "tenders")}) == 2
    assert "carries different names" in said(found)


def test_a_missing_method_says_unstated_and_a_missing_buyer_is_refused(tmp_path: Path) -> None:
    found = items(tmp_path, {"ocid": OCID, "buyer": {"name": "B"}, "tender": {"title": "T"}})
    assert values(found, "tenders")[0]["method"] == "unstated"
    (refused,) = [i for i in items(tmp_path, {"ocid": OCID, "tender": {"title": "T"}}) if isinstance(i, Refused)]
    assert (refused.table, refused.reasons) == ("tenders", (f"buyer_id: not stated by the publisher for {OCID}",))
    assert json.loads(refused.raw) == {"title": "T"}


def test_an_award_never_makes_bids_out_of_nothing(tmp_path: Path) -> None:
    """A tender with one known winner and no list of bidders is not a tender with a single bid."""
    release = release_1_1()
    del release["bids"]
    assert values(items(tmp_path, release), "bids") == []


@pytest.mark.parametrize(
    ("printed", "awards", "expected"),
    [
        ("cancelled", True, "cancelled"),
        ("unsuccessful", False, "cancelled"),
        ("active", False, "open"),
        ("active", True, "awarded"),
        ("planned", False, "planned"),
        (None, False, "open"),
    ],
)
def test_the_status_of_a_tender(tmp_path: Path, printed: str | None, awards: bool, expected: str) -> None:
    release = release_1_1()
    release["tender"]["status"] = printed
    if not awards:
        release["awards"] = []
    assert values(items(tmp_path, release), "tenders")[0]["status"] == expected


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b'{"ocid": "x", ', "no valid JSON"),
        (b'{"ocid": "\xff\xfe"}', "UTF-8"),
        (b"[" * 100_000, "JSON"),
        (b'{"releases": []}', "no release or record"),
        (b'"text"', "must be a JSON object"),
        (b'{"ocid": null, "tender": {}}', "ocid"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=word) as error:
        list(READER.read(path))
    assert error.value.problems
    assert READER.recognise(path) in (0.0, 0.5, 0.95)


def test_wrong_types_are_told_by_place_and_money_stays_as_printed(tmp_path: Path) -> None:
    release = release_1_1()
    release["tender"]["title"] = ["A", "B"]
    release["bids"]["details"].append("nonsense")
    release["contracts"][0]["value"]["amount"] = 123456789012345678.25
    text = json.dumps(release).replace("1.2345678901234568e+17", "123456789012345678.25")
    found = items(tmp_path, text)
    assert "bids/details ×" in said(found)
    assert "tender/title ×" in said(found)
    assert values(found, "contracts")[0]["amount"] == "123456789012345678.25"
    assert values(found, "tenders")[0]["title"] == '["A","B"]'


def test_recognised_by_content_only(tmp_path: Path) -> None:
    assert READER.recognise(written(tmp_path, {"releases": [release_1_1()]}, "a.txt")) > 0.9
    assert READER.recognise(written(tmp_path, json.dumps(release_1_1()), "a.jsonl")) > 0.9
    assert READER.recognise(written(tmp_path, {"records": [], "publisher": {}}, "b.json")) >= 0.5
    late = {"tender": {"items": [{"description": "x" * 100} for _ in range(2000)]}, "ocid": OCID}
    assert READER.recognise(written(tmp_path, late, "late.json")) > 0.9
    assert READER.recognise(written(tmp_path, {"rows": [1, 2]}, "c.json")) == 0
    assert READER.recognise(written(tmp_path, "tender_id,buyer_id\n1,2\n", "d.csv")) == 0
    assert READER.recognise(tmp_path / "absent.json") == 0


rubbish = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["1e999999999", "0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found + [place for key, inner in pairs for place in places(inner, (*path, key))]


BASES: list[Callable[[], Release]] = [release_1_1, lots_release, lambda: off_schema_release(2, 3)]


@settings(max_examples=250)
@given(data=st.data(), base=st.sampled_from(BASES), wrap=st.sampled_from(["release", "record", "package", "lines"]))
def test_any_mutation_is_read_or_refused_with_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, base: Callable[[], Release], wrap: str
) -> None:
    document = copy.deepcopy(base())
    for _ in range(data.draw(st.integers(1, 3))):
        where = data.draw(st.sampled_from(places(document)))
        target = document
        for step in where[:-1]:
            target = target[step]
        target[where[-1]] = data.draw(rubbish)
    if wrap == "record":
        document = {"records": [{"ocid": OCID, "releases": [base(), document]}]}
    elif wrap == "package":
        document = {"releases": [document, base()]}
    name = "f.jsonl" if wrap == "lines" else "f.json"
    path = written(tmp_path_factory.mktemp("fuzz"), document, name)
    READER.recognise(path)
    found: list[Item] = []
    with suppress(DataError):
        found = list(READER.read(path))
    for item in found:
        if isinstance(item, Row):
            assert all(item.values.get(column) for column in TABLES[item.table].required)
            assert all(isinstance(value, str) for value in item.values.values())


@settings(max_examples=100)
@given(cut=st.integers(0, 3000), noise=st.binary(max_size=6))
def test_a_damaged_file_is_never_a_traceback(tmp_path_factory: pytest.TempPathFactory, cut: int, noise: bytes) -> None:
    text = json.dumps(release_1_1()).encode()
    path = tmp_path_factory.mktemp("cut") / "f.json"
    path.write_bytes(text[:cut] + noise + text[cut + 3 :])
    assert 0 <= READER.recognise(path) <= 1
    with suppress(DataError):
        assert all(isinstance(item, Row | Refused | Note) for item in READER.read(path))


def test_every_file_of_the_published_folder_is_read_or_explained(shared_data: Path) -> None:
    paths = sorted((shared_data / "ocds").rglob("*.json"))
    assert paths
    given_rows = 0
    for path in paths:
        if path.stat().st_size == 0:
            with pytest.raises(DataError, match="empty"):
                list(READER.read(path))
            continue
        assert READER.recognise(path) >= 0.5, path.name
        found = list(READER.read(path))
        assert found, path.name
        known = {org["org_id"] for org in values(found, "organizations")}
        for item in found:
            if isinstance(item, Row):
                given_rows += 1
                assert all(item.values.get(column) for column in TABLES[item.table].required)
                for column in ("buyer_id", "supplier_id", "bidder_id"):
                    assert item.values.get(column) is None or item.values[column] in known
    assert given_rows > len(paths)
