"""What every indicator promises, over the whole registry: a new file is covered the moment it exists."""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import ibis.expr.types as ir
import pandas as pd
import pytest
from tests.cities import desk_of

from caselens.core.errors import UsageError
from caselens.entities import resolved
from caselens.findings import Screening, screen
from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS, Indicator
from caselens.indicators._declare import Inputs
from caselens.relations import RELATIONS, Tables
from caselens.reports._words import ROLE
from caselens.tables import TABLES
from caselens.workspace import Workspace

Given = Callable[..., Workspace]

every = pytest.mark.parametrize("indicator", INDICATORS.values(), ids=list(INDICATORS))
# A file without a required column is refused as a whole, so that column's case is its table's over again: long.
needs = pytest.mark.parametrize(
    ("indicator", "table", "column"),
    [
        pytest.param(
            indicator,
            table,
            column,
            id=f"{indicator.id}-{table}-{column or 'all'}",
            marks=[pytest.mark.long] if column in TABLES[table].required else [],
        )
        for indicator in INDICATORS.values()
        for table, columns in indicator.needs.items()
        for column in (None, *columns)
    ],
)


def rows_of(text: str) -> tuple[list[str], list[list[str]]]:
    head, *rows = csv.reader(io.StringIO(text))
    return head, rows


def text_of(head: list[str], rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([head, *rows])
    return out.getvalue()


def without(tables: Mapping[str, str], table: str, column: str | None) -> dict[str, str]:
    """``tables`` less one table, or less one column of it."""
    left = {name: text for name, text in tables.items() if name != table or column}
    if column:
        head, rows = rows_of(tables[table])
        places = [place for place, name in enumerate(head) if name != column]
        left[table] = text_of([head[p] for p in places], [[row[p] for p in places] for row in rows])
    return left


def states(answer: Answer) -> dict[str, str]:
    return dict(zip(answer.assessed["subject_id"], answer.assessed["state"], strict=True))


def comparable(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return sorted(frame.drop(columns=["evidence"]).astype(str).to_dict("records"), key=lambda row: row["finding_id"])


class Kept(NamedTuple):
    """The example of one indicator, taken in and answered once for the tests that only look at it."""

    workspace: Workspace
    answer: Answer
    screening: Screening


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Indicator], Kept]:
    known: dict[str, Kept] = {}

    def of(indicator: Indicator) -> Kept:
        if indicator.id not in known:
            desk = desk_of(tmp_path_factory.mktemp("example"), indicator.example.tables)
            answer = evaluate(indicator, desk.workspace)
            known[indicator.id] = Kept(desk.workspace, answer, screen(desk.workspace, [indicator.id]))
        return known[indicator.id]

    return of


@every
def test_the_example_is_answered_exactly_as_it_says(indicator: Indicator, kept: Callable[[Indicator], Kept]) -> None:
    example = indicator.example
    said = dict.fromkeys(example.flags, "hit") | dict.fromkeys(example.leaves, "clean") | dict(example.others)
    answer = kept(indicator).answer
    assert states(answer) == said
    assert len(answer.assessed) == len(said)  # everybody once
    told = answer.assessed.set_index("subject_id")["reason"]
    assert all(bool(told[name]) == (state in ("not_assessable", "excluded")) for name, state in said.items())
    assert example.flags and example.leaves


@every
def test_every_lead_has_a_score_a_kind_and_parties_and_cites_rows_that_exist(
    indicator: Indicator, kept: Callable[[Indicator], Kept]
) -> None:
    workspace, findings = kept(indicator).workspace, kept(indicator).screening.findings
    assert len(findings)
    for finding in findings.to_dict("records"):
        assert 0 < finding["score"] <= 1
        assert finding["kind"] in indicator.kinds
        assert finding["severity"] in ("note", "yellow", "red")
        assert finding["subjects"] and finding["objects"] and finding["evidence"]
        assert "{" not in finding["summary_zh"] + finding["summary_en"]
        assert "unknown" not in finding["summary_en"]
        for row in finding["evidence"]:
            table = resolved(workspace, row["table"])
            assert table.filter(table.row_key == row["key"]).count().execute() == 1, row


@every
def test_counter_evidence_names_declared_explanations(indicator: Indicator, kept: Callable[[Indicator], Kept]) -> None:
    counters = kept(indicator).screening.counters
    assert set(counters["innocent"]) <= {innocent.id for innocent in indicator.innocent}
    assert set(counters["state"]) <= {"holds", "does_not_hold", "not_testable"}


@every
def test_empty_tables_raise_no_flag(indicator: Indicator, given: Given) -> None:
    empty = {table: text_of(rows_of(text)[0], []) for table, text in indicator.example.tables.items()}
    answer = evaluate(indicator, given(empty))
    assert answer.leads.empty and answer.reason
    assert set(answer.assessed["state"]) == {"not_assessable"}


@pytest.mark.long
@every
def test_the_order_of_rows_does_not_matter(
    indicator: Indicator, given: Given, kept: Callable[[Indicator], Kept]
) -> None:
    once = kept(indicator).screening
    for seed in (1, 2):
        mixed = {}
        for table, text in indicator.example.tables.items():
            head, rows = rows_of(text)
            random.Random(seed).shuffle(rows)
            mixed[table] = text_of(head, rows)
        again = screen(given(mixed), [indicator.id])
        assert comparable(again.findings) == comparable(once.findings)
        by = ["subject_id"]
        pd.testing.assert_frame_equal(
            again.assessments.sort_values(by, ignore_index=True), once.assessments.sort_values(by, ignore_index=True)
        )


