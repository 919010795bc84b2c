"""Who is who in one kind of party: the identifier, then people's decisions above all, then the model.

A shared name alone never makes a link: beside the name something else must agree, and the name must agree at all. Who
shares a telephone, an address or an account under another name is linked to the other, never the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa

from caselens.core.text import Text
from caselens.entities._prepare import prepare
from caselens.entities._sentences import write_links, write_undecided
from caselens.entities.cluster import DECISION, IDENTIFIER, MODEL, Clusters, cluster
from caselens.entities.comparisons import Comparison
from caselens.entities.model import Scored, score

#: Pairs as likely as this are joined.
JOIN = 0.9
#: Pairs less likely than this are not shown to anybody.
SHOW = 0.2


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a person decided about source rows: ``same``, ``different`` or ``unsure``."""

    kind: str
    member_ids: tuple[str, ...]
    reason: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Resolved:
    """The result, in three tables of the engine.

    ``members``: ``member_id, entity_id, name, identifier``. ``links``: the columns of ``entity_links`` but for
    ``member_table``. ``undecided``: ``left_id, right_id, left_name, right_name, probability, why, comparison, sentence_zh,
    sentence_en``. ``told`` says what was not compared, ``rules`` how many pairs each rule brought.
    """

    members: str
    links: str
    undecided: str
    rows: int
    entities: int
    rules: dict[str, int]
    told: tuple[Text, ...]


def resolve(
    con: duckdb.DuckDBPyConnection, source: str, kind: str, rulings: Sequence[Ruling] = (), join: float = JOIN
) -> Resolved:
    """Gather the rows of ``source`` into parties.

    Args:
        con: the engine. Temporary tables with the prefix ``er_KIND`` are written.
        source: SQL with the columns of the canonical table and ``arrival`` (see :func:`_prepare.prepare`).
        kind: ``person`` or ``organization``.
        rulings: people's decisions, oldest first; a later one prevails.
        join: probability from which the model joins.
    """
    rows = f"er_{kind}"
    count = prepare(con, source, kind, rows)
    scored = score(con, rows, kind)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {rows}_pairs AS {_candidates(rows, scored)}")
    same, apart = _decided(rulings, _positions(con, rows, rulings))
    pairs = _pairs(con, rows, same, apart, join)
    found = cluster(count, pairs.left, pairs.right, pairs.probability, pairs.rank, _exclusive(con, rows, kind), apart)
    _write_members(con, rows, found, pairs)
    write_links(con, rows, kind, scored, rulings)
    why = {"conflict": found.refused, "ambiguous": found.ambiguous}
    doubts = [(int(pairs.left[p]), int(pairs.right[p]), name) for name, places in why.items() for p in places.tolist()]
    write_undecided(con, rows, scored, doubts, SHOW)
    parties = len(np.unique(found.founder))
    return Resolved(f"{rows}_members", f"{rows}_links", f"{rows}_undecided", count, parties, scored.rules, scored.told)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """The pairs to join; ``ruling`` is the number of the decision that joins a pair, or -1."""

    left: np.ndarray
    right: np.ndarray
    probability: np.ndarray
    rank: np.ndarray
    ruling: np.ndarray


def _pairs(
    con: duckdb.DuckDBPyConnection,
    rows: str,
    same: list[tuple[int, int, int]],
    apart: list[tuple[int, int]],
    join: float,
) -> _Pairs:
    """People's decisions first, then identifiers and what the model is sure of; without pairs that people told apart."""
    held = con.sql(
        f"SELECT n_l, n_r, probability, rank FROM {rows}_pairs WHERE rank < {MODEL} OR probability >= {join!r}"
    ).fetchnumpy()
    decided = np.array(same, dtype=np.int64).reshape(-1, 3)
    left = np.concatenate([decided[:, 0], held["n_l"].astype(np.int64)])
    right = np.concatenate([decided[:, 1], held["n_r"].astype(np.int64)])
    rank = np.concatenate([np.full(len(decided), DECISION), held["rank"].astype(np.int64)])
    probability = np.concatenate([np.ones(len(decided)), held["probability"].astype(np.float64)])
    ruling = np.concatenate([decided[:, 2], np.full(len(held["n_l"]), -1)])
    barred = set(apart)
    keep = (
        [rank[at] == DECISION or (int(left[at]), int(right[at])) not in barred for at in range(len(left))]
        if barred
        else []
    )
    places = np.flatnonzero(np.array(keep, dtype=bool)) if barred else np.arange(len(left))
    return _Pairs(left[places], right[places], probability[places], rank[places], ruling[places])


def _write_members(con: duckdb.DuckDBPyConnection, rows: str, found: Clusters, pairs: _Pairs) -> None:
    """The tables ``ROWS_clusters`` (for the sentences) and ``ROWS_members``."""
    linked = found.edge >= 0
    rank, ruling = np.full(len(linked), MODEL, np.int64), np.full(len(linked), -1, np.int64)
    rank[linked], ruling[linked] = pairs.rank[found.edge[linked]], pairs.ruling[found.edge[linked]]
    columns = {
        "n": np.arange(len(linked)),
        "founder": found.founder,
        "parent": found.parent,
        "rank": rank,
        "ruling": ruling,
    }
    con.register(f"{rows}_clusters_in", pa.table(columns))
    con.execute(f"CREATE OR REPLACE TEMP TABLE {rows}_clusters AS SELECT * FROM {rows}_clusters_in")
    con.unregister(f"{rows}_clusters_in")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {rows}_members AS SELECT m.member_id, f.member_id AS entity_id, m.name, "
        f"coalesce(m.identifier, '') AS identifier FROM {rows} m JOIN {rows}_clusters c USING (n) "
        f"JOIN {rows} f ON f.n = c.founder"
    )


