"""Source rows as they are compared: names taken apart, numbers checked, blanks and rubbish left out."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from caselens.entities import names
from caselens.entities._numbers import (
    birth_date_of,
    gender_of,
    mistaken_bank_card,
    normal_identity_number,
    valid_credit_code,
)
from caselens.workspace.validate import quote

#: What each kind of party is called in its table, and where its identifying number stands.
TABLES = {"person": ("persons", "person_id", "id_number"), "organization": ("organizations", "org_id", "uscc")}
#: Extra columns that sources give and resolution knows, with the prepared column they fill.
EXTRAS = {"email": "email", "gender": "gender", "document_number": "document", "account": "account"}
#: A value that so many rows share brings no pair together by itself.
HUB = 50

#: Functions of the engine that the comparisons use.
MACROS = (
    "CREATE OR REPLACE TEMP MACRO near_words(a, b, least_similar) AS list_sum(list_transform(a, lambda x: list_max("
    "list_transform(b, lambda y: CASE WHEN jaro_winkler_similarity(x, y) >= least_similar THEN 1 ELSE 0 END)))) = len(a)",
)

_PHONE = (
    "CASE WHEN regexp_full_match({0}, '(86)?1[3-9][0-9]{{9}}') THEN right({0}, 11) "
    "WHEN regexp_full_match({0}, '(86)?0?[1-9][0-9]{{7,14}}') AND length(replace({0}, left({0}, 1), '')) > 0 THEN {0} END"
)


def _text(column: str) -> str:
    return f"nullif(trim(CAST({column} AS VARCHAR)), '')"


def _expressions(kind: str, given: set[str]) -> dict[str, str]:
    """Prepared column -> SQL over the source columns that are there."""

    def has(column: str) -> str:
        return _text(quote(column)) if column in given else "CAST(NULL AS VARCHAR)"

    number = f"upper(regexp_replace({has(TABLES[kind][2])}, '[\\s-]', '', 'g'))"
    identifier = (
        normal_identity_number(number)
        if kind == "person"
        else f"CASE WHEN {valid_credit_code(number)} THEN {number} END"
    )
    digits = f"regexp_replace({has('phone')}, '[^0-9*]', '', 'g')"
    mail = f"lower({has('email')})"
    paper = f"upper(regexp_replace({has('document_number')}, '[^0-9A-Za-z]', '', 'g'))"
    account = f"upper(regexp_replace({has('account')}, '[\\s-]', '', 'g'))"
    place = f"upper(regexp_replace({has('address')}, '[\\s,.;，。；、()（）#-]', '', 'g'))"
    prepared = {
        "identifier": identifier,
        "phone": _PHONE.format(digits),
        "email": f"CASE WHEN regexp_full_match({mail}, '[^@\\s]+@[^@\\s]+') THEN {mail} END",
        "document": f"CASE WHEN length({paper}) >= 5 AND NOT contains({has('document_number')}, '*') THEN {paper} END",
        "address": f"CASE WHEN length({place}) >= 3 THEN {place} END",
        "account": f"CASE WHEN NOT contains({has('account')}, '*') AND NOT {mistaken_bank_card(account)} THEN {account} END",
    }
    if kind == "person":
        # The printed day first: where it contradicts the number, the number does not join by itself.
        own = has("birth_date")
        # The first of January is what sources print where they know the year alone: it proves nothing.
        prepared["birth_date"] = (
            f"nullif(coalesce({own}, {birth_date_of('identifier')}), regexp_extract({own}, '^[0-9]{{4}}-01-01$'))"
        )
        said = f"lower({has('gender')})"
        prepared["gender"] = (
            f"coalesce({gender_of('identifier')}, CASE WHEN {said} IN ('m', 'male', '男', '1') THEN 'm' "
            f"WHEN {said} IN ('f', 'female', '女', '2') THEN 'f' END)"
        )
        prepared["is_doubtful"] = (
            f"coalesce(identifier IS NOT NULL AND {own} IS NOT NULL AND {own} <> {birth_date_of('identifier')}, false)"
        )
    else:
        prepared["established_on"] = has("established_on")
        prepared["is_doubtful"] = "false"
    return prepared


def prepare(con: duckdb.DuckDBPyConnection, source: str, kind: str, into: str) -> int:
    """Write the rows of ``source`` (SQL), as they are compared, into the temporary table ``into``.

    Args:
        con: the engine.
        source: a ``SELECT`` with the columns of the canonical table, the row's place in the order of arrival as
            ``arrival`` (the founder of an entity is its first member), and extra columns of ``EXTRAS`` where given.
        kind: ``person`` or ``organization``.
        into: name of the table.

    Returns:
        The number of rows. Each has ``n`` (its place in the order of arrival, from 0) and ``member_id``.
    """
    for macro in MACROS:
        con.execute(macro)
    key = TABLES[kind][1]
    given = {str(row[0]) for row in con.execute(f"DESCRIBE SELECT * FROM ({source})").fetchall()}
    expressions = _expressions(kind, given)
    first = ", ".join(f"{sql} AS {name}" for name, sql in expressions.items() if name == "identifier")
    rest = ", ".join(f"{sql} AS prepared_{name}" for name, sql in expressions.items() if name != "identifier")
    shown = ", ".join(f"prepared_{name} AS {name}" for name in expressions if name != "identifier")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {into}_raw AS SELECT row_number() OVER (ORDER BY arrival, member_id) - 1 AS n, member_id, "
        f"name, identifier, {shown} FROM (SELECT {key} AS member_id, *, {rest} FROM (SELECT *, {first} FROM ({source})))"
    )
    _register_names(con, into, kind)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {into} AS SELECT r.*, p.* EXCLUDE (printed) FROM {into}_raw r "
        f"LEFT JOIN {into}_names p ON p.printed = r.name ORDER BY n"
    )
    con.execute(f"DROP TABLE {into}_raw")
    con.unregister(f"{into}_names")
    _add_blocks(con, into, kind)
    return int(con.execute(f"SELECT count(*) FROM {into}").fetchall()[0][0])


def _register_names(con: duckdb.DuckDBPyConnection, into: str, kind: str) -> None:
    """Each different printed name once, taken apart."""
    printed = con.sql(f"SELECT DISTINCT name FROM {into}_raw WHERE name IS NOT NULL ORDER BY name").to_arrow_table()
    take_apart = names.person if kind == "person" else names.organization
    parts = [take_apart(name) for name in printed.column(0).to_pylist()]
    columns = {
        "printed": printed.column(0),
        "name_key": pa.array([part.key or None for part in parts], pa.string()),
        "tokens": pa.array([list(part.tokens) for part in parts], pa.list_(pa.string())),
        "sorted_key": pa.array([" ".join(part.tokens) or None for part in parts], pa.string()),
        "first_word": pa.array(
            [None if part.is_han or not part.tokens else part.tokens[0] for part in parts], pa.string()
        ),
        "last_word": pa.array(
            [None if part.is_han or not part.tokens else part.tokens[-1] for part in parts], pa.string()
        ),
        "letters": pa.array([part.letters for part in parts], pa.string()),
        "is_han": pa.array([part.is_han for part in parts], pa.bool_()),
    }
    if kind == "organization":
        columns |= {
            "form": pa.array([part.form for part in parts], pa.string()),
            "branch": pa.array([part.branch for part in parts], pa.string()),
            "numerals": pa.array([part.numerals for part in parts], pa.string()),
            "bare_key": pa.array([names.without_place_suffixes(part.key) for part in parts], pa.string()),
            "aliases": pa.array([list(part.aliases) for part in parts], pa.list_(pa.string())),
        }
    con.register(f"{into}_names", pa.table(columns))


def _add_blocks(con: duckdb.DuckDBPyConnection, into: str, kind: str) -> None:
    """For columns that bring pairs together by themselves: the value where only a few rows share it."""
    from caselens.entities.comparisons import COMPARISONS

    for comparison in COMPARISONS.values():
        if comparison.blocks and kind in comparison.kinds:
            column = comparison.column
            con.execute(f"ALTER TABLE {into} ADD COLUMN {column}_block VARCHAR")
            con.execute(
                f"UPDATE {into} SET {column}_block = {column} WHERE {column} IN (SELECT {column} FROM {into} "
                f"WHERE {column} IS NOT NULL GROUP BY 1 HAVING count(*) BETWEEN 2 AND {HUB})"
            )
