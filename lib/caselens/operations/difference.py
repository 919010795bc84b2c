"""What changed between two screenings: findings new, changed, persisting, gone, not assessed, each with why.

A difference is kept in the workspace as ``refresh/latest.json`` (the last refresh that changed something) and, numbered,
``refresh/000001.json``, … beside the rows as Parquet (``refresh/000001.parquet``)::

    {"format": 1, "number": 1, "at": "2026-11-23T15:00:00+00:00", "as_of": "2026-06-30", "former_as_of": "2026-05-31",
     "files": {"new": [...], "replaced": [{"source_file", "former", "gone", "new"}], "again": [...], "unsettled": [...],
               "absent": [...], "refused": [...]},
     "findings": {"new": [finding ids], "changed": [...], "persisting": [...], "gone": [...], "not_assessed": [...]},
     "cases": [case ids affected], "indicators": {"asked": [...], "kept": number}}

Ids only, no names: whoever reads it looks names up where he may.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from caselens.core.text import Text

CHANGES = ("new", "changed", "persisting", "gone", "not_assessed")
LABELS = {
    "new": Text("新增", "new"),
    "changed": Text("变化", "changed"),
    "persisting": Text("持续", "persisting"),
    "gone": Text("消失", "gone"),
    "not_assessed": Text("本次未能评估", "not assessed this time"),
}
#: What is compared of a finding, beside its evidence. Its p- and q-value move with every new subject and are not.
_COMPARED = ("kind", "severity", "score", "amount", "period_start", "period_end", "status", "counters")
_LABELS = {
    "kind": Text("类型", "kind"),
    "severity": Text("程度", "severity"),
    "score": Text("得分", "score"),
    "amount": Text("金额", "amount"),
    "period_start": Text("起始日", "beginning"),
    "period_end": Text("截止日", "end"),
    "status": Text("状态", "status"),
    "counters": Text("反证", "what speaks against it"),
}
#: Files named in a sentence; the rest is a number, and all of them stand in the rows.
_NAMED = 6
COLUMNS = [
    *("change", "finding_id", "indicator", "severity", "former_severity", "score", "former_score", "status"),
    *("former_status", "case_ids", "appeared", "went", "because", "why_zh", "why_en"),
]


@dataclass(frozen=True, slots=True)
class Seen:
    """One screening as a difference needs it.

    Attributes:
        findings: finding id -> ``indicator``, the compared values, ``subjects`` (ids), ``evidence`` (``[table, key]``)
            and ``parameters`` (JSON text).
        reads: indicator -> what its answer was computed from (see :mod:`caselens.workspace.reads`).
        silent: indicators that could not be asked.
        as_of: the day the data stood for.
        program: hash of the code.
    """

    findings: Mapping[str, Mapping[str, Any]]
    reads: Mapping[str, Mapping[str, str]]
    silent: frozenset[str]
    as_of: str
    program: str


@dataclass(frozen=True, slots=True)
class Places:
    """In which file evidence rows stand now, and in which replaced version of a file those stood that are gone."""

    now: Mapping[tuple[str, str], str]
    before: Mapping[tuple[str, str], str]


def changes_of(before: Seen, now: Seen) -> dict[str, str]:
    """Finding -> one of ``CHANGES``, for every finding of either screening."""
    told = {}
    for name, row in now.findings.items():
        former = before.findings.get(name)
        told[name] = "new" if former is None else "changed" if _differs(former, row) else "persisting"
    for name, row in before.findings.items():
        if name not in now.findings:
            told[name] = "not_assessed" if row["indicator"] in now.silent else "gone"
    return told


def moved_rows(
    before: Seen, now: Seen, changes: Mapping[str, str]
) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Evidence rows that appeared, and those that went, over all findings that are not as before."""
    appeared, went = set[tuple[str, str]](), set[tuple[str, str]]()
    for name, change in changes.items():
        if change != "persisting":
            more, fewer = _rows(before, now, name)
            appeared |= more
            went |= fewer
    return appeared, went


def difference(
    before: Seen, now: Seen, places: Places, cases: Mapping[str, Iterable[str]], files: Mapping[str, str]
) -> pd.DataFrame:
    """One row a finding, columns ``COLUMNS``, in the order of ``CHANGES`` and then of severity and score.

    Args:
        before: the former screening; its values stand under ``former_...``.
        now: the present one.
        places: of the evidence rows that moved.
        cases: party -> ids of the cases it belongs to.
        files: table -> the files of it that are new, as a phrase.
    """
    rows = []
    for name, change in changes_of(before, now).items():
        former, row = before.findings.get(name, {}), now.findings.get(name, {})
        more, fewer = _rows(before, now, name)
        because = _because(before, now, name, change, (more, fewer), places, files)
        known = row or former
        rows.append(
            {
                "change": change,
                "finding_id": name,
                "indicator": known["indicator"],
                **{column: row.get(column) for column in ("severity", "score", "status")},
                **{f"former_{column}": former.get(column) for column in ("severity", "score", "status")},
                "case_ids": sorted({case for party in known["subjects"] for case in cases.get(party, ())}),
                "appeared": _placed(more, places.now) if change != "persisting" else [],
                "went": _placed(fewer, {**places.before, **places.now}) if change != "persisting" else [],
                "because": [code for code, _ in because],
                "why_zh": "；".join(text.zh for _, text in because),
                "why_en": "; ".join(text.en for _, text in because),
            }
        )
    frame = pd.DataFrame(rows, columns=COLUMNS)
    order = frame["change"].map(CHANGES.index)
    worth = frame["score"].astype("float64").fillna(frame["former_score"].astype("float64"))
    return (
        frame.assign(_order=order, _worth=-worth)
        .sort_values(["_order", "_worth", "finding_id"])
        .drop(columns=["_order", "_worth"])
        .reset_index(drop=True)
    )


