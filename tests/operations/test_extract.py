"""One case taken out of a workspace: it opens, it says the same of its case, and nothing in any file is of another one."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import duckdb
import pytest
from tests.cities import FEE, desk_of

from caselens.api import Desk, open_workspace
from caselens.core.errors import UsageError
from caselens.operations import keys
from caselens.operations.deliver import deliver_extract
from caselens.operations.extract import extract
from caselens.operations.opening import open_package

#: Whole runs through files and processes: minutes together.
pytestmark = pytest.mark.long

#: A second case in the same city: another official, his wife, her firm. Both cases use one power company.
OTHER = {
    "persons": "Q901,林别案\nQ902,周内助\n",
    "organizations": "Q801,暗溪贸易有限公司,private\nQ802,暗溪区住建局,government\n",
    "appointments": "Q901,Q802,局长,2012-01-01\n",
    "kinships": "Q901,Q902,spouse\n",
    "accounts": "q-a1,Q901\nq-a2,Q902\nq-a3,Q801\n",
    "payments": "q-p1,2016-06-02,q-a3,q-a2,910000,林别案借款\nq-p2,2016-06-03,q-a1,aH,99.9,电费\n"
    # Within the first case's circle, but its text names the other one's subject.
    "q-p3,2016-06-04,aO,aK,77777,转林别案\n"
    # From the first official straight to the second: it names both.
    "q-p4,2016-06-05,aO,q-a1,88888,\n",
    "cases": "C2,暗溪区工程案,2023-04-01,open\n",
    "case_subjects": "C2,Q901,subject\n",
}
SECRETS = ("林别案", "周内助", "暗溪", "Q901", "Q902", "Q801", "Q802", "q-a1", "q-p1", "q-p3", "q-p4", "910000", "C2")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    tables = {name: text + OTHER.get(name, "") for name, text in FEE.items()}
    tables["ownerships"] = "org_id,holder_id,share\nQ801,Q902,1.0\n"
    desk = desk_of(tmp_path_factory.mktemp("two cases"), tables)
    desk.screen()
    store = desk.workspace.store
    mine = desk.case("C1").findings()["finding_id"].iloc[0]
    store.decide("confirm", "findings", [mine], "核对无误", "甲")
    store.decide("dismiss", "findings", [mine], "与林别案重复", "乙")  # a reason that names the other case
    store.decide("same", "persons", ["Q901", "Q902"], "别案", "乙")
    return desk


def texts_of(folder: Path) -> dict[str, str]:
    """Everything that stands in the files of a folder, packed or not, as text."""
    found = {}
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        if path.suffix == ".parquet":
            rows = duckdb.execute(f"SELECT * FROM read_parquet('{path}')").fetchall()
            # The file's own bytes too: statistics and dictionaries hold values as they are.
            found[str(path)] = repr(rows) + path.read_bytes().decode("utf-8", "replace")
        else:
            found[str(path)] = path.read_bytes().decode("utf-8", "replace")
        found[str(path)] += path.relative_to(folder).as_posix()
    return found


def test_nothing_of_the_other_case_is_in_any_file(desk, tmp_path):
    made = extract(desk, "C1", tmp_path / "out", raw=True)
    texts = texts_of(tmp_path / "out")
    assert any(path.endswith("store.db") for path in texts) and any(path.endswith(".parquet") for path in texts)
    assert not [(secret, path) for path, text in texts.items() for secret in SECRETS if secret in text]
    # Its text or its other side is of the other case: the payment stays behind, and that is told.
    assert made.barred >= 2
    # The source workspace does hold them: the test looks for what is there to be found.
    whole = " ".join(texts_of(desk.workspace.folder.root).values())
    assert all(secret in whole for secret in SECRETS)


def test_the_extract_is_a_workspace_that_says_the_same_of_its_case(desk, tmp_path):
    extract(desk, "C1", tmp_path / "out")
    taken = open_workspace(tmp_path / "out")
    assert list(taken.cases()["case_id"]) == ["C1"] and taken.as_of == desk.as_of
    assert set(taken.table("payments").execute()["payment_id"]) == {"p1", "p2", "p3", "p4"}
    # The passer-by is nobody's party and stays behind; the power company was paid by the official.
    assert set(taken.table("persons").execute()["person_id"]) == {"O", "K"}
    assert "H" in set(taken.table("organizations").execute()["org_id"])
    before, after = desk.case("C1").findings(), taken.case("C1").findings()
    assert list(after["finding_id"]) == list(before["finding_id"])
    assert list(after["amount"]) == list(before["amount"])
    # Screened by itself it finds the same here; what is measured against a whole city it could not.
    assert set(taken.screen().findings["finding_id"]) == set(before["finding_id"])


def test_rows_keep_the_file_and_row_they_came_from(desk, tmp_path):
    extract(desk, "C1", tmp_path / "out")
    query = (
        "SELECT payment_id, source_file, source_sheet, source_row FROM payments WHERE payment_id LIKE 'p%' ORDER BY 1"
    )
    taken = open_workspace(tmp_path / "out").workspace.con.execute(query).fetchall()
    assert taken == desk.workspace.con.execute(query).fetchall()
    assert taken[0] == ("p1", "payments.csv", "", 2)


def test_its_decisions_come_along_and_those_that_name_the_other_case_do_not(desk, tmp_path):
    extract(desk, "C1", tmp_path / "out")
    taken = open_workspace(tmp_path / "out").workspace.store
    assert [(item.kind, item.reason) for item in taken.decisions()] == [("confirm", "核对无误")]
    assert taken.audit.verify().ok


def test_a_file_as_received_that_holds_rows_of_others_is_withheld(desk, tmp_path):
    made = extract(desk, "C1", tmp_path / "out", raw=True)
    # Financings hold one row, of this case; every other file has rows of both cases or of a passer-by.
    assert [path.name for path in (tmp_path / "out" / "raw").iterdir()] == ["financings.csv"]
    assert made.raw_files == 1 and made.raw_withheld > 5


def test_encrypted_it_arrives_as_a_workspace(desk, tmp_path):
    public = keys.new_identity(tmp_path / "me.key")
    deliver_extract(desk, "C1", [public], tmp_path / "case.age")
    assert not list(desk.workspace.folder.root.glob(".extract-*"))
    opened = open_package(tmp_path / "case.age", tmp_path / "me.key", tmp_path / "got")
    assert opened.manifest["kind"] == "workspace"
    assert len(open_workspace(tmp_path / "got").case("C1").findings()) == len(desk.case("C1").findings())
    import pyrage

    plain = pyrage.decrypt((tmp_path / "case.age").read_bytes(), keys.identities(tmp_path / "me.key"))
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        names = " ".join(archive.namelist()) + archive.read("PACKAGE.json").decode()
    assert not [secret for secret in SECRETS if secret in names] and "signing.key" not in names


def test_what_cannot_be_extracted_leaves_nothing(desk, tmp_path):
    with pytest.raises(UsageError, match="there is no case"):
        extract(desk, "C9", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("kept")
    with pytest.raises(UsageError, match="not an empty folder"):
        extract(desk, "C1", tmp_path / "full")
    assert (tmp_path / "full" / "x").read_text() == "kept"
