"""The lead register (线索台账): every lead with its reasons, what was decided about it, until when, and what is overdue.

Leads come from the screening and from the table ``leads`` (petitions, transfers, …). What becomes of a lead is a decision
of a person, kept in the store and undone there; it follows the lead by its findings when the strongest reason, and with it
the lead's number, changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pandas as pd

from caselens.core.errors import UsageError
from caselens.core.text import Text
from caselens.entities import resolved
from caselens.findings.clocks import TO_BE_CONFIRMED, clocks, due
from caselens.findings.leads import GRADES, Lead, leads_of
from caselens.store import Decision
from caselens.store.decisions import DISPOSITIONS
from caselens.tables import code_label
from caselens.workspace import Workspace

#: What becomes of a lead, in the order of an office's work.
WORDS = {code: code_label("leads", "disposition", code) for code in DISPOSITIONS}
_ALSO = {
    "了结": "closed",
    "立案审查调查": "filed",
    "谈话": "inquiry_letter",
    "函询": "inquiry_letter",
    "初核": "preliminary_check",
}
#: After one of these a lead rests; evidence that is new then is told.
_RESTING = ("on_hold", "closed")
COLUMNS = (
    "lead_id", "case_id", "received_on", "channel", "grade", "weight", "parties", "names", "anchor_table", "anchor_id",
    "amount", "indicators", "weights", "reasons_zh", "reasons_en", "finding_ids", "status", "disposition",
    "disposition_reason", "decided_by", "decided_on", "decision_id", "clock", "due_on", "overdue_days", "new_evidence",
    "note_zh", "note_en",
)  # fmt: skip


def disposition(word: str) -> str:
    """The code of a disposition, said in Chinese or by its code.

    Raises:
        UsageError: there is none of that name.
    """
    codes = {text.zh: code for code, text in WORDS.items()} | _ALSO | {code: code for code in WORDS}
    if word not in codes:
        told = ", ".join(f"{text.zh} ({code})" for code, text in WORDS.items())
        raise UsageError(f"{word!r} is no disposition of a lead; there are {told}")
    return codes[word]


def register(workspace: Workspace, findings: pd.DataFrame, names: Mapping[str, str], on: date) -> pd.DataFrame:
    """The register as it stands on the day ``on``: the most pressing lead first, then closed ones, then delivered ones.

    Args:
        workspace: where.
        findings: of a screening, those that the register shall show; columns as the table ``findings``.
        names: party -> what it is called.
        on: the day against which clocks are held: of the calendar, for an office's clocks do not run on data's days.

    Returns:
        :data:`COLUMNS`. ``received_on`` of a screened lead is the day its first finding was recorded (empty where that
        was not kept); ``weights`` run with ``indicators`` and order leads, they are no probability; ``clock`` names the
        clock that runs, ``overdue_days`` is positive once it has run out; ``new_evidence`` says that a lead at rest has
        evidence which nobody saw when it was laid to rest; ``note_*`` is what the reader of the row must know.

    Raises:
        UsageError: ``[clocks]`` in the settings is wrong.
    """
    days = clocks(workspace.settings.clocks)
    recorded = {item.finding_id: item.recorded_on for item in workspace.store.history.known()}
    decisions = workspace.store.decisions("leads")
    # What a person closed stands after what is open.
    leads = sorted(leads_of(findings), key=lambda lead: lead.is_closed)
    rows = [_screened(lead, names, recorded, decisions, days, on) for lead in leads]
    rows += _delivered(workspace, names, decisions, days, on)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    for column in ("received_on", "decided_on", "due_on"):
        frame[column] = pd.Series([value or None for value in frame[column]], dtype=object)
    frame["overdue_days"] = frame["overdue_days"].astype("Int64")
    frame["amount"] = frame["amount"].astype("float64")
    return frame


def _screened(
    lead: Lead,
    names: Mapping[str, str],
    recorded: Mapping[str, date | None],
    decisions: Iterable[Decision],
    days: Mapping[str, int],
    on: date,
) -> dict[str, Any]:
    ids = [str(item["finding_id"]) for item in lead.findings]
    known = [day for name in ids if (day := recorded.get(name)) is not None]
    evidence = {str(item["finding_id"]): str(item["evidence_hash"]) for item in lead.findings}
    latest = _latest(decisions, lead.id, set(ids))
    parties = list(dict.fromkeys(name for name, _ in lead.accused))
    anchor = lead.objects[0] if lead.objects else ("", "")
    statuses = list(dict.fromkeys(str(item["status"]) for item in lead.findings))
    resting = latest is not None and latest.kind in _RESTING
    grew = resting and any(latest.evidence.get(name) != value for name, value in evidence.items())  # type: ignore[union-attr]
    received = min(known, default=None)
    row: dict[str, Any] = {
        "lead_id": lead.id,
        "case_id": lead.first["case_id"] if isinstance(lead.first["case_id"], str) else None,
        "received_on": received,
        "channel": "screening",
        "grade": lead.grade,
        "weight": round(lead.weight, 4),
        "parties": parties,
        "names": [names.get(name, name) for name in parties],
        "anchor_table": anchor[0],
        "anchor_id": anchor[1],
        "amount": lead.amount,
        "indicators": [str(item["indicator"]) for item in lead.findings],
        "weights": [round(weight, 4) for weight in lead.weights],
        "reasons_zh": [str(item["summary_zh"]) for item in lead.findings],
        "reasons_en": [str(item["summary_en"]) for item in lead.findings],
        "finding_ids": ids,
        "status": ";".join(statuses),
        "new_evidence": bool(grew or lead.is_reawakened),
    }
    # What a person closed finding by finding needs no disposition any more.
    return row | _handled(latest, received, days, on, done=lead.is_closed, new=row["new_evidence"])


def _delivered(
    workspace: Workspace, names: Mapping[str, str], decisions: Iterable[Decision], days: Mapping[str, int], on: date
) -> list[dict[str, Any]]:
    """Leads that came as rows; what was decided about them here goes before what their row says."""
    if not workspace.has("leads"):
        return []
    rows = []
    given = resolved(workspace, "leads").execute().sort_values(["received_on", "lead_id"])
    for item in given.to_dict("records"):
        parties = (
            [part for part in str(item["subject_ids"] or "").split(";") if part] if _is(item["subject_ids"]) else []
        )
        row: dict[str, Any] = {
            "lead_id": item["lead_id"],
            "case_id": item["case_id"] if _is(item["case_id"]) else None,
            "received_on": _day(item["received_on"]),
            "channel": item["channel"],
            "grade": None,
            "weight": None,
            "parties": parties,
            "names": [names.get(name, name) for name in parties],
            "anchor_table": "",
            "anchor_id": "",
            "amount": None,
            "indicators": [],
            "weights": [],
            "reasons_zh": [],
            "reasons_en": [],
            "finding_ids": str(item["finding_ids"]).split(";") if _is(item["finding_ids"]) else [],
            "status": "",
            "new_evidence": False,
        }
        latest = _latest(decisions, str(item["lead_id"]), set())
        handled = _handled(latest, row["received_on"], days, on, done=_is(item["closed_on"]), new=False)
        if latest is None and _is(item["disposition"]):
            handled |= _as_given(item, days, on)
        rows.append(row | handled)
    return rows


def _latest(decisions: Iterable[Decision], lead_id: str, findings: set[str]) -> Decision | None:
    """The latest disposition of a lead: under its number, or of a lead that had one of its findings."""
    mine = [d for d in decisions if lead_id in d.object_ids or (findings & d.evidence.keys())]
    return mine[-1] if mine else None


def _handled(
    latest: Decision | None, received: date | None, days: Mapping[str, int], on: date, *, done: bool, new: bool
) -> dict[str, Any]:
    if latest is not None:
        start: date | None = latest.decided_at.date()
        clock, runs = latest.kind, not done or new
    else:
        start, clock, runs = received, "received", not done
    return {
        "disposition": latest.kind if latest else None,
        "disposition_reason": latest.reason if latest else None,
        "decided_by": latest.decided_by if latest else None,
        "decided_on": latest.decided_at.date() if latest else None,
        "decision_id": latest.decision_id if latest else None,
    } | _clock(clock, due(start, clock, days) if runs else None, on, start is None and runs)


def _as_given(item: Mapping[str, Any], days: Mapping[str, int], on: date) -> dict[str, Any]:
    code, decided = str(item["disposition"]), _day(item["decided_on"])
    until = _day(item["due_on"])
    told = {
        "disposition": code,
        "decided_by": item["decided_by"] if _is(item["decided_by"]) else None,
        "decided_on": decided,
    }
    if _is(item["closed_on"]):
        return told | _clock(code, None, on, False)
    return told | _clock(code, until or due(decided, code, days), on, False, is_given=until is not None)


def _clock(clock: str, until: date | None, on: date, unknown: bool, is_given: bool = False) -> dict[str, Any]:
    notes: list[Text] = []
    if unknown:
        notes.append(Text("收到日期未记录，期限无法计算", "the day of receipt was not kept: no clock can run"))
    elif until is not None and not is_given:
        notes.append(TO_BE_CONFIRMED)
    overdue = (on - until).days if until is not None and on > until else None
    if overdue:
        notes.insert(0, Text(f"已超期 {overdue} 天", f"{overdue} days overdue"))
    return {
        "clock": clock if until is not None else None,
        "due_on": until,
        "overdue_days": overdue,
        "note_zh": "；".join(note.zh for note in notes),
        "note_en": "; ".join(note.en for note in notes),
    }


def _is(value: Any) -> bool:
    return value is not None and not pd.isna(value) and str(value) != ""


def _day(value: Any) -> date | None:
    return pd.Timestamp(value).date() if _is(value) else None


__all__ = ["COLUMNS", "GRADES", "WORDS", "disposition", "register"]
