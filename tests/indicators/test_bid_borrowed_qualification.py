"""Lent licences: what counts as passed on, to whom, and what explains it."""

from collections.abc import Callable

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]

TABLES = {
    "organizations": "org_id,name,kind\nU,水利局,government\nA,甲建设,private\nB,乙土方,private\nA2,丙建设,private\n"
    "BANK,某银行,financial\n",
    "persons": "person_id,name\nP,某人\nS,配偶\nM,经理\n",
    "tenders": "tender_id,buyer_id,method\nT1,U,open\nT2,U,open\n",
    "contracts": "contract_id,tender_id,parent_contract_id,buyer_id,supplier_id,amount,signed_on\n"
    "K1,T1,,U,A,3000000,2021-01-05\n",
    "accounts": "account_id,holder_id\naU,U\naA,A\naB,B\naP,P\naS,S\naA2,A2\naBANK,BANK\n",
}
HEAD = "payment_id,paid_at,payer_account,payee_account,amount,currency,reference_id\n"


def asked(given: Given, payments: str, **more: str) -> Answer:
    """``more``: rows to add to a table, or with their own header a new one."""
    tables = dict(TABLES) | {"payments": HEAD + payments}
    for name, text in more.items():
        tables[name] = tables[name] + text if name in tables else text
    return evaluate(INDICATORS["bid-borrowed-qualification"], given(tables))


def state(answer: Answer, winner: str = "A") -> str:
    return answer.assessed.set_index("subject_id").loc[winner, "state"]


def instalments(*outflows: tuple[str, float, int], winner: str = "A", contract: str = "K1") -> str:
    """Two instalments of a million, and after each the outflows ``(payee, amount, days later)``."""
    rows = []
    for turn, month in enumerate(("03", "09")):
        rows.append(f"{winner}i{turn},2021-{month}-01,aU,a{winner},1000000,,{contract}")
        rows += [
            f"{winner}o{turn}{n},2021-{month}-{1 + days:02},a{winner},a{payee},{amount},,"
            for n, (payee, amount, days) in enumerate(outflows)
        ]
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(970_000, "hit"), (900_000, "hit"), (890_000, "clean"), (500_000, "clean")],
)
def test_the_winner_keeps_a_tenth_at_most(given: Given, amount: float, expected: str) -> None:
    # 90 % passed on: exactly a tenth is kept; 89 %: more than a tenth, and nothing else left.
    assert state(asked(given, instalments(("B", amount, 7)))) == expected


def test_eight_tenths_suffice_where_the_rest_left_too(given: Given) -> None:
    answer = asked(given, instalments(("B", 800_000, 5), ("BANK", 120_000, 9)))
    assert state(answer) == "hit"
    assert answer.leads["value"].item() == pytest.approx(0.8)
    assert [s["id"] for s in answer.leads["subjects"].item()] == ["A", "B"]


def test_a_couple_and_their_firm_are_one_party(given: Given) -> None:
    money = instalments(("B", 500_000, 5), ("S", 450_000, 8))
    assert state(asked(given, money)) == "clean"  # two strangers
    ties = {
        "ownerships": "org_id,holder_id,share\nB,P,0.9\n",
        "kinships": "person_id,relative_id,relation\nP,S,spouse\n",
    }
    answer = asked(given, money, **ties)
    assert state(answer) == "hit" and answer.leads["amount"].item() == 1_900_000


def test_one_payment_or_later_than_a_month_is_no_lead(given: Given) -> None:
    assert state(asked(given, "i,2021-03-01,aU,aA,1000000,,K1\no,2021-03-09,aA,aB,970000,,\n")) == "clean"
    late = (
        "i,2021-03-01,aU,aA,1000000,,K1\no,2021-04-01,aA,aB,970000,,\nj,2021-09-01,aU,aA,1000000,,K1\n"
        "q,2021-10-02,aA,aB,970000,,\n"
    )
    assert state(asked(given, late)) == "clean"


def test_other_money_of_the_firm_is_not_the_contracts(given: Given) -> None:
    # Paid under another contract's number: not this contract's money.
    assert state(asked(given, instalments(("B", 970_000, 7), contract="OTHER"))) == "not_assessable"


SUB = "K1S,,K1,A,B,{amount},{day}\n"


def test_an_older_subcontract_as_large_excludes_a_younger_one_does_not(given: Given) -> None:
    money = instalments(("B", 970_000, 7))
    assert state(asked(given, money, contracts=SUB.format(amount=1_900_000, day="2021-02-01"))) == "excluded"
    for amount, day in ((1_900_000, "2021-06-01"), (900_000, "2021-02-01")):
        answer = asked(given, money, contracts=SUB.format(amount=amount, day=day))
        assert state(answer) == "hit"
        assert answer.counters.set_index("innocent").loc["subcontract", "state"] == "does_not_hold"


def test_a_subcontract_with_an_unlicensed_payer_of_the_deposit_only_weakens(given: Given) -> None:
    bids = "tender_id,bidder_id,deposit_account\nT1,A,aB\n"
    answer = asked(
        given, instalments(("B", 970_000, 7)), contracts=SUB.format(amount=1_900_000, day="2021-02-01"), bids=bids
    )
    assert state(answer) == "hit"
    assert answer.counters.set_index("innocent").loc["subcontract", "state"] == "holds"


def test_signs_make_it_graver(given: Given) -> None:
    money = instalments(("B", 970_000, 7))
    plain = asked(given, money).leads.iloc[0]
    assert plain["severity"] == "note"
    bids = "tender_id,bidder_id,deposit_account,project_manager_id\nT1,A,aB,M\n"
    jobs = "person_id,org_id,start_date\nM,B,2019-01-01\n"
    answer = asked(given, money, bids=bids, employments=jobs)
    assert answer.leads["severity"].item() == "red" and answer.leads["score"].item() > plain["score"]
    assert {"T1|A", "aB"} <= set(answer.evidence.loc[answer.evidence["role"] == "sign", "key"])
    own = asked(given, money, bids=bids.replace("aB", ""), employments=jobs.replace("M,B", "M,A"))
    assert own.leads["severity"].item() == "note"


def test_whoever_stands_behind_two_winners_is_told(given: Given) -> None:
    money = instalments(("B", 970_000, 7)) + instalments(("B", 960_000, 9), winner="A2", contract="K2")
    answer = asked(given, money, contracts="K2,T2,,U,A2,3000000,2021-01-05\n")
    assert len(answer.leads) == 2
    assert all("several winners" in text for text in answer.leads["signs_en"])


def test_a_subsidiary_or_leader_is_its_own_side(given: Given) -> None:
    money = instalments(("B", 970_000, 7))
    assert state(asked(given, money, ownerships="org_id,holder_id,share\nB,A,0.6\n")) == "excluded"
    assert state(asked(given, money, ownerships="org_id,holder_id,share\nA,B,0.5\n")) == "excluded"
    led = asked(
        given, instalments(("P", 970_000, 7)), directorships="org_id,person_id,role\nA,P,legal_representative\n"
    )
    assert state(led) == "excluded"


def test_one_lent_contract_among_honest_ones_is_found(given: Given) -> None:
    honest = "h1,2021-05-01,aU,aA,9000000,,K9\nh2,2021-11-01,aU,aA,9000000,,K9\n"
    answer = asked(given, instalments(("B", 970_000, 7)) + honest, contracts="K9,T2,,U,A,20000000,2021-01-06\n")
    lead = answer.leads.iloc[0]
    assert [item["id"] for item in lead["objects"]] == ["K1", "T1"] and lead["received"] == 2_000_000
