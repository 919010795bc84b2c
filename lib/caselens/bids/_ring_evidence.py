"""What speaks for one group of bidders: each fact is a row with its tender and its bidders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from caselens.bids import _turns
from caselens.bids.fingerprints import Fingerprints

DATES: tuple[str, ...] = ("opened_at", "deadline_at", "awarded_on", "published_on")
SHOWN = 0.05
EVIDENCE: tuple[str, ...] = ("kind", "tender_id", "bidder_id", "other_id", "detail", "p")

#: What to read first where there is more than one fact: marks on paper before statistics.
FIRST: tuple[str, ...] = (
    "fingerprint",
    "wording",
    "subcontracted loser",
    "standing winner",
    "rotation",
    "same winner for a pair",
    "standing loser",
    "regions shared out",
    "joint tenders",
)


_TURN_COLUMNS = (
    "wins",
    "runs",
    "entropy",
    "turns",
    "rotation_p",
    "winner",
    "winner_wins",
    "winner_p",
    "region_p",
    "losers",
)
#: Columns of a ring's row, its number aside.
RING_COLUMNS = ("members", "tenders", "basis", "q", *_TURN_COLUMNS, "pattern_p", "pattern_q", "state", "best")


@dataclass(frozen=True, slots=True)
class RingFacts:
    """All that groups are read against."""

    bids: pd.DataFrame
    tenders: pd.DataFrame
    contracts: pd.DataFrame | None
    wording: pd.DataFrame | None
    marks: Fingerprints
    pairs: pd.DataFrame
    least_tenders: int
    seed: int


@dataclass(frozen=True, slots=True)
class Found:
    """One group: its row, its facts, its wins by region."""

    row: dict[str, Any]
    evidence: pd.DataFrame
    regions: pd.DataFrame


def evidence_of(facts: RingFacts, members: frozenset[str], basis: str, least_members: int) -> Found | None:
    """The facts on a group, or None where a group from co-bidding never stood together often enough."""
    once = facts.bids.drop_duplicates(["tender_id", "bidder_id"])
    own = once[once["bidder_id"].isin(members)]
    together = own.groupby("tender_id")["bidder_id"].nunique()
    least = min(least_members, len(members))
    joint = together[together >= least].index
    if basis == "cobidding" and len(joint) < facts.least_tenders:
        return None
    rng = np.random.default_rng([facts.seed, len(members), len(joint)])
    turns, turn_facts, regions = _turn_facts(facts, own[own["tender_id"].isin(joint)], once, rng)
    paper = [_marked(facts, members), _worded(facts, members), _subcontracted(facts, members)]
    inside = facts.pairs[facts.pairs["bidder_id"].isin(members) & facts.pairs["other_id"].isin(members)]
    common = pd.DataFrame(
        {"kind": "joint tenders", "tender_id": joint, "detail": together.loc[joint].astype(str) + " members"}
    )
    table = pd.concat([*paper, *turn_facts, common], ignore_index=True).reindex(columns=EVIDENCE)
    strong = [float(turns[name]) for name in ("rotation_p", "winner_p", "losers_p") if turns[name] == turns[name]]
    enough = len(joint) >= facts.least_tenders and len(members) >= least_members
    is_marked = any(len(frame) for frame in paper[:2])
    # A figure that chance explains is no fact; it stays in the ring's row.
    table = table[table["p"].isna() | (table["p"].astype(float) <= SHOWN)].reset_index(drop=True)
    kinds = set(table["kind"])
    q = float(inside["q"][inside["q"] <= 0.05].max()) if basis != "fingerprints" else float("nan")
    tender_ids = sorted(set(joint) | set(table["tender_id"].dropna()))
    row: dict[str, Any] = {
        "members": tuple(sorted(members)),
        "tenders": tuple(tender_ids),
        "basis": basis,
        "q": q,
        **{name: turns[name] for name in _TURN_COLUMNS},
        # Three patterns were looked for: the least p-value is corrected for that.
        "pattern_p": min(1.0, 3 * min(strong, default=1.0)) if enough else float("nan"),
        "best": next(kind for kind in FIRST if kind in kinds) if kinds else "",
        "is_marked": is_marked,
        "is_ring": enough,
    }
    return Found(row, table, regions)


def _turn_facts(
    facts: RingFacts, own: pd.DataFrame, once: pd.DataFrame, rng: np.random.Generator
) -> tuple[dict[str, Any], list[pd.DataFrame], pd.DataFrame]:
    """Turns, standing winner and losers, pairs with one winner, regions: figures, facts, wins by region."""
    empty = pd.DataFrame(columns=["region", "bidder_id", "wins", "share"])
    blank: dict[str, Any] = dict.fromkeys(_TURN_COLUMNS, float("nan")) | {
        "winner": "",
        "losers": 0,
        "losers_p": np.nan,
    }
    if "is_winner" not in own or own.empty:
        return blank, [], empty
    won = own[["tender_id", "bidder_id"]].assign(
        is_winner=own["is_winner"].astype("boolean").fillna(False).astype(bool)
    )
    won["bidders"] = won["tender_id"].map(once.groupby("tender_id")["bidder_id"].nunique())
    wins = _in_time(won[won["is_winner"]], facts.tenders)
    codes = pd.factorize(wins["bidder_id"])[0].astype(np.int64)
    turns: dict[str, Any] = {**_turns.rotation(codes, rng), **_turns.standing_winner(won, rng)}
    losers = _turns.standing_losers(won, least=facts.least_tenders)
    pairs = _turns.same_winner_pairs(
        won, wins.drop_duplicates("tender_id").set_index("tender_id")["bidder_id"], least=facts.least_tenders
    )
    regions, region_p = empty, float("nan")
    if "region" in facts.tenders:
        placed = wins.assign(region=wins["tender_id"].map(facts.tenders.set_index("tender_id")["region"])).dropna()
        regions, region_p = _turns.region_shares(placed, rng)
    # The least of several losers' p-values, corrected for having looked at all members.
    losers_p = min(1.0, float(losers["p"].min()) * won["bidder_id"].nunique()) if len(losers) else float("nan")
    turns |= {"region_p": region_p, "losers": len(losers), "losers_p": losers_p}
    return turns, _told(turns, wins, losers, pairs), regions


def _told(turns: dict[str, Any], wins: pd.DataFrame, losers: pd.DataFrame, pairs: pd.DataFrame) -> list[pd.DataFrame]:
    """The figures as facts."""
    out = []
    if turns["rotation_p"] == turns["rotation_p"]:
        in_turn = f"{turns['turns']} of {turns['wins'] - 1} wins in turn"
        detail = f"{in_turn}, {turns['runs']} runs, entropy {turns['entropy']:.2f}"
        out.append(wins[["tender_id", "bidder_id"]].assign(kind="rotation", detail=detail, p=turns["rotation_p"]))
    if turns["winner"] != "":
        own = wins[wins["bidder_id"] == turns["winner"]]
        detail = f"{turns['winner_wins']} of {turns['wins']} wins of the group"
        out.append(own[["tender_id", "bidder_id"]].assign(kind="standing winner", detail=detail, p=turns["winner_p"]))
    if len(losers):
        detail = "0 of " + losers["tenders"].astype(str) + " won"
        out.append(losers[["bidder_id", "p"]].assign(kind="standing loser", detail=detail))
    if len(pairs):
        detail = "all " + pairs["tenders"].astype(str) + " to " + pairs["winner"].astype(str)
        out.append(pairs[["bidder_id", "other_id", "p"]].assign(kind="same winner for a pair", detail=detail))
    if turns["region_p"] == turns["region_p"]:
        detail = "wins of the members by region, see regions"
        out.append(pd.DataFrame({"kind": ["regions shared out"], "detail": detail, "p": turns["region_p"]}))
    return out


def _in_time(wins: pd.DataFrame, tenders: pd.DataFrame) -> pd.DataFrame:
    """Wins in the order of the tenders' dates, those without one in the order of their ids."""
    date = pd.Series(pd.NaT, index=wins.index)
    for name in DATES:
        if name in tenders:
            given = pd.to_datetime(tenders.set_index("tender_id")[name], errors="coerce")
            date = date.fillna(wins["tender_id"].map(given))
    return wins.assign(date=date).sort_values(["date", "tender_id", "bidder_id"]).drop(columns="date")


