"""Rings: groups of bidders that stand in tenders together far more often than chance, and what speaks for each."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from caselens.bids._cobidding import MOST_DRAWS, benjamini_hochberg, cobidding
from caselens.bids._ring_evidence import RING_COLUMNS, RingFacts, evidence_of
from caselens.bids.fingerprints import Fingerprints, fingerprints
from caselens.core.errors import DataError

LEAST_MEMBERS, LEAST_TENDERS = 3, 4
#: False-discovery rate of the pairs that make a group, and of the groups with turns, a standing winner or losers.
Q = 0.05
#: A pair is stable where so many of the tenders of the less active of the two are common ones. Groups larger than
#: ``MOST_MEMBERS`` are read again at the next level: whoever bids everywhere would join all rings into one.
STABILITY: tuple[float, ...] = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
MOST_MEMBERS = 20


@dataclass(frozen=True, slots=True)
class Rings:
    """Result of ``rings``.

    Attributes:
        rings: one row a ring, the strongest first: ``ring_id``, ``members``, ``tenders`` (tuples of ids), ``basis``
            (``cobidding``, ``fingerprints`` or both), ``q`` (largest of the pairs that hold the group together),
            ``wins``, ``runs``, ``entropy``, ``turns``, ``rotation_p``, ``winner``, ``winner_wins``, ``winner_p``,
            ``region_p``, ``pattern_p`` (least of turns, winner and losers, corrected for the three) and ``pattern_q``,
            ``losers`` (number of standing losers), ``state`` (``hit`` or ``note``) and ``best`` (what to read first).
        evidence: one row a fact: ``ring_id``, ``kind``, ``tender_id``, ``bidder_id``, ``other_id``, ``detail``, ``p``
            (at most 0.05 where there is one: figures that chance explains stay in the ring's row).
        pairs: the co-bidding graph: ``bidder_id``, ``other_id``, ``tenders``, ``stability``, ``expected``,
            ``draws``, ``p``, ``q``.
        regions: wins of each member by region: ``ring_id``, ``region``, ``bidder_id``, ``wins``, ``share``.
        fingerprints: marks in common, with what was excluded by rule and which columns are missing.
        eligible_pairs: size of the family of the false-discovery control.
        not_assessable: what could not be asked, and why.
    """

    rings: pd.DataFrame
    evidence: pd.DataFrame
    pairs: pd.DataFrame
    regions: pd.DataFrame
    fingerprints: Fingerprints
    eligible_pairs: int
    not_assessable: dict[str, str] = field(default_factory=dict)


def rings(
    bids: pd.DataFrame,
    tenders: pd.DataFrame | None = None,
    *,
    contracts: pd.DataFrame | None = None,
    wording: pd.DataFrame | None = None,
    public_addresses: tuple[str, ...] = (),
    within: tuple[str, ...] = ("category", "region"),
    least_tenders: int = LEAST_TENDERS,
    pair_p: float | None = None,
    least_stability: float = STABILITY[0],
    draws: int = MOST_DRAWS,
    seed: int = 0,
) -> Rings:
    """Find rings among bidders.

    Groups come from two sources. Stable pairs that bid together more often than the configuration model of the tender
    list explains (see ``cobidding``; stable: at least half of the tenders of the less active of the two) are joined
    into groups where triangles share an edge; groups above 20 members are read again among more stable pairs. Pairs
    with a lead of ``fingerprints`` or ``wording`` are joined into groups by whom they connect. Groups of the two
    sources with two members in common are one ring.

    A group from co-bidding is a ``hit`` where at least 3 bidders stood together in at least 4 tenders and the winners
    take turns, one member always wins, or some always lose, beyond chance at a false-discovery rate of 5 % over all
    groups found. A group held by fingerprints or wording is a hit by them. Every other group is a ``note``: where firms
    are few they meet often.

    Args:
        bids: ``tender_id``, ``bidder_id``; where present ``is_winner``, ``status`` and the columns of ``fingerprints``.
        tenders: ``tender_id`` and, where present, a date for the order of the tenders and the columns of ``within``.
        contracts: ``tender_id``, ``contract_id``, ``parent_contract_id``, ``supplier_id``: losers later subcontracted.
        wording: the result of ``mutual_wording``.
        public_addresses: exits of agencies and public networks.
        within: columns of the tenders that say which tenders a bidder could have entered as well; the null model swaps
            bidders only among tenders alike in all of them. Columns that are missing are told.
        least_tenders: common tenders from which on a pair is read.
        pair_p: join pairs up to this p-value instead of those at a false-discovery rate of 5 % over all pairs: a weaker
            bar for each pair, where a group needs several that fit and its wins are tested apart.
        least_stability: share of the tenders of the less active of two bidders that must be common ones.
        draws: of the null model, at most; with ``pair_p`` of 0.01 a few hundred tell it.
        seed: of the draws.

    Raises:
        DataError: the bids lack a column.

    References:
        Besag & Clifford (1991), Sequential Monte Carlo p-values; Palla et al. (2005), k-clique percolation; Benjamini &
        Hochberg (1995); Wald & Wolfowitz (1940) for runs.
    """
    missing = [name for name in ("tender_id", "bidder_id") if name not in bids]
    if missing:
        raise DataError(f"bids lack {', '.join(missing)}")
    known = pd.DataFrame({"tender_id": []}) if tenders is None else tenders
    blocks, told = _blocks(bids, known, within)
    graph = cobidding(
        bids, blocks, least_tenders=least_tenders, least_stability=least_stability, draws=draws, seed=seed
    )
    marks = fingerprints(bids, public_addresses=public_addresses)
    if marks.missing:
        told["fingerprints"] = "lacks " + ", ".join(f"bids.{name}" for name in marks.missing)
    if "is_winner" not in bids:
        told["turns, standing winners and losers"] = "lacks bids.is_winner"
    if contracts is None:
        told["losers subcontracted later"] = "lacks contracts"
    leads = [marks.pairs[marks.pairs["state"] == "hit"]]
    if wording is not None:
        leads.append(wording[wording["state"] == "hit"])
    linked = pd.concat([one[["tender_id", "bidder_id", "other_id"]] for one in leads], ignore_index=True)
    facts = RingFacts(bids, known, contracts, wording, marks, graph.pairs, least_tenders, seed)
    beyond = graph.pairs["q"] <= Q if pair_p is None else graph.pairs["p"] <= pair_p
    groups, diffuse = _groups(graph.pairs[beyond], linked, least_stability)
    if diffuse:
        told["co-bidding"] = (
            f"{diffuse} bidders hang together in groups above {MOST_MEMBERS}: no ring can be told apart"
        )
    rows, evidence, regions = [], [], []
    for members, basis in groups:
        found = evidence_of(facts, members, basis, LEAST_MEMBERS)
        if found is not None:
            rows.append(found.row)
            evidence.append(found.evidence)
            regions.append(found.regions)
    return _numbered(rows, evidence, regions, graph.pairs, marks, graph.eligible_pairs, told)


def _blocks(bids: pd.DataFrame, tenders: pd.DataFrame, within: tuple[str, ...]) -> tuple[pd.Series, dict[str, str]]:
    """What kind each tender is of, and which columns were missing for saying so."""
    ids = pd.Index(bids["tender_id"].dropna().unique(), name="tender_id")
    present = [name for name in within if name in tenders]
    absent = [name for name in within if name not in tenders]
    told = {"null model by " + ", ".join(absent): "lacks " + ", ".join(f"tenders.{name}" for name in absent)}
    if not present:
        return pd.Series("", index=ids), told if absent else {}
    values = tenders.set_index("tender_id")[present].astype("string").fillna("?")
    return values.agg(" | ".join, axis=1).reindex(ids), told if absent else {}


def stable_groups(pairs: pd.DataFrame, least_stability: float = STABILITY[0]) -> tuple[list[frozenset[str]], int]:
    """Groups of at most ``MOST_MEMBERS`` among pairs with ``stability``, and how many bidders stay in larger ones."""
    levels = (least_stability, *(level for level in STABILITY if level > least_stability))
    groups, waiting = [], [(pairs, 0)]
    diffuse = 0
    while waiting:
        own, level = waiting.pop()
        own = own[own["stability"] >= levels[level]]
        for group in percolated(list(zip(own["bidder_id"], own["other_id"], strict=True))):
            if len(group) <= MOST_MEMBERS:
                groups.append(group)
            elif level + 1 < len(levels):
                waiting.append((own[own["bidder_id"].isin(group) & own["other_id"].isin(group)], level + 1))
            else:
                diffuse += len(group)
    return sorted(groups, key=sorted), diffuse


def _groups(
    pairs: pd.DataFrame, linked: pd.DataFrame, least_stability: float
) -> tuple[list[tuple[frozenset[str], str]], int]:
    """Groups of bidders and where they come from, and how many bidders are in groups too large to be told apart."""
    found, diffuse = stable_groups(pairs, least_stability)
    together = [(group, "cobidding") for group in found]
    marked = connected(list(zip(linked["bidder_id"], linked["other_id"], strict=True)))
    for group in marked:
        fitting = next((i for i, (members, _) in enumerate(together) if len(members & group) >= 2), None)
        if fitting is None:
            together.append((group, "fingerprints"))
        else:
            together[fitting] = (together[fitting][0] | group, "cobidding and fingerprints")
    return together, diffuse


def percolated(edges: list[tuple[str, str]]) -> list[frozenset[str]]:
    """Groups of at least three: triangles that share an edge belong to one group (3-clique percolation)."""
    neighbours: dict[str, set[str]] = {}
    for one, other in edges:
        neighbours.setdefault(one, set()).add(other)
        neighbours.setdefault(other, set()).add(one)
    groups, seen = [], set()
    for start in sorted(tuple(sorted(edge)) for edge in edges):
        if start in seen:
            continue
        members: set[str] = set()
        waiting = deque([start])
        seen.add(start)
        while waiting:
            one, other = waiting.popleft()
            for third in neighbours[one] & neighbours[other]:
                members |= {one, other, third}
                for edge in ((one, third), (other, third)):
                    ordered = (min(edge), max(edge))
                    if ordered not in seen:
                        seen.add(ordered)
                        waiting.append(ordered)
        if members:
            groups.append(frozenset(members))
    return groups


def connected(edges: list[tuple[str, str]]) -> list[frozenset[str]]:
    """Connected groups of the edges."""
    group_of: dict[str, set[str]] = {}
    for one, other in edges:
        joined = group_of.get(one, {one}) | group_of.get(other, {other})
        for member in joined:
            group_of[member] = joined
    return sorted({frozenset(group) for group in group_of.values()}, key=sorted)


def _numbered(
    rows: list[dict[str, Any]],
    evidence: list[pd.DataFrame],
    regions: list[pd.DataFrame],
    pairs: pd.DataFrame,
    marks: Fingerprints,
    eligible: int,
    told: dict[str, str],
) -> Rings:
    """Rings in order of strength, numbered, their facts with them."""
    p = np.array([row["pattern_p"] for row in rows])
    for row, q in zip(rows, benjamini_hochberg(np.nan_to_num(p, nan=1.0), len(p)), strict=True):
        row["pattern_q"] = q
        row["state"] = "hit" if row["is_marked"] or (row["is_ring"] and q <= Q) else "note"
    order = sorted(
        range(len(rows)),
        key=lambda i: (rows[i]["state"] != "hit", not rows[i]["is_marked"], rows[i]["pattern_q"], rows[i]["members"]),
    )
    table = pd.DataFrame([rows[i] for i in order], columns=list(RING_COLUMNS))
    table.insert(0, "ring_id", [f"ring {number + 1}" for number in range(len(order))])
    numbered = [
        [frames[i].assign(ring_id=f"ring {number + 1}") for number, i in enumerate(order)]
        for frames in (evidence, regions)
    ]
    columns = (
        ["ring_id", "kind", "tender_id", "bidder_id", "other_id", "detail", "p"],
        ["ring_id", "region", "bidder_id", "wins", "share"],
    )
    facts, shares = (
        pd.concat(frames, ignore_index=True)[names] if frames else pd.DataFrame(columns=names)
        for frames, names in zip(numbered, columns, strict=True)
    )
    return Rings(table, facts, pairs, shares, marks, eligible, told)
