"""Who may open what, and who should perhaps not: roles and assignments, and a warning to colleagues and kin.

Roles and assignments are those granted in the store (:mod:`caselens.store.access`) and the rows of the table ``access``
that one of its supervisors granted; while the store has none, nothing is checked. They protect against mistakes and leave
a trace; whoever may read the files of the workspace can read them without asking here. ``[analysts]`` in ``settings.toml`` says which person of the data
somebody is, and in which units he worked::

    [analysts]
    "login" = { person = "P00001", units = ["O00001"] }

A colleague or kin of a party is warned before a case opens (回避提示); whether he steps aside is decided by those
responsible, not here. The warning is in the audit log. Not every tie is on record: no warning does not mean no tie.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from caselens.core.errors import UsageError
from caselens.core.text import Text
from caselens.entities import entities, resolved
from caselens.relations import relation
from caselens.store.access import EVERY, Grant, may
from caselens.store.audit import current_user
from caselens.workspace import Workspace

_ACTS = {
    "open": Text("查看", "open"),
    "decide": Text("作出认定", "decide in"),
    "dispose": Text("处置线索", "dispose of leads of"),
    "grant": Text("授权", "grant access to"),
    "audit": Text("查看操作日志", "read the audit log of"),
}
_TIES = {
    "self": Text(
        "您本人（{name}）是本案当事人，应当提请回避", "you ({name}) are a party of this case: report it and step aside"
    ),
    "kin": Text(
        "本案当事人{name}系您的亲属，请提请回避审查",
        "{name}, a party of this case, is your kin: have your recusal considered",
    ),
    "colleague": Text(
        "本案当事人{name}与您同在{unit}任职或曾共事，请提请回避审查",
        "{name}, a party of this case, is or was with you at {unit}: have your recusal considered",
    ),
}
#: The end of a post that has none.
_STILL = pd.Timestamp("2200-01-01")


class AccessDenied(UsageError):
    """Somebody is not assigned to a case; the refusal is in the audit log."""


class ConflictWarning(UserWarning):
    """Somebody opens a case in which a colleague, a relative, or he himself is a party."""


@dataclass(frozen=True, slots=True)
class Tie:
    """A tie between an analyst and a party: ``kind`` is ``self``, ``kin`` or ``colleague``; ``text`` says which."""

    party: str
    kind: str
    text: Text


class Gate:
    """Checks and logs what one person does with one workspace; ``who`` is :func:`caselens.store.audit.current_user`."""

    def __init__(self, workspace: Workspace, who: str = "") -> None:
        self._workspace, self.who = workspace, who or current_user()
        self._opened: set[str] = set()

    def grants(self) -> list[Grant]:
        """The grants of the store, and the rows of the table ``access`` that one of its supervisors granted.

        Without a grant in the store there is none: a file that was taken in is material, it neither locks nor unlocks.
        """
        made = self._workspace.store.access.grants() if self._workspace.has_store else []
        if not made or not self._workspace.has("access"):
            return made
        given = []
        for row in self._workspace.table("access").execute().to_dict("records"):
            until = None if pd.isna(row["until"]) else pd.Timestamp(row["until"]).date()
            purpose = "" if pd.isna(row["purpose"]) else str(row["purpose"])
            if may(made, row["granted_by"], "grant", row["case_id"], date.today()):
                given.append(Grant("", row["case_id"], row["user"], row["role"], row["granted_by"], until, purpose))
        return [*made, *given]

    def check(self, act: str, case_id: str = EVERY, why: str = "") -> None:
        """Let pass, or refuse and log the refusal; ``case_id`` ``*`` asks for all cases at once.

        Raises:
            AccessDenied: ``who`` has no role in the case that allows it.
        """
        if may(self.grants(), self.who, act, case_id, date.today()):
            return
        self._workspace.store.audit.add("refused", case_id, self.who, why, act=act)
        case, verb = (
            Text("全部案件" if case_id == EVERY else case_id, "all cases" if case_id == EVERY else case_id),
            _ACTS[act],
        )
        raise AccessDenied(
            f"{self.who} is not assigned to {verb.en} {case.en}; a supervisor grants it with: caselens grant "
            f"{self.who} 未获授权{verb.zh}（{case.zh}），请由负责人授权"
        )

    def open(self, case_id: str, parties: Callable[[], Iterable[str]], why: str = "") -> list[Tie]:
        """Open a case: checked, warned of ties, and logged once for each case; gives the ties.

        ``parties`` is asked only where somebody could be tied to them.

        Raises:
            AccessDenied: see :meth:`check`.
        """
        if case_id in self._opened:
            return []
        self.check("open", case_id, why)
        found = ties(self._workspace, self.who, parties)
        details = {"ties": [f"{tie.kind} {tie.party}" for tie in found]} if found else {}
        self._workspace.store.audit.add("open", case_id, self.who, why, **details)
        self._opened.add(case_id)
        with warnings.catch_warnings():
            # Python tells a warning once; this one is told at every opening.
            warnings.simplefilter("always", ConflictWarning)
            for tie in found:
                warnings.warn(f"{tie.text.zh} / {tie.text.en}", ConflictWarning, stacklevel=3)
        return found


def ties(workspace: Workspace, who: str, parties: Callable[[], Iterable[str]]) -> list[Tie]:
    """The ties of an analyst with parties (entity ids) of a case: himself, kin to degree 2, posts and jobs in one unit.

    Nobody is tied who is neither in ``[analysts]`` nor, in the table ``access``, called by the id of a person of the data.

    Raises:
        UsageError: ``[analysts]`` is wrong, or names a person who is not in the data.
    """
    person, units = _declared(workspace, who)
    if person is None and not units:
        return []
    inside = set(parties())
    found: list[tuple[str, str, str]] = [(person, "self", "")] if person is not None and person in inside else []
    if person is not None:
        kin = relation(workspace, "kin")
        mine = kin.filter((kin.person_id == person) & kin.relative_id.isin(sorted(inside))).execute()
        found += [(relative, "kin", "") for relative in sorted(set(mine["relative_id"]))]
    found += [(other, "colleague", unit) for other, unit in _colleagues(workspace, person, units, inside)]
    called = _names(workspace, {name for party, _, unit in found for name in (party, unit)})
    return [
        Tie(party, kind, _TIES[kind].format(name=called.get(party, party), unit=called.get(unit, unit)))
        for party, kind, unit in found
    ]


def _members(workspace: Workspace, ids: Collection[str]) -> dict[str, str]:
    """Party of each of these source ids that the data know."""
    every = entities(workspace)
    frame = every.filter(every.member_id.isin(sorted(ids))).select("member_id", "entity_id").execute()
    return dict(zip(frame["member_id"], frame["entity_id"], strict=True))


def _names(workspace: Workspace, parties: Collection[str]) -> dict[str, str]:
    every = entities(workspace)
    frame = every.filter(every.entity_id.isin(sorted(parties))).select("entity_id", "name").execute()
    return dict(zip(frame["entity_id"], frame["name"], strict=True))


def _declared(workspace: Workspace, who: str) -> tuple[str | None, set[str]]:
    """The person and the units of an analyst."""
    given: Any = workspace.settings.analysts.get(who)
    if given is None:
        return (_members(workspace, [who]).get(who) if workspace.has("access") else None), set()
    given = {"person": given} if isinstance(given, str) else given
    if not isinstance(given, dict) or set(given) - {"person", "units"} or not isinstance(given.get("units", []), list):
        raise UsageError(f'settings.toml: [analysts] "{who}" must be {{ person = "id", units = ["id"] }}')
    units = [str(name) for name in given.get("units", [])]
    person = str(given["person"]) if "person" in given else None
    wanted = [*units, *([person] if person is not None else [])]
    party = _members(workspace, wanted)
    missing = [name for name in wanted if name not in party]
    if missing:
        raise UsageError(
            f"settings.toml: [analysts] names {', '.join(missing)}, whom the data do not know 数据中无此编号"
        )
    return party[person] if person is not None else None, {party[name] for name in units}


def _colleagues(workspace: Workspace, person: str | None, units: set[str], inside: set[str]) -> list[tuple[str, str]]:
    """``(party, unit)`` of those who had a post or a job in a unit while the analyst had one there, or in ``units``."""
    found: set[tuple[str, str]] = set()
    people = sorted(inside | ({person} if person is not None else set()))
    for name in ("appointments", "employments"):
        if not workspace.has(name):
            continue
        table = resolved(workspace, name).select("person_id", "org_id", "start_date", "end_date")
        frame = table.filter(table.person_id.isin(people)).execute()
        theirs = frame[frame["person_id"] != person]
        found |= {(row.person_id, row.org_id) for row in theirs.itertuples() if row.org_id in units}
        pairs = frame[frame["person_id"] == person].merge(theirs, on="org_id", suffixes=("", "_other"))
        starts, other_starts = (pd.to_datetime(pairs[c]) for c in ("start_date", "start_date_other"))
        ends, other_ends = (pd.to_datetime(pairs[c]).fillna(_STILL) for c in ("end_date", "end_date_other"))
        together = pairs[(starts <= other_ends) & (other_starts <= ends)]
        found |= set(zip(together["person_id_other"], together["org_id"], strict=True))
    return sorted(found)
