"""Eleven procurement red flags over OCDS files, with the methods and the result of OCP's Cardinal.

The methods are those of its documentation; what is done otherwise on purpose is in ``docs/ocds_flags.md``. A flag is
a question to put to the process, not an answer.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from caselens.bids._ocds_flags_finish import finish
from caselens.bids._ocds_flags_fold import Flags, Fold
from caselens.bids._ocds_flags_prepare import Preparation, Release, inner, lots_of
from caselens.bids._ocds_flags_settings import CODES, Source, settings_from
from caselens.core.errors import DataError, Problem, UsageError
from caselens.core.progress import step
from caselens.readers._ocds_files import Element, is_lines
from caselens.readers._ocds_merge import processes, settled
from caselens.readers._ocds_values import Told

Paths = str | Path | Iterable[str | Path]

_GROUPS = ("OCID", "Buyer", "ProcuringEntity", "Tenderer")
_SUFFIXES = (".json", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class OcdsFlags:
    """The flags with what they rest on.

    Attributes:
        flags: ``{group: {identifier: {code: value}}}``; groups and identifiers without a flag are absent.
        fences: per code (and group, ``R038.Buyer``) the quartiles and the fence used; ``fence`` alone where a threshold
            was set; empty where the code has no fence or nothing could be measured.
        assessed: per code how many processes or parties could be assessed. What is not counted there was not found
            clean: it could not be looked at.
        read: ``processes``, ``cancelled``, ``excluded`` (by procurement method details), ``repeated`` (an ocid that an
            earlier line or file had already), ``unreadable``.
        problems: each line or element that is no release, with the reason.
        currency: the main currency; bids in another one or in none take no part in comparisons of price.
        not_calculated: codes asked for that are not among the eleven.
    """

    flags: Flags
    fences: dict[str, dict[str, float]]
    assessed: dict[str, int]
    read: dict[str, int]
    problems: tuple[Problem, ...]
    currency: str | None
    not_calculated: tuple[str, ...]


def ocds_flags(path_or_paths: Paths, settings: Source = None) -> Flags:
    """Red flags R003, R018, R024, R025, R028, R030, R035, R036, R038, R048 and R058 of OCDS files.

    Args:
        path_or_paths: files (JSON lines of compiled releases, packages, records, single releases) or folders of them;
            several are taken together, in the order given.
        settings: a mapping with Cardinal's sections and names, the path of its INI file, or INI text. Without any
            indicator's section all eleven run; ``lots = true`` (not Cardinal's) takes each lot as a process.

    Returns:
        ``{"OCID": {ocid: {"R003": 1.0}}, "Buyer": {...}, "ProcuringEntity": {...}, "Tenderer": {...}}``; a group
        without a flag is absent. A value that is absent was not flagged or could not be assessed:
        ``assess_ocds`` tells which.

    Raises:
        DataError: a file holds no OCDS at all, or no line of it can be read.
        UsageError: a setting is unknown or of another kind, or there is no file.

    One pass over the files; memory grows with the processes flagged or measured, not with the files. Sources:
    Open Contracting Partnership, "Cardinal" documentation; quartiles are the median-unbiased ones (Hyndman and Fan
    1996, "Sample Quantiles in Statistical Packages", type 8), fences are inclusive (Tukey 1977).
    """
    return assess_ocds(path_or_paths, settings).flags


def assess_ocds(path_or_paths: Paths, settings: Source = None) -> OcdsFlags:
    """As ``ocds_flags``, with the fences, how many could be assessed, and what could not be read."""
    checked = settings_from(settings)
    fold, preparation = Fold(checked), Preparation(checked)
    read: Counter[str] = Counter(dict.fromkeys(("processes", "cancelled", "excluded", "repeated", "unreadable"), 0))
    excluded = checked.get("exclusions.procurement_method_details", frozenset())
    problems: list[Problem] = []
    seen: set[str] = set()
    for path in _files(path_or_paths):
        for item in _releases(path):
            if isinstance(item, Problem):
                read["unreadable"] += 1
                problems.append(item)
                continue
            preparation.apply(item)
            ocid = item["ocid"]
            for identifier, release in lots_of(item, ocid) if checked.get("lots") else ((ocid, item),):
                tender = inner(release, "tender")
                details = tender.get("procurementMethodDetails")
                read["processes"] += 1
                read["repeated"] += identifier in seen
                seen.add(identifier)
                if tender.get("status") == "cancelled":
                    read["cancelled"] += 1
                elif isinstance(details, str) and details in excluded:
                    read["excluded"] += 1
                else:
                    fold.add(release, identifier)
    currency, fences = finish(fold.kept, checked)
    flags = {group: fold.kept.results[group] for group in _GROUPS if group in fold.kept.results}
    assessed = {code: fold.kept.assessed[code] for code in CODES if code in checked.enabled}
    return OcdsFlags(flags, fences, assessed, dict(read), tuple(problems), currency, checked.not_calculated)


def _files(path_or_paths: Paths) -> Sequence[Path]:
    given = [path_or_paths] if isinstance(path_or_paths, str | Path) else list(path_or_paths)
    found: list[Path] = []
    for path in map(Path, given):
        if path.is_dir():
            found += sorted(inside for inside in path.rglob("*") if inside.suffix.lower() in _SUFFIXES)
        elif path.exists():
            found.append(path)
        else:
            raise UsageError(f"There is no file {path}.")
    if not found:
        raise UsageError("There is no OCDS file: give files, or folders with .json or .jsonl files.")
    return found


def _releases(path: Path) -> Iterator[Release | Problem]:
    """The compiled releases of a file, and each part of it that is none."""
    if is_lines(path):
        yield from _lines(path)
        return
    told = Told()
    for found in processes(path):
        if isinstance(found, Element):
            yield Problem(path.name, found.row, found.reason)
            continue
        row, body, ocid = found
        release = settled(body, told)
        if release is None:
            yield Problem(path.name, row, "the record holds links to releases, or versions only")
        elif isinstance(release.get("ocid"), str):
            yield release
        else:
            yield Problem(path.name, row, f"the ocid must be a text, got {ocid!r}")


def _lines(path: Path) -> Iterator[Release | Problem]:
    """JSON lines, one compiled release or record a line; a broken line is told and passed over.

    Raises:
        DataError: no line can be read.
    """
    told, good, problems = Told(), 0, []
    with path.open("rb") as stream:
        for row, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            found = _line(path, row, line.removeprefix(b"\xef\xbb\xbf") if row == 1 else line, told)
            if isinstance(found, Problem):
                problems.append(found)
            else:
                good += 1
            if row % 10_000 == 0:
                step(path.name, row)
            yield found
    if not good:
        reason = problems or [Problem(path.name, 0, "the file is empty")]
        raise DataError(f"{path.name} holds no OCDS release that can be read.", reason)


def _line(path: Path, row: int, line: bytes, told: Told) -> Release | Problem:
    try:
        body = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Problem(path.name, row, f"no valid JSON: {error}")
    if not isinstance(body, dict):
        return Problem(path.name, row, f"a release must be a JSON object, not a {type(body).__name__}")
    if "compiledRelease" in body or "releases" in body:
        release = settled(body, told)
        if release is None:
            return Problem(path.name, row, "the record holds links to releases, or versions only")
        body = release
    if not isinstance(body.get("ocid"), str):
        return Problem(path.name, row, f"the ocid must be a text, got {body.get('ocid')!r}")
    return body
