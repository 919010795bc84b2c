"""Runs and how they ended; a store carried from SQLite to PostgreSQL; a process killed while it decides."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from caselens.core.errors import UsageError
from caselens.store import Store
from caselens.store.history import Seen
from caselens.store.moving import copy_store

DECIDES = """
import sys
from pathlib import Path
from caselens.store import Store
store = Store(sys.argv[1], Path(sys.argv[2]))
while True:
    print(store.decide("clear", "findings", ["f1"], "租金", "某甲"), flush=True)
"""


def test_a_run_tells_how_it_ended_and_one_cut_off_tells_nothing(store: Store) -> None:
    with store.runs.running("screen", "某甲", cases=2) as told:
        told["findings"] = 7
    with contextlib.suppress(RuntimeError), store.runs.running("report", "某甲"):
        raise RuntimeError("disk full")
    cut = store.runs.running("refresh", "某乙")
    cut.__enter__()
    runs = store.runs.all()
    assert [(r["kind"], r["who"], r["outcome"], r["details"]) for r in runs] == [
        ("screen", "某甲", "ok", {"cases": 2, "findings": 7}),
        ("report", "某甲", "failed", {}),
        ("refresh", "某乙", None, {}),
    ]
    assert runs[0]["ended_at"] >= runs[0]["started_at"] and runs[2]["ended_at"] is None


def filled(store: Store) -> Store:
    store.record([Seen("f1", "flow-drip", "e1", ("O",), ("accounts", "a1"))], date(2024, 5, 1))
    made = store.decide("clear", "findings", ["f1"], "租金", "某甲")
    store.decide("undo", "findings", ["f1"], "笔误", "某甲", undoes=made)
    store.decide("filed", "leads", ["L1"], "立案", "某乙", findings=["f1"])
    store.papers.send_request("C1", "云江银行", "流水", approved_by="某甲", sent_on=date(2024, 5, 2))
    store.access.grant("*", "某甲", "supervisor", "某甲")
    return store


@pytest.mark.postgres
def test_a_store_moves_to_postgresql_whole_and_its_chain_goes_on(postgres_url: str, tmp_path: Path) -> None:
    old = filled(Store("", tmp_path))
    with pytest.warns(UserWarning, match="copy-store"):
        new = Store(postgres_url, tmp_path)
    assert copy_store(old, new) == {
        "access": 1, "audit_log": 5, "decisions": 3, "dossier": 0, "evidence_requests": 1, "finding_history": 1,
        "referrals": 0, "runs": 0,
    }  # fmt: skip
    assert new.decisions() == old.decisions() and new.history.known() == old.history.known()
    assert new.audit.entries()[:-1] == old.audit.entries()
    assert new.audit.verify(heads=[old.audit.head()]).ok and new.audit.entries()[-1].action == "copy"
    assert new.access.grants() == old.access.grants() and new.papers.requests() == old.papers.requests()
    new.decide("clear", "findings", ["f1"], "租金", "某甲")
    with pytest.raises(UsageError, match="not empty"):
        copy_store(old, new)


def test_what_was_acknowledged_before_a_kill_is_kept_and_nothing_is_half_written(
    store: Store, url: str, tmp_path: Path
) -> None:
    acknowledged: list[str] = []
    for pause in (0.05, 0.21, 0.37):
        process = subprocess.Popen(
            [sys.executable, "-c", DECIDES, url, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        acknowledged.append(process.stdout.readline().strip())  # it has begun
        time.sleep(pause)
        os.kill(process.pid, signal.SIGKILL)
        lines = process.stdout.read().split("\n")
        acknowledged += [line for line in lines if len(line) == 36]
        process.wait()
        process.stdout.close()
    kept = [decision.decision_id for decision in store.decisions()]
    assert set(acknowledged) <= set(kept) and len(acknowledged) > 3
    found = store.audit.verify()
    assert found.ok and [e.object for e in store.audit.entries()] == kept  # each decision has its entry, and no other
