"""Who is who from the command line: resolve, list, decide, undo."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from typer.testing import CliRunner

from caselens.api import Desk, new_workspace
from caselens.cli import app
from caselens.tables import TABLES
from caselens.workspace import Workspace

PEOPLE = "person_id,name,birth_date,phone\n" + "".join(
    f"C{i},{'赵钱孙李周'[i % 5]}{'伟芳娜敏静'[i // 5 % 5]}{'国民华东平'[i // 25]},19{50 + i % 50}-03-{1 + i % 28:02d},1390000{i:04d}\n"
    for i in range(120)
)


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def listing(place: Path, *options: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(run("entities", place, "--format", "csv", *options))))


def test_resolve_list_decide_and_undo(tmp_path: Path) -> None:
    (tmp_path / "persons.csv").write_text(
        PEOPLE + "P1,欧阳晓岚,1971-03-07,\nP2,歐陽曉嵐,1971-03-07,\n", encoding="utf-8"
    )
    place = tmp_path / "W"
    Workspace.create(place).intake(tmp_path / "persons.csv")
    told = run("resolve", place)
    assert "122" in told and "121" in told and "model 1" in told  # rows, parties, links

    parties = listing(place)
    assert list(parties[0]) == [column.name for column in TABLES["entities"].columns]
    assert len(parties) == 121
    assert [json.loads(row["member_ids"]) for row in parties if row["entity_id"] == "P1"] == [["P1", "P2"]]
    links = listing(place, "--links")
    assert list(links[0]) == [column.name for column in TABLES["entity_links"].columns]
    assert [(row["entity_id"], row["member_id"], row["rule"], row["decided_by"]) for row in links] == [
        ("P1", "P2", "model", "")
    ]

    written = run("decide", place, "different", "P1", "P2", "--reason", "照片不是同一人", "--by", "某甲").split(":")[0]
    assert len(listing(place)) == 122 and listing(place, "--links") == []
    run("decide", place, "undo", written, "--reason", "照片贴错", "--by", "某乙")
    assert len(listing(place)) == 121
    run("entities", place, "--links", "--out", tmp_path / "links.csv")
    assert (
        (tmp_path / "links.csv").read_text("utf-8-sig").startswith("entity_id,member_table,member_id,linked_to,rule,")
    )


def test_a_decision_about_nobody_is_refused(tmp_path: Path) -> None:
    (tmp_path / "persons.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "organizations.csv").write_text("org_id,name\nF1,云江商行\n", encoding="utf-8")
    place = tmp_path / "W"
    Workspace.create(place).intake(tmp_path)
    for ids, words in ((("C1", "nobody"), "nobody"), (("C1",), "two rows"), (("C1", "F1"), "never one party")):
        done = CliRunner().invoke(app, ["decide", str(place), "same", *ids, "--reason", "理由", "--by", "某甲"])
        assert done.exit_code and words in str(done.exception)


def test_what_a_merge_would_bring_together(tmp_path: Path) -> None:
    files = {
        "persons": "person_id,name\nP1,欧阳晓岚\nP2,欧阳岚\nP3,路人\n",
        "organizations": "org_id,name\nF1,云江商行\n",
        "directorships": "org_id,person_id,role\nF1,P1,director\nF1,P2,supervisor\n",
        # P1 and P2 as each other's relatives: one row names both.
        "kinships": "person_id,relative_id,relation\nP1,P2,sibling\nP1,P3,spouse\n",
    }
    (tmp_path / "files").mkdir()
    for name, text in files.items():
        (tmp_path / "files" / f"{name}.csv").write_text(text, encoding="utf-8")
    desk: Desk = new_workspace(tmp_path / "W")
    desk.intake(tmp_path / "files")
    found = desk.who.change("P1", "P2").set_index("table")
    assert found.loc["directorships"].tolist() == [1, 1, 0]
    assert found.loc["kinships"].tolist() == [2, 1, 1]
    for language in ("zh", "en"):
        assert "<table" in desk.who.what_if("P1", "P2", language).html
        for section in (desk.who.summary, desk.who.merged, desk.who.reasons, desk.who.undecided, desk.who.decisions):
            assert "<table" in section(language).html or "<p" in section(language).html
    identifier = desk.who.decide("same", ["P1", "P2"], "户籍记载曾用名", "某甲")
    assert desk.who.counts().set_index("table").loc["persons", ["rows", "entities"]].tolist() == [3, 2]
    assert "户籍记载曾用名" in desk.who.decisions("zh").html and identifier in desk.who.decisions("zh").html
    assert "户籍记载曾用名" in desk.who.reasons("zh", "P1").html
