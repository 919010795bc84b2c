"""A case for other programs: what each file says, read back by another reader than the one that wrote it."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import openpyxl
import pytest
from tests.cities import FEE, desk_of

from caselens.api import new_workspace
from caselens.api.case import Case
from caselens.core.errors import UsageError
from caselens.operations.case_exports import export_case
from caselens.operations.ftm import entities_of
from caselens.sample import build


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return desk_of(tmp_path_factory.mktemp("city"), FEE).case("C1")


def test_followthemoney_holds_the_case_and_no_passer_by(case, tmp_path):
    count = export_case(case, "ftm", tmp_path / "case.ftm")
    items = [json.loads(line) for line in (tmp_path / "case.ftm").read_text("utf-8").splitlines()]
    assert count == len(items)
    names = {name for item in items for name in item["properties"].get("name", ())}
    assert {"王某", "王小", "恒信金服有限公司"} <= names and "路人" not in names
    ids = {item["id"] for item in items}
    paid = [item["properties"] for item in items if item["schema"] == "Payment"]
    # The fee, and the two payments by which it was passed on.
    assert {"2500000.00", "1000000.00", "780000.00"} <= {item["amount"][0] for item in paid}
    assert all({*item["payerAccount"], *item["beneficiaryAccount"]} <= ids for item in paid)


@pytest.mark.ftm
def test_the_library_that_defines_followthemoney_takes_every_entity_of_the_sample(tmp_path):
    from followthemoney import model

    build(tmp_path / "city", seed=5, people=500, payments=5_000)
    desk = new_workspace(tmp_path / "W")
    desk.intake(tmp_path / "city")
    items = [json.loads(line) for line in entities_of(desk.workspace)]
    schema = {item["id"]: model.get(item["schema"]) for item in items}
    assert {"Person", "Company", "Ownership", "Payment", "BankAccount", "Family"} <= {i["schema"] for i in items}
    for item in items:
        own = schema[item["id"]]
        own.validate(item)  # raises where a value or a required property is wrong
        for name, values in item["properties"].items():
            assert name in own.properties, f"{own.name} has no {name}"
            reached = own.properties[name].range
            assert reached is None or all(schema[value].is_a(reached) for value in values), f"{own.name}.{name}"


def test_a_telephone_number_is_written_as_the_model_wants_it_or_kept_as_a_note(tmp_path):
    city = tmp_path / "city"
    city.mkdir()
    phones = ["138 1234 5678", "+86 591-8765 4321", "0591-87654321", "87654321", "00861234"]
    rows = "".join(f"P{n},某{n},{phone}\n" for n, phone in enumerate(phones))
    (city / "persons.csv").write_text(f"person_id,name,phone\n{rows}", encoding="utf-8")
    desk = new_workspace(tmp_path / "W")
    desk.intake(city)
    told = [json.loads(line)["properties"] for line in entities_of(desk.workspace)]
    assert [item.get("phone", [None])[0] for item in told] == [
        "+8613812345678", "+8659187654321", "+8659187654321", None, None,
    ]  # fmt: skip
    assert [item["notes"] for item in told[3:]] == [["电话 phone: 87654321"], ["电话 phone: 00861234"]]


def test_graphs_have_the_edges_of_the_case(case, tmp_path):
    edges = case.graph.number_of_edges()
    for kind, tag in (("graphml", "edge"), ("gexf", "edge")):
        assert export_case(case, kind, tmp_path / kind) == edges
        found = [e for e in ET.parse(tmp_path / kind).iter() if e.tag.rpartition("}")[2] == tag]
        assert len(found) == edges
    export_case(case, "neo4j", tmp_path / "neo4j")
    with open(tmp_path / "neo4j" / "relationships.csv", encoding="utf-8", newline="") as file:
        assert len(list(csv.reader(file))) == edges + 1


def test_the_workbook_has_a_sheet_for_each_list(case, tmp_path):
    export_case(case, "xlsx", tmp_path / "case.xlsx")
    book = openpyxl.load_workbook(tmp_path / "case.xlsx")
    assert book.sheetnames == ["findings", "evidence", "counters", "parties", "payments", "tenders", "assessments"]
    assert book["findings"].max_row == len(case.findings()) + 1
    heads = [cell.value for cell in book["evidence"][1]]
    assert {"source_file", "source_sheet", "source_row"} <= set(heads)


TENDERS = {
    "tenders": "tender_id,title,buyer_id,opened_at,awarded_on,status\nT1,云江道路工程,U,2016-01-05 09:00:00,2016-01-10,awarded\n"
}


def test_red_flags_say_what_was_found_of_the_case_alone(case, tmp_path):
    export_case(case, "ocds-flags", tmp_path / "flags.json")
    told = json.loads((tmp_path / "flags.json").read_text("utf-8"))
    # No OCDS file was taken in, and no finding of the case is about procurement.
    assert told == {"case_id": "C1", "flags": {}, "findings": []}


def test_red_flags_of_ocds_files_are_those_of_the_case(tmp_path):
    def release(number: int, buyer: str, bidder: str) -> dict[str, object]:
        return {
            "ocid": f"ocds-demo-{number}", "id": str(number), "date": "2024-01-02T00:00:00Z", "tag": ["award"],
            "initiationType": "tender", "buyer": {"id": buyer, "name": buyer},
            "parties": [{"id": buyer, "name": f"{buyer}局", "roles": ["buyer"]}, {"id": bidder, "name": f"{bidder}公司", "roles": ["tenderer", "supplier"]}],
            "tender": {"id": f"t{number}", "status": "complete", "procurementMethod": "open", "numberOfTenderers": 1,
                       "tenderers": [{"id": bidder}], "tenderPeriod": {"startDate": "2024-01-01T00:00:00Z", "endDate": "2024-01-02T00:00:00Z"}},
            "bids": {"details": [{"id": f"b{number}", "status": "valid", "tenderers": [{"id": bidder}], "value": {"amount": 100, "currency": "CNY"}}]},
            "awards": [{"id": f"a{number}", "status": "active", "value": {"amount": 100, "currency": "CNY"}, "suppliers": [{"id": bidder}]}],
        }  # fmt: skip

    place = tmp_path / "city" / "ocds"
    place.mkdir(parents=True)
    lines = [
        json.dumps(release(1, "B1", "S1"), ensure_ascii=False),
        json.dumps(release(2, "B2", "S2"), ensure_ascii=False),
    ]
    (place / "releases.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    desk = desk_of(tmp_path / "office", {})
    desk.intake(place)
    firms = desk.table("organizations").execute().set_index("name")["org_id"]
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "cases.csv").write_text(
        "case_id,title,opened_on,status\nC1,一案,2024-02-01,open\n", encoding="utf-8"
    )
    (tmp_path / "cases" / "case_subjects.csv").write_text(
        f"case_id,entity_id,role\nC1,{firms['S1公司']},subject\n", encoding="utf-8"
    )
    desk.intake(tmp_path / "cases")
    export_case(desk.case("C1"), "ocds-flags", tmp_path / "flags.json")
    told = json.loads((tmp_path / "flags.json").read_text("utf-8"))
    # One bid only in an open procedure (R018) is a flag of both processes; only one of them is of the case.
    assert set(told["flags"]["OCID"]) == {"ocds-demo-1"} and "R018" in told["flags"]["OCID"]["ocds-demo-1"]


def test_an_unknown_form_lists_those_there_are(case, tmp_path):
    with pytest.raises(UsageError, match="ftm, graphml, gexf, neo4j, xlsx, ocds-flags"):
        export_case(case, "word", Path(tmp_path / "x"))
