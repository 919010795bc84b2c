"""What every declared table must keep to; a new file is covered the moment it exists."""

from dataclasses import replace

import pytest

from caselens.core.text import LANGUAGES, Text
from caselens.tables import TABLES, Column, Edge, Table, code_label
from caselens.tables._declare import GROUPS, KINDS, SQL_TYPES

every = pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))


@every
def test_references_name_tables_whose_key_is_one_id(table: Table) -> None:
    for column in table.columns:
        for name in column.references:
            assert name in TABLES, f"{table.id}.{column.name} refers to {name}, which is no table"
            target = TABLES[name]
            assert len(target.key) == 1, f"{table.id}.{column.name} refers to {name}, whose key has several columns"
            assert target[target.key[0]].kind == column.kind == "id"
            assert not (target.written_by_workbench and not table.written_by_workbench)


@every
def test_a_one_column_key_is_required(table: Table) -> None:
    assert table.key
    if len(table.key) == 1:
        assert table[table.key[0]].required


@every
def test_labels_are_there_in_two_languages_and_differ_within_a_table(table: Table) -> None:
    for language in LANGUAGES:
        labels = [column.label.get(language) for column in table.columns]
        assert sorted(set(labels)) == sorted(labels)
        for text in (table.label, table.about, *(column.label for column in table.columns)):
            chinese = any("\u4e00" <= letter <= "\u9fff" for letter in text.get(language))
            # A term like "SHA-256" is the same in both languages; no English side holds Chinese.
            assert not (language == "en" and chinese), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_tables_are_called_the_same(language: str) -> None:
    labels = [table.label.get(language) for table in TABLES.values()]  # type: ignore[arg-type]
    assert sorted(set(labels)) == sorted(labels)


@every
def test_codes_units_and_ranges_fit_the_kind(table: Table) -> None:
    for column in table.columns:
        place = f"{table.id}.{column.name}"
        assert column.kind in SQL_TYPES, place
        assert not column.closed or column.codes, f"{place}: a closed list without codes refuses every row"
        assert not column.codes or column.kind == "code", place
        assert len(set(column.codes)) == len(column.codes), place
        assert column.kind != "money" or column.unit == "CNY", place
        assert column.kind != "list" or table.written_by_workbench, f"{place}: people do not deliver JSON"
        if column.empty_means and column.codes:
            assert column.empty_means in column.codes, place
        if column.low is not None or column.high is not None:
            assert column.kind in ("money", "number", "share", "integer"), place
        assert not column.required or not column.empty_means, f"{place}: an empty cell of a required column is refused"


@every
def test_every_code_has_a_label_of_its_own_in_both_languages(table: Table) -> None:
    for column in table.columns:
        place = f"{table.id}.{column.name}"
        labels = [code_label(table.id, column.name, code) for code in column.codes]
        for code, label in zip(column.codes, labels, strict=True):
            assert any("\u4e00" <= letter <= "\u9fff" for letter in label.zh), f"{place}: {code} has no Chinese label"
            assert not any("\u4e00" <= letter <= "\u9fff" for letter in label.en), f"{place}: {code}"
        if column.name != "stage":  # several lifecycles share a word for their own, different stages
            for language in LANGUAGES:
                told = [label.get(language) for label in labels]
                assert sorted(set(told)) == sorted(told), place


def test_one_code_may_be_called_differently_in_different_columns_and_an_unknown_one_is_kept() -> None:
    assert code_label("financings", "kind", "lease").zh == "融资租赁"
    assert code_label("asset_disposals", "method", "lease").zh == "出租"
    assert code_label("tenders", "planned_method", "open") == code_label("contracts", "method", "open")
    assert code_label("contracts", "method", "竞争性磋商") == Text("竞争性磋商", "竞争性磋商")


@every
def test_names_tell_dates_from_moments(table: Table) -> None:
    for column in table.columns:
        place = f"{table.id}.{column.name}"
        if column.name.endswith("_at"):
            assert column.kind == "moment", place
        if column.name.endswith(("_on", "_date")):
            assert column.kind == "date", place
        if column.name.startswith("is_"):
            assert column.kind == "boolean", place


@every
def test_edges_join_references_or_the_own_key(table: Table) -> None:
    kinds = [edge.kind for edge in table.edges]
    assert all(kinds)
    assert len(set(kinds)) == len(kinds)
    for edge in table.edges:
        assert edge.source != edge.target
        for end in (edge.source, edge.target):
            assert table[end].references or (table.node and table.key == (end,)), f"{table.id}: edge ends at {end}"
        for name in {name for end in (edge.source, edge.target) for name in table[end].references}:
            assert TABLES[name].node, f"{table.id}: an edge ends at a row of {name}, which is no node"


def test_a_kind_of_edge_means_one_thing_in_the_whole_graph() -> None:
    labels: dict[str, Text] = {}
    for table in TABLES.values():
        for edge in table.edges:
            assert labels.setdefault(edge.kind, edge.label) == edge.label, edge.kind


def test_nodes_are_named_once() -> None:
    nodes = [table.node for table in TABLES.values() if table.node]
    assert len(set(nodes)) == len(nodes)
    assert {"person", "organization", "account", "tender", "project", "contract", "asset"} <= set(nodes)


#: Tables with two references to parties, accounts or objects whose rows are deliberately no edge.
NO_EDGE = {
    "bid_items": "the bid itself is the edge",
    "bid_claims": "the bid itself is the edge",
    "statement_lines": "one side only; the payment matched from it is the edge",
    "evidence_requests": "asks; joins nobody",
    "referrals": "units are named in words",
}


@every
def test_a_row_that_joins_two_parties_or_objects_declares_its_edge(table: Table) -> None:
    ends = [c for c in table.columns if any(TABLES[name].node for name in c.references)]
    ends += [table[table.key[0]]] if table.node else []
    if len(ends) >= 2 and table.id not in NO_EDGE:
        assert table.edges, f"{table.id} joins {', '.join(column.name for column in ends)} and declares no edge"


def test_every_group_and_kind_has_a_heading_and_is_used() -> None:
    assert {table.group for table in TABLES.values()} == set(GROUPS)
    assert set(KINDS) == set(SQL_TYPES)
    assert {column.kind for table in TABLES.values() for column in table.columns} == set(KINDS)


def _toy() -> Table:
    label = Text("甲", "A")
    return Table("toys", label, "who", label, ("toy_id",), (Column("toy_id", "id", label, required=True),))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": _toy().columns * 2}, "declared twice"),
        ({"key": ("colour",)}, "'colour'"),
        ({"edges": (Edge("toy_id", "owner", Text("甲", "A")),)}, "'owner'"),
        ({"group": "toys"}, "group 'toys'"),
        ({"columns": (*_toy().columns, Column("source_row", "integer", Text("行", "Row")))}, "source_row"),
    ],
)
def test_a_wrong_declaration_is_refused_at_once(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(_toy(), **change)  # type: ignore[arg-type]


def test_asking_for_an_unknown_column_lists_those_there_are() -> None:
    with pytest.raises(KeyError, match=r"no column 'colour'; it has toy_id"):
        _toy()["colour"]
