"""Fees without service: what counts as a fact, whose absence proves it, and who is no sham for being small."""

from collections.abc import Callable

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
FEE = INDICATORS["flow-sham-service"]
HEAD = "contract_id,buyer_id,supplier_id,amount,signed_on,category,method,deliverable,accepted_on\n"


def asked(given: Given, contracts: str, payments: str = "", **more: str) -> Answer:
    tables = {
        "organizations": "org_id,name,kind,industry,established_on,headcount\nS,平台公司,state_owned,,,\n"
        "V,金服公司,private,金融服务,2016-01-10,6\nT,小微咨询,private,咨询,2016-01-10,2\n",
        "contracts": HEAD + contracts,
        "accounts": "account_id,holder_id\naS,S\naV,V\naT,T\n",
        "payments": "payment_id,paid_at,payer_account,payee_account,amount,reference_id\np0,2025-01-01,aS,aS,1,\n"
        + payments,
        **more,
    }
    return evaluate(FEE, given(tables))


TERMS = {
    "financings": "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date\n"
    "F,loan,S,B,100000000,0.05,2016-01-01\n",
    "financing_terms": "financing_id,item,rate_before,rate_after,changed_on\nF,interest,0.05,0.04,2019-03-01\n",
}


def test_a_fee_after_a_change_of_terms_counts_as_one_after_the_financing(given: Given) -> None:
    # Nothing accepted, paid on the 15th day after the change, one payment, no tender: 4 of 6 (first business unknown).
    answer = asked(given, "C,S,V,500000,2019-03-10,监管,direct,,\n", "p,2019-03-16,aS,aV,500000,C\n", **TERMS)
    assert answer.leads["value"].item() == 4
    assert "financing_terms" in set(answer.evidence["table"])
    # On the 16th day it is 3 of 6, still half.
    later = asked(given, "C,S,V,500000,2019-03-10,监管,direct,,\n", "p,2019-03-17,aS,aV,500000,C\n", **TERMS)
    assert later.leads["value"].item() == 3


def test_first_business_is_read_from_absence_only_inside_complete_contracts(given: Given) -> None:
    contract, paid = "C,S,V,500000,2019-03-10,监管,direct,,\n", "p,2019-06-17,aS,aV,500000,C\n"
    complete = {"coverage": "table,scope,period_start,period_end,is_complete\ncontracts,S,2018-01-01,2020-01-01,true\n"}
    assert "一次付清" in asked(given, contract, paid).leads["facts_zh"].item()
    assert "首次往来" not in asked(given, contract, paid).leads["facts_zh"].item()
    inside = asked(given, contract, paid, **complete)
    assert "首次往来" in inside.leads["facts_zh"].item()
    assert "coverage" in set(inside.evidence["table"])
    # An earlier payment shows that it was not the first, whatever is complete.
    earlier = "q,2018-02-01,aS,aV,1000,\n" + paid
    assert "首次往来" not in asked(given, contract, earlier, **complete).leads["facts_zh"].item()


def test_how_it_was_bought_alone_is_no_lead(given: Given) -> None:
    # One payment, no tender, first business: three facts, none about the service or the vendor.
    complete = {"coverage": "table,scope,period_start,period_end,is_complete\ncontracts,,2018-01-01,2020-01-01,true\n"}
    answer = asked(
        given, "C,S,V,500000,2019-03-10,咨询,direct,报告,2019-06-01\n", "p,2019-06-17,aS,aV,500000,C\n", **complete
    )
    assert answer.leads.empty


def test_a_small_office_that_delivered_before_payment_is_excluded_and_one_paid_first_is_not(given: Given) -> None:
    before = asked(given, "C,S,T,90000,2019-03-10,咨询,direct,报告,2019-06-01\n", "p,2019-06-17,aS,aT,90000,C\n")
    assert set(before.assessed["state"]) == {"excluded"}
    # The paper of acceptance came three days after the money: 2 staff, one payment, no tender = 3 of 5 facts.
    after = asked(given, "C,S,T,90000,2019-03-10,咨询,direct,报告,2019-06-20\n", "p,2019-06-17,aS,aT,90000,C\n")
    assert set(after.assessed["state"]) == {"hit"}


def test_supervision_of_building_works_is_another_trade(given: Given) -> None:
    rows = "C,S,V,500000,2019-03-10,construction_supervision,direct,,\nD,S,T,500000,2019-03-10,工程监理,direct,,\n"
    answer = asked(given, rows)
    assert answer.leads.empty and answer.assessed.empty
