"""What the benchmark of resolution reads, brought into the columns of the canonical tables, and a made million."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pandas as pd


def fake_1000(folder: Path) -> pd.DataFrame:
    """``fake_1000`` as persons: one name of two fields, the city as address; ``cluster`` is the truth."""
    frame = pd.read_csv(folder / "resolution" / "fake_1000.csv", dtype=str)
    name = (frame["first_name"].fillna("") + " " + frame["surname"].fillna("")).str.strip()
    return pd.DataFrame(
        {
            "person_id": frame["unique_id"],
            "name": name.where(name != ""),
            "birth_date": frame["dob"],
            "address": frame["city"],
            "email": frame["email"],
            "cluster": frame["cluster"],
        }
    )


def febrl3_raw(folder: Path) -> pd.DataFrame:
    """``febrl3`` as published, padding taken off; ``cluster`` from the record's id."""
    frame = pd.read_csv(folder / "resolution" / "febrl3.csv", dtype=str, skipinitialspace=True)
    frame.columns = frame.columns.str.strip()
    frame = frame.apply(lambda column: column.str.strip())
    return frame.assign(cluster=frame["rec_id"].str.extract(r"^(rec-\d+)")[0])


def febrl3(folder: Path) -> pd.DataFrame:
    """``febrl3`` as persons: the social security number is another document's number, the address one text."""
    frame = febrl3_raw(folder)
    name = (frame["given_name"].fillna("") + " " + frame["surname"].fillna("")).str.strip()
    born = frame["date_of_birth"]
    day = (born.str[:4] + "-" + born.str[4:6] + "-" + born.str[6:8]).where(born.str.len() == 8)
    parts = ["street_number", "address_1", "address_2", "suburb", "postcode", "state"]
    return pd.DataFrame(
        {
            "person_id": frame["rec_id"],
            "name": name.where(name != ""),
            "birth_date": day,
            "address": frame[parts].fillna("").agg(" ".join, axis=1),
            "document_number": frame["soc_sec_id"],
            "cluster": frame["cluster"],
        }
    )


def executives(folder: Path) -> pd.DataFrame:
    """Posts of executives as persons: ``name``, ``gender``, ``age``."""
    return pd.read_csv(folder / "resolution" / "cn_listed_executives" / "executive_prep.csv", dtype=str)


def account_names(folder: Path) -> pd.DataFrame:
    """The laundromat's names with the account each stands on: ``org_id``, ``name``, ``account``, ``key``.

    ``key`` is the beginning of the account's SHA-256: verdicts are kept under it, without number or name.
    """
    place = folder / "laundromat"
    links = pd.read_csv(place / "bank-account-holders.csv")
    sides = [
        links[[f"{side}Account", f"{side}Id"]].set_axis(["account", "party"], axis=1)
        for side in ("payer", "beneficiary")
    ]
    pairs = pd.concat(sides).dropna().drop_duplicates()
    named = pd.concat([pd.read_csv(place / f"{name}.csv") for name in ("companies", "persons")])
    labels = named.drop_duplicates("id").set_index("id")["name"]
    pairs = pairs.assign(name=pairs["party"].map(labels)).dropna(subset=["name"])
    keys = [hashlib.sha256(account.encode()).hexdigest()[:12] for account in pairs["account"]]
    return pairs.assign(key=keys, org_id=[f"n{at}" for at in range(len(pairs))])[["org_id", "name", "account", "key"]]


def million(con: duckdb.DuckDBPyConnection, rows: int) -> None:
    """Table ``people``: invented persons, a tenth of whom come twice with gaps and slips (ids ``P``n and ``D``n)."""
    con.execute("SELECT setseed(0.4)")
    con.execute(
        f"""
        CREATE TABLE base AS
        SELECT i, chr(19968 + floor(pow(random(), 3) * 120)::INT) || chr(20500 + floor(pow(random(), 2) * 400)::INT) ||
               CASE WHEN random() < 0.75 THEN chr(21500 + floor(pow(random(), 2) * 400)::INT) ELSE '' END AS name,
               (DATE '1950-01-01' + (random() * 20000)::INT)::VARCHAR AS birth_date,
               CASE WHEN random() < 0.6 THEN '13' || lpad((random() * 1e9)::BIGINT::VARCHAR, 9, '0') END AS phone,
               CASE WHEN random() < 0.5 THEN '云江市' || (random() * 300)::INT || '路' || (random() * 200)::INT || '号'
                    || (random() * 2000)::INT || '室' END AS address
        FROM range({rows * 9 // 10}) t(i)
        """
    )
    con.execute(
        """
        CREATE TABLE people AS
        SELECT 'P' || i AS person_id, name, birth_date, phone, address, 0 AS arrival FROM base
        UNION ALL
        SELECT 'D' || i, name,
               CASE WHEN random() < 0.85 THEN birth_date ELSE (birth_date::DATE + (random() * 400)::INT)::VARCHAR END,
               CASE WHEN random() < 0.7 THEN phone END, CASE WHEN random() < 0.7 THEN address END, 1
        FROM base WHERE i % 9 = 0
        """
    )
