"""Claims against what is on file: numbers, dates, owners, sums, and what nobody can verify."""

from collections.abc import Callable

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
TABLES = {
    "organizations": "org_id,name,kind\nU,甲市水利局,government\nA,甲建设,private\nB,乙建设,private\n",
    "tenders": "tender_id,buyer_id,method,deadline_at\nT,U,open,2022-05-10T09:00:00\n",
    "licences": "licence_id,org_id,kind,licence_no,valid_from,valid_until\n"
    "L1,A,施工资质,证第(001)号,2018-01-01,{until}\n",
    "contracts": "contract_id,buyer_id,supplier_id,amount,final_amount,signed_on\nK1,U,A,1000000,1040000,{signed}\n",
}
WHOLE = (
    "table,scope,period_start,period_end,is_complete\nlicences,,2016-01-01,2023-12-31,true\n"
    "contracts,,2016-01-01,2023-12-31,true\n"
)


def asked(
    given: Given, *rows: str, until: str = "2028-01-01", signed: str = "2020-03-01", coverage: str = WHOLE, **more: str
) -> Answer:
    """Claims ``bidder,kind,reference,counterparty_name,amount`` in tender T."""
    tables = {name: text.format(until=until, signed=signed) for name, text in TABLES.items()}
    tables["bid_claims"] = "claim_id,tender_id,bidder_id,kind,reference,counterparty_name,amount\n" + "".join(
        f"c{n},T,{row}\n" for n, row in enumerate(rows)
    )
    if coverage:
        tables["coverage"] = coverage
    return evaluate(INDICATORS["bid-fake-credential"], given(tables | more))


def states(answer: Answer) -> dict[str, str]:
    return dict(zip(answer.assessed["subject_id"], answer.assessed["state"], strict=True))


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("A,certificate,证第（００１）号,,", "clean"),  # full width and brackets are the same number
        ("A,certificate,证第002号,,", "hit"),  # not on file
        ("B,certificate,证第001号,,", "hit"),  # of another firm
        ("A,past_contract,K1,甲市水利局,1092000", "clean"),  # final 1.04m + 5 % = 1.092m
        ("A,past_contract,K1,甲市水利局,1092001", "hit"),
        ("A,past_contract,K1,乙县医院,1000000", "hit"),  # another owner
        ("A,past_contract,K1,水利局,1000000", "clean"),  # the short name of the owner
        ("B,past_contract,K1,甲市水利局,1000000", "hit"),  # of another firm
        ("A,past_contract,HT-77,甲市水利局,1000000", "clean"),  # the same contract under another number
        ("A,past_contract,HT-77,甲市水利局,5000000", "hit"),  # nothing like it on file
        ("A,award,奖状1,,", "not_assessable"),  # a kind nobody keeps a register of
    ],
)
def test_a_claim_stands_or_falls_with_what_is_on_file(given: Given, claim: str, expected: str) -> None:
    assert states(asked(given, claim)) == {claim[0]: expected}


def test_what_is_not_on_file_says_nothing_outside_complete_coverage(given: Given) -> None:
    claims = ("A,certificate,证第002号,,", "B,past_contract,HT-77,甲市水利局,5000000")
    assert set(states(asked(given, *claims, coverage="")).values()) == {"not_assessable"}
    # Contracts are on file since 2020 only: a past contract of 2019 could not be among them.
    late = "table,scope,period_start,period_end,is_complete\ncontracts,,2020-01-01,2023-12-31,true\n"
    assert states(asked(given, claims[1], coverage=late)) == {"B": "not_assessable"}


@pytest.mark.parametrize(("until", "severity"), [("2022-04-10", "note"), ("2022-04-09", "yellow")])
def test_a_day_missed_by_a_month_may_be_a_late_entry(given: Given, until: str, severity: str) -> None:
    # Opened on 2022-05-10: 30 days after 2022-04-10.
    answer = asked(given, "A,certificate,证第001号,,", until=until)
    assert answer.leads["severity"].tolist() == [severity]
    held = answer.counters.set_index("innocent").loc["registry_lag", "state"]
    assert held == ("holds" if severity == "note" else "does_not_hold")


def test_valid_on_its_last_day_and_renewed_in_time(given: Given) -> None:
    assert states(asked(given, "A,certificate,证第001号,,", until="2022-05-10")) == {"A": "clean"}
    more = TABLES["licences"].format(until="2022-01-01") + "L2,A,施工资质,证第003号,2022-01-01,2027-01-01\n"
    assert states(asked(given, "A,certificate,证第001号,,", licences=more)) == {"A": "excluded"}


def test_two_bidders_with_one_certificate(given: Given) -> None:
    # Nobody has it on file: both are asked. On file for one of them: only the other is.
    both = asked(given, "A,certificate,证第009号,,", "B,certificate,证第009号,,", coverage="")
    assert states(both) == {"A": "hit", "B": "hit"}
    one = asked(given, "A,certificate,证第001号,,", "B,certificate,证第001号,,")
    assert states(one) == {"A": "clean", "B": "hit"}
    assert [(s["id"], s["role"]) for s in one.leads["subjects"].item()] == [("B", "bidder"), ("A", "context")]


def test_a_contract_signed_after_the_bid_cannot_have_been_performed(given: Given) -> None:
    answer = asked(given, "A,past_contract,K1,甲市水利局,1000000", signed="2022-06-01")
    assert states(answer) == {"A": "hit"}
    assert "after the bid" in answer.leads["text_en"].item()


def test_several_slips_in_one_bid_are_one_lead_and_the_printed_number_counts(given: Given) -> None:
    bids = "tender_id,bidder_id,licence_no\nT,B,证第001号\n"
    answer = asked(given, "B,past_contract,HT-77,甲市水利局,5000000", bids=bids)
    assert len(answer.leads) == 1
    # 1 - (1 - 0.8) * (1 - 0.3 * 0.7) = 0.842
    assert answer.leads["score"].item() == pytest.approx(0.842)
    assert set(answer.evidence["key"]) == {"c0", "T", "T|B", "L1"}
