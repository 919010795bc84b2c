"""The lead register: dispositions that follow a lead, clocks, new evidence on a lead at rest; ids that outlive a merge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from tests.cities import FEE, desk_of

from caselens.api import Desk
from caselens.core.errors import UsageError
from caselens.findings import screen
from caselens.findings.clocks import DAYS, clocks, due
from caselens.findings.identity import finding_id, survivors
from caselens.findings.leads import leads_of
from caselens.findings.register import disposition, register
from caselens.store.history import Seen
from caselens.workspace import Workspace

TODAY = date.today()


def finding(
    name: str, rows: list[str], score: float = 0.6, evidence: str = "e1", severity: str = "red"
) -> dict[str, object]:
    return {
        "finding_id": name,
        "indicator": "flow-drip",
        "severity": severity,
        "score": score,
        "amount": 1.0,
        "case_id": "C1",
        "subjects": [{"id": "O", "role": "official"}],
        "objects": [{"table": "accounts", "id": "a1"}],
        "evidence": [{"table": "payments", "key": row, "role": "x"} for row in rows],
        "evidence_hash": evidence,
        "summary_zh": "甲",
        "summary_en": "a",
        "status": "open",
        "change": "same",
    }


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.create(tmp_path / "W")
    made.store.record([Seen("f1", "flow-drip", "e1"), Seen("f2", "flow-drip", "e1")], date(2024, 5, 1))
    return made


def stands(workspace: Workspace, *findings: dict[str, object], on: date = TODAY) -> pd.Series:
    frame = register(workspace, pd.DataFrame(findings), {"O": "王某"}, on)
    assert len(frame) == 1
    return frame.iloc[0]


def test_an_undecided_lead_has_the_clock_of_receipt_and_it_runs_out_the_day_after(workspace: Workspace) -> None:
    last = TODAY + timedelta(days=DAYS["received"])
    row = stands(workspace, finding("f1", ["p1"]), on=last)
    assert (row["received_on"], row["clock"], row["due_on"]) == (TODAY, "received", last)
    assert pd.isna(row["overdue_days"]) and row["names"] == ["王某"] and row["grade"] == "urgent"
    row = stands(workspace, finding("f1", ["p1"]), on=last + timedelta(days=1))
    assert row["overdue_days"] == 1 and "已超期 1 天" in row["note_zh"] and "待确认" in row["note_zh"]


def test_a_disposition_follows_the_lead_when_its_strongest_reason_and_so_its_number_changes(
    workspace: Workspace,
) -> None:
    findings = [finding("f1", ["p1"], 0.9), finding("f2", ["p1", "p2"], 0.5)]
    (before,) = leads_of(pd.DataFrame(findings))
    workspace.store.decide("preliminary_check", "leads", [before.id], "查账", "某甲", findings=["f1", "f2"])
    findings[1]["score"] = 0.95
    (after,) = leads_of(pd.DataFrame(findings))
    assert after.id != before.id
    row = stands(workspace, *findings)
    assert (row["lead_id"], row["disposition"], row["decided_by"]) == (after.id, "preliminary_check", "某甲")
    assert row["due_on"] == TODAY + timedelta(days=DAYS["preliminary_check"])


def test_the_latest_disposition_counts_and_an_undone_one_does_not(workspace: Workspace) -> None:
    (lead,) = leads_of(pd.DataFrame([finding("f1", ["p1"])]))
    workspace.store.decide("on_hold", "leads", [lead.id], "条件不具备", "某甲", findings=["f1"])
    filed = workspace.store.decide("filed", "leads", [lead.id], "立案", "某乙", findings=["f1"])
    row = stands(workspace, finding("f1", ["p1"]))
    assert (row["disposition"], row["due_on"]) == ("filed", None)  # a filed case has clocks of its own
    workspace.store.decide("undo", "leads", [lead.id], "笔误", "某乙", undoes=filed)
    assert stands(workspace, finding("f1", ["p1"]))["disposition"] == "on_hold"


def test_a_lead_at_rest_tells_of_evidence_that_nobody_saw_when_it_was_laid_to_rest(workspace: Workspace) -> None:
    (lead,) = leads_of(pd.DataFrame([finding("f1", ["p1"])]))
    workspace.store.decide("closed", "leads", [lead.id], "查否", "某甲", findings=["f1"])
    assert not stands(workspace, finding("f1", ["p1"]))["new_evidence"]
    assert stands(workspace, finding("f1", ["p1", "p2"], evidence="e2"))["new_evidence"]
    assert stands(workspace, finding("f1", ["p1"]), finding("f2", ["p1"], 0.3))["new_evidence"]  # a new reason


def test_delivered_leads_stand_beside_with_their_own_dates(tmp_path: Path) -> None:
    leads = (
        "lead_id,case_id,received_on,channel,subject_ids,disposition,decided_by,decided_on,due_on,closed_on\n"
        "XS1,C1,2023-02-01,petition,O,on_hold,某甲,2023-02-20,2023-03-01,\n"
        "XS2,C1,2023-02-02,inspection,O;K,closed,某甲,2023-02-20,,2023-02-21\n"
        "XS3,,2023-02-03,petition,,,,,,\n"
    )
    desk = desk_of(tmp_path, {name: FEE[name] for name in ("persons", "cases", "case_subjects")} | {"leads": leads})
    columns = list(pd.DataFrame([finding("f", ["p"])]).columns)
    frame = register(desk.workspace, pd.DataFrame(columns=columns), {"O": "王某", "K": "王小"}, date(2023, 3, 11))
    by_id = frame.set_index("lead_id")
    assert list(by_id.index) == ["XS1", "XS2", "XS3"] and by_id["grade"].isna().all()
    # Due on 1 March, looked at on 11 March; the second is done; the third has 30 days from 3 February: 5 March.
    assert by_id["overdue_days"].tolist()[0] == 10 and pd.isna(by_id["overdue_days"].iloc[1])
    assert by_id.loc["XS3", "due_on"] == date(2023, 3, 5) and by_id.loc["XS3", "overdue_days"] == 6
    assert "待确认" not in by_id.loc["XS1", "note_zh"] and by_id.loc["XS2", "names"] == ["王某", "王小"]
    desk.workspace.store.decide("inquiry_letter", "leads", ["XS1"], "函询", "某乙")
    again = register(desk.workspace, pd.DataFrame(columns=columns), {}, date(2023, 3, 11)).set_index("lead_id")
    assert (again.loc["XS1", "disposition"], again.loc["XS1", "decided_by"]) == ("inquiry_letter", "某乙")


@pytest.mark.parametrize("given", [{"nothing": 3}, {"received": -1}, {"received": 3.5}, {"received": True}])
def test_a_clock_that_is_none_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        clocks(given)


def test_clocks_of_the_settings_go_first_and_zero_stops_one() -> None:
    days = clocks({"received": 10, "on_hold": 0})
    assert due(date(2026, 1, 1), "received", days) == date(2026, 1, 11)
    assert due(date(2026, 1, 1), "on_hold", days) is None and days["inquiry_letter"] == DAYS["inquiry_letter"]


def test_dispositions_are_said_in_chinese_or_by_code() -> None:
    words = ("谈话函询", "初步核实", "暂存待查", "了结", "立案", "filed")
    assert [disposition(word) for word in words] == [*DISPOSED, "filed"]
    with pytest.raises(UsageError, match="no disposition"):
        disposition("逮捕")


DISPOSED = ("inquiry_letter", "preliminary_check", "on_hold", "closed", "filed")


@dataclass(frozen=True)
class Known:
    finding_id: str
    indicator: str
    first_seen: date
    accused: tuple[str, ...] | None
    anchor: tuple[str, str] | None


def known(accused: str, day: int, anchor: tuple[str, str] | None = ("accounts", "a1")) -> Known:
    objects = [{"table": anchor[0], "id": anchor[1]}] if anchor else []
    return Known(finding_id("x", [{"id": accused, "role": ""}], objects), "x", date(2024, 5, day), (accused,), anchor)


def test_after_a_merge_the_oldest_id_survives_and_after_parting_each_has_its_own() -> None:
    a, b = known("A", 2), known("B", 1)
    # B's rows are A's now: both findings are one, and B's is the older.
    assert survivors([a, b], {"A": "A", "B": "A"}, {a.finding_id}) == {a.finding_id: [b.finding_id, a.finding_id]}
    assert survivors([a, b], {"A": "A", "B": "B"}, {a.finding_id, b.finding_id}) == {}
    # Only B's was ever seen: it goes on under its id although the party has another.
    assert survivors([b], {"A": "A", "B": "A"}, {a.finding_id}) == {a.finding_id: [b.finding_id]}
    assert survivors([b], {"A": "A", "B": "A"}, {"something else"}) == {}


def test_an_anchor_that_is_a_party_is_merged_too_and_what_was_not_kept_is_left_alone() -> None:
    old, new = known("O", 1, ("organizations", "F2")), known("O", 2, ("organizations", "F1"))
    assert survivors([old], {"F2": "F1"}, {new.finding_id}) == {new.finding_id: [old.finding_id]}
    assert survivors([Known("f", "x", date(2024, 5, 1), None, None)], {}, {"f"}) == {}


def by_indicator(desk: Desk) -> dict[str, tuple[str, str, str]]:
    found = screen(desk.workspace).findings
    return {row.indicator: (row.finding_id, row.status, row.change) for row in found.itertuples()}


@pytest.mark.long
def test_a_decision_lasts_when_its_party_is_merged_into_another_and_when_they_part_again(tmp_path: Path) -> None:
    # The passer-by's id comes before the brother's: merged, the brother goes by it, and so would the finding.
    tables = {name: text.replace("X,路人", "A,路人").replace("aX,X", "aX,A") for name, text in FEE.items()}
    desk = desk_of(tmp_path, tables)
    before = by_indicator(desk)
    first, _, _ = before["flow-pass-through"]
    desk.decide(first, "dismiss", reason="租金", by="某甲")
    merged = desk.decide(["A", "K"], "same", reason="同一身份证", by="某甲")
    after = by_indicator(desk)
    assert after["flow-pass-through"] == (first, "dismissed", "new")  # the same day of the data, the same evidence
    assert {name: item[0] for name, item in after.items()} == {name: item[0] for name, item in before.items()}
    desk.undo(merged, reason="笔误", by="某甲")
    assert by_indicator(desk)["flow-pass-through"] == (first, "dismissed", "new")
    assert len(desk.workspace.store.history.known()) == len(before)