def _candidates(rows: str, scored: Scored) -> str:
    """Pairs by identifier, each to the first row that has it, and the model's pairs that may be links at all."""
    identifier = (
        f"SELECT f.n AS n_l, r.n AS n_r, 1.0::DOUBLE AS probability, {IDENTIFIER} AS rank FROM {rows} r JOIN "
        f"(SELECT identifier, arg_min(n, n) AS n, arg_min(letters, n) AS letters, arg_min(is_doubtful, n) AS doubtful FROM {rows} "
        f"WHERE identifier IS NOT NULL GROUP BY identifier HAVING count(*) > 1) f USING (identifier) WHERE r.n > f.n "
        # A number that contradicts the row's own day of birth joins only under the same name.
        f"AND (NOT (r.is_doubtful OR f.doubtful) OR r.letters IS NOT DISTINCT FROM f.letters)"
    )
    allowed = allowed_sql(scored.comparisons)
    model = f"SELECT n_l, n_r, probability, {MODEL} AS rank FROM {scored.table} WHERE {allowed}"
    return f"{identifier} UNION ALL {model}"


def allowed_sql(comparisons: Iterable[Comparison]) -> str:
    """SQL over levels: the pair may be one party at all.

    The name agrees and something beside it does. A name that agrees only in part, or is not given, needs two personal
    agreements, or the same paper; the same paper and day of birth carry a change of name. Nothing says the opposite (gender).
    """
    items = tuple(comparisons)
    if not items:
        return "false"
    proofs = [f"(level_{item.id} > 0)::INTEGER" for item in items if item.proves]
    full = [
        f"(level_{item.id} = {len(item.levels) - 1})::INTEGER" for item in items if item.proves and item.is_personal
    ]
    some, whole = " + ".join(proofs) or "0", " + ".join(full) or "0"
    names = [item for item in items if item.id.endswith("_name")]
    last = {item.id: len(item.levels) - 1 for item in items}
    born = f"level_birth_date = {last['birth_date']}" if "birth_date" in last else "false"
    paper = f"level_document = {last['document']}" if "document" in last else "false"
    near_paper = "level_document >= 1" if "document" in last else "false"
    by_name = " AND ".join(
        f"(level_{item.id} > {item.weak} OR (level_{item.id} <> 0 AND ({whole}) >= 2) "
        f"OR ({paper} AND level_{item.id} >= 1) OR ({near_paper} AND {born}))"
        for item in names
    )
    against = " AND ".join(f"level_{item.id} <> 0" for item in items if item.id == "gender")
    return " AND ".join(part for part in (f"({some}) >= 1", by_name or "false", against) if part)


def _exclusive(con: duckdb.DuckDBPyConnection, rows: str, kind: str) -> list[np.ndarray]:
    """Values of which a party has one at most, as numbers: the identifier first."""
    columns = ["identifier"] + (["gender"] if kind == "person" else [])
    found = []
    for column in columns:
        held = con.sql(
            f"SELECT coalesce(dense_rank() OVER (ORDER BY {column}) , 0) - 1 AS v, {column} IS NULL AS none FROM {rows} ORDER BY n"
        ).fetchnumpy()
        found.append(np.where(np.asarray(held["none"], dtype=bool), -1, np.asarray(held["v"], dtype=np.int64)))
    return found


def _positions(con: duckdb.DuckDBPyConnection, rows: str, rulings: Sequence[Ruling]) -> dict[str, int]:
    """Where the rows that people decided about stand; a decision about a row that is gone waits for its return."""
    wanted = sorted({member for ruling in rulings for member in ruling.member_ids})
    if not wanted:
        return {}
    return dict(
        con.execute(f"SELECT member_id, n FROM {rows} WHERE member_id IN (SELECT unnest(?))", [wanted]).fetchall()
    )


def _decided(
    rulings: Sequence[Ruling], positions: dict[str, int]
) -> tuple[list[tuple[int, int, int]], list[tuple[int, int]]]:
    """Pairs joined (with the ruling's number) and pairs told apart: of one pair the latest ruling counts."""
    latest: dict[tuple[int, int], tuple[str, int]] = {}
    for number, ruling in enumerate(rulings):
        places = sorted({positions[member] for member in ruling.member_ids if member in positions})
        for at, one in enumerate(places):
            for other in places[at + 1 :]:
                latest.pop((one, other), None)
                latest[(one, other)] = (ruling.kind, number)
    same = [(a, b, number) for (a, b), (kind, number) in reversed(latest.items()) if kind == "same"]
    apart = [pair for pair, (kind, _) in latest.items() if kind in ("different", "unsure")]
    return same, apart
