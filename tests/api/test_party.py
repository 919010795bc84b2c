"""A party and an account as an analyst asks about them."""

from __future__ import annotations

import pytest
from tests.cities import FEE, desk_of

from caselens.api import Case
from caselens.core.errors import UsageError


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    tables = FEE | {
        "ownerships": "org_id,holder_id,share,start_date\nM,K,0.6,2015-01-01\n",
        "persons": FEE["persons"] + "Y,路人\n",
    }
    return desk_of(tmp_path_factory.mktemp("party"), tables).case("C1")


def test_a_person_is_found_by_name_and_by_id(case):
    official = case.person("王某")
    assert official.id == case.person("O").id == "O"
    assert list(official.relatives()["name"]) == ["王小"]
    assert list(case.person("王小").firms()["name"]) == ["恒信金服有限公司"]
    assert list(official.posts()["post"]) == ["副局长"]


def test_a_name_nobody_has_is_refused_with_a_sentence(case):
    with pytest.raises(UsageError, match="nobody in case C1"):
        case.person("张某某")
    with pytest.raises(UsageError, match="nobody"):
        case.firm("王某")  # a person's name is no firm's


def test_payments_of_a_firm_and_of_an_account_are_the_same_money(case):
    firm = case.firm("恒信金服有限公司")
    # In: 2.5 million; out: 1 million and 780,000.
    assert sorted(firm.payments()["amount"]) == [780_000, 1_000_000, 2_500_000]
    assert sorted(case.account("aM").payments()["payment_id"]) == ["p1", "p2", "p3"]


def test_the_way_from_official_to_firm_has_names(case):
    found = case.path("official", "恒信金服有限公司")
    # Kin, then the shareholding: 1 x 1.
    assert found["way"].iloc[0] == "王某 → 王小 → 恒信金服有限公司"
    assert found["strength"].iloc[0] == 1.0
