"""BODS 0.4 in; FollowTheMoney in and out. All parties are invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselens.core.errors import DataError
from caselens.operations.ftm import entities_of
from caselens.readers import READERS, bods, ftm
from caselens.readers._declare import Note, Refused, Row
from caselens.workspace import Workspace


def statement(
    number: int, kind: str, record: str, day: str = "2024-01-01", status: str = "new", **details: Any
) -> dict[str, Any]:
    return {
        "statementId": f"s{number}", "statementDate": day, "recordId": record, "recordType": kind, "recordStatus": status,
        "declarationSubject": "firm", "recordDetails": details,
    }  # fmt: skip


BODS = [
    statement(1, "entity", "firm", name="云江华泰商贸有限公司", entityType={"type": "registeredEntity"}, foundingDate="2015-03-02",
              identifiers=[{"scheme": "CN-USCC", "id": "91350100M000100Y43"}], jurisdiction={"name": "China", "code": "CN"}),
    statement(2, "person", "owner", names=[{"type": "legal", "fullName": "欧阳晓岚"}], birthDate="1971-03", personType="knownPerson"),
    statement(3, "relationship", "r1", subject="firm", interestedParty="owner", interests=[
        {"type": "shareholding", "share": {"exact": 30}, "startDate": "2015-03-02", "beneficialOwnershipOrControl": True},
        {"type": "boardChair", "startDate": "2016-01-01"},
    ]),
    statement(4, "relationship", "r1", "2024-06-01", "updated", subject="firm", interestedParty="owner", interests=[
        {"type": "shareholding", "share": {"exact": 45.5}, "startDate": "2015-03-02", "beneficialOwnershipOrControl": True},
    ]),
    statement(5, "relationship", "r2", "2024-05-01", "closed", subject="firm", interestedParty="owner", interests=[
        {"type": "votingRights", "share": {"minimum": 25, "exclusiveMaximum": 50}},
    ]),
    statement(6, "relationship", "r3", subject="firm", interestedParty={"reason": "noBeneficialOwners"}, interests=[]),
]  # fmt: skip

FTM = [
    {"id": "p1", "schema": "Person", "properties": {"name": ["欧阳晓岚", "Ouyang Xiaolan"], "birthDate": ["1971-03-07"]}},
    {"id": "c1", "schema": "Company", "properties": {"name": ["云江华泰商贸有限公司"], "registrationNumber": ["91350100M000100Y43"]}},
    {"id": "o1", "schema": "Ownership", "properties": {"owner": ["p1"], "asset": ["c1"], "percentage": ["45.5"], "startDate": ["2015-03-02"]}},
    {"id": "o2", "schema": "Ownership", "properties": {"owner": ["p1"], "asset": ["c1"], "percentage": ["25-50"], "startDate": ["2010"]}},
    {"id": "d1", "schema": "Directorship", "properties": {"director": ["p1"], "organization": ["c1"], "role": ["董事"]}},
    {"id": "d2", "schema": "Directorship", "properties": {"director": ["p1"], "role": ["董事"]}},
    {"id": "f1", "schema": "Family", "properties": {"person": ["p1"], "relative": ["p2"], "relationship": ["brother"]}},
    {"id": "a1", "schema": "BankAccount", "properties": {"accountNumber": ["6230000001"], "owner": ["p1"], "bankName": ["石潭农商行"]}},
    {"id": "a2", "schema": "BankAccount", "properties": {"accountNumber": ["6230000002"], "owner": ["c1"]}},
    {"id": "y1", "schema": "Payment", "properties": {"payerAccount": ["a2"], "beneficiaryAccount": ["a1"], "amount": ["1200.50"],
     "currency": ["cny"], "date": ["2024-02-03"], "purpose": ["货款"]}},
    {"id": "v1", "schema": "Vessel", "properties": {"name": ["云江一号"]}},
]  # fmt: skip


def write(path: Path, items: list[Any], lines: bool) -> Path:
    text = "".join(f"{json.dumps(item, ensure_ascii=False)}\n" for item in items) if lines else json.dumps(items)
    path.write_text(text, encoding="utf-8")
    return path


def rows(items: list[Any], table: str) -> list[dict[str, str]]:
    return [
        {k: v for k, v in item.values.items() if v} for item in items if isinstance(item, Row) and item.table == table
    ]


@pytest.mark.parametrize("lines", [True, False])
def test_bods_of_each_record_the_latest_statement_counts(tmp_path: Path, lines: bool) -> None:
    path = write(tmp_path / "register.json", BODS, lines)
    sure = {name: reader.recognise(path) for name, reader in READERS.items()}
    assert max(sure, key=lambda name: sure[name]) == "bods"
    items = list(bods.read(path))
    (firm,) = rows(items, "organizations")
    assert firm["org_id"] == "bods:firm" and firm["uscc"] == "91350100M000100Y43"
    (person,) = rows(items, "persons")
    assert person["name"] == "欧阳晓岚" and "birth_date" not in person  # a month is no day
    held = rows(items, "ownerships")
    # 45.5 % replaced 30 % and with it the chair; the range stays a range; the closed one ended on its statement's day.
    assert [(r.get("share"), r.get("share_minimum"), r.get("end_date")) for r in held] == [
        ("0.455", None, None), (None, "25", "2024-05-01"),
    ]  # fmt: skip
    assert rows(items, "directorships") == []
    assert [item.row for item in items if isinstance(item, Refused)] == [6]
    told = " ".join(item.text.en for item in items if isinstance(item, Note))
    assert (
        "1 statements were replaced" in told
        and "1 relationships name no holder" in told
        and "1 shares are given as a range" in told
    )


def test_ftm_in(tmp_path: Path) -> None:
    path = write(tmp_path / "entities.ftm.json", FTM, True)
    sure = {name: reader.recognise(path) for name, reader in READERS.items()}
    assert max(sure, key=lambda name: sure[name]) == "ftm"
    items = list(ftm.read(path))
    assert [(r.get("share"), r.get("start_date"), r["printed_share"]) for r in rows(items, "ownerships")] == [
        ("0.455", "2015-03-02", "45.5"), (None, None, "25-50"),
    ]  # fmt: skip
    assert rows(items, "kinships")[0]["relation"] == "sibling"
    assert rows(items, "payments")[0]["amount"] == "1200.50" and rows(items, "payments")[0]["currency"] == "CNY"
    assert [(item.row, item.table) for item in items if isinstance(item, Refused)] == [(6, "directorships")]
    told = " ".join(item.text.en for item in items if isinstance(item, Note))
    assert "1 entities of Vessel have no table" in told and "Person.name has several values in 1 places" in told


def test_ftm_out_and_in_again_is_the_same(tmp_path: Path) -> None:
    first = Workspace.create(tmp_path / "A")
    first.intake(write(tmp_path / "in.json", FTM, True))
    lines = list(entities_of(first))
    found = {(e["schema"], name): values for e in map(json.loads, lines) for name, values in e["properties"].items()}
    assert found["Payment", "amount"] == ["1200.50"] and ["45.5"] in (
        values for (schema, name), values in found.items() if (schema, name) == ("Ownership", "percentage")
    )
    (tmp_path / "out.ftm.json").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    second = Workspace.create(tmp_path / "B")
    taken = second.intake(tmp_path / "out.ftm.json")
    assert not taken.failed
    for table in ("persons", "organizations", "ownerships", "kinships", "accounts", "payments"):
        assert second.table(table).count().execute() == first.table(table).count().execute(), table
    amount = second.table("payments").execute()["amount"].iloc[0]
    assert str(amount) == "1200.50"
    holders = [
        desk.table("accounts").execute()["holder_id"].dropna().str.removeprefix("ftm:") for desk in (first, second)
    ]
    assert len(holders[0]) and set(holders[0]) == {name.removeprefix("ftm:") for name in holders[1]}


def test_ftm_an_account_belongs_to_its_owner_wherever_that_is_said(tmp_path: Path) -> None:
    def owned(number: str, owner: str) -> dict[str, Any]:
        return {"id": number, "schema": "Ownership", "properties": {"owner": [owner], "asset": ["acc"]}}

    account = {"id": "acc", "schema": "BankAccount", "properties": {"accountNumber": ["6222"]}}
    items = list(ftm.read(write(tmp_path / "a.json", [owned("o1", "p1"), account, owned("o2", "p2")], True)))
    assert [(r["account_id"], r["holder_id"]) for r in rows(items, "accounts")] == [("ftm:acc", "ftm:p1")]
    assert rows(items, "ownerships") == []
    assert "Ownership.asset has several values in 1 places" in " ".join(i.text.en for i in items if isinstance(i, Note))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "schema", "name", "share", "exact", "interests", "x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(st.lists(st.fixed_dictionaries({}, optional={
    "id": json_values, "schema": st.sampled_from([*ftm._WRITERS, "Vessel"]) | json_values, "properties": json_values,
    "recordId": json_values, "recordType": st.sampled_from(["person", "entity", "relationship"]) | json_values,
    "recordDetails": json_values, "statementDate": json_values,
}) | json_values, max_size=6), st.booleans())  # fmt: skip
def test_no_json_stops_a_reader(items: list[Any], lines: bool) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "x.json", items, lines)
        for reader in (bods.read, ftm.read):
            try:
                for item in reader(path):
                    if isinstance(item, Row):
                        assert all(value is None or isinstance(value, str) for value in item.values.values())
            except DataError:
                continue  # a sentence is an answer


def test_broken_json_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(
        '[{"id": "p1", "schema": "Person", "properties": {"name": ["甲"]}}, {"id":', encoding="utf-8"
    )
    with pytest.raises(DataError, match="no complete JSON"):
        list(ftm.read(tmp_path / "x.json"))
