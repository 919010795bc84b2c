"""Changed files: the rows in force are those of a workspace that was given the present files in the same order."""

from __future__ import annotations

import random
import zipfile

import pytest

from caselens.workspace import Workspace, raw_copy

HEAD = "account_id,institution\n"


@pytest.fixture
def place(tmp_path):
    (tmp_path / "files").mkdir()
    return tmp_path


def _rows(workspace, *columns):
    frame = workspace.table("accounts").select("account_id", "institution", *columns).execute()
    return sorted(frame.fillna("").itertuples(index=False, name=None))


def _write(place, name, *rows):
    path = place / "files" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")


def _fresh(place, name="fresh"):
    workspace = Workspace.create(place / name)
    workspace.intake(place / "files")
    return workspace


def test_a_changed_file_takes_the_place_of_its_former_version(place):
    _write(place, "accounts.csv", "A1,甲行", "A2,甲行")
    workspace = _fresh(place, "w")
    _write(place, "accounts.csv", "A2,乙行", "A3,乙行")
    renewed = workspace.renew(place / "files")
    # A1 and A2 as they stood are gone; A2 with another bank and A3 are new.
    assert [(item.gone, item.new) for item in renewed.replaced] == [(2, 2)]
    assert _rows(workspace) == _rows(_fresh(place)) == [("A2", "乙行"), ("A3", "乙行")]
    assert _rows(Workspace.open(workspace.folder.root)) == _rows(workspace)
    # Both versions are kept as they came, and the change is told.
    assert sorted(path.read_text("utf-8") for path in workspace.folder.raw.iterdir()) == sorted(
        [f"{HEAD}A1,甲行\nA2,甲行\n", f"{HEAD}A2,乙行\nA3,乙行\n"]
    )
    assert "2 rows are gone" in " ".join(workspace.notes()["en"])
    assert len(workspace.catalog.every()) == 2 and len(workspace.catalog.entries()) == 1


def test_an_unchanged_folder_changes_nothing(place):
    _write(place, "accounts.csv", "A1,甲行")
    workspace = _fresh(place, "w")
    before = {path: path.stat().st_mtime_ns for path in workspace.folder.root.rglob("*") if path.is_file()}
    renewed = workspace.renew(place / "files")
    assert renewed.known == ("accounts.csv",) and not renewed.entries and not renewed.replaced
    assert {path: path.stat().st_mtime_ns for path in workspace.folder.root.rglob("*") if path.is_file()} == before


def test_a_row_that_repeated_a_row_now_gone_counts_again(place):
    _write(place, "a/accounts.csv", "A1,甲行", "A2,甲行")
    _write(place, "b/accounts.csv", "A1,甲行", "A3,甲行")
    workspace = _fresh(place, "w")
    _write(place, "a/accounts.csv", "A2,甲行")
    renewed = workspace.renew(place / "files")
    assert _rows(workspace) == [("A1", "甲行"), ("A2", "甲行"), ("A3", "甲行")]
    assert renewed.again == ("b/accounts.csv",)


def test_a_row_that_was_replaced_by_a_row_now_gone_is_in_force_again(place):
    _write(place, "a/accounts.csv", "A1,甲行")
    _write(place, "b/accounts.csv", "A1,乙行")
    workspace = _fresh(place, "w")
    assert _rows(workspace) == [("A1", "乙行")]
    _write(place, "b/accounts.csv", "A2,乙行")
    workspace.renew(place / "files")
    assert _rows(workspace) == [("A1", "甲行"), ("A2", "乙行")]


def test_a_file_that_came_to_equal_another_leaves_no_old_rows(place):
    _write(place, "a/accounts.csv", "A1,甲行")
    _write(place, "b/accounts.csv", "A2,甲行")
    workspace = _fresh(place, "w")
    _write(place, "a/accounts.csv", "A2,甲行")
    workspace.renew(place / "files")
    assert _rows(workspace) == [("A2", "甲行")]
    _write(place, "a/accounts.csv", "A1,甲行")  # and back
    workspace.renew(place / "files")
    assert _rows(workspace) == [("A1", "甲行"), ("A2", "甲行")]


def test_a_changed_archive_adds_changes_and_withdraws_members(place):
    def pack(**members):
        with zipfile.ZipFile(place / "files" / "bank.zip", "w") as archive:
            for name, row in members.items():
                archive.writestr(f"{name}/accounts.csv", f"{HEAD}{row}\n")

    pack(one="A1,甲行", two="A2,甲行", three="A3,甲行")
    workspace = _fresh(place, "w")
    pack(one="A1,甲行", two="A2,乙行", four="A4,甲行")
    workspace.renew(place / "files")
    assert _rows(workspace) == _rows(_fresh(place)) == [("A1", "甲行"), ("A2", "乙行"), ("A4", "甲行")]


