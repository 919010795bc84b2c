"""Who is who in a workspace: what joins, what never does, why, and that people's decisions come first and last."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest
from tests.entities.test_identity import credit_code, identity_number

from caselens.entities import entities, links, parties, resolved, undecided
from caselens.workspace import Workspace

Given = Callable[..., Workspace]

#: Other people, so that frequencies mean something: all different, all complete.
CROWD = "".join(
    f"C{i},{'赵钱孙李周吴郑冯陈褚'[i % 10]}{'伟芳娜敏静丽强磊军洋'[i // 10 % 10]}{'国民华东平安宁文武春'[i // 100]},"
    f"19{50 + i % 50}-{1 + i % 12:02d}-{1 + i % 28:02d},139{i:08d},云江市东风路{i}号\n"
    for i in range(300)
)
HEAD = "person_id,name,birth_date,phone,address\n"


def who(workspace: Workspace) -> Mapping[str, str]:
    members = entities(workspace).execute()
    return dict(zip(members["member_id"], members["entity_id"], strict=True))


def together(workspace: Workspace, *members: str) -> bool:
    known = who(workspace)
    return len({known[member] for member in members}) == 1


def people(*rows: str) -> Mapping[str, str]:
    return {"persons": HEAD + CROWD + "".join(f"{row}\n" for row in rows)}


def test_a_name_with_a_telephone_or_a_day_of_birth_is_one_person_and_says_why(given: Given) -> None:
    workspace = given(
        people("P1,欧阳晓岚,1971-03-07,13812345678,", "P2,歐陽曉嵐,1971-03-07,,", "P3,欧阳晓岚先生,,138 1234 5678,")
    )
    assert together(workspace, "P1", "P2", "P3")
    found = links(workspace).execute().set_index("member_id")
    assert list(found.index) == ["P2", "P3"]
    row = found.loc["P2"]
    assert (row["entity_id"], row["member_table"], row["linked_to"], row["rule"]) == ("P1", "persons", "P1", "model")
    assert 0.9 <= row["probability"] < 1
    assert "姓名相同" in row["sentence_zh"] and "出生日期相同" in row["sentence_zh"]
    assert "same name" in row["sentence_en"] and "same birth date" in row["sentence_en"]
    compared = json.loads(row["comparison"])
    assert compared["birth_date"]["left"] == compared["birth_date"]["right"] == "1971-03-07"
    assert compared["phone"] is None  # P2 has none: nothing to say
    party = parties(workspace).execute().set_index("entity_id").loc["P1"]
    assert party["name"] == "欧阳晓岚" and json.loads(party["member_ids"]) == ["P1", "P2", "P3"]


def test_a_shared_name_alone_never_merges(given: Given) -> None:
    workspace = given(
        people("P1,欧阳晓岚,,,", "P2,欧阳晓岚,,,", "P3,欧阳晓岚,1971-03-07,,", "P4,欧阳晓岚,1964-11-20,,")
    )
    known = who(workspace)
    assert all(known[member] == member for member in known)
    assert links(workspace).count().execute() == 0


@pytest.mark.parametrize(
    "rows",
    [
        # A couple, a mother and her son, twins, namesakes of different gender, a wallet lent to a stranger.
        ("P1,欧阳晓岚,1971-03-07,13812345678,云江市学府路9号", "P2,诸葛明远,1971-03-07,13812345678,云江市学府路9号"),
        ("P1,欧阳晓岚,1971-03-07,13812345678,云江市学府路9号", "P2,欧阳晓峰,1995-01-02,13812345678,云江市学府路9号"),
        ("P1,欧阳晓岚,1971-03-07,13812345678,云江市学府路9号", "P2,欧阳晓峰,1971-03-07,13812345678,云江市学府路9号"),
        ("P1,WANG Wei,1971-03-07,13812345678,", "P2,WANG Min,1971-03-07,13812345678,"),
    ],
)
def test_who_shares_a_household_is_linked_but_not_the_same(given: Given, rows: tuple[str, ...]) -> None:
    assert not together(given(people(*rows)), "P1", "P2")


def test_two_valid_numbers_are_two_people_whatever_else_agrees(given: Given) -> None:
    one, other = identity_number("11010519710307111"), identity_number("11010519710307113")
    rows = "".join(f"{key},欧阳晓岚,{number},1971-03-07,13812345678\n" for key, number in (("P1", one), ("P2", other)))
    # A third row without a number fits both equally: it goes to neither, and somebody has to decide.
    rows += "P3,欧阳晓岚,,1971-03-07,13812345678\n"
    workspace = given({"persons": "person_id,name,id_number,birth_date,phone\n" + rows})
    assert sorted(set(who(workspace).values())) == ["P1", "P2", "P3"]
    doubts = undecided(workspace).execute()
    assert set(zip(doubts["left_id"], doubts["right_id"], strict=True)) == {("P1", "P3"), ("P2", "P3")}
    assert set(doubts["why"]) == {"ambiguous"} and doubts["sentence_zh"].str.contains("待人工判断").all()


def test_gender_in_the_number_speaks_against_a_namesake(given: Given) -> None:
    woman = identity_number("11010519710307112")  # the 17th digit is even
    workspace = given(
        {
            "persons": f"person_id,name,id_number,birth_date,phone,gender\nP1,欧阳晓岚,{woman},,13812345678,\nP2,欧阳晓岚,,1971-03-07,13812345678,男\n"
        }
    )
    assert not together(workspace, "P1", "P2")


def test_a_first_generation_number_is_the_same_number(given: Given) -> None:
    number = identity_number("11010519710307111")
    old = number[:6] + number[8:17]  # 15 digits: the year without its century, no check character
    workspace = given(
        {"persons": f"person_id,name,id_number\nP1,欧阳晓岚,{number}\nP2,欧阳晓岚,{old}\nP3,欧阳晓岚,110105719930711\n"}
    )
    assert together(workspace, "P1", "P2") and not together(workspace, "P1", "P3")  # P3: month 99


def test_a_number_that_contradicts_the_day_of_birth_joins_only_the_same_name(given: Given) -> None:
    number = identity_number("11010519710307111")
    rows = f"P1,欧阳晓岚,{number},1971-03-07\nP2,欧阳晓岚,{number},1971-02-11\nP3,诸葛明远,{number},1990-01-01\n"
    workspace = given({"persons": "person_id,name,id_number,birth_date\n" + rows})
    assert together(workspace, "P1", "P2") and not together(workspace, "P1", "P3")


def test_a_number_under_two_names_is_one_person_and_the_names_are_told(given: Given) -> None:
    number = identity_number("11010519710307111")
    workspace = given({"persons": f"person_id,name,id_number\nP1,欧阳晓岚,{number}\nP2,欧阳岚,{number}\n"})
    link = links(workspace).execute().iloc[0]
    assert link["rule"] == "id_number" and "名称不同，请核实" in link["sentence_zh"]


def test_a_switchboard_joins_nobody(given: Given) -> None:
    shared = "".join(
        f"S{i},{'甲乙丙丁戊己庚辛壬癸'[i % 10]}{'天地玄黄宇宙洪荒'[i // 10]}明,,01088886666,\n" for i in range(80)
    )
    workspace = given(people(*shared.splitlines()))
    assert links(workspace).count().execute() == 0


def test_an_entity_keeps_its_id_when_members_join(given: Given, tmp_path_factory: pytest.TempPathFactory) -> None:
    workspace = given(people("P5,欧阳晓岚,1971-03-07,,"))
    assert who(workspace)["P5"] == "P5"
    later = tmp_path_factory.mktemp("later")
    (later / "persons.csv").write_text(HEAD + "P1,歐陽曉嵐,1971-03-07,13812345678,\n", encoding="utf-8")
    workspace.intake(later)
    assert who(workspace)["P1"] == who(workspace)["P5"] == "P5"  # though P1 is the smaller id
    # The first file's row is delivered again with a telephone: it is still the first that came.
    (later / "persons.csv").write_text(HEAD + "P5,欧阳晓岚,1971-03-07,13812345678,\n", encoding="utf-8")
    workspace.intake(later)
    assert who(workspace)["P1"] == "P5"
    assert (
        Workspace.open(workspace.folder.root).table("persons").count().execute() == 302
    )  # no source row was rewritten


def test_people_decide_and_are_neither_overruled_nor_forgotten(
    given: Given, tmp_path_factory: pytest.TempPathFactory
) -> None:
    workspace = given(people("P1,欧阳晓岚,1971-03-07,,", "P2,欧阳晓岚,1971-03-07,,", "P3,诸葛明远,,,", "P4,诸葛远,,,"))
    assert together(workspace, "P1", "P2") and not together(workspace, "P3", "P4")
    workspace.store.decide("different", "persons", ["P1", "P2"], "住所相隔千里，经谈话核实为两人", "某甲")
    joined = workspace.store.decide("same", "persons", ["P3", "P4"], "户籍记载曾用名", "某乙")
    assert not together(workspace, "P1", "P2") and together(workspace, "P3", "P4")
    link = links(workspace).execute().set_index("member_id").loc["P4"]
    assert (link["rule"], link["decided_by"], link["probability"]) == ("decision", "某乙", 1.0)
    assert "户籍记载曾用名" in link["sentence_zh"] and "户籍记载曾用名" in link["sentence_en"]
    later = tmp_path_factory.mktemp("later")  # a refresh
    (later / "persons.csv").write_text(HEAD + "P9,欧阳晓岚,,13900001111,\n", encoding="utf-8")
    workspace.intake(later)
    assert not together(workspace, "P1", "P2") and together(workspace, "P3", "P4")
    workspace.store.decide("undo", "persons", ["P3", "P4"], "户籍底档有误", "某乙", undoes=joined)
    assert not together(workspace, "P3", "P4")


def test_unsure_keeps_two_rows_apart_until_somebody_is_sure(given: Given) -> None:
    workspace = given(people("P1,欧阳晓岚,1971-03-07,,", "P2,欧阳晓岚,1971-03-07,,"))
    workspace.store.decide("unsure", "persons", ["P2", "P1"], "照片不清", "某甲")
    assert not together(workspace, "P1", "P2")
    workspace.store.decide("same", "persons", ["P1", "P2"], "指纹一致", "某丙")
    assert together(workspace, "P1", "P2")


ORGS = "org_id,name,uscc,phone,address,established_on\n"
FIRMS = "".join(
    f"C{i},石潭{'天地玄黄宇宙洪荒日月'[i % 10]}{'盈昃辰宿列张寒来暑往'[i // 10]}商贸有限公司,,0311{i:07d},建设路{i}号,20{i % 20:02d}-05-{1 + i % 28:02d}\n"
    for i in range(100)
)


def test_firms_by_name_and_something_else(given: Given) -> None:
    code = credit_code("91350100M000100Y4")
    rows = (
        f"F1,云江市华泰建设（集团）有限公司,{code},,云江市人民路1号,\n"
        "F2,雲江華泰建設集團有限責任公司,,,云江市人民路1号,\n"  # the same in traditional characters
        "F3,云江市华泰建设（集团）有限公司,,,,\n"  # the name alone
        "F4,云江市华泰建设（集团）有限公司石潭分公司,,,云江市人民路1号,\n"  # a branch is no spelling of its firm
        "F5,云江市华鑫贸易有限公司,,,云江市人民路1号,\n"  # a stranger at the same address
        "F6,云江第一建筑有限公司,,03119999999,,\nF7,云江第二建筑有限公司,,03119999999,,\n"
    )
    workspace = given({"organizations": ORGS + FIRMS + rows})
    known = who(workspace)
    assert known["F2"] == "F1"
    assert all(known[key] == key for key in known if key != "F2")


def test_a_shared_account_is_evidence_of_identity_only_with_the_name(given: Given) -> None:
    rows = "F1,HUATAI DOORS LLC,A1\nF2,OOO HUATAY DORS,A1\nF3,CAFE LUNA,A1\nF4,HUATAI DOORS LLC,A9\n"
    crowd = "".join(f"C{i},{chr(65 + i % 26) * 5}{chr(65 + i // 26) * 5} LTD,X{i}\n" for i in range(200))
    workspace = given({"organizations": "org_id,name,account\n" + crowd + rows})
    known = who(workspace)
    assert known["F2"] == "F1" and known["F3"] == "F3" and known["F4"] == "F4"


def test_accounts_for_which_files_name_two_ids_bring_spellings_together(
    given: Given, tmp_path_factory: pytest.TempPathFactory
) -> None:
    workspace = given({**people("P1,欧阳晓岚,,,"), "accounts": "account_id,holder_id\nA1,P1\n"})
    later = tmp_path_factory.mktemp("later")
    (later / "persons.csv").write_text(HEAD + "Q1,歐陽曉嵐,,,\n", encoding="utf-8")
    (later / "accounts.csv").write_text("account_id,holder_id\nA1,Q1\n", encoding="utf-8")
    workspace.intake(later)
    assert together(workspace, "P1", "Q1")


def test_hostile_names_are_only_text(given: Given) -> None:
    names = ["'; DROP TABLE persons; --", '"><script>alert(1)</script>', "a' OR '1'='1", "=HYPERLINK(1)", "{}[]%s\\"]
    rows = "".join(
        f'H{i},"{name.replace(chr(34), chr(34) * 2)}",1971-03-07,13812340000,x\n' for i, name in enumerate(names * 2)
    )
    workspace = given({"persons": HEAD + rows})
    assert entities(workspace).count().execute() == 10
    assert together(workspace, "H0", "H5")


def test_an_account_belongs_to_whose_number_the_bank_gave_never_to_a_namesake(given: Given) -> None:
    number, wrong = identity_number("11010519710307111"), "110105197103071110"
    workspace = given(
        {
            "persons": f"person_id,name,id_number\nP1,欧阳晓岚,{number}\nP2,诸葛明远,\n",
            "accounts": f"account_id,holder_name,holder_number\nA1,欧阳晓岚,{number}\nA2,诸葛明远,\nA3,欧阳晓岚,{wrong}\n",
        }
    )
    held = resolved(workspace, "accounts").execute().set_index("account_id")["holder_id"]
    assert held["A1"] == "P1" and held[["A2", "A3"]].isna().all()
    made = links(workspace).execute()
    assert [(row.entity_id, row.member_table, row.member_id, row.rule) for row in made.itertuples()] == [
        ("P1", "accounts", "A1", "holder_number")
    ]
