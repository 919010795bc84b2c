"""Bid texts that share their wording beyond what the tender's own template and common phrases explain."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations

import pandas as pd

SHINGLE = 8
JACCARD = 0.8
#: Below so many shingles of its own a text is too short to be compared.
LEAST_SHINGLES = 40


def mutual_wording(
    texts: pd.DataFrame, templates: pd.DataFrame | None = None, *, least: float = JACCARD
) -> pd.DataFrame:
    """Pairs of bids of one tender whose texts are alike outside the template.

    A text is compared as the set of its runs of 8 characters, spaces and punctuation left out (so it works for Chinese
    without word breaks). Runs that occur in the tender's template are left out; so are those that more than half of at
    least four bidders share, since everybody copies the law. What is left is what the writers wrote themselves.

    Args:
        texts: ``tender_id``, ``bidder_id``, ``text``.
        templates: ``tender_id``, ``text``: the forms handed out with the tender, where there are any.
        least: Jaccard similarity from which on a pair is a lead.

    Returns:
        Every pair of bidders of a tender: ``tender_id``, ``bidder_id``, ``other_id``, ``jaccard``, ``shingles`` (in
        common), ``passage`` (the longest passage in common outside the template, spaces and punctuation left out: same
        misprints show there), ``state`` (``hit``, ``clean``, ``not_assessable``) and ``reason``.

    Complexity: O(length) a text and O(pairs x length) a tender.
    """
    handed = {} if templates is None else {key: _shingles(_plain(text)) for key, text in _texts(templates)}
    rows = []
    for tender_id, group in texts.groupby("tender_id", sort=True):
        plain = {str(row.bidder_id): _plain(row.text) for row in group.itertuples()}
        sets = {bidder: set(_shingles(text)) - set(handed.get(tender_id, ())) for bidder, text in plain.items()}
        if len(sets) >= 4:
            counts = Counter(run for own in sets.values() for run in own)
            common = {run for run, count in counts.items() if count > len(sets) / 2}
            sets = {bidder: own - common for bidder, own in sets.items()}
        for one, other in combinations(sorted(sets), 2):
            rows.append(
                {"tender_id": tender_id, "bidder_id": one, "other_id": other}
                | _compared(sets, plain, one, other, least)
            )
    columns = ["tender_id", "bidder_id", "other_id", "jaccard", "shingles", "passage", "state", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _compared(
    sets: dict[str, set[str]], plain: dict[str, str], one: str, other: str, least: float
) -> dict[str, object]:
    """Likeness of two texts."""
    if min(len(sets[one]), len(sets[other])) < LEAST_SHINGLES:
        reason = "too little text outside the template"
        return {"jaccard": None, "shingles": 0, "passage": "", "state": "not_assessable", "reason": reason}
    shared = sets[one] & sets[other]
    jaccard = len(shared) / len(sets[one] | sets[other])
    state = "hit" if jaccard >= least else "clean"
    passage = _longest(plain[one], shared)
    return {"jaccard": jaccard, "shingles": len(shared), "passage": passage, "state": state, "reason": ""}


def _texts(frame: pd.DataFrame) -> list[tuple[object, str]]:
    """Tender and text, several texts of one tender put together."""
    return list(frame.groupby("tender_id")["text"].agg("\n".join).items())


def _plain(text: object) -> str:
    """Letters, digits and characters only, without case."""
    return re.sub(r"[\W_]+", "", str(text)).lower()


def _shingles(text: str) -> list[str]:
    return [text[i : i + SHINGLE] for i in range(len(text) - SHINGLE + 1)]


def _longest(text: str, shared: set[str]) -> str:
    """The longest stretch of ``text`` all of whose shingles are shared; at most 120 characters of it are shown."""
    best = (0, 0)
    start = None
    for i in range(len(text) - SHINGLE + 2):
        is_shared = i <= len(text) - SHINGLE and text[i : i + SHINGLE] in shared
        if is_shared and start is None:
            start = i
        if not is_shared and start is not None:
            best = max(best, (i - 1 + SHINGLE - start, -start))
            start = None
    length, begin = best
    passage = text[-begin : -begin + length]
    return passage if length <= 120 else passage[:120] + "…"
