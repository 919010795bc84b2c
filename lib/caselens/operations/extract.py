"""One case out of a workspace, as a workspace of its own: what its circle needs, and nothing of other cases.

A row goes with the case if a subject, or somebody linked to one, takes part in it; if everybody in it is a party of the
case; or if it belongs to a tender, contract, project, loan or payment that is in the case. Whoever such rows name besides
goes with his own row and no other. A row stays behind, counted, if it refers to somebody of another case's circle who is
no party of this one, or if any text in it names him or another case. Rows keep the file, sheet and row they came from.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from caselens.api import Desk
from caselens.api.case import Case
from caselens.core.errors import UsageError
from caselens.entities import entities
from caselens.findings import Screening, keep, screening
from caselens.operations._extract_rows import Bar, Chosen, choose
from caselens.relations import relation
from caselens.store import Store
from caselens.store.schema import DECISIONS, EVIDENCE_REQUESTS, FINDING_HISTORY, REFERRALS
from caselens.workspace import Workspace
from caselens.workspace.accept import Accepted
from caselens.workspace.catalog import Catalog, Entry
from caselens.workspace.damage import hashes
from caselens.workspace.folder import Folder, write_atomically
from caselens.workspace.validate import literal

#: What was found when the case was handed over, for reading; it is also the extract's last screening.
HANDED = "handed"


@dataclass(frozen=True, slots=True)
class Extract:
    """What went into an extract: rows by table, and how many rows, findings and files stayed behind and why."""

    rows: Mapping[str, int]
    barred: int
    findings: int
    findings_barred: int
    raw_files: int
    raw_withheld: int


def extract(desk: Desk, case_id: str, out: Path, raw: bool = False) -> Extract:
    """Write the workspace of one case into the folder ``out``, for its owner only.

    Args:
        desk: the whole workspace.
        case_id: of the case.
        out: folder; it must not exist, or be empty.
        raw: also the files as received, those of which every row is in the extract; another file holds rows of others.

    Raises:
        UsageError: no such case, no cases at all, or ``out`` holds something.
    """
    case = desk.case(case_id)
    if not desk.workspace.has("cases"):
        raise UsageError("this workspace has no cases: there is nothing to take one out of 工作区没有案件")
    inside, circle, bar = _circles(desk, case)
    # The folder is called by its own name only: a title may name other cases.
    folder = Folder.create(out, case.id)
    try:
        chosen = choose(desk.workspace, case, inside, circle, bar)
        _settings(desk, case, folder)
        kept = _write_rows(desk, folder, chosen, bar)
        findings, barred = _findings(case, folder, bar)
        _write_store(desk, case, folder, inside, findings, bar)
        _carry_screening(case, folder, findings, bar)
        copied, withheld = _write_raw(desk, folder, kept) if raw else (0, 0)
    except BaseException:
        shutil.rmtree(out, ignore_errors=True)
        raise
    counts = {table: len(frame) for table, frame in chosen.tables.items() if len(frame)}
    return Extract(counts, chosen.barred, len(findings), barred, copied, withheld)


def _circles(desk: Desk, case: Case) -> tuple[set[str], set[str], Bar]:
    """Members of the case's parties, members of its circle, and what of other cases bars a row."""
    members = entities(desk.workspace).select("member_id", "entity_id", "name").execute()
    cases = desk.cases()
    others = [row for row in cases.to_dict("records") if row["case_id"] != case.id]
    elsewhere = {party for row in others for party in Case(desk.workspace, row["case_id"], "").circle}
    named = {subject["id"] for found in case.findings()["subjects"] for subject in found}
    parties = _reached(desk, case, (case.circle | named), elsewhere)
    barred = members[members["entity_id"].isin(elsewhere - parties)]
    mine = members[members["entity_id"].isin(parties)]
    words = {str(row["case_id"]) for row in others} | {
        str(row["title"]) for row in others if row["title"] != case.title
    }
    ids = set(barred["member_id"]) | set(barred["entity_id"])
    names = {name for name in barred["name"].dropna() if name not in set(mine["name"])}
    circle = set(members.loc[members["entity_id"].isin(case.circle), "member_id"])
    return set(mine["member_id"]), circle, Bar(case.id, frozenset(ids), frozenset(ids | words | names))


