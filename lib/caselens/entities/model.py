"""How likely two rows are one party: Splink's Fellegi–Sunter model on the workspace's engine.

What the model is given is counted in the data and the same for the same data: how often values occur (a common name
weighs little), how often strangers agree, how many pairs there seem to be at all. Only pairs that some rule brings
together are compared, and a rule that would bring too many is narrowed, so that the work grows with the rows.
"""

from __future__ import annotations

import logging
import math
import re
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np

from caselens.core.text import Text
from caselens.entities._fit import PRIOR_ROWS, fit
from caselens.entities.comparisons import COMPARISONS, Comparison

#: A rule may bring so many pairs together for each row (or so many in all); beyond it, it is narrowed.
PAIRS_PER_ROW = 3
PAIRS_AT_LEAST = 100_000
#: Rows sampled for how often strangers agree: every pair among them.
SAMPLE = 500


@dataclass(frozen=True, slots=True)
class Scored:
    """Where the scored pairs lie.

    ``table`` has ``n_l``, ``n_r`` (``n_l`` came first), ``probability``, ``weight`` and, for each comparison, its level as
    ``level_ID`` (-1: nothing to say). ``rules`` tells how many pairs each rule brought; ``told`` what was narrowed or left
    out.
    """

    table: str
    comparisons: tuple[Comparison, ...]
    rules: dict[str, int] = field(default_factory=dict)
    told: tuple[Text, ...] = ()
    prior: float = 0.0


def one(con: duckdb.DuckDBPyConnection, query: str) -> Any:
    """The only value of a query."""
    return con.execute(query).fetchall()[0][0]


def score(con: duckdb.DuckDBPyConnection, rows: str, kind: str, lowest: float = 0.001) -> Scored:
    """Score the pairs of the prepared table ``rows`` that may be one party; pairs below ``lowest`` are not kept.

    Two rows that both have a valid identifier are never scored: the identifier decides.
    """
    count = int(one(con, f"SELECT count(*) FROM {rows}"))
    comparisons = tuple(
        item
        for item in COMPARISONS.values()
        if kind in item.kinds and one(con, f"SELECT count({item.column}) FROM {rows}") > 1
    )
    target = f"{rows}_scored"
    blocking, brought, told = _blocking(con, rows, comparisons, count)
    if not blocking or not any(item.proves for item in comparisons):
        levels = "".join(f", 0 AS level_{item.id}" for item in comparisons)
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {target} AS SELECT 0::BIGINT AS n_l, 0::BIGINT AS n_r, 0.0::DOUBLE AS probability, "
            f"0.0::DOUBLE AS weight{levels} WHERE false"
        )
        return Scored(target, comparisons, brought, tuple(told))
    prior = _predict(con, rows, target, comparisons, blocking, count, lowest)
    return Scored(target, comparisons, brought, tuple(told), prior)


def _blocking(
    con: duckdb.DuckDBPyConnection, rows: str, comparisons: tuple[Comparison, ...], count: int
) -> tuple[list[str], dict[str, int], list[Text]]:
    """Rules that bring pairs together, as lists of equal columns; each within the budget of pairs."""
    proving = [item for item in comparisons if item.proves]
    ladders: list[list[tuple[str, ...]]] = []
    for item in proving:
        ladders.append([("name_key", item.column), ("letters", item.column)])
        if item.blocks:
            ladders.append([(f"{item.column}_block",)])
    ladders.append([("letters",), ("name_key",)])
    born = [item.column for item in proving if item.column == "birth_date"]
    if born:
        ladders.append([("birth_date",), ("birth_date", "sorted_key[1]"), ("birth_date", "letters[1:3]")])
        ladders += [[("letters", "birth_date[1:4]")], [("letters", "birth_date[6:]")]]
    # Words of a name in Latin script, for the other half may be missing or misspelt.
    for word in ("first_word", "last_word"):
        ladders.append([(word,)])
        ladders += [[(word, item.column)] for item in proving]
        ladders += [[(word, "birth_date[1:4]")] for _ in born]
    budget = max(PAIRS_PER_ROW * count, PAIRS_AT_LEAST)
    rules, brought, told = [], dict[str, int](), list[Text]()
    for ladder in ladders:
        for keys in ladder:
            pairs = _pairs(con, rows, keys)
            if pairs > budget:
                continue
            if pairs:
                rules.append(" AND ".join(f"l.{key} = r.{key}" for key in keys))
                brought[" + ".join(keys)] = pairs
            break
        else:
            what = " + ".join(ladder[-1])
            told.append(
                Text(
                    f"按“{what}”配对数量过多，未据此比对",
                    f"pairs by {what} would be too many; rows were not compared by it",
                )
            )
    open_side = "(l.identifier IS NULL OR r.identifier IS NULL)"
    return [f"{rule} AND {open_side}" for rule in rules], brought, told


def _pairs(con: duckdb.DuckDBPyConnection, rows: str, keys: tuple[str, ...]) -> int:
    """Pairs that agree on all keys and of which at least one row has no identifier."""
    present = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    return int(
        one(
            con,
            f"SELECT coalesce(sum(c * (c - 1) / 2 - i * (i - 1) / 2), 0)::BIGINT FROM (SELECT count(*) AS c, count(identifier) AS i "
            f"FROM {rows} WHERE {present} GROUP BY {', '.join(keys)} HAVING c > 1 AND c > i)",
        )
    )


