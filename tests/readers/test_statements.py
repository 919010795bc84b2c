"""Statements of invented banks in shapes that no published sample has: the recogniser is tuned to definitions, not files."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from caselens.core.errors import DataError
from caselens.readers import statements
from caselens.readers._declare import Item, Note, Refused, Row
from caselens.readers.statements import Mapping


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def lines(items: list[Item]) -> list[Row]:
    return [item for item in items if isinstance(item, Row) and item.table == "statement_lines"]


def rows(items: list[Item], table: str) -> list[Row]:
    return [item for item in items if isinstance(item, Row) and item.table == table]


def refused(items: list[Item]) -> list[Refused]:
    return [item for item in items if isinstance(item, Refused)]


def notes(items: list[Item], kind: str) -> str:
    return "\n".join(item.text.en for item in items if isinstance(item, Note) and item.kind == kind)


def signed(items: list[Item]) -> list[str]:
    """Each line as ``+amount`` or ``-amount``."""
    return [("+" if line.values["direction"] == "in" else "-") + str(line.values["amount"]) for line in lines(items)]


def read(path: Path) -> list[Item]:
    return list(statements.read(path))


# --- shapes of banks ---------------------------------------------------------------------------------------------------


def test_signed_amounts_with_both_parties_in_one_cell(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv",
        "青禾银行交易流水\n户名：林甲,账号：6200000000000001234\n记账日期,货币,交易金额,联机余额,交易摘要,对手信息\n"
        '2024-03-01,CNY,"-1,200.00","8,800.00",转账汇款,周乙 6200000000000005678\n'
        '2024-03-02,CNY,300.50,"9,100.50",代发工资,青山建设有限公司\n',
    )
    items = read(path)
    assert signed(items) == ["-1200.00", "+300.50"]
    first = lines(items)[0].values
    assert (first["counterparty_name"], first["counterparty_account"]) == ("周乙", "6200000000000005678")
    assert (first["account_id"], first["balance_after"], first["booked_at"]) == (
        "6200000000000001234",
        "8800.00",
        "2024-03-01",
    )
    account = rows(items, "accounts")[0].values
    assert (account["holder_name"], account["institution"]) == ("林甲", "青禾银行")
    assert "balance" not in notes(items, "warning")  # 8800.00 + 300.50 = 9100.50: the balance runs on


def test_flag_column_eight_digit_dates_and_six_digit_times(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv",
        "序号|交易日期|交易时间|交易类型|借贷标志|交易金额|余额|对方账号|对方户名|摘要\n"
        "1|20240105|093015|网银转账|借|500.00|1500.00|6200000000000000011|吴丙|货款\n"
        "2|20240105|93016|网银转账|贷|20.00|1520.00|6200000000000000011|吴丙|退回\n",
    )
    items = read(path)
    assert signed(items) == ["-500.00", "+20.00"]
    # 93016 is 09:30:16 whose leading zero a spreadsheet has eaten
    assert [line.values["booked_at"] for line in lines(items)] == ["2024-01-05T09:30:15", "2024-01-05T09:30:16"]
    assert lines(items)[0].values["序号"] == "1"  # a column nobody maps is kept as it is


def test_two_level_headings_of_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["云杉农村信用合作联社存款账户明细"])
    sheet.append(["账号：", "1234567890123", "", "户名：", "郑丁"])
    sheet.append(["交易日期", "摘要", "发生额", "", "余额", "对方", ""])
    sheet.append(["", "", "存入", "支取", "", "户名", "账号"])
    sheet.merge_cells("C3:D3")
    sheet.append([dt.date(2024, 5, 1), "存现", 1000, None, 1000, None, None])
    sheet.append([dt.date(2024, 5, 2), "转支", None, 250.4, 749.6, "王戊", "6200000000000000022"])
    sheet.append(["合计", "", 1000, 250.4])
    path = tmp_path / "x.xlsx"
    book.save(path)
    items = read(path)
    assert signed(items) == ["+1000.00", "-250.40"]
    cash, transfer = (line.values for line in lines(items))
    assert (cash["is_cash"], transfer["is_cash"]) == ("true", None)
    assert transfer["counterparty_account"] == "6200000000000000022"
    assert cash["booked_at"] == "2024-05-01"
    assert notes(items, "warning") == ""  # the printed totals 1000 and 250.40 agree


def test_feedback_sheet_with_many_accounts_and_flags_in_and_out(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv",
        "反馈单位,名称,证件号码,查询卡号,本方账号,本方卡号,借贷标志,币种,交易金额,交易余额,交易时间,交易流水号,交易对方名称,"
        "交易对方账号,交易对方卡号,交易对方账号开户行,交易摘要,现金标志,终端号,交易是否成功,IP地址,MAC地址\n"
        "青禾银行,林甲,X1,6200000000000001234,70001000200030001,6200000000000001234,出,人民币,100.00,900.00,20240601123059,S1,周乙,"
        ",6200000000000005678,云杉银行,转账,转,,成功,10.1.2.3,00:11:22:33:44:55\n"
        "青禾银行,林甲,X1,6200000000000001234,70001000200030002,,进,人民币,5000.00,5000.00,20240601123101,S2,,,,,ATM存款,现,A9,失败,,\n",
        "gb18030",
    )
    items = read(path)
    assert signed(items) == ["-100.00", "+5000.00"]
    first, second = (line.values for line in lines(items))
    assert first["account_id"] == "70001000200030001"
    assert first["counterparty_account"] == "6200000000000005678"  # the account is empty: the card names the other side
    assert (first["device_ip"], first["device_mac"], first["card_number"]) == (
        "10.1.2.3",
        "00:11:22:33:44:55",
        "6200000000000001234",
    )
    assert (second["is_cash"], second["state"], second["terminal_id"]) == ("true", "failed", "A9")
    assert [row.values["institution"] for row in rows(items, "accounts")] == ["青禾银行", "青禾银行"]
    assert first["证件号码"] == "X1"


def test_english_headings_brackets_and_dates_with_the_year_last(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv",
        "Account No: 6200000000000001234,Account Name: Lin Jia\nDate;Description;Debit;Credit;Balance\n".replace(
            ";", ","
        )
        + '03/12/2024,POS purchase,45.10,,954.90\n13/12/2024,Salary,,"2,000.00","2,954.90"\n',
    )
    items = read(path)
    assert signed(items) == ["-45.10", "+2000.00"]
    # 13/12 can only be the 13th of December, so 03/12 is the 3rd of December
    assert [line.values["booked_at"] for line in lines(items)] == ["2024-12-03", "2024-12-13"]


def test_dates_that_nothing_settles_are_refused_and_a_mapping_settles_them(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv", "Date,Description,Amount,Balance\n03/12/2024,Fee,(5.00),95.00\n04/12/2024,Gift,1.00,96.00\n"
    )
    with_recognition = read(path)
    assert lines(with_recognition) == []
    assert "is no date" in refused(with_recognition)[0].reasons[0]
    mapping = statements.mapping_of(path)
    told = Mapping.from_toml(mapping.to_toml().replace('date_order = ""', 'date_order = "dmy"'))
    items = list(statements.read_with(path, told))
    assert signed(items) == ["-5.00", "+1.00"]
    assert lines(items)[0].values["booked_at"] == "2024-12-03"


def test_unit_of_the_heading_is_applied(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv",
        "用户ID,交易单号,借贷类型,交易类型,交易金额(分),账户余额(分),交易时间,对手方ID,对手侧账户名称,备注\n"
        "wxid_linjia,100001,出,转账,12345,655,2024-02-03 04:05:06,wxid_zhouyi,周乙,饭钱\n",
    )
    line = lines(read(path))[0].values
    assert (line["amount"], line["balance_after"], line["account_id"]) == ("123.45", "6.55", "wxid_linjia")
    assert line["counterparty_account"] == "wxid_zhouyi"


def test_several_accounts_one_below_the_other(tmp_path: Path) -> None:
    heading = "交易日期,摘要,借方发生额,贷方发生额,余额,对方户名\n"
    path = write(
        tmp_path / "x.csv",
        f"账号：1111222233334444,户名：甲有限公司\n{heading}2024-01-02,付款,10.00,,90.00,乙有限公司\n合计,,10.00,0.00\n\n"
        f"账号：5555666677778888,户名：甲有限公司\n{heading}2024-01-03,收款,,7.00,7.00,丙有限公司\n{heading}2024-01-04,收款,,8.00,15.00,丙有限公司\n",
    )
    items = read(path)
    assert [line.values["account_id"] for line in lines(items)] == ["1111222233334444"] + ["5555666677778888"] * 2
    assert signed(items) == ["-10.00", "+7.00", "+8.00"]
    assert notes(items, "warning") == ""


def test_headings_in_two_languages_and_a_preamble_in_one_cell(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv",
        "卡号Card No. 6200000000000001234,户名Account Name 林甲,起止日期Query Period 20240101-20240131\n"
        "客户姓名：林甲  币种：人民币  打印日期：20240201\n"
        "记账日期,货币,交易金额,联机余额,交易摘要,对手信息\nDate,Currency,Transaction Amount,Balance,Transaction Type,Counter Party\n"
        "2024-01-02,CNY,-10.00,90.00,转账,周乙 6200000000000005678\n2024-01-03,CNY,10.00,100.00,转账,周乙 6200000000000005678\n",
    )
    items = read(path)
    assert signed(items) == ["-10.00", "+10.00"]
    assert {line.values["account_id"] for line in lines(items)} == {"6200000000000001234"}
    assert rows(items, "accounts")[0].values["holder_name"] == "林甲"
    assert rows(items, "coverage")[0].values["period_end"] == "2024-01-31"
    assert lines(items)[0].values["counterparty_account"] == "6200000000000005678"
    assert "2 given, 0 refused, 1 without" in notes(items, "info")  # the second language is no transaction


def test_a_ledger_with_balances_brought_forward_and_totals_of_pages(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv",
        "户名：林甲 账号：6200000000000001234\n日期,摘要,凭证号,借方,贷方,余额,柜员\n20240101,承前页,,,,1000.00,\n"
        "20240102,现支,001,100.00,,900.00,A01\n本页合计,,,100.00,0.00,,\n20240104,结息,003,,0.50,900.50,A02\n"
        '"借方合计：1 笔 100.00 元　贷方合计：1 笔 0.60 元"\n',
    )
    items = read(path)
    assert signed(items) == ["-100.00", "+0.50"]
    assert lines(items)[0].values["is_cash"] == "true"
    # the page's total is passed over; of the printed totals the credits differ by 0.10
    assert notes(items, "warning").startswith(
        "The file states 1 lines / 0.60 yuan as its total of in lines; 1 lines / 0.50"
    )
    assert len(notes(items, "warning").splitlines()) == 1


def test_feedback_of_payment_institutions(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv",
        "交易号,商户订单号,交易创建时间,付款时间,类型,用户信息,交易对方信息,消费名称,金额(元),收/支,交易状态,备注\n"
        "1,,2024-01-01 10:00:00,2024-01-01 10:00:05,转账,2088000000000001(林甲),2088000000000002(周乙),礼,100.00,支出,交易成功,\n",
    )
    line = lines(read(path))[0].values
    assert (line["account_id"], line["counterparty_account"], line["counterparty_name"]) == (
        "2088000000000001",
        "2088000000000002",
        "周乙",
    )
    assert line["booked_at"] == "2024-01-01T10:00:05"
    assert rows(read(path), "accounts")[0].values["kind"] == "alipay"


@pytest.mark.parametrize("printed", ["借 Dr", "D", "支出", "付", "出", "借(D)", "DEBIT", "取"])
def test_words_for_money_out(tmp_path: Path, printed: str) -> None:
    path = write(tmp_path / "x.csv", f"交易日期,借贷标志,交易金额,余额,摘要\n2024-01-02,{printed},10.00,90.00,甲\n")
    assert signed(read(path)) == ["-10.00"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_encodings_and_delimiters_are_found_by_content(tmp_path: Path, encoding: str, mark: str) -> None:
    text = (
        mark.join(["交易日期", "收入", "支出", "余额", "摘要"])
        + "\n"
        + mark.join(["2024年1月2日", "", "1.00", "2.00", '"说，“好”"'])
        + "\n"
    )
    assert signed(read(write(tmp_path / "x", text, encoding))) == ["-1.00"]


# --- meaning -----------------------------------------------------------------------------------------------------------

WECHAT = (
    "微信支付账单明细\n微信昵称：[林甲]\n起始时间：[2024-01-01 00:00:00] 终止时间：[2024-01-31 23:59:59]\n导出类型：[全部]\n"
    "共{count}笔记录\n收入：1笔 8.00元\n支出：{out}\n中性交易：3笔 330.10元\n\n"
    "交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\n"
    "2024-01-05 10:00:00,转账,周乙,转账备注:房租,支出,¥100.00,青禾银行(1234),对方已收钱,1,,/\n"
    "2024-01-06 10:00:00,微信红包,周乙,/,收入,¥8.00,/,已存入零钱,2,,/\n"
    "2024-01-07 10:00:00,零钱提现,青禾银行(1234),/,/,¥30.10,青禾银行(1234),提现已到账,3,,服务费¥0.10\n"
    "2024-01-08 10:00:00,零钱充值,青禾银行(1234),/,/,¥200.00,青禾银行(1234),充值完成,4,,/\n"
    "2024-01-09 10:00:00,转入零钱通-来自零钱,/,/,/,¥100.00,零钱,支付成功,5,,/\n"
    "2024-01-10 10:00:00,商户消费,某商店,茶叶,支出,¥50.00,零钱,已退款(￥20.00),6,,/\n"
    "2024-01-11 10:00:00,转账,吴丙,/,支出,¥60.00,零钱,对方已退还,7,,/\n"
)


def test_wechat_bill(tmp_path: Path) -> None:
    # out: 100.00 + 50.00 + 60.00 = 210.00 in 3 lines; neutral: 30.10 + 200.00 + 100.00 = 330.10
    items = read(write(tmp_path / "x.csv", WECHAT.format(count=7, out="3笔 210.00元")))
    assert notes(items, "warning") == ""
    assert signed(items) == ["-100.00", "+8.00", "-30.10", "+200.00", "-100.00", "-50.00", "-60.00"]
    rent, gift, withdrawal, top_up, to_fund, tea, returned = (line.values for line in lines(items))
    assert rent["instrument"] == "青禾银行(1234)"
    assert {line.values["channel"] for line in lines(items)} == {"wechat"}
    assert withdrawal["fee"] == "0.10"
    assert [line.get("own_transfer") for line in (gift, withdrawal, top_up, to_fund)] == [None, "true", "true", "true"]
    assert (tea["state"], tea["refunded_amount"]) == ("booked", "20.00")
    assert returned["state"] == "refunded"
    covered = rows(items, "coverage")[0].values
    assert covered == {
        "table": "statement_lines",
        "scope": "wechat:林甲",
        "period_start": "2024-01-01",
        "period_end": "2024-01-31",
        "is_complete": "true",
        "basis": "statement preamble; types: 全部",
    }


def test_totals_that_do_not_agree_are_told_and_end_completeness(tmp_path: Path) -> None:
    items = read(write(tmp_path / "x.csv", WECHAT.format(count=9, out="3笔 211.00元")))
    said = notes(items, "warning")
    assert "9 lines as its total of all lines; 7 lines was read" in said
    assert "211.00 yuan as its total of out lines; 3 lines / 210.00 yuan" in said
    assert rows(items, "coverage")[0].values["is_complete"] == "false"


def test_a_bill_that_leaves_out_deleted_records_is_not_complete(tmp_path: Path) -> None:
    text = WECHAT.format(count=7, out="3笔 210.00元").replace("\n\n", "\n2. 本明细不包括已删除的记录\n\n")
    covered = rows(read(write(tmp_path / "x.csv", text)), "coverage")[0].values
    assert covered["is_complete"] == "false"
    assert "deleted" in str(covered["basis"])


def test_alipay_closed_orders(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv",
        "支付宝账户：linjia@example.com\n姓名：林甲\n"
        "交易时间,交易分类,交易对方,对方账号,商品说明,收/支,金额,收/付款方式,交易状态,交易订单号,商家订单号,备注\n"
        "2024-02-01 08:00:00,日用百货,某店,/,纸,不计收支,9.00,,交易关闭,1,,\n"
        "2024-02-02 08:00:00,日用百货,某店,/,笔,支出,5.00,余额宝,交易关闭,2,,\n"
        "2024-02-03 08:00:00,退款,某店,/,退款-笔,不计收支,5.00,余额宝,退款成功,2_1,,\n"
        "2024-02-04 08:00:00,投资理财,某基金,/,某基金-买入,不计收支,70.00,余额,交易成功,3,,\n"
        "2024-02-05 08:00:00,其他,某人,/,无名,不计收支,1.00,余额,交易成功,4,,\n",
        "gb18030",
    )
    items = read(path)
    assert [(line.values["direction"], line.values["state"]) for line in lines(items)] == [
        ("out", "failed"),  # nobody paid
        ("out", "refunded"),  # paid from a balance, then closed
        ("in", "booked"),  # the money that came back
        ("out", "booked"),
    ]
    assert "which way the money went" in refused(items)[0].reasons[0]
    assert rows(items, "accounts")[0].values["account_id"] == "alipay:linjia@example.com"


def test_red_ink_and_reversals(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv",
        "账号：1111222233334444\n交易日期,借贷标志,交易金额,余额,摘要,对方户名\n2024-01-02,借,100.00,900.00,付款,乙公司\n"
        "2024-01-03,借,-100.00,1000.00,红字,乙公司\n2024-01-04,贷,40.00,1040.00,冲正,丙公司\n",
    )
    items = read(path)
    assert [(line.values["direction"], line.values["amount"], line.values["state"]) for line in lines(items)] == [
        ("out", "100.00", "booked"),
        ("in", "100.00", "reversed"),  # a negative debit gives the money back
        ("in", "40.00", "reversed"),
    ]


def test_minus_signs_that_mark_every_payment_out_are_no_reversals(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv", "交易日期,收入,支出,余额,摘要\n2024-01-02,,-10.00,90.00,甲\n2024-01-03,5.00,,95.00,乙\n"
    )
    assert [line.values["state"] for line in lines(read(path))] == ["booked", "booked"]
    assert signed(read(path)) == ["-10.00", "+5.00"]


def test_a_credit_card_bill_that_prints_spending_as_positive(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv",
        "青禾银行信用卡账单\n卡号：6200000000001234\n交易日期,交易摘要,人民币金额,卡号末四位,余额\n"
        "2024-01-02,某超市,88.00,1234,88.00\n2024-01-20,自动还款,-88.00,1234,0.00\n",
    )
    assert signed(read(path)) == ["-88.00", "+88.00"]


def test_amounts_without_sign_or_flag_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "交易日期,金额,余额,摘要\n2024-01-02,10.00,90.00,甲\n")
    assert "neither a sign nor a direction" in refused(read(path))[0].reasons[0]


def test_directions_that_contradict_the_balance_are_told(tmp_path: Path) -> None:
    body = "".join(f"2024-01-0{i},{'贷' if i % 2 else '借'},10.00,{90 if i % 2 else 100}.00,甲\n" for i in range(1, 9))
    path = write(tmp_path / "x.csv", "账号：1111222233334444\n交易日期,借贷标志,交易金额,余额,摘要\n" + body)
    assert "every direction swapped (7 of 7)" in notes(read(path), "warning")


# --- what cannot be trusted ------------------------------------------------------------------------------------------------


def test_numbers_that_a_spreadsheet_rounded_are_never_taken_over(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["交易日期", "收入", "支出", "余额", "对方账号", "摘要"])
    sheet.append(["2024-01-02", 1, None, 1, 6200000000000001234, "甲"])
    sheet.append(["2024-01-03", 1, None, 2, "6200000000000001234", "乙"])
    book.save(tmp_path / "x.xlsx")
    items = read(tmp_path / "x.xlsx")
    assert [line.values["counterparty_account"] for line in lines(items)] == [None, "6200000000000001234"]
    assert (
        "counterparty_account is a long number rounded by a spreadsheet and is left empty in 1 row(s), e.g. row 2"
        in notes(items, "warning")
    )


def test_a_rounded_own_account_refuses_the_row(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "本方账号,交易日期,收入,支出,摘要\n6.22E+18,2024-01-02,1.00,,甲\n")
    assert "rounded" in refused(read(path))[0].reasons[0]


def test_formula_cells_and_hidden_sheets(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("secret")):
        sheet.append(["交易日期", "收入", "支出", "余额", "摘要"])
        sheet.append(["2024-01-02", 1, None, 1, "甲"])
    book.active.append(["2024-01-03", "=B2*2", None, 3, "乙"])
    book.active.append(["2024-01-04", 5, None, "=D3+5", "丙"])
    book["secret"].sheet_state = "hidden"
    book.save(tmp_path / "x.xlsx")
    items = read(tmp_path / "x.xlsx")
    assert signed(items) == ["+1.00", "+5.00"]
    assert refused(items)[0].row == 3
    assert "is a formula (=B2*2)" in refused(items)[0].reasons[0]
    assert lines(items)[1].values["balance_after"] is None
    assert "balance is a formula, whose value is not used, and is left empty in 1 row(s), e.g. row 4: “=D3+5”" in notes(
        items, "warning"
    )
    assert "“secret” is hidden (2 rows)" in notes(items, "warning")


def test_unreadable_values(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv",
        "账号：1111222233334444\n交易日期,交易时间,收入,支出,余额,摘要\n2024-01-02,10:00:00,1.00,,xx.yy,甲\n2024-13-45,,1.00,,2.00,乙\n"
        "2024-01-03,,1.0O,,3.00,丙\n2024-01-04,99:99,1.00,2.00,3.00,丁\n以上数据仅供参考\n",
    )
    items = read(path)
    assert signed(items) == ["+1.00"]
    assert [(row.row, row.reasons[0]) for row in refused(items)] == [
        (4, "date '2024-13-45' is no date"),
        (5, "amount_in '1.0O' is no amount of money"),
        (6, "both an amount in and an amount out are printed"),
    ]
    assert refused(items)[0].raw == "2024-13-45\t\t1.00\t\t2.00\t乙"
    assert "balance could not be read and is left empty in 1 row(s), e.g. row 3: “xx.yy”" in notes(items, "warning")
    assert "5 rows under the heading: 1 given, 3 refused, 1 without a transaction" in notes(items, "info")


def test_overlapping_exports_repeat_their_lines_exactly(tmp_path: Path) -> None:
    head = "账号：1111222233334444\n交易日期,收入,支出,余额,摘要\n"
    day = [
        "2024-01-01,1.00,,1.00,甲\n",
        "2024-01-02,1.00,,,乙\n",
        "2024-01-02,1.00,,,乙\n",
        "2024-01-03,,1.00,2.00,丙\n",
    ]
    first = [line.values["line_id"] for line in lines(read(write(tmp_path / "a", head + "".join(day[:3]))))]
    second = [line.values["line_id"] for line in lines(read(write(tmp_path / "b", head + "".join(day[1:]))))]
    assert len(set(first)) == 3  # two identical lines of one file are two lines
    assert first[1:] == second[:2]


def test_a_quotation_mark_that_nothing_closes_swallows_no_rows(tmp_path: Path) -> None:
    body = "".join(f"2024-01-0{i},1.00,,{i}.00,甲{i}\n" for i in range(1, 9))
    path = write(tmp_path / "x.csv", '交易日期,收入,支出,余额,摘要\n2024-01-01,1.00,,0.00,"水管\n' + body)
    assert len(lines(read(path))) == 9


def test_quoted_line_ends_stay_inside_their_cell(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv",
        '交易日期,收入,支出,余额,摘要\n2024-01-01,1.00,,1.00,"第一行\n第二行"\n2024-01-02,,"1,000.00",2.00,乙\n',
    )
    items = read(path)
    assert signed(items) == ["+1.00", "-1000.00"]
    assert lines(items)[0].values["memo"] == "第一行 第二行"
    assert [line.row for line in lines(items)] == [2, 4]


# --- mappings ---------------------------------------------------------------------------------------------------------------


def test_a_mapping_is_told_saved_edited_and_used_again(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", '日子,多少,去向,话\n2024-01-01,5.00,A,"引""号"\n2024-01-02,6.00,B,乙\n')
    with pytest.raises(DataError, match="read_with"):
        read(path)
    mapping = Mapping(
        columns={"moment": ("日子",), "amount": ("多少",), "flag": ("去向",), "memo": ("话",)},
        flags={"A": "in", "B": "out"},
        constants={"account": "1111222233334444", "holder": '林"甲\n'},
    )
    again = Mapping.from_toml(mapping.to_toml())
    assert again == mapping
    items = list(statements.read_with(path, again))
    assert signed(items) == ["+5.00", "-6.00"]
    assert rows(items, "accounts")[0].values["account_id"] == "1111222233334444"


def test_reading_with_the_recognised_mapping_gives_the_same_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", WECHAT.format(count=7, out="3笔 210.00元"))
    mapping = Mapping.from_toml(statements.mapping_of(path).to_toml())
    assert lines(list(statements.read_with(path, mapping))) == lines(read(path))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("= =", "no TOML"),
        ("[columns]\nwhen = ['a']", "no field when"),
        ("[columns]\nmemo = 'a'", "list of headings"),
        ("sign = 'x'", "no key sign"),
        ("[flags]\nx = 'up'", "in or out"),
        ("heading_row = 'x'", "wrong kind"),
    ],
)
def test_a_mapping_with_a_fault_says_which(text: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        Mapping.from_toml(text)


def test_a_mapping_whose_headings_are_not_there_stops(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "交易日期,收入,支出\n2024-01-01,1.00,\n")
    with pytest.raises(DataError, match="holds all headings of the mapping: 日期"):
        list(statements.read_with(path, Mapping(columns={"moment": ("日期",), "amount": ("收入",)})))


def test_total_of_what_was_read_is_decimal(tmp_path: Path) -> None:
    body = "".join("2024-01-01,0.10,,1.00,甲\n" for _ in range(10))
    path = write(tmp_path / "x.csv", "交易日期,收入,支出,余额,摘要\n" + body + "合计,1.00,0.00\n")
    items = read(path)
    assert sum(Decimal(str(line.values["amount"])) for line in lines(items)) == Decimal("1.00")
    assert "total" not in notes(items, "warning")


def test_feedback_ties_an_account_to_the_number_of_its_holder(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv",
        "反馈单位,名称,证件号码,本方账号,借贷标志,交易金额,交易余额,交易时间,交易对方名称\n"
        "青禾银行,林甲,11010519491231002X,70001000200030001,出,100.00,900.00,20240601123059,周乙\n",
    )
    (account,) = rows(read(path), "accounts")
    assert (account.values["holder_name"], account.values["holder_number"]) == ("林甲", "11010519491231002X")