def _reached(desk: Desk, case: Case, core: set[str], elsewhere: set[str]) -> set[str]:
    """The parties of the case that are tied to it otherwise than through somebody of another case's circle."""
    kept, tied = set(core), relation(desk.workspace, "ties")
    parties = [name for name in case.parties["entity_id"] if name not in elsewhere or name in core]
    pairs = tied.filter(tied.source_id.isin(parties) & tied.target_id.isin(parties)).select("source_id", "target_id")
    edges = pairs.distinct().execute().to_numpy().tolist()
    for _ in range(case.reach.hops):
        kept |= {b for a, b in edges if a in kept} | {a for a, b in edges if b in kept}
    return kept


def _write_rows(desk: Desk, folder: Folder, chosen: Chosen, bar: Bar) -> dict[int, Mapping[str, int]]:
    """The rows a file and table, with a catalog that says how many of how many they are; gives rows by entry and table."""
    catalog, con = Catalog(folder), desk.workspace.con
    kept: dict[int, Mapping[str, int]] = {}
    for entry in desk.workspace.catalog.entries():
        parts = {t: f[f["source_file"] == entry.source_file] for t, f in chosen.tables.items()}
        parts = {table: frame for table, frame in parts.items() if len(frame)}
        if not parts:
            continue
        name = entry.source_file
        if bar.hits(name):
            name = f"withheld-{entry.stem}{Path(name).suffix}"
        written = Entry(entry.number, name, entry.sha256, entry.bytes, entry.reader, entry.read_at, place=entry.place)
        for table, frame in parts.items():
            target = catalog.parquet(written, table)
            target.parent.mkdir(parents=True, exist_ok=True)
            rows = frame.assign(source_file=name)
            con.register("_extracted", rows)
            columns = ", ".join(
                f"CAST({_quoted(c)} AS {kind}) AS {_quoted(c)}" for c, kind in chosen.types[table].items()
            )
            con.execute(f"COPY (SELECT {columns} FROM _extracted) TO {literal(str(target))} (FORMAT parquet)")
            con.unregister("_extracted")
            part = next(item for item in entry.tables if item.table == table)
            # A column that is empty in these rows is still one that the file has.
            given = [c for c in part.columns if c in chosen.types[table]]
            extras = [c for c in part.extras if c in chosen.types[table]]
            held = Accepted(table, len(frame), len(frame), 0, 0, 0, None, given, extras)
            held.hashes = hashes({"accepted": target})
            written.tables.append(held)
        kept[entry.number] = {table: len(frame) for table, frame in parts.items()}
        catalog.write(written)
    return kept


def _findings(case: Case, folder: Folder, bar: Bar) -> tuple[list[str], int]:
    """The findings as they stood, those that name nobody of another case; gives their ids and how many stayed behind."""
    rows = json.loads(
        case.findings().assign(case_id=case.id).to_json(orient="records", date_format="iso", force_ascii=False)
    )
    clean = [row for row in rows if not bar.hits(json.dumps(row, ensure_ascii=False))]
    ids = [str(row["finding_id"]) for row in clean]
    counters = case.counters()
    against = json.loads(counters[counters["finding_id"].isin(ids)].to_json(orient="records", force_ascii=False))
    against = [row for row in against if not bar.hits(json.dumps(row, ensure_ascii=False))]
    for name, lines in (("findings", clean), ("counters", against)):
        text = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in lines)
        write_atomically(folder.root / HANDED / f"{name}.jsonl", text.encode())
    return ids, len(rows) - len(clean)


