"""Rings on invented tenders: planted groups are found with their facts, busy honest bidders are not accused."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from caselens.bids import fingerprints, mutual_wording, rings
from caselens.bids._cobidding import benjamini_hochberg, cobidding
from caselens.bids._turns import region_shares, rotation, same_winner_pairs, standing_losers, standing_winner
from caselens.bids.rings import connected, percolated, stable_groups
from caselens.core.errors import DataError


def honest(tenders: int = 60, firms: int = 30, size: int = 4, seed: int = 0, prefix: str = "H"):
    """Random bidders, random winners."""
    rng = np.random.default_rng(seed)
    rows = []
    for t in range(tenders):
        who = rng.choice(firms, size, replace=False)
        rows += [(f"{prefix}{t:03}", f"firm{firm:02}", place == 0) for place, firm in enumerate(who)]
    return pd.DataFrame(rows, columns=["tender_id", "bidder_id", "is_winner"])


def cartel(tenders: int = 12, members: tuple[str, ...] = ("x1", "x2", "x3"), turn: bool = True, prefix: str = "R"):
    """The same members in every tender beside one honest firm; they win in turn, or the first always."""
    rows = []
    for t in range(tenders):
        winner = members[t % len(members)] if turn else members[0]
        rows += [(f"{prefix}{t:03}", member, member == winner) for member in members]
        rows.append((f"{prefix}{t:03}", f"firm{t:02}", False))
    return pd.DataFrame(rows, columns=["tender_id", "bidder_id", "is_winner"])


def test_a_rotating_group_is_one_ring_with_its_tenders_and_evidence():
    found = rings(pd.concat([honest(), cartel()], ignore_index=True))
    assert len(found.rings) == 1
    ring = found.rings.iloc[0]
    assert ring["members"] == ("x1", "x2", "x3")
    assert ring["tenders"] == tuple(f"R{t:03}" for t in range(12))
    assert ring["state"] == "hit"
    assert ring["rotation_p"] < 0.01
    assert ring["entropy"] == pytest.approx(1.0)
    facts = found.evidence[found.evidence["kind"] == "rotation"]
    assert facts["bidder_id"].tolist() == ["x1", "x2", "x3"] * 4
    assert ring["best"] == "rotation"
    assert ring["pattern_p"] == pytest.approx(3 * min(ring["rotation_p"], ring["winner_p"]))


def test_a_standing_winner_with_standing_losers_is_told():
    found = rings(pd.concat([honest(), cartel(turn=False)], ignore_index=True))
    ring = found.rings.iloc[0]
    assert (ring["winner"], ring["winner_wins"], ring["losers"], ring["state"]) == ("x1", 12, 2, "hit")
    losers = found.evidence[found.evidence["kind"] == "standing loser"].set_index("bidder_id")
    assert losers.loc["x2", "p"] == pytest.approx(0.75**12)  # four bidders, twelve times not the winner
    pair = found.evidence[found.evidence["kind"] == "same winner for a pair"].iloc[0]
    assert (pair["bidder_id"], pair["other_id"], pair["detail"]) == ("x2", "x3", "all 12 to x1")
    assert pair["p"] == pytest.approx(0.25**11)


def test_random_bidders_make_no_ring():
    for seed in range(5):
        found = rings(honest(120, seed=seed))
        assert found.rings.empty
        assert {"ring_id", "members", "tenders", "state", "best"} <= set(found.rings.columns)


def test_few_qualified_firms_that_always_meet_make_no_ring():
    # Two trades with four firms each: inside a trade everybody always meets, which the null knows.
    road = honest(30, firms=4, size=3, seed=1, prefix="road")
    bridge = honest(30, firms=4, size=3, seed=2, prefix="bridge").assign(
        bidder_id=lambda frame: "b" + frame["bidder_id"]
    )
    bids = pd.concat([road, bridge, honest()], ignore_index=True)
    category = bids["tender_id"].str.extract(r"([a-zA-Z]+)")[0]
    tenders = pd.DataFrame({"tender_id": bids["tender_id"], "category": category}).drop_duplicates()
    assert rings(bids, tenders).rings.empty
    assert not rings(bids).rings.empty  # without the trades the same firms look like two rings
    assert "null model by category, region" in rings(bids).not_assessable


def test_missing_columns_and_tables_are_told_not_passed_over():
    bids = pd.concat([honest(), cartel()], ignore_index=True)
    told = rings(bids.drop(columns="is_winner")).not_assessable
    assert told["turns, standing winners and losers"] == "lacks bids.is_winner"
    assert "bids.device_mac" in told["fingerprints"]
    assert told["losers subcontracted later"] == "lacks contracts"
    assert rings(bids.drop(columns="is_winner")).rings.iloc[0]["state"] == "note"
    with pytest.raises(DataError, match="bidder_id"):
        rings(bids.drop(columns="bidder_id"))


def test_two_firms_on_one_machine_are_a_ring_without_any_history():
    bids = honest(20)
    bids["device_mac"] = [f"02-00-00-00-00-{i:02X}" for i in range(len(bids))]
    bids["deposit_account"] = [f"acc{i}" for i in range(len(bids))]
    first = bids.index[bids["tender_id"] == "H007"][:2]
    bids.loc[first, ["device_mac", "deposit_account"]] = ["0200.0000.00AA", "acc-same"]
    bids.loc[first[1], "device_mac"] = "02:00:00:00:00:aa"
    found = rings(bids)
    ring = found.rings.iloc[0]
    assert ring["basis"] == "fingerprints"
    assert ring["members"] == tuple(sorted(bids.loc[first, "bidder_id"]))
    assert (ring["state"], ring["best"], ring["tenders"]) == ("hit", "fingerprint", ("H007",))
    assert found.evidence.iloc[0]["detail"] == "deposit_account, device_mac"


def test_losers_that_are_subcontracted_by_the_winner_are_told():
    contracts = pd.DataFrame(
        {
            "contract_id": ["C1", "C2", "C3"],
            "tender_id": ["R000", None, None],
            "parent_contract_id": [None, "C1", "C1"],
            "supplier_id": ["x1", "x2", "stranger"],
        }
    )
    found = rings(pd.concat([honest(), cartel()], ignore_index=True), contracts=contracts)
    fact = found.evidence[found.evidence["kind"] == "subcontracted loser"]
    assert fact[["tender_id", "bidder_id", "other_id", "detail"]].to_numpy().tolist() == [
        ["R000", "x2", "x1", "C2 under C1"]
    ]
    assert found.rings.iloc[0]["best"] == "subcontracted loser"


def test_the_null_keeps_who_bids_how_often_and_finds_the_expected_meetings():
    # Two firms in every tender of their block meet everywhere, whatever is swapped: expected = seen, p = 1.
    rows = [(f"T{t}", firm) for t in range(10) for firm in ("always", "too", f"other{t}")]
    pairs = cobidding(
        pd.DataFrame(rows, columns=["tender_id", "bidder_id"]), pd.Series(dtype=str), least_tenders=4, seed=0
    )
    row = pairs.pairs.iloc[0]
    assert (row["tenders"], row["p"]) == (10, pytest.approx(1.0, abs=0.05))
    assert pairs.eligible_pairs == 1


def test_expected_meetings_match_the_hypergeometric_mean():
    # 40 tenders of 4, 20 firms: a pair that enters a and b tenders meets about a*b/40 * (3/4)/(19/20 ...) times; the
    # plain mean over all pairs is exact: every tender has 6 pairs, so 240 meetings over 190 pairs.
    bids = honest(40, firms=20, seed=3)
    met = cobidding(bids, pd.Series(dtype=str), least_tenders=1, seed=0).pairs
    assert met["tenders"].sum() == 240
    assert met.loc[met["draws"] > 100, "expected"].mean() == pytest.approx(240 / 190, rel=0.35)
    again = cobidding(bids.sample(frac=1, random_state=1), pd.Series(dtype=str), least_tenders=1, seed=0).pairs
    pd.testing.assert_frame_equal(met, again)


def test_false_discovery_rates_by_hand():
    # p = .01, .02, .2 of five hypotheses: .01*5/1 = .05, .02*5/2 = .05, .2*5/3 = 1/3.
    assert benjamini_hochberg(np.array([0.2, 0.01, 0.02]), 5).tolist() == pytest.approx([1 / 3, 0.05, 0.05])


def test_triangles_that_share_an_edge_are_one_group_and_chains_are_none():
    assert percolated([("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("b", "d")]) == [frozenset("abcd")]
    assert percolated([("a", "b"), ("b", "c"), ("c", "d")]) == []
    two = percolated(list(combinations("abc", 2)) + list(combinations("cde", 2)))  # one corner in common only
    assert sorted(map(sorted, two)) == [["a", "b", "c"], ["c", "d", "e"]]
    assert connected([("a", "b"), ("c", "d"), ("b", "e")]) == [frozenset("abe"), frozenset("cd")]


def test_a_crowd_that_hangs_together_is_told_and_not_called_a_ring():
    # Thirty firms each of whose pairs shares all tenders: at no level of stability does a group of 20 come out.
    crowd = pd.DataFrame(list(combinations([f"c{i:02}" for i in range(30)], 2)), columns=["bidder_id", "other_id"])
    groups, diffuse = stable_groups(crowd.assign(stability=1.0))
    assert (groups, diffuse) == ([], 30)
    # Inside a loose crowd a core of four that never bids apart is found.
    core = crowd["bidder_id"].isin(["c00", "c01", "c02", "c03"]) & crowd["other_id"].isin(["c01", "c02", "c03"])
    groups, diffuse = stable_groups(crowd.assign(stability=np.where(core, 0.95, 0.55)))
    assert (groups, diffuse) == ([frozenset({"c00", "c01", "c02", "c03"})], 0)


def test_turns_by_hand():
    rng = np.random.default_rng(0)
    strict = rotation(np.array([0, 1, 2] * 3), rng)
    # 6 of the 1,680 orders of three times three wins are strict turns.
    assert (strict["turns"], strict["runs"], strict["entropy"]) == (8, 9, pytest.approx(1.0))
    assert strict["rotation_p"] == pytest.approx(6 / 1680, abs=0.003)
    blocks = rotation(np.array([0, 0, 0, 1, 1, 1]), rng)
    assert (blocks["runs"], blocks["turns"]) == (2, 1)
    assert blocks["rotation_p"] > 0.5
    assert np.isnan(rotation(np.array([0, 0, 0, 0, 0]), rng)["rotation_p"])


def test_a_standing_winner_by_hand():
    # Five tenders of two bidders, both members, one wins all five: 2 * (1/2)^5 = 1/16.
    rows = [(f"T{t}", firm, firm == "a", 2) for t in range(5) for firm in ("a", "b")]
    won = pd.DataFrame(rows, columns=["tender_id", "bidder_id", "is_winner", "bidders"])
    found = standing_winner(won, np.random.default_rng(0))
    assert (found["winner"], found["winner_wins"]) == ("a", 5)
    assert found["winner_p"] == pytest.approx(1 / 16, abs=0.03)
    assert standing_losers(won, least=4).to_numpy().tolist() == [["b", 5, pytest.approx(1 / 32)]]
    assert same_winner_pairs(won, pd.Series("a", index=[f"T{t}" for t in range(5)]), least=4).empty  # one loser only


def test_regions_shared_out_by_hand():
    wins = pd.DataFrame({"bidder_id": list("aaaabbbb"), "region": ["north"] * 4 + ["south"] * 4})
    table, p = region_shares(wins, np.random.default_rng(0))
    assert table["share"].tolist() == [1.0, 1.0]
    assert p == pytest.approx(2 / 70, abs=0.015)  # 2 of the C(8, 4) orders separate them as cleanly
    assert np.isnan(region_shares(wins.assign(region="north"), np.random.default_rng(0))[1])


def marked(**columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame(
        {"tender_id": "T", "bidder_id": [f"b{i}" for i in range(len(next(iter(columns.values()))))], **columns}
    )


def test_address_and_time_alone_never_make_a_lead():
    together = marked(
        device_ip=["203.0.113.7", "203.0.113.7"], submitted_at=["2024-05-01 09:00:00", "2024-05-01 09:03:00"]
    )
    found = fingerprints(together)
    assert found.pairs["marks"].tolist() == [("device_ip", "submitted_at")]
    assert found.pairs["state"].tolist() == ["note"]
    with_disk = fingerprints(together.assign(disk_serial="WD-77"))
    assert with_disk.pairs["state"].tolist() == ["hit"]


def test_a_card_alone_is_a_note_and_card_and_disk_together_are_one_computer():
    card = fingerprints(marked(device_mac=["02:00:00:00:00:01"] * 2, disk_serial=["D1", "D2"]))
    assert card.pairs[["kinds", "state"]].to_numpy().tolist() == [[("device",), "note"]]
    both = fingerprints(marked(device_mac=["02:00:00:00:00:01"] * 2, disk_serial=["D1"] * 2))
    assert both.pairs[["kinds", "state"]].to_numpy().tolist() == [[("device",), "hit"]]


def test_a_private_address_counts_only_where_asked():
    bids = marked(device_ip=["192.168.1.2"] * 2, file_author=["某人"] * 2)
    assert fingerprints(bids).pairs["state"].tolist() == ["note"]
    assert fingerprints(bids, private_addresses=True).pairs["state"].tolist() == ["hit"]


def test_public_exits_private_addresses_blanks_and_shared_services_are_excluded_and_listed():
    bids = marked(
        device_ip=["198.51.100.9", "198.51.100.9", "192.168.1.2", "192.168.1.2", "203.0.113.1", "203.0.113.1"],
        device_mac=["00:00:00:00:00:00"] * 6,
        software_licence=["agency"] * 6,
    )
    found = fingerprints(bids, public_addresses=["198.51.100.0/24"])
    assert found.evidence["value"].tolist() == ["203.0.113.1"]
    rules = found.excluded.set_index("value")["rule"].to_dict()
    assert rules["198.51.100.9"] == "exit of an agency or public network"
    assert rules["192.168.1.2"] == "private or reserved address"
    assert rules["agency"] == "used by more than 5 bidders"
    assert "deposit_account" in found.missing


def test_phones_are_compared_without_prefix_and_separators():
    found = fingerprints(marked(contact_phone=["+86 139-0000-1111", "13900001111"], file_author=["李某", "李某"]))
    assert found.pairs["marks"].tolist() == [("contact_phone", "file_author")]
    assert found.pairs["state"].tolist() == ["hit"]


OWN = (
    "本项目拟投入全站仪三台与压路机两台并由项目经理统一调度施工现"
    "场采用分段流水作业夜间照明由发电机组供给雨季另备抽水设备四套"
)
OTHER = (
    "我司计划以平行施工组织路基土方与涵洞同步推进材料经试验室抽"
    "检合格后方可进场冬季混凝土养护采用蒸汽并由专人测温记录备查"
)
TEMPLATE = (
    "投标人应当具备独立承担民事责任的能力并在人员设备资金等方面"
    "具有相应的施工能力且近三年内没有骗取中标和严重违约的情形记录"
)


def test_texts_alike_outside_the_template_are_told_with_the_passage():
    texts = pd.DataFrame(
        {
            "tender_id": "T",
            "bidder_id": ["a", "b", "c"],
            "text": [TEMPLATE + OWN, TEMPLATE + "。" + OWN.replace("四套", "四台"), TEMPLATE + OTHER],
        }
    )
    found = mutual_wording(texts, pd.DataFrame({"tender_id": ["T"], "text": [TEMPLATE]}))
    by_pair = found.set_index(["bidder_id", "other_id"])
    assert by_pair["state"].to_dict() == {("a", "b"): "hit", ("a", "c"): "clean", ("b", "c"): "clean"}
    assert OWN[:40] in by_pair.loc[("a", "b"), "passage"]
    # The template alone is no likeness: with nothing else in the texts there is too little to compare.
    bare = texts.assign(text=TEMPLATE)
    assert set(mutual_wording(bare, pd.DataFrame({"tender_id": ["T"], "text": [TEMPLATE]}))["state"]) == {
        "not_assessable"
    }


def test_phrases_that_most_bidders_copy_are_no_likeness():
    own = [OWN, OTHER, OWN[::-1], OTHER[::-1]]
    texts = pd.DataFrame({"tender_id": "T", "bidder_id": list("abcd"), "text": [TEMPLATE * 4 + text for text in own]})
    assert set(mutual_wording(texts)["state"]) == {"clean"}


def test_jaccard_by_hand():
    # 57 characters give 50 runs of eight; changing the last character changes one: 49 in common, 51 in all.
    text = "".join(chr(0x4E00 + i) for i in range(57))
    texts = pd.DataFrame({"tender_id": "T", "bidder_id": ["a", "b"], "text": [text, text[:-1] + "龙"]})
    assert mutual_wording(texts).loc[0, "jaccard"] == pytest.approx(49 / 51)