def _unlike(con: duckdb.DuckDBPyConnection, rows: str, comparison: Comparison) -> list[float]:
    """How often two strangers reach each level: counted among sampled pairs, leaning on what is declared."""
    sample = f"(SELECT * FROM {rows} ORDER BY hash(n), n LIMIT {SAMPLE})"
    counted = dict(
        con.execute(
            f"SELECT {comparison.case()} AS level, count(*) FROM {sample} l JOIN {sample} r ON l.n < r.n GROUP BY 1"
        ).fetchall()
    )
    total = sum(pairs for level, pairs in counted.items() if level >= 0)
    last = len(comparison.levels) - 1
    found = [
        (counted.get(last - at, 0) + level.u * 10 * PRIOR_ROWS) / (total + 10 * PRIOR_ROWS)
        for at, level in enumerate(comparison.levels)
    ]
    return [max(1e-9, u) for u in found]


def _settings(
    con: duckdb.DuckDBPyConnection,
    rows: str,
    comparisons: tuple[Comparison, ...],
    blocking: list[str],
    prior: float,
) -> dict[str, Any]:
    """Splink's settings: declared ``m``, counted ``u``."""
    described = []
    for item in comparisons:
        levels: list[dict[str, Any]] = [{"sql_condition": _sides(item.null_sql), "is_null_level": True}]
        unlike = _unlike(con, rows, item)
        for at, (level, u) in enumerate(zip(item.levels, unlike, strict=True)):
            entry = {
                "sql_condition": _sides(level.sql) if level.sql else "ELSE",
                "label_for_charts": level.text.en,
                "m_probability": level.m,
                "u_probability": u,
            }
            if at == 0 and item.column != "gender":
                entry |= {
                    "tf_adjustment_column": item.column,
                    "tf_adjustment_weight": 1.0,
                    "disable_tf_exact_match_detection": True,
                }
            levels.append(entry)
        described.append({"output_column_name": item.id, "comparison_levels": levels})
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "n",
        "probability_two_random_records_match": prior,
        "comparisons": described,
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": rule, "sql_dialect": "duckdb"} for rule in blocking
        ],
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": False,
    }


def _sides(sql: str) -> str:
    """``l.name`` as Splink writes it: ``name_l``."""
    return re.sub(r"\b([lr])\.(\w+)", r"\2_\1", sql)


def _predict(
    con: duckdb.DuckDBPyConnection,
    rows: str,
    target: str,
    comparisons: tuple[Comparison, ...],
    blocking: list[str],
    count: int,
    lowest: float,
) -> float:
    """Let Splink bring pairs together and weigh them; then give each its probability. Gives the share of matches."""
    from splink import Linker
    from splink.backends.duckdb import DuckDBAPI

    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection=con)
    frame = api.register(rows, table_name=f"{rows}_in")
    even = 1 / 2  # weights without a prior: it follows from the weights
    linker = Linker(
        frame, _settings(con, rows, comparisons, blocking, even), log_level=logging.ERROR, validate_settings=False
    )
    for item in comparisons:
        if item.column == "gender":
            continue
        # The pair at hand does not make its own value common: one of its two rows is not counted, nor the other
        # where values belong to one party.
        spared = 2 if item.is_own else 1
        lookup = api.register(
            con.sql(
                f"SELECT {item.column}, (greatest(count(*) - {spared}, 0) + {PRIOR_ROWS * item.frequency}) / "
                f"({count} + {PRIOR_ROWS}) AS tf_{item.column} FROM {rows} WHERE {item.column} IS NOT NULL GROUP BY 1"
            )
        )
        linker.table_management.register_term_frequency_lookup(lookup, item.column)
    # A pair that strangers make as easily as one party is never likely.
    found = linker.inference.predict(threshold_match_weight=0.0)
    gammas = ", ".join(f"gamma_{item.id}::TINYINT AS level_{item.id}" for item in comparisons)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {target} AS SELECT least(n_l, n_r) AS n_l, greatest(n_l, n_r) AS n_r, "
        f"match_weight AS weight, {gammas} FROM {found.physical_name}"
    )
    api.delete_tables_created_by_splink_from_db()
    return _give_probabilities(con, target, comparisons, count, lowest)


def _give_probabilities(
    con: duckdb.DuckDBPyConnection, target: str, comparisons: tuple[Comparison, ...], count: int, lowest: float
) -> float:
    """Replace the weights under declared frequencies by fitted ones, and add each pair's probability."""
    held = con.sql(f"SELECT * EXCLUDE (n_l, n_r) FROM {target}").fetchnumpy()
    weights = np.asarray(held["weight"], dtype=np.float64)
    levels = [np.asarray(held[f"level_{item.id}"], dtype=np.int8) for item in comparisons]
    declared = [np.array([level.m for level in reversed(item.levels)]) for item in comparisons]
    share, likely = fit(weights, levels, declared, count)
    gains = " + ".join(
        f"CASE level_{item.id} "
        + " ".join(
            f"WHEN {at} THEN {math.log2(new / old)!r}" for at, (new, old) in enumerate(zip(fitted, first, strict=True))
        )
        + " ELSE 0 END"
        for item, fitted, first in zip(comparisons, likely, declared, strict=True)
    )
    bits = math.log2(share / (1 - share))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {target} AS SELECT * FROM (SELECT * REPLACE (weight + {gains} AS weight), "
        f"1 / (1 + pow(2.0, greatest(-500.0, least(500.0, -(weight + {gains} + {bits!r}))))) AS probability FROM {target}) "
        f"WHERE probability >= {lowest!r}"
    )
    return share
