"""Why two rows are one party, or may be, in words: written by the engine from what the comparisons declare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from caselens.core.text import Text
from caselens.entities.cluster import DECISION, IDENTIFIER
from caselens.entities.model import Scored
from caselens.workspace.validate import literal

if TYPE_CHECKING:
    from caselens.entities.resolve import Ruling

_NUMBER = {
    "person": Text("公民身份号码", "resident identity number"),
    "organization": Text("统一社会信用代码", "unified social credit code"),
}
_WHY = {
    "likely": Text("可能为同一主体，待人工判断", "may be one party: to be decided"),
    "ambiguous": Text(
        "同时符合两个不同主体，未归并，待人工判断",
        "fits two different parties about equally: not joined, to be decided",
    ),
    "conflict": Text(
        "与同一主体的其他记录矛盾（证件号码、性别或人工决定不同），未归并",
        "contradicts other rows of the party (identifier, gender or a decision): not joined",
    ),
}


def _words(scored: Scored, language: str) -> str:
    """SQL: what agrees and what differs, joined into one sentence."""
    stop = "；" if language == "zh" else "; "
    parts = []
    for item in scored.comparisons:
        last = len(item.levels) - 1
        whens = " ".join(
            f"WHEN {last - at} THEN {literal(getattr(level.text, language))}" for at, level in enumerate(item.levels)
        )
        parts.append(f"CASE s.level_{item.id} {whens} END")
    return f"concat_ws({literal(stop)}, {', '.join(parts)})" if parts else "''"


def _detail(scored: Scored) -> str:
    """SQL: JSON with the level reached and the values of both rows for each comparison that says something."""
    values = [
        f"{literal(item.id)}: CASE WHEN s.level_{item.id} >= 0 THEN {{'level': s.level_{item.id}, 'of': {len(item.levels) - 1}, "
        f"'left': a.{item.column}, 'right': b.{item.column}}} END"
        for item in scored.comparisons
    ]
    return f"to_json({{{', '.join(values)}}})" if values else "'{}'"


def _percent(column: str) -> str:
    # Rounded down: nothing that is not certain reads as 100 %.
    return f"printf('%.1f%%', floor({column} * 1000) / 10)"


def write_links(
    con: duckdb.DuckDBPyConnection, rows: str, kind: str, scored: Scored, rulings: Sequence[Ruling]
) -> None:
    """The table ``ROWS_links``: one row for each member that was joined to another, in the columns of ``entity_links``."""
    given = pa.table(
        {
            "ruling": pa.array(range(len(rulings)), pa.int64()),
            "reason": pa.array([ruling.reason for ruling in rulings], pa.string()),
            "who": pa.array([ruling.decided_by for ruling in rulings], pa.string()),
            "day": pa.array([ruling.decided_at.date().isoformat() for ruling in rulings], pa.string()),
        }
    )
    con.register(f"{rows}_rulings", given)
    number = _NUMBER[kind]
    renamed = "a.name_key IS DISTINCT FROM b.name_key"
    zh = (
        f"CASE c.rank WHEN {DECISION} THEN concat(u.who, ' 于 ', u.day, ' 决定为同一主体：', u.reason) "
        f"WHEN {IDENTIFIER} THEN concat({literal(number.zh + '相同且校验有效')}, CASE WHEN {renamed} THEN '；名称不同，请核实' ELSE '' END) "
        f"ELSE concat({_words(scored, 'zh')}, '（概率 ', {_percent('s.probability')}, '）') END"
    )
    en = (
        f"CASE c.rank WHEN {DECISION} THEN concat('decided by ', u.who, ' on ', u.day, ': ', u.reason) "
        f"WHEN {IDENTIFIER} THEN concat({literal('same valid ' + number.en)}, CASE WHEN {renamed} THEN '; the names differ: look at it' ELSE '' END) "
        f"ELSE concat({_words(scored, 'en')}, ' (probability ', {_percent('s.probability')}, ')') END"
    )
    plain = "to_json({'identifier': b.identifier, 'left': a.name, 'right': b.name})"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {rows}_links AS SELECT f.member_id AS entity_id, b.member_id AS member_id, "
        f"a.member_id AS linked_to, CASE c.rank WHEN {DECISION} THEN 'decision' WHEN {IDENTIFIER} THEN "
        f"{literal('id_number' if kind == 'person' else 'uscc')} ELSE 'model' END AS rule, "
        f"CASE WHEN c.rank < 2 THEN 1.0 ELSE s.probability END AS probability, "
        f"CASE WHEN c.rank < 2 THEN {plain} ELSE {_detail(scored)} END::VARCHAR AS comparison, "
        f"{zh} AS sentence_zh, {en} AS sentence_en, u.who AS decided_by "
        f"FROM {rows}_clusters c JOIN {rows} b ON b.n = c.n JOIN {rows} a ON a.n = c.parent JOIN {rows} f ON f.n = c.founder "
        f"LEFT JOIN {scored.table} s ON s.n_l = least(c.n, c.parent) AND s.n_r = greatest(c.n, c.parent) AND c.rank = 2 "
        f"LEFT JOIN {rows}_rulings u ON u.ruling = c.ruling WHERE c.parent >= 0 ORDER BY b.n"
    )
    con.unregister(f"{rows}_rulings")


def write_undecided(
    con: duckdb.DuckDBPyConnection,
    rows: str,
    scored: Scored,
    doubts: list[tuple[int, int, str]],
    lowest: float,
) -> None:
    """The table ``ROWS_undecided``: pairs for a person to decide, the likeliest first."""
    given = pa.table(
        {
            "n_l": pa.array([min(a, b) for a, b, _ in doubts], pa.int64()),
            "n_r": pa.array([max(a, b) for a, b, _ in doubts], pa.int64()),
            "why": pa.array([why for _, _, why in doubts], pa.string()),
        }
    )
    con.register(f"{rows}_doubts", given)
    why = "coalesce(d.why, 'likely')"
    told = {
        language: f"CASE {why} "
        + " ".join(f"WHEN {literal(k)} THEN {literal(getattr(t, language))}" for k, t in _WHY.items())
        + " END"
        for language in ("zh", "en")
    }
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {rows}_undecided AS SELECT a.member_id AS left_id, b.member_id AS right_id, "
        f"a.name AS left_name, b.name AS right_name, s.probability, {why} AS why, {_detail(scored)}::VARCHAR AS comparison, "
        f"concat({told['zh']}, '：', {_words(scored, 'zh')}, '（概率 ', {_percent('s.probability')}, '）') AS sentence_zh, "
        f"concat({told['en']}, ': ', {_words(scored, 'en')}, ' (probability ', {_percent('s.probability')}, ')') AS sentence_en "
        f"FROM {rows}_pairs p JOIN {scored.table} s USING (n_l, n_r) JOIN {rows} a ON a.n = s.n_l JOIN {rows} b ON b.n = s.n_r "
        f"JOIN {rows}_clusters x ON x.n = s.n_l JOIN {rows}_clusters y ON y.n = s.n_r "
        f"LEFT JOIN {rows}_doubts d ON d.n_l = s.n_l AND d.n_r = s.n_r "
        f"WHERE p.rank = 2 AND s.probability >= {lowest!r} AND x.founder <> y.founder ORDER BY s.probability DESC, s.n_l, s.n_r"
    )
    con.unregister(f"{rows}_doubts")
