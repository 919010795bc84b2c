"""Fees that equal a saving: units, ties, the chance of an accident, and who is no third party."""

import math
from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.indicators._savings import PLAIN, Candidate, Saving, judge
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
ONE = math.log10(1.02 / 0.98)  # 0.01737: the chance that one fee equals one saving in some power of ten


def asked(given: Given, payments: str, **more: str) -> Answer:
    """2亿 from 4.2 % to 3.7 % for three years: 200,000,000 x 0.005 x 3 = 3,000,000 saved."""
    tables = {
        "organizations": "org_id,name,kind\nS,平台公司,state_owned\nB,银行,financial\nM,金服公司,private\n",
        "financings": "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date,maturity_date\n"
        "F1,loan,S,B,200000000,0.05,2017-03-01,2020-03-01\nF2,loan,S,B,90000000,0.05,2017-03-01,2020-03-01\n",
        "financing_terms": "financing_id,item,rate_before,rate_after,changed_on\nF1,interest,0.042,0.037,2017-03-02\n",
        "accounts": "account_id,holder_id\naS,S\naB,B\naM,M\naB2,\naB3,\naB4,\n",
        "payments": "payment_id,paid_at,payer_account,payee_account,amount,memo,reference_id\n" + payments,
        **more,
    }
    return evaluate(INDICATORS["flow-fee-equals-saving"], given(tables))


def test_an_equal_fee_in_plain_figures_is_found_within_two_per_cent_and_24_months(given: Given) -> None:
    # 2,942,000: |2,942,000 - 3,000,000| / 2,942,000 = 1.97 %. As the sums stand: a third of 1.74 %.
    answer = asked(given, "p,2019-02-25,aS,aM,2942000,,F1\n")
    assert answer.leads["p_value"].item() == pytest.approx(ONE / 3)
    assert answer.leads["unit"].item() == PLAIN
    # 2,940,000 differs by 2.04 %; and a payment of 25 months later is no candidate at all.
    assert asked(given, "p,2019-02-25,aS,aM,2940000,,F1\n").leads.empty
    late = asked(given, "p,2019-04-15,aS,aM,3000000,,F1\n")
    assert late.leads.empty and late.assessed["p_value"].isna().all()


def test_two_parts_to_one_payee_are_tried_together(given: Given) -> None:
    # 1,100,000 + 1,900,000 = 3,000,000; three candidates: each part and the two together.
    answer = asked(given, "p,2017-05-01,aS,aM,1100000,服务费 F1,\nq,2017-06-01,aS,aM,1900000,服务费 F1,\n")
    assert answer.leads["amount"].item() == 3_000_000
    assert answer.leads["p_value"].item() == pytest.approx(1 - (1 - ONE / 3) ** 3)


def test_a_fee_that_only_reads_like_one_needs_a_smaller_chance_of_an_accident(given: Given) -> None:
    # One of two equals the saving as the sums stand: 1.2 % passes 5 %; one of four at per mille, 6.8 %, does not.
    two = asked(given, "p,2017-05-01,aS,aM,3000000,服务费,\nq,2017-06-01,aS,aB2,70000,服务费,\n")
    assert two.leads["p_value"].item() == pytest.approx(1 - (1 - ONE / 3) ** 2)
    rest = "".join(f"q{n},2017-06-01,aS,aB{n},{7 + n}0000,服务费,\n" for n in (2, 3, 4))
    four = asked(given, "p,2017-05-01,aS,aM,300000,服务费,\n" + rest)
    assert four.leads.empty and four.assessed["p_value"].item() == pytest.approx(1 - (1 - ONE) ** 4)


def test_a_contract_for_a_service_of_financing_ties_its_payments(given: Given) -> None:
    # Three fees for such a contract, one the saving at per mille: 1 - (1 - 1.74 %)^4 = 6.8 %, the total to M included.
    contract = "contract_id,buyer_id,supplier_id,amount,signed_on,category\nC,S,M,600000,2017-03-20,{}\n"
    rows = "p,2017-05-01,aS,aM,300000,,C\nq,2017-06-01,aS,aM,71000,,C\nr,2017-07-01,aS,aM,83000,,C\n"
    answer = asked(given, rows, contracts=contract.format("金融服务"))
    assert answer.leads["p_value"].item() == pytest.approx(1 - (1 - ONE) ** 4)
    # Plain advice only reads like one, and has to be less likely an accident.
    assert asked(given, rows, contracts=contract.format("咨询")).leads.empty


def test_a_fee_for_another_financing_and_money_to_the_lender_are_no_candidates(given: Given) -> None:
    answer = asked(given, "p,2017-05-01,aS,aM,3000000,服务费 F2,\nq,2017-06-01,aS,aB,3000000,利息 F1,\n")
    assert answer.leads.empty
    assert list(answer.assessed["state"]) == ["clean"]


def test_an_older_tendered_contract_on_a_share_of_the_saving_excludes(given: Given) -> None:
    contract = "contract_id,buyer_id,supplier_id,amount,signed_on,purpose,method\nC,S,M,100000,2017-01-05,按节约额提成,"
    paid = "p,2017-05-01,aS,aM,300000,服务费 F1,\n"  # a tenth of the saving: equal at per mille
    assert set(asked(given, paid, contracts=contract + "open\n").assessed["state"]) == {"excluded"}
    direct = asked(given, paid, contracts=contract + "direct\n")
    assert set(direct.assessed["state"]) == {"hit"}
    assert "holds" in set(direct.counters["state"])


def _fees(count: int, amount: float) -> list[Candidate]:
    on = date(2018, 1, 1)
    rest = [Candidate("N", 1.7e5 * 1.9**place, on, (f"q{place}",), ("q",), True, False) for place in range(count - 1)]
    return [Candidate("M", amount, on, ("p",), ("p",), True, False), *rest]


def test_one_of_fifty_matches_by_accident_with_58_per_cent() -> None:
    saved = [Saving("c", date(2018, 1, 1), 5, 0.01, 25_000_000.0, True)]
    one, p_one = judge(_fees(1, 2_500_000.0), saved, 0.02)
    assert one is not None and one.unit == "元 ‰" and p_one == pytest.approx(0.01737, abs=1e-5)
    many = _fees(50, 2_500_000.0)
    assert judge(many, saved, 0.02)[1] == pytest.approx(1 - (1 - ONE) ** 50)
    assert round(1 - (1 - ONE) ** 50, 2) == 0.58


def test_p_values_of_fees_by_chance_are_no_smaller_than_they_should_be() -> None:
    """Fees and savings with leading digits by chance: p below each level in no more than that share of 4,000 draws."""
    rng = np.random.default_rng(5)
    found = []
    for _ in range(4000):
        amounts = 10 ** rng.uniform(4, 8, int(rng.integers(1, 4)))
        offered = [Candidate("N", float(a), date(2018, 1, 1), (str(a),), ("q",), True, False) for a in amounts]
        saved = [Saving("c", date(2018, 1, 1), 5, 0.01, float(10 ** rng.uniform(5, 7)), True)]
        found.append(judge(offered, saved, 0.02)[1])
    p = np.array(found)
    for level in (0.02, 0.05, 0.1, 0.3, 0.6):
        assert (p <= level).mean() <= level + 3 * math.sqrt(level * (1 - level) / 4000)
    assert (p <= 0.6).mean() > 0.5  # nor is it always large
