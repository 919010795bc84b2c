"""ICIJ's Power Players: nodes, edges and the text, each recognised and read alone."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselens.core.errors import DataError
from caselens.readers._declare import Item, Note, Refused, Row
from caselens.readers.icij import READER
from caselens.tables import TABLES

NODES = """,active,color,data.categories.0,data.properties.citizenship,data.properties.dateofissue,\
data.properties.jurisdiction,data.properties.name,data.properties.registrationDate,data.properties.status,id,label,x
0,False,#111,Officer,NO,13-09-2006,,Wren Halloway,,,11,Wren Halloway,1.5
1,False,#222,Company,,,BVI,SALT MARSH LIMITED,16-APR-1997,ACT,12,SALT MARSH LIMITED,2
2,False,#333,Client,,,,Quay & Partners,,ACTIVE,13,Quay & Partners,2
3,False,#444,Address,,,,"1 Harbour Row, Port",,,14,"1 Harbour Row, Port",2
4,False,#111,Officer,,,,THE BEARER,,,15,THE BEARER,2
5,False,#111,Officer,NO,,,Wren Halloway again,,,11,Wren Halloway,2
"""
EDGES = """,active,data.properties.date_end,data.properties.date_start,data.properties.name,data.type,\
id,label,source,target
0,False,,03/05/2007,Shareholder,is officer of,1,Shareholder,11,12
1,False,,,Director / Beneficial Owner,is officer of,2,Director / Beneficial Owner,11,12
2,False,,31/31/2007,Power of Attorney,is officer of,3,Power of Attorney,11,12
3,False,,,,registered,4,registered,13,12
4,False,,,,registered address,5,registered address,11,14
5,False,,,,has similar name and address as,6,has similar name and address as,11,15
"""
STORIES = """id,fieldname,text
1,story-title,Brother of the harbour master
1,data-person-1-name,Wren Halloway
1,data-person-1-relationship,Brother-in-law
1,data-person-1-viz-publish,ab12cd34
1,linked-person-name,Ivo Tarn; Ada Tarn
1,linked-person-description,Harbour master;Mayor
1,story-narrative,A long text.
2,story-title,Pilot
2,data-person-1-name,Odd Pilot
2,data-person-1-viz-publish,
X,legal-disclaimer,Lawful uses exist.
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def values(found: list[Item], table: str) -> list[dict[str, str | None]]:
    return [dict(item.values) for item in found if isinstance(item, Row) and item.table == table]


def said(found: list[Item]) -> str:
    return "\n".join(item.text.en for item in found if isinstance(item, Note))


def test_nodes_become_persons_firms_intermediaries_and_a_case_named_after_the_graph(tmp_path: Path) -> None:
    path = written(tmp_path, "ab12cd34-nodes.csv", NODES)
    assert READER.recognise(path) > 0.9
    found = list(READER.read(path))
    (person,) = values(found, "persons")
    assert (person["person_id"], person["name"], person["icij_dateofissue"]) == (
        "ICIJ-11",
        "Wren Halloway",
        "2006-09-13",
    )
    firm, agent = values(found, "organizations")
    assert (firm["org_id"], firm["established_on"], firm["region"]) == ("ICIJ-12", "1997-04-16", "BVI")
    assert (agent["org_id"], agent["kind"]) == ("ICIJ-13", "intermediary")
    (case,) = values(found, "cases")
    assert case["case_id"] == "ICIJ-POWER-PLAYERS-ab12cd34"
    assert [(s["entity_id"], s["role"]) for s in values(found, "case_subjects")] == [
        ("ICIJ-11", "officer"),
        ("ICIJ-12", "firm"),
        ("ICIJ-13", "intermediary"),
    ]
    assert [item.row for item in found if isinstance(item, Row) and item.table == "organizations"] == [3, 4]
    assert "1 address node(s)" in said(found)
    assert "1 row(s) repeat" in said(found)
    assert "does not mean that a person or entity broke the law" in said(found)


def test_the_bearer_is_nobody(tmp_path: Path) -> None:
    found = list(READER.read(written(tmp_path, "g-nodes.csv", NODES)))
    (refused,) = [item for item in found if isinstance(item, Refused)]
    assert refused.row == 6
    assert "bearer" in refused.reasons[0]
    assert "THE BEARER" in refused.raw


def test_the_union_of_all_graphs_is_no_case(tmp_path: Path) -> None:
    found = list(READER.read(written(tmp_path, "All-nodes.csv", NODES)))
    assert values(found, "cases") == values(found, "case_subjects") == []
    assert len(values(found, "organizations")) == 2


