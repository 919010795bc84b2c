"""What a refresh keeps of a screening to compare the next one with: ``refresh/baseline.parquet``, replaced in one rename."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from caselens.entities.identity import row_key
from caselens.findings.reuse import program, reads_of
from caselens.findings.screen import Screening
from caselens.indicators import INDICATORS
from caselens.indicators._declare import UNACCUSED
from caselens.operations.difference import Places, Seen
from caselens.tables import TABLES
from caselens.workspace import Workspace
from caselens.workspace.catalog import Entry
from caselens.workspace.folder import written_beside
from caselens.workspace.keys import key_parts
from caselens.workspace.reads import digest
from caselens.workspace.validate import literal

FOLDER = "refresh"
_BASELINE = "baseline.parquet"
_STATE = b"caselens.refresh"
EMPTY = Seen({}, {}, frozenset(), "", "")


@dataclass(frozen=True, slots=True)
class Baseline:
    """The last refresh: its number, the state it saw, the number of the last entry of the catalog, and its findings."""

    number: int
    state: str
    entries: int
    seen: Seen


def state_of(workspace: Workspace) -> str:
    """A hash of all that findings and their statuses follow from: rows, settings, people's decisions, the program."""
    rulings = workspace.store.people.rulings()
    decided = sorted((name, ruling.status, ruling.evidence_hash) for name, ruling in rulings.items())
    return digest(workspace.fingerprint(), program(), *decided)


def seen_of(workspace: Workspace, screening: Screening) -> Seen:
    """A screening as a difference needs it: ids and values only, no name and no text of the data."""
    against: dict[str, list[str]] = {}
    for row in screening.counters.itertuples():
        against.setdefault(str(row.finding_id), []).append(f"{row.innocent} {row.state}")
    parameters = dict(zip(screening.details["finding_id"], screening.details["parameters"], strict=True))
    findings = {}
    for row in screening.findings.to_dict("records"):
        name = str(row["finding_id"])
        findings[name] = {
            **{column: str(row[column]) for column in ("indicator", "kind", "severity", "status")},
            **{column: _number(row[column]) for column in ("score", "amount")},
            **{column: _day(row[column]) for column in ("period_start", "period_end")},
            "counters": sorted(against.get(name, [])),
            "subjects": sorted({s["id"] for s in row["subjects"] if s["role"] not in UNACCUSED}),
            "evidence": sorted([item["table"], item["key"]] for item in row["evidence"]),
            "parameters": parameters.get(name, "{}"),
        }
    reads = {}
    for name, indicator in INDICATORS.items():
        given = indicator.settings(workspace.settings.parameters.get(name, {}))
        reads[name] = reads_of(workspace, name) | {
            "parameters": json.dumps(given, ensure_ascii=False, sort_keys=True, default=str)
        }
    assessed = screening.assessments
    whole = assessed[(assessed["subject_id"] == "") & (assessed["state"] == "not_assessable")]
    return Seen(findings, reads, frozenset(whole["indicator"]), workspace.as_of.isoformat(), program())


def read(workspace: Workspace) -> Baseline | None:
    """The last refresh; ``None`` where there was none, or its file is damaged (the next one then tells all as new)."""
    try:
        table = pq.read_table(workspace.folder.root / FOLDER / _BASELINE)
        told = json.loads(table.schema.metadata[_STATE])
        rows = zip(table.column("finding_id").to_pylist(), table.column("row").to_pylist(), strict=True)
        findings = {str(name): json.loads(row) for name, row in rows}
        seen = Seen(findings, told["reads"], frozenset(told["silent"]), told["as_of"], told["program"])
        return Baseline(int(told["number"]), told["state"], int(told["entries"]), seen)
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError):
        return None


def write(workspace: Workspace, baseline: Baseline) -> None:
    """Keep a refresh to compare the next one with."""
    seen = baseline.seen
    told = {
        "number": baseline.number,
        "state": baseline.state,
        "entries": baseline.entries,
        "reads": seen.reads,
        "silent": sorted(seen.silent),
        "as_of": seen.as_of,
        "program": seen.program,
    }
    rows = [json.dumps(row, ensure_ascii=False) for row in seen.findings.values()]
    table = pa.table({"finding_id": pa.array(list(seen.findings), pa.string()), "row": pa.array(rows, pa.string())})
    path = workspace.folder.root / FOLDER / _BASELINE
    with written_beside(path) as temporary:
        pq.write_table(table.replace_schema_metadata({_STATE: json.dumps(told).encode()}), temporary)


def places(workspace: Workspace, appeared: set[tuple[str, str]], went: set[tuple[str, str]]) -> Places:
    """In which file each row stands; of rows that are gone, in which replaced version they stood."""
    now = _now(workspace, appeared | went)
    counting = {entry.number for entry in workspace.catalog.entries()}
    former = [entry for entry in workspace.catalog.every() if entry.number not in counting]
    return Places(now, _in_entries(workspace, former, went - now.keys()))


def _now(workspace: Workspace, rows: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for table, keys in _by_table(rows).items():
        expression = workspace.table(table)
        keyed = expression.select(key=row_key(expression, table), source_file="source_file")
        # A list, not a join: the engine then reads no more than it must of a large table.
        frame = keyed.filter(keyed.key.isin(keys)).execute()
        found |= {(table, key): str(file) for key, file in zip(frame["key"], frame["source_file"], strict=True)}
    return found


def _in_entries(
    workspace: Workspace, entries: Iterable[Entry], rows: set[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    wanted = _by_table(rows)
    for entry in entries:
        for part in entry.tables:
            path = workspace.catalog.parquet(entry, part.table)
            if part.table not in wanted or not path.exists():
                continue
            key = " || '|' || ".join(key_parts(TABLES[part.table], part.columns))
            query = f"SELECT DISTINCT {key} AS k FROM read_parquet({literal(str(path))}) WHERE k IN (SELECT unnest(?))"
            keys = workspace.con.execute(query, [wanted[part.table]]).fetchall()
            found |= {(part.table, str(key)): entry.source_file for (key,) in keys}
    return found


def _by_table(rows: set[tuple[str, str]]) -> Mapping[str, list[str]]:
    wanted: dict[str, list[str]] = {}
    for table, key in sorted(rows):
        if table in TABLES:
            wanted.setdefault(table, []).append(key)
    return wanted


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else round(float(value), 6)


def _day(value: Any) -> str | None:
    if value is None or pd.isna(value):
        return None
    return (value if isinstance(value, date) else pd.Timestamp(value)).isoformat()[:10]
