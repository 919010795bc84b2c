"""The peers of resolution: Splink with its published settings, Splink plain on our comparisons, rapidfuzz.

The settings for ``fake_1000`` and ``febrl3`` are those of Splink's own worked examples (its documentation, section
"accuracy analysis from a labels column" and "deduplicating febrl3").
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import splink.comparison_library as cl
from _resolution_data import febrl3_raw
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

Answer = Iterator[tuple[float, pd.Series, float]]
THRESHOLDS = (0.5, 0.95)


def _clusters(linker: Linker, key: str, started: float) -> Answer:
    scored = linker.inference.predict(threshold_match_probability=0.01)
    for threshold in THRESHOLDS:
        frame = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, threshold).as_pandas_dataframe()
        found = frame.set_index(key)["cluster_id"]
        found.index = found.index.astype(str)
        yield threshold, found.astype(str), time.perf_counter() - started


def fake_1000(folder: Path) -> Answer:
    """Splink's settings for ``fake_1000``."""
    frame = pd.read_csv(folder / "resolution" / "fake_1000.csv")
    frame["dob"] = pd.to_datetime(frame["dob"])
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[block_on(name) for name in ("first_name", "surname", "dob", "email")],
        comparisons=[
            cl.ForenameSurnameComparison("first_name", "surname"),
            cl.DateOfBirthComparison("dob", input_is_string=False),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
    )
    started = time.perf_counter()
    linker = Linker(DuckDBAPI().register(frame.drop(columns="cluster")), settings, log_level=logging.ERROR)
    near = "levenshtein(r.dob::VARCHAR, l.dob::VARCHAR) <= 1"
    rules = [
        f"l.first_name = r.first_name and {near}",
        f"l.surname = r.surname and {near}",
        "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2",
        "l.email = r.email",
    ]
    linker.training.estimate_probability_two_random_records_match(rules, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=5)
    for rule in (block_on("dob"), block_on("email"), block_on("first_name", "surname")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule, estimate_without_term_frequencies=True)
    yield from _clusters(linker, "unique_id", started)


def febrl3(folder: Path) -> Answer:
    """Splink's settings for ``febrl3``."""
    frame = febrl3_raw(folder)
    settings = SettingsCreator(
        unique_id_column_name="rec_id",
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on(name) for name in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")
        ],
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ],
    )
    started = time.perf_counter()
    linker = Linker(DuckDBAPI().register(frame.drop(columns="cluster")), settings, log_level=logging.ERROR)
    swapped = "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth"
    rules = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth"), swapped]
    linker.training.estimate_probability_two_random_records_match(rules, recall=0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=2)
    for name in ("date_of_birth", "postcode"):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(name))
    yield from _clusters(linker, "rec_id", started)


def rapidfuzz_baseline(frame: pd.DataFrame) -> Answer:
    """All fields as one text, all pairs, one threshold: what somebody would do with a string library."""
    from rapidfuzz import fuzz, process

    texts = frame.drop(columns=["person_id", "cluster"]).fillna("").agg(" ".join, axis=1).str.lower().tolist()
    for cut in (80, 90):
        started = time.perf_counter()
        left, right = [], []
        for begin in range(0, len(texts), 1_000):
            scores = process.cdist(
                texts[begin : begin + 1_000],
                texts,
                scorer=fuzz.token_sort_ratio,
                score_cutoff=cut,
                workers=2,
                dtype=np.uint8,
            )
            one, other = np.nonzero(scores)
            left.append(one + begin)
            right.append(other)
        rows, columns = np.concatenate(left), np.concatenate(right)
        graph = coo_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(texts), len(texts)))
        _, label = connected_components(graph, directed=False)
        yield cut, pd.Series(label, index=frame.index), time.perf_counter() - started


def plain_million(con: duckdb.DuckDBPyConnection) -> tuple[str, float]:
    """Splink as one would use it on the prepared columns: our comparisons and blocking, its training and clusters.

    Taking names apart is not counted for it: it gets the prepared columns. Gives the query of members, and seconds.
    """
    from caselens.entities import model
    from caselens.entities._prepare import prepare

    count = prepare(con, "SELECT * FROM people", "person", "rows_in")
    started = time.perf_counter()
    comparisons = tuple(
        item for item in model.COMPARISONS.values() if item.id in ("person_name", "birth_date", "phone", "address")
    )
    blocking, _, _ = model._blocking(con, "rows_in", comparisons, count)
    settings: dict[str, Any] = model._settings(con, "rows_in", comparisons, blocking, 1 / count)
    settings["retain_matching_columns"] = False
    api = DuckDBAPI(connection=con)
    linker = Linker(
        api.register("rows_in", table_name="rows_sdf"), settings, log_level=logging.ERROR, validate_settings=False
    )
    same = "l.name_key = r.name_key AND l.birth_date = r.birth_date AND l.phone = r.phone"
    linker.training.estimate_probability_two_random_records_match([same], recall=0.5)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in ("l.name_key = r.name_key AND l.birth_date = r.birth_date", "l.phone = r.phone"):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    scored = linker.inference.predict(threshold_match_probability=0.9)
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, 0.9)
    seconds = time.perf_counter() - started
    query = (
        "SELECT r.member_id, f.member_id AS entity_id FROM "
        f"(SELECT n, min(n) OVER (PARTITION BY cluster_id) AS first FROM {found.physical_name}) c "
        "JOIN rows_in r ON r.n = c.n JOIN rows_in f ON f.n = c.first"
    )
    return query, seconds