@every
def test_the_tables_are_left_as_they_were(indicator: Indicator, kept: Callable[[Indicator], Kept]) -> None:
    workspace = kept(indicator).workspace
    before = {name: workspace.table(name).execute() for name in indicator.example.tables}
    evaluate(indicator, workspace)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(workspace.table(name).execute(), frame)


class Watched(Tables):
    """Tables that remember what was asked of them."""

    __slots__ = ()
    asked: list[str] = []  # noqa: RUF012 - emptied by the test that uses it

    def table(self, name: str) -> ir.Table:
        self.asked.append(name)
        return super().table(name)

    def relation(self, name: str) -> ir.Table:
        self.asked.append(name)
        return super().relation(name)


@pytest.mark.long
@every
def test_only_declared_tables_are_looked_at(indicator: Indicator, kept: Callable[[Indicator], Kept]) -> None:
    workspace = kept(indicator).workspace
    Watched.asked.clear()
    inputs = Inputs(indicator, Watched(workspace), indicator.settings({}), workspace.as_of)
    indicator.compute(inputs)
    declared = {*indicator.needs, *indicator.uses, *indicator.relations}
    assert set(Watched.asked) <= declared
    undeclared = next(name for name in TABLES if name not in declared)
    with pytest.raises(KeyError, match=undeclared):
        inputs.table(undeclared)
    assert set(indicator.relations) <= set(RELATIONS)


@needs
def test_without_what_it_needs_it_says_so(indicator: Indicator, table: str, column: str | None, given: Given) -> None:
    answer = evaluate(indicator, given(without(indicator.example.tables, table, column)))
    assert answer.leads.empty
    assert set(answer.assessed["state"]) == {"not_assessable"}
    named = f"{table}.{column}" if column and column not in TABLES[table].required else table
    assert named in answer.reason


@every
def test_thresholds_have_units_and_refuse_nonsense(indicator: Indicator, given: Given) -> None:
    for param in indicator.params:
        assert param.unit.strip()
        assert param.check(param.default) == param.default
        if param.low is not None and param.high is not None:
            with pytest.raises(UsageError, match=param.name):
                indicator.settings({param.name: param.high * 2 + 1})
            with pytest.raises(UsageError, match=param.name):
                indicator.settings({param.name: "much"})
        else:
            assert isinstance(param.default, str | tuple), f"{param.name} has no range"
            with pytest.raises(UsageError, match=param.name):
                indicator.settings({param.name: 3})
    with pytest.raises(UsageError, match="no parameter no_such_threshold"):
        indicator.settings({"no_such_threshold": 1})
    workspace = given(indicator.example.tables, f"[parameters.{indicator.id}]\nno_such_threshold = 1")
    with pytest.raises(UsageError, match=indicator.id):
        evaluate(indicator, workspace)


@every
def test_a_finding_keeps_its_id_when_other_rows_arrive(
    indicator: Indicator, given: Given, kept: Callable[[Indicator], Kept]
) -> None:
    example = indicator.example.tables
    more = dict(example)
    for table, key in (("persons", "person_id"), ("organizations", "org_id")):
        head, rows = rows_of(example.get(table, f"{key},name\n"))
        filler = ["" if name not in (key, "name") else "NEW-" + table for name in head]
        more[table] = text_of(head, [*rows, filler])
    before, after = kept(indicator).screening.findings, screen(given(more), [indicator.id]).findings
    assert sorted(before["finding_id"]) == sorted(after["finding_id"])
    assert sorted(before["evidence_hash"]) == sorted(after["evidence_hash"])


def test_titles_and_questions_are_pairwise_different_in_both_languages() -> None:
    for language in ("zh", "en"):
        for part in ("title", "question"):
            said = [getattr(indicator, part).get(language) for indicator in INDICATORS.values()]
            assert len(set(said)) == len(said)
    assert len({indicator.number for indicator in INDICATORS.values()}) == len(INDICATORS)


@every
def test_titles_are_short(indicator: Indicator) -> None:
    assert len(indicator.title.en.split()) <= 5
    assert len(indicator.innocent) == len({innocent.id for innocent in indicator.innocent})


@every
def test_roles_and_sentences_read_well(indicator: Indicator, kept: Callable[[Indicator], Kept]) -> None:
    """Every role of the example's leads has a name in both languages, and Chinese sentences have Chinese commas."""
    answer = kept(indicator).answer
    roles = {subject["role"] for found in answer.leads["subjects"] for subject in found} | set(answer.evidence["role"])
    assert not {str(role) for role in roles if role not in ROLE}
    said = [indicator.title, indicator.question, indicator.summary, *indicator.next_steps]
    said += [item.text for item in indicator.innocent] + [item.test for item in indicator.innocent if item.test]
    half = [text.zh for text in said if re.search("[\u4e00-\u9fff}][,;:?!][\u4e00-\u9fff{]", text.zh)]
    assert not half, half
