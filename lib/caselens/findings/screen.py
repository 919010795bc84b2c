"""All indicators over a workspace: findings, their evidence, what speaks against them, and what could be assessed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from caselens import __version__
from caselens.core import progress
from caselens.core.errors import UsageError
from caselens.entities import entities, resolved
from caselens.findings.decided import with_decisions
from caselens.findings.discovery import Q_LIMIT, family_of, q_values
from caselens.findings.evaluate import Answer, plain
from caselens.findings.evidence import with_statement_lines
from caselens.findings.identity import evidence_hash, finding_id, survivors
from caselens.findings.reuse import answered
from caselens.findings.words import sentence
from caselens.indicators import INDICATORS
from caselens.indicators._declare import UNACCUSED
from caselens.relations import relation
from caselens.store import Store
from caselens.store.history import Seen
from caselens.tables import TABLES
from caselens.workspace import Workspace
from caselens.workspace.folder import write_atomically, written_beside

_LISTS = ("subjects", "objects", "evidence")
#: A counter-explanation that holds takes this share of the score away, visibly; two of them a half of the rest each.
COUNTER_WEIGHT = 0.5
#: A statistical finding that may well be chance (q above ``Q_LIMIT``) keeps this share of its score.
CHANCE_WEIGHT = 0.5
#: A row of ``findings``, what speaks against it, and how it was measured.
_Found = tuple[dict[str, Any], list[dict[str, str]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Screening:
    """What screening a workspace gave.

    Attributes:
        findings: columns exactly as the table ``findings``; ``subjects``, ``objects`` and ``evidence`` are lists.
        assessments: columns exactly as the table ``assessments``.
        counters: ``finding_id, innocent, state, note``.
        details: ``finding_id`` and, as JSON text, the value, its unit's fence and the parameters used.
        families: for each indicator that gave p-values: ``indicator``, ``tests`` (hypotheses put), ``method`` of
            false-discovery control, ``rejected`` (findings with a q-value up to ``Q_LIMIT``).
    """

    findings: pd.DataFrame
    assessments: pd.DataFrame
    counters: pd.DataFrame
    details: pd.DataFrame
    families: pd.DataFrame


def screen(workspace: Workspace, only: Iterable[str] = (), asked: list[str] | None = None) -> Screening:
    """Put every indicator's question to the workspace (or those named), record what changed, keep the answer.

    An indicator is asked again only where something it looked at has changed; ``asked`` gets the names of those.

    Raises:
        UsageError: there is no indicator of that name.
    """
    names = list(only) or list(INDICATORS)
    unknown = [name for name in names if name not in INDICATORS]
    if unknown:
        raise UsageError(f"there is no indicator {', '.join(unknown)}; there are {', '.join(INDICATORS)}")
    cases = _case_members(workspace)
    labels = _names(workspace)
    rows: list[dict[str, Any]] = []
    assessments, counters, details, families = [], [], [], []
    silent: set[str] = set()
    for done, name in enumerate(names):
        progress.step("screen", done, len(names))
        found, is_new = answered(INDICATORS[name], workspace)
        if is_new and asked is not None:
            asked.append(name)
        answer, family = _judged(found)
        families += [family] if family else []
        silent |= {name} if answer.reason else set()
        assessments.append(answer.assessed.assign(indicator=name, case_id=None))
        answer = replace(answer, evidence=with_statement_lines(workspace, answer.evidence))
        for row, against, detail in _one_each(_findings(answer, labels, cases)):
            rows.append(row)
            counters += against
            details.append(detail)
    progress.step("screen", len(names), len(names))
    aliases = _under_their_first_ids(workspace, rows, counters, details)
    result = Screening(
        _with_history(workspace, rows, silent, aliases, partial=bool(only)),
        pd.concat(assessments).reindex(columns=_columns("assessments")).reset_index(drop=True),
        pd.DataFrame(counters, columns=["finding_id", "innocent", "state", "note"]),
        pd.DataFrame(details, columns=["finding_id", "value", "fence", "parameters"]),
        pd.DataFrame(families, columns=["indicator", "tests", "method", "rejected"]),
    )
    if not only:
        keep(workspace, result)
    return replace(result, findings=with_decisions(workspace, result.findings))


def screening(workspace: Workspace, asked: list[str] | None = None) -> Screening:
    """The last screening if it still fits the workspace, else a new one (see :func:`screen`)."""
    folder = _folder(workspace)
    mark = folder / "state.json"
    if mark.exists() and json.loads(mark.read_text("utf-8"))["state"] == _state(workspace):
        frames = {name: pd.read_parquet(folder / f"{name}.parquet") for name in Screening.__slots__}
        for column in _LISTS:
            # As objects: pandas would make Arrow lists of them, whose values are no longer plain lists.
            texts = frames["findings"][column]
            frames["findings"][column] = pd.Series([json.loads(text) for text in texts], texts.index, dtype=object)
        frames["findings"] = with_decisions(workspace, frames["findings"])
        return Screening(**frames)
    return screen(workspace, asked=asked)


def store_of(workspace: Workspace) -> Store:
    """The store of a workspace."""
    return workspace.store


def _columns(table: str) -> list[str]:
    return [column.name for column in TABLES[table].columns]


def _names(workspace: Workspace) -> dict[str, str]:
    members = entities(workspace).select("entity_id", "name").execute()
    return dict(zip(members["entity_id"], members["name"], strict=True))


def _case_members(workspace: Workspace) -> dict[str, str]:
    """Party -> the case it belongs to: as one of its subjects, else as linked to one (the first by id where several)."""
    if not workspace.has("case_subjects"):
        return {}
    subjects = resolved(workspace, "case_subjects").select("case_id", "entity_id")
    links = relation(workspace, "links").select(entity_id="official_id", linked="party_id")
    linked = subjects.join(links, "entity_id").select("case_id", entity_id="linked").distinct()
    nearest_last = [part.execute().sort_values("case_id", ascending=False) for part in (linked, subjects)]
    return {
        party: case for part in nearest_last for party, case in zip(part["entity_id"], part["case_id"], strict=True)
    }


def _judged(answer: Answer) -> tuple[Answer, dict[str, Any]]:
    """The answer with a q-value for each lead that has a p-value; what might well be chance becomes a note.

    Breaches of a rule and links have no p-value and stay outside.
    """
    leads = answer.leads.reset_index(drop=True)
    p_values = pd.to_numeric(leads["p_value"]).to_numpy(dtype=float, na_value=np.nan)
    family = family_of(answer.assessed, p_values[~np.isnan(p_values)])
    known = family[~np.isnan(family)]
    says_p = "p_value" in answer.assessed.columns or not np.isnan(p_values).all()
    if not says_p or not len(known):
        return replace(answer, leads=leads.assign(q_value=np.nan)), {}
    q = q_values(p_values, known, answer.indicator.dependent)
    chance = q > Q_LIMIT
    leads = leads.assign(
        q_value=q,
        severity=leads["severity"].mask(chance, "note"),
        score=leads["score"].astype("float64").mask(chance, leads["score"].astype("float64") * CHANCE_WEIGHT),
    )
    method = "Benjamini-Yekutieli" if answer.indicator.dependent else "Benjamini-Hochberg"
    told = {
        "indicator": answer.indicator.id,
        "tests": len(known),
        "method": method,
        "rejected": int((q <= Q_LIMIT).sum()),
    }
    return replace(answer, leads=leads), told


def _findings(answer: Answer, labels: Mapping[str, str], cases: Mapping[str, str]) -> Iterable[_Found]:
    evidence = dict(list(answer.evidence.groupby("lead", sort=False)))
    against = dict(list(answer.counters.groupby("lead", sort=False)))
    for lead in answer.leads.to_dict("records"):
        lead["subjects"], lead["objects"] = plain(lead["subjects"]), plain(lead["objects"])
        rows = evidence[lead["lead"]][["table", "key", "role"]].to_dict("records")
        identifier = finding_id(answer.indicator.id, lead["subjects"], lead["objects"])
        counters = against.get(lead["lead"], answer.counters.iloc[:0])
        holds = int((counters["state"] == "holds").sum())
        words = sentence(answer.indicator.summary, lead, labels)
        in_cases = sorted({cases[s["id"]] for s in lead["subjects"] if s["id"] in cases and s["role"] not in UNACCUSED})
        yield (
            {
                **{
                    name: lead.get(name)
                    for name in ("kind", "severity", "subjects", "objects", "p_value", "q_value", "amount")
                },
                **{name: lead.get(name) for name in ("period_start", "period_end")},
                "finding_id": identifier,
                "evidence_hash": evidence_hash((row["table"], row["key"]) for row in rows),
                "indicator": answer.indicator.id,
                "case_id": in_cases[0] if in_cases else None,
                "score": round(float(lead["score"]) * COUNTER_WEIGHT**holds, 4),
                "summary_zh": words.zh,
                "summary_en": words.en,
                "evidence": rows,
            },
            counters.assign(finding_id=identifier)[["finding_id", "innocent", "state", "note"]].to_dict("records"),
            {
                "finding_id": identifier,
                "value": lead["value"],
                "fence": str(lead["fence"]),
                "parameters": json.dumps(dict(answer.parameters), ensure_ascii=False, sort_keys=True),
            },
        )


def _one_each(found: Iterable[_Found]) -> list[_Found]:
    """Leads of one indicator about the same parties and anchor are one finding: the strongest, with the rows of all."""
    best: dict[str, _Found] = {}
    for item in found:
        row = item[0]
        known = best.get(row["finding_id"])
        if known is None:
            best[row["finding_id"]] = item
            continue
        stronger, weaker = (item, known) if row["score"] > known[0]["score"] else (known, item)
        there = {(entry["table"], entry["key"]) for entry in stronger[0]["evidence"]}
        more = [entry for entry in weaker[0]["evidence"] if (entry["table"], entry["key"]) not in there]
        evidence = [*stronger[0]["evidence"], *more]
        told = {"evidence": evidence, "evidence_hash": evidence_hash((e["table"], e["key"]) for e in evidence)}
        best[row["finding_id"]] = (stronger[0] | told, stronger[1], stronger[2])
    return list(best.values())


def _under_their_first_ids(workspace: Workspace, *parts: list[dict[str, Any]]) -> dict[str, str]:
    """Give findings that went by another id before parties were merged or parted their oldest id, in all ``parts``.

    What people decided about them lasts so. Gives the other ids, each with the one under which the finding goes on.
    """
    members = entities(workspace).select("member_id", "entity_id").execute()
    party = dict(zip(members["member_id"], members["entity_id"], strict=True))
    same = survivors(workspace.store.history.known(), party, {row["finding_id"] for row in parts[0]})
    for part in parts:
        for row in part:
            row["finding_id"] = same.get(row["finding_id"], [row["finding_id"]])[0]
    return {other: ids[0] for ids in same.values() for other in ids[1:]}


def _with_history(
    workspace: Workspace, rows: list[dict[str, Any]], silent: set[str], aliases: Mapping[str, str], partial: bool
) -> pd.DataFrame:
    if not partial:
        told = workspace.store.record([_seen(row) for row in rows], workspace.as_of, silent, aliases)
        for row in rows:
            known = told[row["finding_id"]]
            row |= {"first_seen": known.first_seen, "last_seen": known.last_seen, "change": known.change}
    frame = pd.DataFrame(rows).reindex(columns=_columns("findings"))
    for column in ("period_start", "period_end", "first_seen", "last_seen"):
        frame[column] = pd.to_datetime(frame[column]).dt.date
    for column in ("score", "p_value", "q_value", "amount"):
        frame[column] = frame[column].astype("float64")
    frame["amount"] = frame["amount"].round(2)
    return frame.sort_values(["score", "finding_id"], ascending=[False, True]).reset_index(drop=True)


def _seen(row: Mapping[str, Any]) -> Seen:
    accused = sorted({subject["id"] for subject in row["subjects"] if subject["role"] not in UNACCUSED})
    anchor = (row["objects"][0]["table"], row["objects"][0]["id"]) if row["objects"] else None
    return Seen(row["finding_id"], row["indicator"], row["evidence_hash"], tuple(accused), anchor)


def _folder(workspace: Workspace) -> Path:
    return workspace.folder.derived / "screening"


def _state(workspace: Workspace) -> str:
    text = f"{workspace.fingerprint()} {__version__} {','.join(INDICATORS)} {','.join(Screening.__slots__)}"
    return hashlib.sha256(text.encode()).hexdigest()


def keep(workspace: Workspace, result: Screening) -> None:
    """Make ``result`` the last screening of the workspace as it is now; :func:`screening` gives it until something changes."""
    folder = _folder(workspace)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "state.json").unlink(missing_ok=True)
    for name in Screening.__slots__:
        frame = getattr(result, name)
        if name == "findings":
            texts = {c: frame[c].map(lambda v: json.dumps(v, ensure_ascii=False)).astype("string") for c in _LISTS}
            frame = frame.assign(**texts)
        with written_beside(folder / f"{name}.parquet") as temporary:
            frame.to_parquet(temporary, index=False)
    write_atomically(folder / "state.json", json.dumps({"state": _state(workspace)}).encode())