def test_edges_become_holdings_and_posts_by_the_words_of_their_role(tmp_path: Path) -> None:
    path = written(tmp_path, "ab12cd34-edges.csv", EDGES)
    assert READER.recognise(path) > 0.9
    found = list(READER.read(path))
    holdings = values(found, "ownerships")
    assert [(h["holder_id"], h["org_id"], h["role"]) for h in holdings] == [
        ("ICIJ-11", "ICIJ-12", "Shareholder"),
        ("ICIJ-11", "ICIJ-12", "Director / Beneficial Owner"),
    ]
    assert holdings[0]["start_date"] == "2007-05-03"
    posts = values(found, "directorships")
    assert [(p["person_id"], p["role"]) for p in posts] == [
        ("ICIJ-11", "director"),
        ("ICIJ-11", "Power of Attorney"),
        ("ICIJ-13", "registered_intermediary"),
    ]
    assert "start_date" not in posts[1]
    assert posts[1]["start_date_printed"] == "31/31/2007"  # no date: kept as printed, and the post with it
    assert "2 edge(s) fit no table" in said(found)


def test_the_text_names_the_figures_their_cases_and_relatives(tmp_path: Path) -> None:
    path = written(tmp_path, "en.csv", STORIES)
    assert READER.recognise(path) > 0.8
    found = list(READER.read(path))
    assert {p["person_id"] for p in values(found, "persons")} == {
        "ICIJ-FIGURE-wren halloway",
        "ICIJ-FIGURE-ivo tarn",
        "ICIJ-FIGURE-ada tarn",
        "ICIJ-FIGURE-odd pilot",
    }
    assert [(s["case_id"], s["role"]) for s in values(found, "case_subjects")] == [
        ("ICIJ-POWER-PLAYERS-ab12cd34", "subject"),
        ("ICIJ-POWER-PLAYERS-story-2", "subject"),
    ]
    assert [c["case_id"] for c in values(found, "cases")] == ["ICIJ-POWER-PLAYERS-story-2"]  # the other has a graph
    assert [(k["person_id"], k["relative_id"], k["relation"]) for k in values(found, "kinships")] == [
        ("ICIJ-FIGURE-ivo tarn", "ICIJ-FIGURE-wren halloway", "in_law"),
        ("ICIJ-FIGURE-ada tarn", "ICIJ-FIGURE-wren halloway", "in_law"),
    ]
    assert "Lawful uses exist." in said(found)


def test_a_short_row_is_refused_and_the_rest_is_read(tmp_path: Path) -> None:
    found = list(READER.read(written(tmp_path, "g-edges.csv", EDGES + "6,False\n")))
    (refused,) = [item for item in found if isinstance(item, Refused)]
    assert refused.row == 8
    assert "2 fields where the heading has" in refused.reasons[0]
    assert len(values(found, "ownerships")) == 2


@pytest.mark.parametrize("content", [b"", b"id,fieldname,text\n1,other,x\n", b"\xff\xfe\x00", b"a,b\n1,2\n"])
def test_other_files_are_not_recognised(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "014fe3bc-nodes.csv"
    path.write_bytes(content)
    assert READER.recognise(path) == 0
    assert READER.recognise(tmp_path / "absent.csv") == 0


def test_a_file_in_another_encoding_says_so(tmp_path: Path) -> None:
    path = tmp_path / "g-nodes.csv"
    path.write_bytes(NODES.replace("Wren", "Wrén").encode("latin-1"))
    with pytest.raises(DataError, match="UTF-8"):
        list(READER.read(path))


@given(cut=st.integers(0, 900), noise=st.binary(max_size=5), text=st.sampled_from([NODES, EDGES, STORIES]))
def test_a_damaged_file_is_read_or_refused_with_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, cut: int, noise: bytes, text: str
) -> None:
    raw = text.encode()
    path = tmp_path_factory.mktemp("cut") / "g-nodes.csv"
    path.write_bytes(raw[:cut] + noise + raw[cut + 2 :])
    READER.recognise(path)
    found: list[Item] = []
    with suppress(DataError):
        found = list(READER.read(path))
    for item in found:
        if isinstance(item, Row):
            assert all(item.values.get(column) for column in TABLES[item.table].required)


def test_every_pair_of_the_published_folder_is_read(shared_data: Path) -> None:
    folder = shared_data / "panama"
    paths = sorted((folder / "csv-viz-data").glob("*.csv"))
    assert paths
    cases: set[str | None] = set()
    for path in paths:
        assert READER.recognise(path) > 0.9, path.name
        lines = sum(1 for line in path.read_text("utf-8-sig").splitlines()[1:] if line)
        rows = set()
        for item in READER.read(path):
            if isinstance(item, Row | Refused):
                rows.add(item.row)
            if isinstance(item, Row):
                assert all(item.values.get(column) for column in TABLES[item.table].required)
                if item.table == "cases":
                    cases.add(item.values["case_id"])
        assert rows
        assert max(rows) <= lines + 1
    assert len(cases) == len([path for path in paths if path.name.endswith("-nodes.csv")]) - 1  # all but the union
    figures = list(READER.read(folder / "en.csv"))
    assert {s["case_id"] for s in values(figures, "case_subjects")} & cases
