"""Names as they are compared: what is the name and what is around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselens.entities.names import Name, organization, person, without_place_suffixes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("張衛國", "张卫国"),  # traditional
        ("张　卫国", "张卫国"),  # a full-width space
        ("张卫国先生", "张卫国"),
        ("张卫国副局长", "张卫国"),
        ("张卫国（曾用名：张大国）", "张卫国"),
        ("ＷＡＮＧ　Ｗｅｉ", "Wang Wei"),
        ("MR.WANG, WEI", "Wang Wei"),
        ("José Müller", "JOSE MULLER"),
    ],
)
def test_one_person_written_in_two_ways(one: str, other: str) -> None:
    assert person(one).key == person(other).key != ""


def test_a_title_is_no_name_and_a_short_name_keeps_its_characters() -> None:
    assert person("王经理").key == "王经理"  # nothing but a surname would be left
    assert person("李主任").key == "李主任"
    assert person("陈书记").key == "陈书记"


@pytest.mark.parametrize("hidden", ["张*", "*卫国", "张＊＊", "王某", "王某某", "", "   "])
def test_hidden_characters_leave_no_name(hidden: str) -> None:
    assert person(hidden) == Name("")


def test_pinyin_in_any_order_has_the_letters_of_the_name() -> None:
    letters = person("王小明").letters
    assert {
        person(name).letters for name in ("Wang Xiaoming", "XIAOMING WANG", "Wang Xiao Ming", "Wang, Xiao-ming")
    } == {letters}
    assert person("单小明").letters == person("SHAN Xiaoming").letters  # a surname is read as surnames are
    assert person("曾小明").letters == person("Zeng Xiaoming").letters


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("云江華泰建設有限公司", "云江华泰建设有限责任公司"),
        ("云江华泰建设（集团）有限公司", "云江华泰建设(集团)有限公司"),
        ("云江华泰建设集团有限公司", "云江华泰建设（集团）有限责任公司"),
        ("Huatai Trading Co., Ltd.", "HUATAI TRADING LIMITED"),
        ("Huatai Import & Export Ltd", "HUATAI IMPORT AND EXPORT LTD"),
        ("HUATAI S.P.A.", "Huatai SpA"),
    ],
)
def test_one_firm_written_in_two_ways(one: str, other: str) -> None:
    assert (organization(one).key, organization(one).form) == (organization(other).key, organization(other).form)


def test_form_branch_and_number_are_told_apart() -> None:
    limited, joint = organization("云江华泰建设有限公司"), organization("云江华泰建设股份有限公司")
    assert limited.key == joint.key and limited.form != joint.form
    branch = organization("云江华泰建设有限公司石潭分公司")
    assert branch.key == limited.key and branch.branch == "石潭分公司" and not limited.branch
    assert organization("某省第一建筑有限公司").numerals != organization("某省第二建筑有限公司").numerals
    partnership = organization("云江华泰投资合伙企业（有限合伙）")
    assert (partnership.key, partnership.form) == ("云江华泰投资", "partnership")


def test_further_names_printed_with_a_firm() -> None:
    assert organization("云江华泰建设有限公司（原云江第三建筑公司）").aliases == ("云江第三建筑",)
    assert organization("HUATAI IRON WORKS / OAO HTW").aliases == ("HTW",)


def test_place_suffixes_only_near_the_beginning() -> None:
    assert without_place_suffixes("云江市华泰建设") == without_place_suffixes("云江华泰建设")


@given(st.text(max_size=40))
def test_any_text_gives_a_name_and_the_name_gives_itself(text: str) -> None:
    for take_apart in (person, organization):
        once = take_apart(text)
        assert once.key == "" or once.letters or not any(c.isalnum() for c in once.key)
    key = person(text).key
    if person(text).is_han:
        assert person(key).is_han


def test_a_character_in_the_middle_of_a_name_is_no_place_suffix() -> None:
    assert without_place_suffixes("华泰建设发展集团市政") == "华泰建设发展集团市政"