def _marked(facts: RingFacts, members: frozenset[str]) -> pd.DataFrame:
    """Leads of fingerprints among the members."""
    pairs = facts.marks.pairs
    own = pairs[pairs["bidder_id"].isin(members) & pairs["other_id"].isin(members) & (pairs["state"] == "hit")]
    detail = own["marks"].map(", ".join) if len(own) else ""
    return own[["tender_id", "bidder_id", "other_id"]].assign(kind="fingerprint", detail=detail)


def _worded(facts: RingFacts, members: frozenset[str]) -> pd.DataFrame:
    """Leads of mutual wording among the members."""
    if facts.wording is None:
        return pd.DataFrame(columns=["tender_id", "bidder_id", "other_id"])
    table = facts.wording
    own = table[table["bidder_id"].isin(members) & table["other_id"].isin(members) & (table["state"] == "hit")]
    detail = own["passage"].astype(str)
    return own[["tender_id", "bidder_id", "other_id"]].assign(kind="wording", detail=detail)


def _subcontracted(facts: RingFacts, members: frozenset[str]) -> pd.DataFrame:
    """Members that lost a tender and got a subcontract of it from the member that won."""
    columns = ["tender_id", "bidder_id", "other_id"]
    contracts = facts.contracts
    if contracts is None or not {"parent_contract_id", "tender_id"} <= set(contracts.columns):
        return pd.DataFrame(columns=columns)
    above = contracts[["contract_id", "tender_id", "supplier_id"]]
    below = contracts[["contract_id", "parent_contract_id", "supplier_id"]].dropna(subset=["parent_contract_id"])
    joined = below.merge(above, left_on="parent_contract_id", right_on="contract_id", suffixes=("", "_above"))
    joined = joined[joined["supplier_id"].isin(members) & joined["supplier_id_above"].isin(members)]
    entered = facts.bids[["tender_id", "bidder_id"]].drop_duplicates()
    joined = joined[joined["supplier_id"] != joined["supplier_id_above"]]
    lost = joined.merge(entered, left_on=["tender_id", "supplier_id"], right_on=["tender_id", "bidder_id"])
    detail = lost["contract_id"].astype(str) + " under " + lost["parent_contract_id"].astype(str)
    out = lost[["tender_id", "bidder_id"]].assign(other_id=lost["supplier_id_above"], detail=detail)
    return out.assign(kind="subcontracted loser")
