"""Deciding in the notebook and on the command line: about findings, leads and parties, and the lead register."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from caselens.api import _who_is_who
from caselens.api.register import Register
from caselens.core.errors import UsageError
from caselens.core.text import Language, Text
from caselens.entities import entities
from caselens.findings import screening
from caselens.findings.leads import leads_of
from caselens.findings.register import WORDS, disposition, register
from caselens.store import Decision
from caselens.store.access import EVERY
from caselens.store.decisions import IDENTITY, STATUSES
from caselens.views import Fragment, labels_of, table
from caselens.views.tables import readable_codes
from caselens.workspace import Workspace

if TYPE_CHECKING:
    from caselens.api.access import Gate

_DECIDED = Text("有效的决定", "Decisions in force")
#: The same in Chinese.
_KINDS = {
    "确认": "confirm", "排除": "dismiss", "澄清": "clear", "予以澄清": "clear", "本人已报告": "self_reported",
    "主动说明": "self_reported", "同一主体": "same", "不是同一主体": "different", "存疑": "unsure",
}  # fmt: skip


def decide(workspace: Workspace, gate: Gate, ids: Sequence[str], kind: str, reason: str, who: str) -> str:
    """Write down a decision about findings, a lead or parties, whichever the ids are; gives the decision's id.

    Args:
        workspace: where.
        gate: checks that whoever runs it may decide in the cases concerned.
        ids: of findings, of leads (all their findings are meant), or of persons or organizations.
        kind: ``confirm``, ``dismiss``, ``clear``, ``self_reported`` (findings, leads); ``same``, ``different``, ``unsure``
            (parties); a disposition such as ``preliminary_check`` or 初步核实 (leads); Chinese words are understood.
        reason: why.
        who: who decides.

    Raises:
        UsageError: an id that is not there, ids of different things, a kind that does not fit, no reason or name.
        AccessDenied: not assigned.
    """
    kind = _KINDS.get(kind, kind)
    if kind in IDENTITY:
        gate.check("decide", EVERY, reason)
        return _who_is_who.decide(workspace, kind, ids, reason, who)
    if kind in STATUSES:
        findings = _findings(workspace, ids)
        for case in sorted({str(name) if isinstance(name, str) else EVERY for name in findings["case_id"]}):
            gate.check("decide", case, reason)
        return workspace.store.decide(kind, "findings", list(findings["finding_id"]), reason, who)
    try:
        code = disposition(kind)
    except UsageError as error:
        told = ", ".join([*STATUSES, *IDENTITY, *(f"{text.zh} ({name})" for name, text in WORDS.items())])
        raise UsageError(f"{kind!r} is no decision; there are {told}") from error
    if len(ids) != 1:
        raise UsageError("a disposition is decided for one lead at a time 线索逐件处置")
    return dispose(workspace, gate, ids[0], code, reason, who)


def dispose(workspace: Workspace, gate: Gate, lead_id: str, kind: str, reason: str, who: str) -> str:
    """Decide what becomes of a lead, of the screening or of the table ``leads``; gives the decision's id.

    Raises:
        UsageError: there is no such lead or disposition, no reason or name.
        AccessDenied: not assigned.
    """
    code = disposition(kind)
    for lead in leads_of(screening(workspace).findings):
        if lead.id == lead_id:
            case = lead.first["case_id"]
            gate.check("dispose", case if isinstance(case, str) else EVERY, reason)
            ids = [str(item["finding_id"]) for item in lead.findings]
            return workspace.store.decide(code, "leads", [lead_id], reason, who, findings=ids)
    given = workspace.table("leads")
    mine = given.filter(given.lead_id == lead_id).select("case_id").execute()
    if mine.empty:
        raise UsageError(f"there is no lead {lead_id!r}; see caselens leads 没有此线索")
    case = mine["case_id"].iloc[0]
    gate.check("dispose", case if isinstance(case, str) else EVERY, reason)
    return workspace.store.decide(code, "leads", [lead_id], reason, who)


def undo(workspace: Workspace, gate: Gate, decision_id: str, reason: str, who: str) -> str:
    """Undo a decision of any kind; it stays written. Gives the id of the undoing.

    Raises:
        UsageError: there is no such decision in force, or no reason or name.
        AccessDenied: not assigned to what it was about.
    """
    decision = workspace.store.people.find(decision_id)
    for case in _cases_of(workspace, decision):
        gate.check("dispose" if decision.object_table == "leads" else "decide", case, reason)
    ids = list(decision.object_ids)
    return workspace.store.decide("undo", decision.object_table, ids, reason, who, undoes=decision_id)


def _cases_of(workspace: Workspace, decision: Decision) -> list[str]:
    """The cases a decision was about; ``*`` where that cannot be told, or where it is about all of them."""
    if decision.object_table not in ("findings", "leads"):
        return [EVERY]
    findings = screening(workspace).findings.set_index("finding_id")["case_id"]
    named = decision.object_ids if decision.object_table == "findings" else tuple(decision.evidence)
    cases = {findings.get(name) for name in named}
    return sorted({case if isinstance(case, str) else EVERY for case in cases}) or [EVERY]


def register_of(workspace: Workspace, findings: pd.DataFrame, case_id: str = "", on: date | None = None) -> Register:
    """The lead register of a workspace, or of one case: its screened leads and those delivered under its id."""
    members = entities(workspace).select("member_id", "entity_id", "name").execute()
    names = dict(zip(members["member_id"], members["name"], strict=True))
    day = on or date.today()
    frame = register(workspace, findings, names, day)
    if case_id:
        screened = frame["channel"] == "screening"
        frame = frame[(screened & frame["finding_ids"].map(bool)) | (frame["case_id"] == case_id)].reset_index(
            drop=True
        )
    return Register(frame, day)


def decided(workspace: Workspace, language: Language) -> Fragment:
    """The decisions in force, the latest first, for a reader: what, about which ids, why, by whom, when, and the id to undo."""
    rows = [
        (d.decided_at, d.kind, ", ".join(d.object_ids), d.reason, d.decided_by, d.decision_id)
        for d in reversed(workspace.store.decisions())
    ]
    columns = ["decided_at", "kind", "object_ids", "reason", "decided_by", "decision_id"]
    frame = readable_codes(pd.DataFrame(rows, columns=columns), "decisions", language)
    labels = labels_of("decisions")
    return table(frame[columns], language, labels, caption=_DECIDED.get(language), limit=200)


def _findings(workspace: Workspace, ids: Sequence[str]) -> pd.DataFrame:
    """The findings called so, leads taken apart into theirs."""
    if not ids:
        raise UsageError("a decision is about something: no id was given 未给出编号")
    every = screening(workspace).findings
    of_lead = {lead.id: [str(item["finding_id"]) for item in lead.findings] for lead in leads_of(every)}
    wanted = {finding for name in ids for finding in of_lead.get(name, [name])}
    found = every[every["finding_id"].isin(wanted)]
    missing = sorted(wanted - set(found["finding_id"]))
    if missing:
        raise UsageError(f"there is no finding or lead {', '.join(missing)}; see caselens leads 没有此线索或线索项")
    return found