def _rows(before: Seen, now: Seen, name: str) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    was = {(table, key) for table, key in before.findings.get(name, {}).get("evidence", ())}
    there = {(table, key) for table, key in now.findings.get(name, {}).get("evidence", ())}
    return there - was, was - there


def _differs(former: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    same = {tuple(item) for item in former["evidence"]} == {tuple(item) for item in row["evidence"]}
    return not same or any(former.get(column) != row.get(column) for column in _COMPARED)


def _placed(rows: set[tuple[str, str]], places: Mapping[tuple[str, str], str]) -> list[dict[str, str]]:
    return [{"table": t, "key": k, "source_file": places.get((t, k), "")} for t, k in sorted(rows)]


def _because(
    before: Seen,
    now: Seen,
    name: str,
    change: str,
    moved: tuple[set[tuple[str, str]], set[tuple[str, str]]],
    places: Places,
    files: Mapping[str, str],
) -> list[tuple[str, Text]]:
    """Why, as codes and sentences: rows first, then what people changed, then what else the answer was computed from."""
    former, row = before.findings.get(name, {}), now.findings.get(name, {})
    indicator = str((row or former)["indicator"])
    if change == "not_assessed":
        zh, en = (
            "缺少所需材料，本次未能提出该问题，并非已排除",
            "what it needs is lacking now: not asked, which is not cleared",
        )
        return [("not_assessed", Text(zh, en))]
    found: list[tuple[str, Text]] = []
    if change != "persisting":
        found += _moved(*moved, places)
        found += [(f"value:{column}", _values(column, former, row)) for column in _moved_values(former, row)]
        found += _thresholds(former, row, before, now, indicator)
    inputs = _inputs(before.reads.get(indicator, {}), now.reads.get(indicator, {}), files) if before.reads else []
    if change == "persisting":
        same = Text("依据和结论均未变化", "what it rests on and what it says are as before")
        return [("same", same), *inputs]
    if before.program and before.program != now.program:
        inputs.append(("program", Text("程序已更新", "the program was updated")))
    return [*found, *inputs] or [("unknown", Text("首次刷新", "first refresh"))]


def _moved(appeared: set[tuple[str, str]], went: set[tuple[str, str]], places: Places) -> Iterable[tuple[str, Text]]:
    if appeared:
        names = _files(places.now.get(row, "") for row in appeared)
        zh, en = f"新增依据 {len(appeared)} 行（{names}）", f"{len(appeared)} evidence row(s) appeared ({names})"
        yield "evidence_appeared", Text(zh, en)
    gone = {row for row in went if row not in places.now}
    if gone:
        names = _files(places.before.get(row, "") for row in gone)
        zh, en = (
            f"依据 {len(gone)} 行已不在材料中（原见 {names}）",
            f"{len(gone)} evidence row(s) are gone from the data (were in {names})",
        )
        yield "evidence_gone", Text(zh, en)
    if rest := went - gone:
        names = _files(places.now.get(row, "") for row in rest)
        zh, en = (
            f"{len(rest)} 行仍在材料中但不再作为依据（{names}）",
            f"{len(rest)} row(s) are still there but no longer count ({names})",
        )
        yield "evidence_left_out", Text(zh, en)


def _files(names: Iterable[str]) -> str:
    """The first files by name, and how many more."""
    known = sorted({name for name in names if name})
    more = f" +{len(known) - _NAMED}" if len(known) > _NAMED else ""
    return ", ".join(known[:_NAMED]) + more if known else "?"


def _moved_values(former: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    if not former or not row:
        return []
    return [column for column in _COMPARED if former.get(column) != row.get(column)]


def _values(column: str, former: Mapping[str, Any], row: Mapping[str, Any]) -> Text:
    was, there = (json.dumps(side.get(column), ensure_ascii=False) for side in (former, row))
    return Text(*(f"{_LABELS[column].get(language)} {was} → {there}" for language in ("zh", "en")))


def _thresholds(
    former: Mapping[str, Any], row: Mapping[str, Any], before: Seen, now: Seen, indicator: str
) -> Iterable[tuple[str, Text]]:
    was = json.loads(former.get("parameters") or before.reads.get(indicator, {}).get("parameters", "{}"))
    there = json.loads(row.get("parameters") or now.reads.get(indicator, {}).get("parameters", "{}"))
    if not was or not there:
        return
    for name in sorted(set(was) | set(there)):
        if was.get(name) != there.get(name):
            zh, en = (
                f"阈值 {name}：{was.get(name)} → {there.get(name)}",
                f"threshold {name}: {was.get(name)} → {there.get(name)}",
            )
            yield f"threshold:{name}", Text(zh, en)


def _inputs(was: Mapping[str, str], there: Mapping[str, str], files: Mapping[str, str]) -> list[tuple[str, Text]]:
    """What else the answer was computed from and has changed: tables with their new files, decisions, the day."""
    found = []
    for name in sorted(set(was) | set(there)):
        if was.get(name) == there.get(name) or name == "parameters":
            continue
        kind, _, what = name.partition(":")
        if kind == "table":
            came = f"（{files[what]}）" if what in files else ""
            text = Text(f"所用表 {what} 有变化{came}", f"the table {what} changed{f' ({files[what]})' if came else ''}")
        elif kind == "identity":
            text = Text("人工判断了主体归并", "people decided who is who")
        elif kind == "as_of":
            text = Text("数据截止日变动", "the as-of day moved")
        else:
            text = Text(f"中间结果 {what or kind} 有变化", f"the derived table {what or kind} changed")
        found.append((f"input:{name}", text))
    return found
