"""Investigators' query feedback: each sheet becomes rows of canonical tables, and what does not is kept with its reasons."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.entities.test_identity import credit_code, identity_number

from caselens.core.errors import DataError
from caselens.entities import entities, resolved
from caselens.readers import READERS
from caselens.readers._declare import Note, Refused, Row
from caselens.readers.feedback import read, recognise
from caselens.workspace import Workspace

MOTHER, SON, BOSS = (identity_number(body) for body in ("11010519500307122", "11010519750811135", "11010519680101019"))
CODE = credit_code("91350100M000100Y4")
SHEETS: dict[str, list[list[str]]] = {
    "基本信息": [
        ["主体身份代码", "统一社会信用代码", "企业（机构）名称", "法定代表人", "成立日期", "登记状态", "住所", "注册资本(金)（万元）"],
        ["E1", CODE, "云江华泰商贸有限公司", "欧阳晓岚", "2015年3月2日", "存续", "云江市人民路1号", "500"],
    ],
    "自然人出资": [
        ["企业（机构）名称", "主体身份代码", "自然人姓名", "自然人证件类型", "自然人证件号码", "认缴出资额（万元）", "认缴出资比例", "实缴出资额（万元）"],
        ["云江华泰商贸有限公司", "E1", "欧阳晓岚", "居民身份证", SON, "350", "70%", "120.5"],
        ["云江华泰商贸有限公司", "E1", "John Doe", "护照", "E1234567", "150", "0.3", "—"],
        ["云江华泰商贸有限公司", "", "无主", "居民身份证", "", "150", "0.3", ""],
    ],
    "主要人员": [
        ["企业（机构）名称", "主体身份代码", "主要人员姓名", "主要人员证件类型", "证件号码/代表证编号", "职务", "法定代表人标志/首席代表标志/负责人标识",
         "代表证期限自/任职起始日期"],
        ["云江华泰商贸有限公司", "E1", "欧阳晓岚", "居民身份证", SON, "执行董事兼总经理", "1", "20150302"],
    ],
    "变更": [
        ["主体身份代码", "变更项ID", "变更事项", "变更前内容", "变更后内容", "变更日期"],
        ["E1", "77", "法定代表人变更", "王五", "欧阳晓岚", "2018/7/1"],
    ],
    "亲属": [["姓名1", "证件号码1", "姓名2", "证件号码2", "关系"], ["诸葛兰", MOTHER, "欧阳晓岚", SON, "长子"]],
    "不动产": [
        ["名称", "证件类型", "证件号码", "不动产单元号", "房地坐落", "建筑面积(平方米)", "不动产权证号", "登记时间", "交易金额（万元）"],
        ["诸葛兰", "居民身份证", MOTHER, "U1", "云江市江边路8号", "143.2", "云2020第1号", "2020-05-06", "321.5"],
        ["诸葛兰", "居民身份证", MOTHER, "U2", "云江市江边路9号", "90", "云2020第2号", "2020-05-06", ""],
    ],
    "车辆": [["号牌号码", "机动车所有人", "证件类别", "证件号码", "初次登记日期"], ["云A00001", "欧阳晓岚", "居民身份证", SON, "2021-01-05"]],
    "税": [["姓名", "证件号码", "税款所属期始", "税款所属期止", "税种名称", "应纳税额"], ["欧阳晓岚", SON, "20230101", "20231231", "个人所得税", "4,321.50"]],
    "人行账户": [
        ["反馈单位", "名称", "证件类型", "证件号码", "开户银行名称", "帐号", "账户性质", "开户时间"],
        ["人民银行", "欧阳晓岚", "居民身份证", SON, "石潭农商行", "6230000000000000012", "个人", "2010-09-01"],
    ],
    "旅馆": [["姓名", "入住时间", "旅店名称"], ["某甲", "2020-01-01", "云江旅社"]],
}  # fmt: skip


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every sheet in one workbook, with a title above the headings as offices print it."""
    path = tmp_path_factory.mktemp("feedback") / "反馈.xlsx"
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in SHEETS.items():
        sheet = workbook.create_sheet(name)
        sheet.append([f"{name}反馈表（调取）"])
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


def rows_of(path: Path, table: str) -> list[dict[str, str]]:
    return [
        {k: v for k, v in item.values.items() if v}
        for item in read(path)
        if isinstance(item, Row) and item.table == table
    ]


def test_it_is_the_surest_reader_of_such_a_file(book: Path) -> None:
    sure = {name: reader.recognise(book) for name, reader in READERS.items()}
    assert max(sure, key=lambda name: sure[name]) == "feedback"


