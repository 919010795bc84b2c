"""The generated city keeps the contract of the tables, repeats itself byte by byte, and hides what is planted."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from stdnum.cn import ric, uscc

from caselens.core.errors import UsageError
from caselens.sample import Truth, build
from caselens.sample.plants import PLANTS
from caselens.tables import TABLES

Rows = dict[str, list[dict[str, str]]]
DELIVERED = [table for table in TABLES.values() if not table.written_by_workbench]


def read(folder: Path) -> Rows:
    found = {}
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    return found


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rows, Truth, Path]:
    folder = tmp_path_factory.mktemp("city")
    truth = build(folder)
    return read(folder), truth, folder


def digest(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("format", ["csv", pytest.param("parquet", marks=pytest.mark.long)])
def test_the_same_arguments_give_the_same_bytes(tmp_path: Path, format: str) -> None:
    for name in ("a", "b"):
        build(tmp_path / name, seed=3, people=600, payments=6000, format=format)
    build(tmp_path / "b", seed=3, people=600, payments=6000, format={"csv": "parquet", "parquet": "csv"}[format])
    build(tmp_path / "b", seed=3, people=600, payments=6000, format=format)
    build(tmp_path / "c", seed=4, people=600, payments=6000, format=format)
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    assert digest(tmp_path / "a")["truth.json"] != digest(tmp_path / "c")["truth.json"]
    assert {path.suffix for path in (tmp_path / "a").iterdir()} == {f".{format}", ".json"}


def test_every_deliverable_table_is_there(city: tuple[Rows, Truth, Path]) -> None:
    assert {table.id for table in DELIVERED} == set(city[0])


def is_of_kind(kind: str, value: str) -> bool:
    """Written anew here on purpose, from the words of the data contract."""
    if kind == "money":
        return re.fullmatch(r"-?\d{1,16}\.\d{2}", value) is not None
    if kind in ("number", "share"):
        return np.isfinite(float(value))
    if kind == "integer":
        return re.fullmatch(r"-?\d+", value) is not None
    if kind == "boolean":
        return value in ("true", "false")
    if kind == "date":
        return date.fromisoformat(value).isoformat() == value
    if kind == "moment":
        return datetime.fromisoformat(value).isoformat() == value and "T" in value
    return "\x02" not in value and value.strip() == value


@pytest.mark.parametrize("table", DELIVERED, ids=lambda table: table.id)
def test_rows_keep_the_declaration(city: tuple[Rows, Truth, Path], table) -> None:
    rows = city[0][table.id]
    assert set(rows[0]) <= {column.name for column in table.columns}
    for column in table.columns:
        values = [row.get(column.name, "") for row in rows]
        if column.required:
            assert all(values), f"{column.name} is empty"
        wrong = [value for value in values if value and not is_of_kind(column.kind, value)]
        assert not wrong, f"{column.name}: {wrong[:3]}"
        parts = [part for value in values for part in (value.split(";") if column.several else [value]) if part]
        if column.codes:
            strange = set(parts) - set(column.codes)
            assert not strange, f"{column.name}: {strange}"
        if column.low is not None:
            assert all(float(part) >= column.low for part in parts)
        if column.high is not None:
            assert all(float(part) <= column.high for part in parts)
    keys = Counter(tuple(row.get(name, "") for name in table.key) for row in rows)
    assert max(keys.values()) == 1, f"repeated key {keys.most_common(1)}"


def test_references_resolve(city: tuple[Rows, Truth, Path]) -> None:
    rows, truth, _ = city
    keys = {table.id: {row[table.key[0]] for row in rows[table.id]} for table in DELIVERED if len(table.key) == 1}
    for table in DELIVERED:
        for column in table.columns:
            if not column.references:
                continue
            allowed = set().union(*(keys[name] for name in column.references))
            dangling = {row.get(column.name, "") for row in rows[table.id]} - allowed - {""}
            assert not dangling, f"{table.id}.{column.name}: {sorted(dangling)[:3]}"
    for row in rows["approvals"]:
        assert row["object_id"] in keys[row["object_table"]]
    everything = set().union(*keys.values()) | {row["item_id"] for row in rows["review_votes"]}
    assert {row["reference_id"] for row in rows["payments"]} - {""} <= everything
    for table in DELIVERED:  # evidence names a composite key joined with "|"
        if len(table.key) > 1:
            keys[table.id] = {"|".join(row.get(name, "") for name in table.key) for row in rows[table.id]}
    for story in truth.plants:
        for name, ids in story.rows.items():
            assert set(ids) <= keys[name], story
        assert {item["id"] for item in story.objects} <= everything
        assert {item["id"] for item in story.subjects} <= keys["persons"] | keys["organizations"]


def test_identity_numbers_and_credit_codes_check(city: tuple[Rows, Truth, Path]) -> None:
    persons = [row for row in city[0]["persons"] if row["id_number"]]
    assert len(persons) > 2000
    for row in persons:
        assert ric.is_valid(row["id_number"])
        assert ric.get_birth_date(row["id_number"]).isoformat() == row["birth_date"]
    codes = [row["uscc"] for row in city[0]["organizations"] if row["uscc"]]
    assert all(uscc.is_valid(code) for code in codes)
    assert len(set(codes)) == len(codes)
    names = Counter(row["name"] for row in city[0]["persons"])
    assert sum(1 for count in names.values() if count > 1) > 20  # strangers of the same name
    assert not [row["phone"] for row in persons if row["phone"] and not row["phone"].startswith("100")]


def test_each_slug_has_two_of_each_kind_and_rows_to_show(city: tuple[Rows, Truth, Path]) -> None:
    truth = city[1]
    assert {(story.slug, story.kind) for story in truth.plants} == {
        (slug, kind) for slug in PLANTS for kind in ("easy", "hard", "decoy")
    }
    assert all(len(truth.of(slug, kind)) == 2 for slug in PLANTS for kind in ("easy", "hard", "decoy"))
    assert {story.amount for story in truth.plants if story.kind == "decoy"} == {None}
    accused = {item["id"] for story in truth.plants if story.kind != "decoy" for item in story.subjects}
    cases = {row["case_id"]: row["entity_id"] for row in reversed(city[0]["case_subjects"]) if row["role"] == "subject"}
    assert 6 <= len(cases) <= 10
    assert sum(subject not in accused for subject in cases.values()) == 1  # the case against an innocent official
    for story in truth.plants:
        assert story.rows and story.objects and story.subjects and story.why["zh"] and story.why["en"]
    assert Truth.from_json((city[2] / "truth.json").read_text(encoding="utf-8")) == truth


def test_nothing_is_planted_in_a_null_city(tmp_path: Path) -> None:
    truth = build(tmp_path, people=600, payments=6000, plant=False)
    assert truth.plants == []
    rows = read(tmp_path)
    assert {table.id for table in DELIVERED} == set(rows)
    # The planted pass-through of exactly 1,780,000 and the 32 transfers of a demolition boss are not there.
    assert "1780000.00" not in {row["amount"] for row in rows["payments"]}


def test_hardly_anybody_whom_no_story_needs_stays_in_a_post_for_five_years(city: tuple[Rows, Truth, Path]) -> None:
    rows, truth, _ = city
    stories = {item["id"] for story in truth.plants if story.slug == "org-tenure" for item in story.subjects}
    last = max(row["happened_on"] for row in rows["project_events"])
    stays = [
        (date.fromisoformat(row["end_date"] or last) - date.fromisoformat(row["start_date"])).days
        for row in rows["appointments"]
        if row["person_id"] not in stories and (row["remit"] or row["is_leadership"] == "true")
    ]
    assert len(stays) > 500
    assert sum(days >= 5 * 365 for days in stays) <= 5


def auc(score: np.ndarray, planted: np.ndarray) -> float:
    """Probability that a planted row scores above another, ties half: the rank-sum statistic."""
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count - 1) / 2
    rank = middle[place]
    ones = planted.sum()
    return float((rank[planted].sum() - ones * (ones + 1) / 2) / (ones * (len(planted) - ones)))


def test_no_single_column_of_payments_separates(city: tuple[Rows, Truth, Path]) -> None:
    """A stump on a column, learnt on one half of the rows and judged on the other, stays below an AUC of 0.9."""
    rows, truth, _ = city
    payments = rows["payments"]
    ids = {key for story in truth.plants if story.kind != "decoy" for key in story.rows.get("payments", [])}
    planted = np.array([row["payment_id"] in ids for row in payments])
    assert planted.sum() > 80
    half = np.random.default_rng(0).random(len(planted)) < 0.5
    busy = Counter(row[side] for row in payments for side in ("payer_account", "payee_account"))
    numeric = {
        "payment_id": [float(row["payment_id"][1:]) for row in payments],
        "amount": [float(row["amount"]) for row in payments],
        "hour": [float(row["paid_at"][11:13]) for row in payments],
        "day": [float(row["paid_at"][8:10]) for row in payments],
        "roundness": [float(row["amount"].rstrip("0.") == row["amount"][:1]) for row in payments],
        "payer_account": [float(row["payer_account"][1:]) for row in payments],
        "payee_account": [float(row["payee_account"][1:]) for row in payments],
        "payer_busy": [busy[row["payer_account"]] for row in payments],
        "payee_busy": [busy[row["payee_account"]] for row in payments],
    }
    found = {name: auc(np.array(column, dtype=float), planted) for name, column in numeric.items()}
    for name in ("channel", "memo", "currency", "basis"):
        values = np.array([row.get(name, "") for row in payments])
        rate = {}
        for value in np.unique(values):
            mine = (values == value) & half
            rate[value] = (planted[mine].sum() + 0.01) / (mine.sum() + 1)
        found[name] = auc(np.array([rate[value] for value in values])[~half], planted[~half])
    assert {name: round(value, 3) for name, value in found.items() if max(value, 1 - value) > 0.9} == {}


def test_a_large_city_is_built_in_blocks(tmp_path: Path) -> None:
    truth = build(tmp_path, payments=200_000, format="parquet")
    payments = pq.read_table(tmp_path / "payments.parquet")
    assert 180_000 < len(payments) < 230_000
    assert str(payments.schema.field("amount").type) == "decimal128(18, 2)"
    assert len(pq.read_table(tmp_path / "tenders.parquet")) >= 1900
    assert payments["paid_at"].to_pylist()[0] <= payments["paid_at"].to_pylist()[-1]
    assert len(truth.plants) == 6 * len(PLANTS)


@pytest.mark.parametrize("wrong", [{"format": "xlsx"}, {"seed": -1}, {"people": 10}, {"payments": 10}])
def test_nonsense_is_refused_in_a_sentence(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="format|seed"):
        build(tmp_path, **wrong)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_published_patterns_are_there_to_the_yuan(city: tuple[Rows, Truth, Path]) -> None:
    rows, truth, _ = city
    payment = {row["payment_id"]: row for row in rows["payments"]}

    def paid(slug: str, kind: str, number: int) -> list[float]:
        return [float(payment[key]["amount"]) for key in truth.of(slug, kind)[number].rows["payments"]]

    # 2.5 million in, 1.78 million on (0.712), 720,000 kept
    assert sorted(paid("flow-pass-through", "easy", 0)) == [1_780_000, 2_500_000]
    # 32 transfers, 73,300 yuan, March 2017 to January 2024, none above 10,000
    drip = paid("flow-drip", "easy", 0)
    assert (len(drip), sum(drip), max(drip) <= 10_000) == (32, 73_300, True)
    days = sorted(payment[key]["paid_at"][:7] for key in truth.of("flow-drip", "easy")[0].rows["payments"])
    assert (days[0], days[-1]) == ("2017-03", "2024-01")
    # 596,000 + 588,800 = 1,184,800 in two purchases below 600,000
    assert truth.of("proc-split-60w", "easy")[1].amount == 1_184_800
    saved = truth.of("life-cost-chain", "decoy")[0].objects[0]["id"]
    project = next(row for row in rows["projects"] if row["project_id"] == saved)
    assert (project["estimate"], project["final_cost"]) == ("624000000.00", "290000000.00")
    # 500 million * 0.001 * 5 years = 2.5 million
    loan = truth.of("flow-fee-equals-saving", "easy")[0].rows["financings"][0]
    assert next(row for row in rows["financings"] if row["financing_id"] == loan)["principal"] == "500000000.00"


def test_nothing_happens_after_the_day_the_data_stand_for(city: tuple[Rows, Truth, Path]) -> None:
    ahead = {"maturity_date", "due_on", "valid_until", "reply_due_on", "until"}
    for table in DELIVERED:
        for column in table.columns:
            if column.kind in ("date", "moment") and column.name not in ahead:
                assert max((row.get(column.name, "")[:10] for row in city[0][table.id]), default="") <= "2026-06-30"


def test_statement_lines_are_the_payments_with_a_running_balance(city: tuple[Rows, Truth, Path]) -> None:
    rows = city[0]
    payment = {row["payment_id"]: row for row in rows["payments"]}
    balance: dict[str, float] = {}
    jumps = 0
    for line in rows["statement_lines"]:  # in the order of booking
        row = payment[line["payment_id"]]
        side = "payer_account" if line["direction"] == "out" else "payee_account"
        assert (row[side], row["amount"], row["paid_at"]) == (line["account_id"], line["amount"], line["booked_at"])
        step = float(line["amount"]) * (1 if line["direction"] == "in" else -1)
        after = float(line["balance_after"])
        if line["account_id"] in balance:
            jumps += abs(balance[line["account_id"]] + step - after) > 0.005
        balance[line["account_id"]] = after
        assert after >= 0
    assert len(balance) > 10
    assert jumps == 3  # the three planted holes; every other balance follows from the one before
