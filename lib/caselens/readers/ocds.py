"""Open Contracting Data Standard 1.0 and 1.1, in every shape it is published, with the extensions for bids and lots.

Packages, records, single releases, arrays and JSON lines. One contracting process becomes its parties, tenders (one a
lot), bids, contracts, changes, payments and project. An id inside a process is good there only, so the ocid stands
before it. Moments are local as printed; the offset stands beside them in ``…_offset`` (moments in UTC beside local ones
are moved to local time first, see ``Clock``). Several releases of one process in a file are merged, and the row is that
of the latest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from caselens.core.text import Text
from caselens.readers._declare import Item, Note, Reader, Refused, Row
from caselens.readers._ocds_contracts import contract_rows, project_row
from caselens.readers._ocds_files import HEAD_BYTES, Element
from caselens.readers._ocds_merge import amount_history, processes, settled
from caselens.readers._ocds_notes import count_unmapped, notes
from caselens.readers._ocds_offschema import standard
from caselens.readers._ocds_parties import Parties
from caselens.readers._ocds_process import Process
from caselens.readers._ocds_tenders import bid_rows, tender_rows
from caselens.readers._ocds_values import Told, raw

_SURE = re.compile(rb'"ocid"\s*:\s*"')
_HINTS = (
    b'"tender',
    b'"awards',
    b'"contracts"',
    b'"buyer"',
    b'"procur',
    b'"initiationType"',
    b'"awardID"',
    b'"parties"',
)
_LIKELY = re.compile(rb'"(releases|records|compiledRelease)"\s*:\s*[\[{]')


def recognise(path: Path) -> float:
    """How sure it is that the file is OCDS: an ``ocid`` in the first kilobytes of JSON, or the keys of a package.

    Keys may come in any order: where the first kilobytes only hint at procurement, the last ones are looked at too.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
            head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
            if not head.startswith((b"{", b"[")):
                return 0.0
            tail = b""
            if sum(hint in head for hint in _HINTS):
                stream.seek(max(0, path.stat().st_size - HEAD_BYTES))
                tail = stream.read(HEAD_BYTES)
    except OSError:
        return 0.0
    if _SURE.search(head) or _SURE.search(tail):
        return 0.95
    if _LIKELY.search(head):
        return 0.8 if b'"uri"' in head or b'"publisher"' in head or b'"tender"' in head else 0.5
    return 0.0


def read(path: Path) -> Iterator[Item]:
    """The file's rows, refusals and notes.

    A release that cannot be read is refused whole with the reason; a row that lacks a required column is refused with
    the columns named. Memory is that of one process, the ids already given, and the releases of processes that the
    file prints more than once. Time is linear in the size of the file; it is read twice.

    Raises:
        DataError: the file is empty, no UTF-8, no JSON, or holds no release or record.
    """
    told = Told()
    state = _File(told)
    for found in processes(path):
        if isinstance(found, Element):
            yield _refused(found)
        else:
            yield from state.process(*found)
    yield from notes(told)


def _refused(element: Element) -> Refused:
    printed = element.raw if element.body is None else raw(element.body)
    return Refused("tenders", printed, (element.reason,), element.row)


class _File:
    """What lasts over the processes of one file."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._parties = Parties(told)
        self._accounts: set[str] = set()
        self._projects: set[str] = set()

    def process(self, row: int, body: dict[str, Any], ocid: str) -> Iterator[Row | Refused | Note]:
        """The rows of one contracting process, its organizations first."""
        release = settled(body, self._told)
        if release is None:
            return
        count_unmapped(release, self._told)
        release = standard(release, self._told)
        book = self._parties.book(release, ocid)
        process = Process(ocid, release, row, book, self._told)
        below = [*bid_rows(process), *contract_rows(process, amount_history(body), self._accounts)]
        whole_is_named = any(isinstance(item, Row) and item.values.get("tender_id") == ocid for item in below)
        above = [*project_row(process, self._projects), *tender_rows(process, whole_is_named)]
        for values in book.rows():
            yield from process.give("organizations", values, values)
        yield from (*above, *below)


READER = Reader(
    id="ocds",
    title=Text("开放合同数据标准(OCDS)", "Open Contracting Data Standard (OCDS)"),
    tables=(
        "organizations",
        "projects",
        "tenders",
        "bids",
        "bid_items",
        "contracts",
        "contract_changes",
        "accounts",
        "payments",
    ),
    recognise=recognise,
    read=read,
    references=("https://standard.open-contracting.org/1.1/en/", "https://extensions.open-contracting.org/"),
)