def test_registry_in_yuan_and_fractions(book: Path) -> None:
    (firm,) = rows_of(book, "organizations")
    assert firm["org_id"] == "registry:E1" and firm["uscc"] == CODE
    assert (firm["established_on"], firm["registered_capital"]) == ("2015-03-02", "5000000.00")  # 500 × 10,000 yuan
    held = rows_of(book, "ownerships")
    assert [(row["share"], row.get("paid_in")) for row in held] == [("0.7", "1205000.00"), ("0.3", None)]
    roles = rows_of(book, "directorships")
    assert [(row["role"], row.get("start_date")) for row in roles] == [
        ("legal_representative", None), ("director", "2015-03-02"), ("legal_representative", "2015-03-02"),
    ]  # fmt: skip
    (event,) = rows_of(book, "unit_events")
    assert event["happened_on"] == "2018-07-01" and event["text"] == "法定代表人变更：王五 → 欧阳晓岚"


def test_papers_other_than_identity_cards_are_no_identity_numbers(book: Path) -> None:
    foreigner = next(row for row in rows_of(book, "persons") if row["name"] == "John Doe")
    assert foreigner["document_number"] == "E1234567" and "id_number" not in foreigner


def test_the_relation_is_what_the_second_is_to_the_first(book: Path) -> None:
    (kin,) = rows_of(book, "kinships")
    assert (kin["person_id"], kin["relative_id"], kin["relation"]) == (f"kinship:{MOTHER}", f"kinship:{SON}", "child")
    assert kin["printed_relation"] == "长子"


def test_what_has_no_price_or_no_firm_is_kept_with_its_reason(book: Path) -> None:
    (house,) = rows_of(book, "assets")
    assert (house["value"], house["acquired_on"], house["kind"]) == ("3215000.00", "2020-05-06", "real_estate")
    refused = [item for item in read(book) if isinstance(item, Refused)]
    assert [(item.table, item.sheet, item.row) for item in refused] == [
        ("ownerships", "自然人出资", 5), ("assets", "不动产", 4), ("assets", "车辆", 3),
    ]  # fmt: skip
    assert all("no value" in item.reasons[0] for item in refused[1:])


def test_sheets_that_give_no_table_are_told(book: Path) -> None:
    told = [note.text.en for note in read(book) if isinstance(note, Note)]
    assert any("旅馆" in text and "was not read" in text for text in told)


def test_one_person_in_many_sheets_is_one_entity_by_his_number(book: Path, tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "W")
    taken = workspace.intake(book)
    entry = taken.entries[0]
    assert entry.reader == "feedback" and not entry.refusal
    assert all(part.rows_in == part.accepted + part.quarantined + part.repeated for part in entry.tables)
    assert sum(part.quarantined for part in entry.tables) == 3
    members = entities(workspace).execute()
    mine = members[members["identifier"] == SON]
    assert len(mine) >= 5 and mine["entity_id"].nunique() == 1
    held = resolved(workspace, "ownerships").execute()
    account = resolved(workspace, "accounts").execute().iloc[0]
    assert account["holder_id"] == mine["entity_id"].iloc[0] in set(held["holder_id"])
    # The name on the licence alone joins nobody: the legal representative without a number stays his own row.
    assert (members.loc[members["name"] == "欧阳晓岚", "entity_id"].nunique()) == 2
    figure = workspace.table("stated_figures").execute().iloc[0]
    assert (figure["value"], figure["unit"]) == (4321.5, "元")


def test_a_file_of_another_kind_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("姓名,爱好\n某甲,钓鱼\n", encoding="utf-8")
    assert recognise(tmp_path / "x.csv") == 0.0
    with pytest.raises(DataError, match="no sheet"):
        list(read(tmp_path / "x.csv"))


@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=9), max_size=6))
def test_no_content_under_a_known_heading_stops_it(rows: list[list[str]]) -> None:
    import csv
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(SHEETS["不动产"][0])
            writer.writerows(rows)
        try:
            items = list(read(path))
        except DataError:
            return  # a sentence is an answer
        printed = "\n".join("".join(row) for row in rows)
        for item in items:
            if isinstance(item, Row) and item.table == "assets":
                digits = "".join(c for c in str(item.values["value"]) if c.isdigit()).strip("0")
                assert digits == "" or any(c.isdigit() for c in printed)


def test_the_published_list_of_headings(shared_data: Path, tmp_path: Path) -> None:
    """At least these of the sheets an investigator receives are recognised by their headings alone."""
    sheets = json.loads((shared_data / "investigator_layouts" / "schemas.json").read_text("utf-8"))["sheets"]
    known = set()
    for name, sheet in sheets.items():
        path = tmp_path / f"{name}.csv"
        path.write_text(
            ",".join(f'"{column}"' for column in sheet["columns"])
            + "\n"
            + ",".join("x" for _ in sheet["columns"])
            + "\n",
            encoding="utf-8",
        )
        if recognise(path):
            known.add(name)
    assert len(known) >= 17