@pytest.mark.parametrize("broken", [b"\x00\x01\x02", b"nothing,of,this\n1,2,3\n", b""])
def test_a_new_version_that_cannot_be_read_leaves_the_former_in_force_until_one_can(place, broken):
    _write(place, "a/accounts.csv", "A1,甲行")
    workspace = _fresh(place, "w")
    (place / "files" / "a" / "accounts.csv").write_bytes(broken)
    renewed = workspace.renew(place / "files")
    assert renewed.failed and not renewed.replaced and _rows(workspace) == [("A1", "甲行")]
    assert workspace.renew(place / "files").known == ("a/accounts.csv",)  # the same again is nothing new
    _write(place, "a/accounts.csv", "A2,甲行")
    workspace.renew(place / "files")
    assert _rows(workspace) == _rows(_fresh(place)) == [("A2", "甲行")]


def test_an_archive_that_cannot_be_read_leaves_its_members_in_force(place):
    path = place / "files" / "bank.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one/accounts.csv", f"{HEAD}A1,甲行\n")
    workspace = _fresh(place, "w")
    path.write_bytes(path.read_bytes()[:40])
    assert workspace.renew(place / "files").failed and _rows(workspace) == [("A1", "甲行")]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("two/accounts.csv", f"{HEAD}A2,甲行\n")
    workspace.renew(place / "files")
    assert _rows(workspace) == _rows(_fresh(place)) == [("A2", "甲行")]


def test_a_file_that_is_gone_from_the_folder_keeps_its_rows_and_is_told(place):
    _write(place, "a/accounts.csv", "A1,甲行")
    _write(place, "b/accounts.csv", "A2,甲行")
    workspace = _fresh(place, "w")
    (place / "files" / "a" / "accounts.csv").unlink()
    assert workspace.renew(place / "files").absent == ("a/accounts.csv",)
    assert len(_rows(workspace)) == 2


def test_a_renewal_that_breaks_off_leaves_the_former_version_in_force(place, monkeypatch):
    _write(place, "a/accounts.csv", "A1,甲行")
    _write(place, "b/accounts.csv", "A1,甲行", "A2,甲行")
    workspace = _fresh(place, "w")
    _write(place, "a/accounts.csv", "A3,甲行")
    with monkeypatch.context() as patch:
        patch.setattr("caselens.workspace.renewal.look_at", lambda path: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            workspace.renew(place / "files")
    expected = [("A1", "甲行"), ("A2", "甲行")]
    assert _rows(workspace) == _rows(Workspace.open(workspace.folder.root)) == expected
    workspace.renew(place / "files")
    assert _rows(workspace) == [("A1", "甲行"), ("A2", "甲行"), ("A3", "甲行")]


def test_a_file_that_changes_while_it_is_read_waits_for_the_next_time(place, monkeypatch):
    _write(place, "accounts.csv", "A1,甲行")
    path, copy = place / "files" / "accounts.csv", raw_copy.copy_and_hash

    def slowly(source, target):
        shape = copy(source, target)
        with open(path, "a", encoding="utf-8") as file:
            file.write("A2,半")  # somebody is still writing
        return shape

    workspace = Workspace.create(place / "w")
    with monkeypatch.context() as patch:
        patch.setattr(raw_copy, "copy_and_hash", slowly)
        taken = workspace.renew(place / "files")
    assert taken.unsettled == ("accounts.csv",) and taken.failed and not workspace.has("accounts")
    _write(place, "accounts.csv", "A1,甲行", "A2,乙行")
    assert not workspace.renew(place / "files").failed
    assert len(_rows(workspace)) == 2


@pytest.mark.parametrize("seed", range(6))
def test_any_history_of_files_gives_the_rows_of_a_new_workspace(place, seed):
    draw = random.Random(seed)
    names = ["a/accounts.csv", "b/accounts.csv", "c/accounts.csv"]

    def some():
        chosen = sorted({f"A{draw.randint(1, 5)},{draw.choice(['甲行', '乙行'])}" for _ in range(draw.randint(1, 5))})
        return {row.split(",")[0]: row for row in chosen}.values()  # one row a key within a file

    for name in names:
        _write(place, name, *some())
    workspace = _fresh(place, "w")
    for step in range(4):
        for name in draw.sample(names, draw.randint(1, 2)):
            _write(place, name, *some())
        workspace.renew(place / "files")
        assert _rows(workspace) == _rows(_fresh(place, f"fresh{step}")), (seed, step)