def _write_store(desk: Desk, case: Case, folder: Folder, inside: set[str], findings: Iterable[str], bar: Bar) -> None:
    """History and decisions of the case's findings and parties, its requests and referrals; the log begins anew."""
    known, mine = set(findings), inside | set(case.parties["entity_id"])
    source, target = desk.workspace.store, Store("", folder.root)

    def ours(table: Any, row: Mapping[str, Any]) -> bool:
        if table is FINDING_HISTORY:
            return row["finding_id"] in known
        if table is DECISIONS:
            about = {str(item) for item in json.loads(row["object_ids"])}
            seen = set(json.loads(row["evidence"] or "{}"))
            return bool(about) and (about <= known | mine or (bool(seen) and seen <= known))
        return bool(row["case_id"] == case.id)

    for table in (FINDING_HISTORY, DECISIONS, EVIDENCE_REQUESTS, REFERRALS):
        rows = source.database.read(partial(_all_of, table))
        chosen = [
            row for row in rows if ours(table, row) and not bar.hits(json.dumps(row, default=str, ensure_ascii=False))
        ]
        if chosen:
            target.database.write(partial(_insert, table, chosen))
    target.audit.add("extract", case.id, desk.gate.who, findings=len(known))
    source.audit.add("extract", case.id, desk.gate.who, findings=len(known))


def _carry_screening(case: Case, folder: Folder, findings: Iterable[str], bar: Bar) -> None:
    """The screening of the whole, as far as it is about the case, is the last one of the extract.

    Screened by itself an extract may show less: what is measured against a market or a city needs the market or the city.
    """
    whole, ids = screening(case.workspace), set(findings)
    parties = {"", *case.parties["entity_id"]}

    def clean(frame: pd.DataFrame) -> pd.DataFrame:
        told = [not bar.hits(" ".join(map(str, row))) for row in frame.itertuples(index=False)]
        return frame[pd.Series(told, index=frame.index, dtype=bool)].reset_index(drop=True)

    mine = Screening(
        whole.findings[whole.findings["finding_id"].isin(ids)].assign(case_id=case.id).reset_index(drop=True),
        clean(whole.assessments[whole.assessments["subject_id"].isin(parties)]),
        clean(whole.counters[whole.counters["finding_id"].isin(ids)]),
        clean(whole.details[whole.details["finding_id"].isin(ids)]),
        whole.families,
    )
    keep(Workspace.open(folder.root), mine)


def _all_of(table: sa.Table, connection: sa.Connection) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(sa.select(table)).mappings().all()]


def _insert(table: sa.Table, rows: list[dict[str, Any]], connection: sa.Connection) -> None:
    connection.execute(sa.insert(table), rows)


def _write_raw(desk: Desk, folder: Folder, kept: Mapping[int, Mapping[str, int]]) -> tuple[int, int]:
    copied = withheld = 0
    for entry in desk.workspace.catalog.entries():
        if entry.number not in kept:
            continue
        whole = all(kept[entry.number].get(part.table) == part.rows_in for part in entry.tables)
        source, target = desk.workspace.folder.raw / entry.source_file, folder.raw / entry.source_file
        if whole and not entry.refusal and source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            copied += 1
        else:
            withheld += 1
    return copied, withheld


def _settings(desk: Desk, case: Case, folder: Folder) -> None:
    """What findings depend on; who works here, where the store is and how cases are called stays behind."""
    settings = desk.workspace.settings
    lines = [
        f"title = {_toml(case.title)}",
        f"as_of = {desk.as_of.isoformat()}",
        f"jurisdiction = {_toml(settings.jurisdiction)}",
    ]
    for name, values in settings.parameters.items():
        lines += [
            "",
            f"[parameters.{_toml(name)}]",
            *(f"{_toml(key)} = {_toml(value)}" for key, value in values.items()),
        ]
    write_atomically(folder.settings, ("\n".join(lines) + "\n").encode())


def _toml(value: object) -> str:
    """A plain value as TOML; strings, numbers, truth values and lists are written as in JSON."""
    return json.dumps(value, ensure_ascii=False, default=str).replace("\x7f", "\\u007f")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
