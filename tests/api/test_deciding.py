"""Deciding in a notebook: what a desk and a case write down, show, refuse and warn of."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from tests.cities import FEE, desk_of

from caselens.api import Desk, open_workspace
from caselens.api.access import AccessDenied, ConflictWarning
from caselens.core.errors import UsageError
from caselens.store.access import EVERY
from caselens.views.fragment import MIME

TABLES = FEE | {
    "persons": FEE["persons"] + "Y,同事\nZ,前同事\n",
    "appointments": FEE["appointments"]
    .replace("start_date\n", "start_date,end_date\n")
    .replace("2014-01-01\n", "2014-01-01,\n")
    + "Y,U,科员,2020-01-01,\nZ,U,科员,2009-01-01,2013-12-31\n",
}


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    desk = desk_of(tmp_path_factory.mktemp("deciding"), TABLES)
    desk.screen()
    return desk.workspace.folder.root


@pytest.fixture
def place(screened: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(screened, tmp_path / "W"))


@pytest.fixture
def desk(place: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("CASELENS_USER", "某甲")
    return open_workspace(place)


def test_a_case_shows_what_was_decided_at_once_and_what_was_undone(desk: Desk) -> None:
    case = desk.case("C1")
    lead = str(case.leads()["lead_id"].iloc[0])
    made = case.decide(lead, "确认", reason="已取得凭证")
    assert set(case.findings()["status"]) == {"confirmed"}
    (row,) = case.decisions("findings").to_dict("records")
    assert (row["decision_id"], row["kind"], row["decided_by"], row["reason"]) == (
        made,
        "confirm",
        "某甲",
        "已取得凭证",
    )
    case.undo(made, reason="凭证系复印件")
    assert set(case.findings()["status"]) == {"new"} and case.decisions().empty


def test_the_register_is_a_frame_and_a_page_and_untrusted_text_is_only_text(desk: Desk) -> None:
    lead = str(desk.leads()["lead_id"].iloc[0])
    desk.dispose(lead, "暂存待查", reason="<script>alert(1)</script>", by="<b>某乙</b>")
    register = desk.register(date(2300, 1, 1))
    assert register.frame["disposition"].tolist() == ["on_hold"] and len(register.overdue) == 1
    bundle = register._repr_mimebundle_()
    assert "暂存待查" in bundle[MIME] and "已超期" in bundle[MIME] and "待确认" in bundle[MIME]
    assert "<b>" not in bundle[MIME] and "&lt;b&gt;某乙" in bundle[MIME]
    assert "on hold" in register.show("en").html and "to be confirmed" in register.show("en").html


def test_the_dossier_lists_every_item_once_a_lead_and_tells_its_place(desk: Desk) -> None:
    desk.workspace.store.papers.file_under("payments.csv", "卷二", 5, 5, "某甲")
    case = desk.case("C1")
    dossier = case.dossier()
    rows = case.evidence().drop_duplicates(["table", "key"])  # one lead only
    assert len(dossier) == len(rows) and dossier.frame["no"].tolist() == list(range(1, len(rows) + 1))
    assert "卷二 第5页" in dossier.page("zh") and "卷二, p. 5" in dossier.page("en")
    paid = dossier.frame[dossier.frame["table"] == "payments"]
    assert set(paid["volume"]) == {"卷二"} and paid["source_row"].notna().all()
    other = dossier.frame[dossier.frame["table"] != "payments"]
    assert set(other["volume"]) == {""}
    assert f"共 {len(rows)} 条，其中 {len(paid)} 条注明卷页，0 条" in dossier.show("zh").text


def test_opening_is_logged_once_with_its_purpose(desk: Desk) -> None:
    desk.case("C1", purpose="线索排查")
    desk.case("C1")
    entries = [(e.who, e.object, e.purpose) for e in desk.workspace.store.audit.entries() if e.action == "open"]
    assert entries == [("某甲", "C1", "线索排查")]


def test_whoever_is_not_assigned_is_refused_in_the_library_too(
    desk: Desk, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.workspace.store.access.grant(EVERY, "某甲", "supervisor", "某甲")
    desk.workspace.store.access.grant("C1", "某乙", "reader", "某甲")
    monkeypatch.setenv("CASELENS_USER", "某乙")
    other = open_workspace(place)
    case = other.case("C1")
    assert len(case.findings())
    lead = str(case.leads()["lead_id"].iloc[0])
    for refused in (
        other.findings,
        other.leads,
        other.assessments,
        other.register,
        other.quarantine,
        other.unit,
        lambda: other.table("payments"),
        lambda: other.trace("aS", 1000),
        lambda: other.tenders,
        lambda: other.projects,
        lambda: other.who,
        lambda: case.decide(lead, "dismiss", reason="r"),
        lambda: case.dispose(lead, "立案", reason="r"),
        lambda: other.decide(["O", "X"], "same", reason="r"),
    ):
        with pytest.raises(AccessDenied, match="某乙 is not assigned"):
            refused()
    assert other.workspace.store.decisions() == []
    monkeypatch.setenv("CASELENS_USER", "某丙")
    with pytest.raises(AccessDenied):
        open_workspace(place).case("C1")
    log = [(e.action, e.who) for e in desk.workspace.store.audit.entries() if e.action == "refused"]
    assert log == [("refused", "某乙")] * 14 + [("refused", "某丙")]


@pytest.mark.parametrize(
    ("analyst", "told"),
    [
        ('{ person = "K" }', ["您本人（王小）是本案当事人", "王某系您的亲属"]),
        ('{ person = "Y" }', ["王某与您同在云江区财政局任职"]),
        ('{ person = "Z" }', []),  # left the bureau the day before the official came
        ('{ person = "Z", units = ["U"] }', ["王某与您同在云江区财政局任职"]),
        ('"X"', []),
    ],
)
def test_a_colleague_or_kin_of_a_party_is_warned(
    place: Path, monkeypatch: pytest.MonkeyPatch, analyst: str, told: list[str], recwarn: pytest.WarningsRecorder
) -> None:
    monkeypatch.setenv("CASELENS_USER", "someone")
    with open(place / "settings.toml", "a", encoding="utf-8") as file:
        file.write(f"\n[analysts]\nsomeone = {analyst}\n")
    desk = open_workspace(place)
    desk.case("C1")
    warned = [str(item.message) for item in recwarn if issubclass(item.category, ConflictWarning)]
    assert len(warned) == len(told) and all(any(part in text for text in warned) for part in told)
    (entry,) = desk.workspace.store.audit.entries(limit=1)
    assert entry.action == "open" and len(entry.details.get("ties", [])) == len(told)


def test_an_analyst_whom_the_data_do_not_know_is_a_sentence(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASELENS_USER", "someone")
    with open(place / "settings.toml", "a", encoding="utf-8") as file:
        file.write('\n[analysts]\nsomeone = { person = "P999" }\n')
    with pytest.raises(UsageError, match="P999"):
        open_workspace(place).case("C1")


def test_rows_of_the_table_access_count_where_a_supervisor_granted_them_and_run_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = (
        "case_id,user,role,granted_by,until\nC1,某乙,analyst,某甲,2999-12-31\nC1,某丙,analyst,某甲,2020-01-01\n"
        "C1,某丁,analyst,某丁,\n"
    )
    small = {name: FEE[name] for name in ("persons", "cases", "case_subjects")} | {"access": access}
    root = desk_of(tmp_path, small).workspace.folder.root
    monkeypatch.setenv("CASELENS_USER", "某丁")
    desk = open_workspace(root)
    assert desk.case("C1").id == "C1"  # material that was taken in locks nobody out
    desk.workspace.store.access.grant(EVERY, "某甲", "supervisor", "某甲")
    with pytest.raises(AccessDenied):
        open_workspace(root).case("C1")  # and lets nobody in: he granted it to himself
    monkeypatch.setenv("CASELENS_USER", "某乙")
    assert open_workspace(root).case("C1").id == "C1"
    monkeypatch.setenv("CASELENS_USER", "某丙")
    with pytest.raises(AccessDenied):
        open_workspace(root).case("C1")
