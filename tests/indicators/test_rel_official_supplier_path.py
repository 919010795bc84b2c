"""Chains from officials to their suppliers: strengths, hubs, times, and colleagues."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["rel-official-supplier-path"]

#: O leads the unit U that buys from M; K is O's child, X runs M.
BASE = {
    "persons": "person_id,name,phone,address\nO,甲,,\nK,乙,,\nX,老板,,\n",
    "organizations": "org_id,name,kind,phone,address\nU,局,government,,\nM,公司,private,,\nG,公司二,private,,\n",
    "appointments": "person_id,org_id,post,start_date,end_date,is_leadership\nO,U,副局长,2015-01-01,,true\n",
    "kinships": "person_id,relative_id,relation\nO,K,child\n",
    "directorships": "org_id,person_id,role,start_date,end_date\nM,X,legal_representative,2010-01-01,\n",
    "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on\nC,U,M,500000,2018-01-01\n",
}


def answer(given: Given, **more: str) -> Answer:
    return evaluate(INDICATOR, given({**BASE, **more}))


def value(given: Given, **more: str) -> float | None:
    leads = answer(given, **more).leads
    return None if leads.empty else round(float(leads.iloc[0]["value"]), 2)


def people(kin: str, boss: str) -> str:
    return f"person_id,name,phone,address\nO,甲,,\nK,乙,{kin}\nX,老板,{boss}\n"


HELD = "org_id,holder_id,share,start_date,end_date\n"


@pytest.mark.parametrize(
    ("more", "strength"),
    [
        ({"ownerships": HELD + "M,K,0.3,2016-01-01,\n"}, 1.0),
        ({"ownerships": HELD + "G,K,0.9,,\nM,G,0.4,,\n"}, 1.0),  # kin, a firm between, the supplier
        ({"persons": people("13000000001,", "13000000001,")}, 0.8),  # kin, a phone, a post
        ({"persons": people(",人民路1号3栋501", ",人民路1号3栋501")}, 0.5),
        ({"ownerships": HELD + "M,K,0.3,2010-01-01,2014-12-31\n"}, None),  # 36 months before the purchase is over
        ({"ownerships": HELD + "M,K,0.3,2019-01-01,\n"}, None),  # bought after the last supply
        ({"ownerships": HELD + "M,K,0.04,2016-01-01,\n"}, None),  # below five percent
        ({}, None),
    ],
)
def test_the_strength_of_a_path_is_the_product_of_its_steps(
    given: Given, more: dict[str, str], strength: float
) -> None:
    assert value(given, **more) == strength


def test_a_phone_that_six_share_leads_nowhere(given: Given) -> None:
    shared = people("13000000001,", "13000000001,")
    few = shared + "".join(f"Z{i},某,13000000001,\n" for i in range(3))
    assert value(given, persons=few) == 0.8
    many = answer(given, persons=few + "Z9,某,13000000001,\n")
    assert many.leads.empty


def test_a_colleague_in_the_supplier_names_whoever_signed(given: Given) -> None:
    posts = BASE["appointments"] + "P,U,副局长,2015-01-01,,true\nX,U,科长,2014-01-01,2016-12-31,false\n"
    signed = "contract_id,buyer_id,supplier_id,amount,signed_on,handler_id\nC,U,M,500000,2018-01-01,O\n"
    found = answer(given, appointments=posts, contracts=signed)
    assert [lead["lead"] for lead in found.leads.to_dict("records")] == ["O|M"]
    assert {"id": "X", "role": "colleague"} in list(found.leads.iloc[0]["subjects"])
    later = posts.replace("2014-01-01,2016-12-31", "2010-01-01,2014-06-30")  # left before O came
    assert answer(given, appointments=later, contracts=signed).leads.empty


def test_a_supplier_of_another_unit_is_no_business_of_the_official(given: Given) -> None:
    away = {"contracts": "contract_id,buyer_id,supplier_id,amount,signed_on\nC,V,M,500000,2018-01-01\n"}
    found = answer(given, ownerships=HELD + "M,K,0.3,2016-01-01,\n", **away)
    assert found.leads.empty
    assert dict(zip(found.assessed["subject_id"], found.assessed["state"], strict=True)) == {"O": "not_assessable"}
