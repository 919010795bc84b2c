"""A refresh tells what changed and why, touches nothing where nothing changed, and equals a workspace made anew."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time

import pytest
from tests.cities import FEE

from caselens.api import new_workspace, open_workspace
from caselens.operations.refresh import RefreshRunning, refresh
from caselens.operations.schedule import run_once

#: Whole runs through files and processes: minutes together.
pytestmark = pytest.mark.long

#: What two workspaces with the same files must agree on.
_SAME = ["finding_id", "indicator", "kind", "severity", "score", "amount", "p_value", "q_value", "summary_zh"]


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """The files of the city and its workspace, refreshed once; the tests below go on from each other."""
    folder = tmp_path_factory.mktemp("city")
    files = folder / "files"
    files.mkdir()
    for name, text in FEE.items():
        (files / f"{name}.csv").write_text(text, encoding="utf-8")
    desk = new_workspace(folder / "w")
    done = refresh(desk, files)
    assert not done.failed and done.number == 1
    return files, desk, done


def _more(files, name, text):
    path = files / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _latest(desk):
    return json.loads((desk.workspace.folder.root / "refresh" / "latest.json").read_text("utf-8"))


def _of(done, indicator):
    return done.rows[done.rows["indicator"] == indicator]


def test_the_first_refresh_tells_everything_as_new(city):
    _, desk, done = city
    fee = _of(done, "flow-fee-equals-saving")
    assert done.counts["new"] == len(desk.screening().findings) > 0 and done.counts["changed"] == 0
    # The passage of the fee: its rows lead to the file of payments, and it is of the case of the official.
    passage = done.rows[done.rows["appeared"].map(lambda rows: any(row["key"] == "p2" for row in rows))]
    assert len(passage) and all(cases == ["C1"] for cases in passage["case_ids"] if cases)
    assert {row["source_file"] for rows in passage["appeared"] for row in rows if row["table"] == "payments"} == {
        "payments.csv"
    }
    assert "payments.csv" in passage["why_en"].iloc[0] and "payments.csv" in passage["why_zh"].iloc[0]
    assert _latest(desk)["findings"]["new"] == list(done.rows["finding_id"]) and _latest(desk)["cases"] == ["C1"]
    assert fee is not None and len(done.asked) > 50


def test_an_unchanged_workspace_has_an_empty_difference_and_untouched_files(city):
    _, desk, _ = city
    root = desk.workspace.folder.root

    def state():
        kept = (p for p in root.rglob("*") if p.is_file() and not p.name.startswith(("store.db", "audit.")))
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in kept}

    before, log = state(), len(desk.workspace.store.audit.entries())
    for one in (desk, open_workspace(root)):
        done = refresh(one)
        assert done.is_empty and done.rows.empty and not done.cases and not done.asked
    assert state() == before
    assert [entry.action for entry in desk.workspace.store.audit.entries()[log:]] == ["refresh", "refresh"]
    assert [(run["kind"], run["outcome"]) for run in desk.workspace.store.runs.all()[-2:]] == [("refresh", "ok")] * 2


def test_a_new_payment_is_told_with_its_file_and_only_what_reads_payments_is_asked(city):
    files, desk, _ = city
    head = "payment_id,paid_at,payer_account,payee_account,amount,memo\n"
    _more(files, "june/payments.csv", head + "p5,2016-06-12,aM,aK,50000,\n")
    done = refresh(desk)
    changed = done.rows[done.rows["appeared"].map(lambda rows: any(row["key"] == "p5" for row in rows))]
    assert len(changed) and set(changed["change"]) <= {"new", "changed"}
    assert changed["appeared"].iloc[0] == [{"table": "payments", "key": "p5", "source_file": "june/payments.csv"}]
    assert "evidence_appeared" in changed["because"].iloc[0] and "june/payments.csv" in changed["why_zh"].iloc[0]
    assert "flow-pass-through" in done.asked and "proc-split-60w" not in done.asked and len(done.asked) < 40
    assert done.cases == ("C1",)  # aM and aK: the brother belongs to the case
    assert _latest(desk)["files"]["new"] == ["june/payments.csv"]


def test_a_payment_that_a_corrected_file_no_longer_has_goes_and_is_told(city):
    files, desk, _ = city
    head = "payment_id,paid_at,payer_account,payee_account,amount,memo\n"
    _more(files, "june/payments.csv", head + "p6,2016-06-12,aX,aH,20,\n")
    done = refresh(desk)
    went = done.rows[done.rows["went"].map(lambda rows: any(row["key"] == "p5" for row in rows))]
    assert len(went) and went["went"].iloc[0] == [
        {"table": "payments", "key": "p5", "source_file": "june/payments.csv"}
    ]
    assert "evidence_gone" in went["because"].iloc[0]
    assert [(item["gone"], item["new"]) for item in _latest(desk)["files"]["replaced"]] == [(1, 1)]


def test_a_decision_and_a_threshold_are_told_as_what_they_are(city):
    _, desk, _ = city
    finding = desk.screening().findings.iloc[0]
    desk.workspace.store.decide("dismiss", "findings", [finding["finding_id"]], "查无此事", "测试员")
    done = refresh(desk)
    row = done.rows[done.rows["finding_id"] == finding["finding_id"]].iloc[0]
    assert (row["change"], row["former_status"], row["status"]) == ("changed", "new", "dismissed")
    assert row["because"][0] == "value:status" and done.counts["new"] == done.counts["gone"] == 0
    assert done.asked == ()  # nobody was asked anything again

    path = desk.workspace.folder.settings
    changed = _set_threshold(desk, path)
    other = open_workspace(desk.workspace.folder.root)
    done = refresh(other)
    assert set(done.asked) == {changed[0]}
    moved = done.rows[done.rows["change"] != "persisting"]
    assert set(moved["indicator"]) == {changed[0]} and set(moved["change"]) == {"gone"}
    assert any(code == f"threshold:{changed[1]}" for codes in moved["because"] for code in codes)


def _set_threshold(desk, path):
    """A threshold that the payments of the fee no longer reach: ``(indicator, parameter)``."""
    path.write_text(
        path.read_text("utf-8") + "\n[parameters.flow-pass-through]\nmin_amount = 3_000_000\n", encoding="utf-8"
    )
    return "flow-pass-through", "min_amount"


def test_two_refreshes_at_once_one_is_told_who_runs_and_a_dead_one_is_noticed(tmp_path):
    root = new_workspace(tmp_path / "w").workspace.folder.root
    (tmp_path / "files").mkdir()
    hold = (
        "import sys,time\nfrom pathlib import Path\nfrom caselens.operations._refresh_lock import refreshing\n"
        "with refreshing(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", hold, str(root)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        with pytest.raises(RefreshRunning, match=f"process {other.pid}"):
            refresh(open_workspace(root), tmp_path / "files")
        other.kill()
    done = refresh(open_workspace(root), tmp_path / "files")
    assert done.recovered is not None and done.recovered.pid == other.pid
    assert not (root / ".refresh-lock").exists()


def test_a_folder_that_is_gone_is_told_and_its_rows_stay(tmp_path):
    files = tmp_path / "files"
    files.mkdir()
    (files / "persons.csv").write_text("person_id,name\nO,王某\n", encoding="utf-8")
    desk = new_workspace(tmp_path / "w")
    desk.intake(files)
    files.rename(tmp_path / "elsewhere")
    done = refresh(desk)
    assert done.missing == (files,) and done.failed and desk.workspace.has("persons")


def test_a_workspace_that_knows_no_folder_says_so(tmp_path):
    with pytest.raises(Exception, match="no folder is known"):
        refresh(new_workspace(tmp_path / "w"))


def _draw(rng, files, step):
    """Add one more file, or change one, by chance."""
    ids = ["aS", "aM", "aK", "aX", "aO", "aH"]
    pays = []
    for n in range(rng.randint(1, 12)):
        payer, payee = rng.sample(ids, 2)
        day = f"2016-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        pays.append(f"s{step}n{n},{day},{payer},{payee},{rng.choice([900, 5000, 49000, 120000, 1000000])},")
    head = "payment_id,paid_at,payer_account,payee_account,amount,memo\n"
    name = rng.choice([f"m{step}/payments.csv", "m0/payments.csv"])
    _more(files, name, head + "".join(f"{row}\n" for row in pays))
    if rng.random() < 0.5:
        _more(files, f"m{step}/kinships.csv", "person_id,relative_id,relation\nO,X,spouse\n")


def _findings(desk):
    frame = desk.screening().findings.sort_values("finding_id").reset_index(drop=True)
    rows = frame[_SAME].astype(object).where(frame[_SAME].notna(), None).to_dict("records")
    evidence = [sorted((item["table"], item["key"], item["role"]) for item in cell) for cell in frame["evidence"]]
    # From scratch everything is new; what people decided is compared, not since when a finding is known.
    statuses = ["" if status in ("new", "open") else status for status in frame["status"]]
    return list(zip(rows, evidence, statuses, strict=True))


def _refreshed_and_anew(folder, seed, steps):
    """Findings and assessments after ``steps`` refreshes by chance, and those of a workspace that took all in at once."""
    rng = random.Random(seed)
    files = folder / "files"
    files.mkdir()
    for name, text in FEE.items():
        _more(files, f"base/{name}.csv", text)
    desk = new_workspace(folder / "w")
    desk.intake(files)
    refresh(desk)
    for step in range(steps):
        _draw(rng, files, step)
        refresh(desk)
    # The same files in the order in which they came: names of folders sort after "base" in that order.
    fresh = new_workspace(folder / "fresh")
    for number in sorted({int(p.name[1:]) for p in files.iterdir() if p.name != "base"} | {-1}):
        fresh.intake(files / ("base" if number < 0 else f"m{number}"))
    order = ["indicator", "subject_id", "state", "reason"]
    states = [one.screening().assessments.sort_values(order).astype(str).to_numpy().tolist() for one in (desk, fresh)]
    return (_findings(desk), states[0]), (_findings(fresh), states[1])


def test_refreshes_equal_a_workspace_made_anew(tmp_path):
    refreshed, anew = _refreshed_and_anew(tmp_path, seed=1, steps=1)
    assert refreshed == anew


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(2, 6))
def test_many_refreshes_equal_a_workspace_made_anew(tmp_path, seed):
    refreshed, anew = _refreshed_and_anew(tmp_path, seed, steps=3)
    assert refreshed == anew


@pytest.mark.long
@pytest.mark.timeout(900)
def test_twenty_refreshes_leave_nothing_behind(tmp_path):
    psutil = pytest.importorskip("psutil")
    files, desk = tmp_path / "files", new_workspace(tmp_path / "w")
    files.mkdir()
    for name in ("persons", "kinships"):
        _more(files, f"{name}.csv", FEE[name])
    refresh(desk, files)
    me, root = psutil.Process(), desk.workspace.folder.root
    seen = []
    for turn in range(20):
        if turn in (3, 12):
            _more(
                files,
                f"t{turn}/kinships.csv",
                f"person_id,relative_id,relation\nX,K,{'spouse' if turn == 3 else 'child'}\n",
            )
        assert run_once(root).ok
        left = [p for p in root.rglob("*") if p.name.endswith(".tmp") or p.name.startswith((".intake-", ".refresh"))]
        seen.append((me.num_fds(), len(left), me.memory_info().rss))
    fds, leftovers, rss = zip(*seen, strict=True)
    assert set(leftovers) == {0}
    assert fds[-1] <= fds[4]
    # The engine's and Python's arenas settle in the first runs; what grows with every run would show in the last eight.
    assert rss[-1] - rss[12] < 40_000_000


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_refresh_that_is_killed_is_gone_on_with_by_the_next(tmp_path):
    files, desk = tmp_path / "files", new_workspace(tmp_path / "w")
    files.mkdir()
    for name in ("persons", "kinships", "appointments", "organizations"):
        _more(files, f"{name}.csv", FEE[name])
    refresh(desk, files)
    root, rng = desk.workspace.folder.root, random.Random(5)
    run = "import sys\nfrom pathlib import Path\nfrom caselens.operations.schedule import run_once\nprint('go', flush=True)\n"
    run += "run_once(Path(sys.argv[1]))\n"
    for turn in range(4):
        # A changed file and a new one, so that something is replaced and something added.
        _more(
            files, "kinships.csv", f"person_id,relative_id,relation\nO,K,sibling\nX,K,{['spouse', 'child'][turn % 2]}\n"
        )
        _more(files, f"t{turn}/persons.csv", f"person_id,name\nN{turn},路人{turn}\n")
        with subprocess.Popen([sys.executable, "-c", run, str(root)], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None and process.stdout.readline() == "go\n"
            time.sleep(rng.uniform(0, 6))
            process.kill()
    done = refresh(open_workspace(root))
    assert not done.failed
    fresh = new_workspace(tmp_path / "fresh")
    for folder in (
        files / "persons.csv",
        files / "kinships.csv",
        files / "appointments.csv",
        files / "organizations.csv",
    ):
        fresh.intake(folder)
    for turn in range(4):
        fresh.intake(files / f"t{turn}")
    mine, anew = open_workspace(root), fresh
    for table in ("persons", "kinships"):
        rows = [
            sorted(map(str, one.table(table).drop("source_file").execute().to_dict("records"))) for one in (mine, anew)
        ]
        assert rows[0] == rows[1]
    assert _findings(mine) == _findings(anew)


def test_files_are_for_the_owner_only(city):
    _, desk, _ = city
    modes = {oct(p.stat().st_mode & 0o077) for p in (desk.workspace.folder.root / "refresh").iterdir()}
    assert modes == {"0o0"} or os.name == "nt"
