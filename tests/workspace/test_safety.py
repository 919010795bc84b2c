"""What a killed intake, a second process and a changed row set do to a workspace: nothing that a person would notice."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from caselens.core.errors import UsageError
from caselens.workspace import Workspace

HEAD = "account_id,kind\n"

# A process that is killed at the point where `moment` is reached while it takes in the file.
KILLED = """
import os, signal, sys
from caselens.workspace import Workspace
from caselens.workspace import intake, catalog, folder
workspace, given, moment = sys.argv[1:]
def die(*args): os.kill(os.getpid(), signal.SIGKILL)
if moment == "copied":
    intake.Taker._read = die
elif moment == "written":
    catalog.Catalog.write = die
Workspace.open(workspace).intake(given)
"""


@pytest.mark.parametrize("moment", ["copied", "written"])
def test_a_killed_intake_is_made_good_by_the_next(workspace, tmp_path, moment):
    given = tmp_path / "accounts.csv"
    # Two lines contradict each other, so a file of replaced rows is left behind as well.
    given.write_text(HEAD + "A1,bank\nA1,wechat\nA2,\nA2,\n,x\n")
    root = workspace.folder.root
    result = subprocess.run([sys.executable, "-c", KILLED, str(root), str(given), moment], check=False)
    assert result.returncode == -signal.SIGKILL
    assert (root / "raw" / "accounts.csv").exists() and list(root.glob(".intake-*"))
    assert bool(list((root / "accepted").rglob("*.superseded"))) == (moment == "written")

    # Meanwhile another file comes in, under the number that the killed one had.
    other = tmp_path / "more" / "accounts.parquet"
    other.parent.mkdir()
    workspace.con.execute(f"COPY (SELECT 'A1' AS account_id, 'bank' AS kind) TO '{other}' (FORMAT parquet)")
    again = Workspace.open(root)
    assert again.table("accounts").count().execute() == 0
    assert again.intake(other).entries[0].number == 1
    assert again.table("accounts").count().execute() == 1
    assert not list(root.glob(".intake-*"))

    taken = again.intake(given)
    assert [entry.source_file for entry in taken.entries] == ["accounts.csv"]
    assert (taken.entries[0].tables[0].rows_in, taken.entries[0].tables[0].quarantined) == (5, 1)
    assert sorted(path.name for path in (root / "raw").iterdir()) == ["accounts.csv", "accounts.parquet"]
    assert again.con.execute("SELECT account_id, kind FROM accounts ORDER BY 1").fetchall() == [
        ("A1", "wechat"),
        ("A2", None),
    ]


def test_two_intakes_at_once_are_refused(workspace, tmp_path):
    (tmp_path / "accounts.csv").write_text(HEAD + "A1,bank\n")
    with workspace.folder.lock(), pytest.raises(UsageError, match="another intake"):
        Workspace.open(workspace.folder.root).intake(tmp_path / "accounts.csv")


def test_what_another_process_took_in_is_seen(workspace, tmp_path):
    (tmp_path / "accounts.csv").write_text(HEAD + "A1,bank\n")
    assert workspace.catalog.entries() == []
    Workspace.open(workspace.folder.root).intake(tmp_path / "accounts.csv")
    assert [entry.source_file for entry in workspace.catalog.entries()] == ["accounts.csv"]


def test_the_catalog_is_read_once(deliver, workspace, monkeypatch):
    for number in range(5):
        deliver("accounts.csv", f"{HEAD}A{number},bank\n")
    opened = Workspace.open(workspace.folder.root)
    first = opened.catalog.entries()
    monkeypatch.setattr(Path, "read_text", lambda *_: pytest.fail("read again"))
    assert opened.catalog.entries() == first and len(first) == 5


def test_a_derived_table_is_built_once_and_again_when_rows_or_settings_change(deliver, workspace):
    built = []

    def build() -> str:
        built.append(1)
        return "SELECT count(*) AS n FROM accounts"

    deliver("accounts.csv", HEAD + "A1,bank\n")
    assert workspace.derive("counted", build).execute()["n"][0] == 1
    assert Workspace.open(workspace.folder.root).derive("counted", build).execute()["n"][0] == 1
    assert len(built) == 1
    deliver("accounts.csv", HEAD + "A2,bank\n")
    assert workspace.derive("counted", build).execute()["n"][0] == 2
    workspace.derive("counted", build, also="a decision")
    assert len(built) == 3
    # What belonged to other states is gone.
    assert len(list(workspace.folder.derived.glob("counted-*"))) == 1


def test_a_build_that_fails_leaves_nothing(deliver, workspace):
    deliver("accounts.csv", HEAD + "A1,bank\n")
    with pytest.raises(Exception, match="no_such"):
        workspace.derive("broken", lambda: "SELECT no_such FROM accounts")
    assert not list(workspace.folder.derived.glob("broken-*.parquet"))
    assert workspace.derive("broken", lambda: workspace.table("accounts")).execute()["account_id"][0] == "A1"


def test_raw_files_are_kept_as_they_came_and_for_their_owner_only(deliver, workspace):
    deliver("accounts.csv", b"account_id\r\n\xef\xbb\xbfA1\r\n")
    raw = workspace.folder.raw / "accounts.csv"
    assert raw.read_bytes() == b"account_id\r\n\xef\xbb\xbfA1\r\n"
    assert raw.stat().st_mode & 0o077 == 0


def test_a_link_that_leads_out_of_the_folder_is_refused(workspace, tmp_path):
    (tmp_path / "given").mkdir()
    (tmp_path / "secret.csv").write_text(HEAD + "A1,bank\n")
    (tmp_path / "given" / "accounts.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(UsageError, match="leads out"):
        workspace.intake(tmp_path / "given")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 3", "title must be a str"),
        ("titel = 'x'", "has no setting titel"),
        ("title = ", "cannot be read as TOML"),
    ],
)
def test_settings_that_are_wrong_are_told(workspace, text, said):
    workspace.folder.settings.write_text(text)
    with pytest.raises(UsageError, match=said):
        Workspace.open(workspace.folder.root)
