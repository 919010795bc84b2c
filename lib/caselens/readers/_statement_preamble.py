"""What a statement says around its rows: whose account, which period, which types, which totals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from caselens.readers import _statement_values as values
from caselens.readers._grid import GridRow

_LABELS: tuple[tuple[str, str], ...] = (
    ("nickname", r"微信昵称|昵称"),
    ("login", r"支付宝账户|支付宝账号|支付宝帐户|微信号|登录账号"),
    (
        "account",
        r"(?:客户|本方|查询|主|交易|账户)?(?:账|帐)\s*[号户](?:[/(]?卡号\)?)?|(?:账|帐)/?[(]?卡[)]?\s*号|卡\s*号|账\(卡\)号|卡\(账\)号|卡/账号|账号/卡号"
        r"|account\s*(?:no\.?|number)|account(?=\s*[:：])|card\s*(?:no\.?|number)",
    ),
    ("holder", r"户\s*名|姓\s*名|(?:客户|账户|单位|本方)(?:名称|姓名)|account\s*(?:name|holder)|customer\s*name|name"),
    ("institution", r"开户(?:银行|行|机构)|所属银行|bank"),
    ("currency", r"币\s*[种别]|currency"),
    ("types", r"导出(?:交易)?类型|交易类型|查询类型|交易种类"),
    ("unit", r"(?:金额)?单位|unit"),
)  # fmt: skip
_PAIR = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _LABELS), re.IGNORECASE)
_AFTER = re.compile(r"\s*[:：]\s*")
_SPACED = re.compile(r"\s*[:：]?\s+|\s*[:：]\s*")
#: Where one cell holds several labels, a value ends before the next one, known or not.
_NEXT_LABEL = re.compile(r"\s+(?=[^\s:：\d]{1,12}\s?[:：])")
_DATE = re.compile(
    r"(?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?|(?<!\d)(?:19|20)\d{6}(?!\d)"
)
_PERIOD = re.compile(
    r"起始|起止|终止|截止|期间|时间段|区间|周期|范围|查询日期|查询时间|开始|结束|period|from|between", re.IGNORECASE
)
_ONLY_DATES = re.compile(r"[\s\-—–~至到]+")
_DELETED = re.compile(r"不包括已删除|不含已删除|excluding deleted", re.IGNORECASE)
_ALL_TYPES = re.compile(r"\[?\s*(?:全部|所有|all)", re.IGNORECASE)
#: Names of institutions that a title or preamble may hold, the fullest first.
_INSTITUTIONS: tuple[tuple[str, str], ...] = (
    ("微信", "微信支付"), ("财付通", "微信支付"), ("wechat", "微信支付"), ("支付宝", "支付宝"), ("alipay", "支付宝"),
    ("china construction bank", "中国建设银行"), ("industrial and commercial bank", "中国工商银行"),
    ("agricultural bank", "中国农业银行"), ("bank of communications", "交通银行"), ("china merchants bank", "招商银行"),
    ("bank of china", "中国银行"), ("工商银行", "中国工商银行"), ("农业银行", "中国农业银行"), ("建设银行", "中国建设银行"),
    ("邮政储蓄", "中国邮政储蓄银行"), ("邮储银行", "中国邮政储蓄银行"), ("交通银行", "交通银行"), ("招商银行", "招商银行"),
    ("民生银行", "中国民生银行"), ("平安银行", "平安银行"), ("浦发银行", "上海浦东发展银行"), ("浦东发展银行", "上海浦东发展银行"),
    ("兴业银行", "兴业银行"), ("中信银行", "中信银行"), ("光大银行", "中国光大银行"), ("华夏银行", "华夏银行"), ("广发银行", "广发银行"),
    ("浙商银行", "浙商银行"), ("渤海银行", "渤海银行"), ("恒丰银行", "恒丰银行"), ("中国银行", "中国银行"),
)  # fmt: skip
_OTHER_BANK = re.compile(r"[\u4e00-\u9fff]{2,10}?(?:农村商业银行|农商银行|村镇银行|信用合作联社|信用社|银行)")
_IN, _OUT, _ALL = (
    r"收入|贷方|存入|转入|入账|credits?|deposits?",
    r"支出|借方|支取|转出|出账|debits?|withdrawals?",
    r"共计?|总笔数|合计",
)
_COUNT_SUM = re.compile(
    r"\s*(?:总?[金额计笔数合]*)?\s*[:：]?\s*(\d+)\s*笔[,，、\s:：]*(?:(?:总?金额|合计|共计?)?\s*[:：]?\s*[¥￥]?([\d,]+\.\d{1,2})\s*元?)?",
    re.I,
)
_SUM = re.compile(
    r"\s*(?:总额|总金额|合计|金额合计|发生额合计|合计金额|总计|total)\s*(?:金额)?\s*[(（元)）]*\s*[:：]?\s*[¥￥]?\s*([\d,]+\.\d{2})",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Control:
    """A total that the file itself states: of ``in``, ``out``, ``neutral`` or ``all`` lines; count and sum may lack."""

    kind: str
    count: int | None
    total: Decimal | None
    row: int


@dataclass(slots=True)
class Preamble:
    """What was found; empty text where the file is silent. ``period`` holds ISO dates or moments."""

    account: str = ""
    login: str = ""
    nickname: str = ""
    holder: str = ""
    institution: str = ""
    currency: str = ""
    types: str = ""
    unit: str = ""
    period: tuple[str, str] = ("", "")
    excludes_deleted: bool = False
    is_credit_card: bool = False
    controls: list[Control] = field(default_factory=list)

    @property
    def says_all_types(self) -> bool:
        """Whether the export says that it holds every type of transaction."""
        return bool(_ALL_TYPES.match(self.types))


def read_preamble(rows: Iterable[GridRow], into: Preamble | None = None) -> Preamble:
    """Read the rows before a heading (or between two sections, or after the last row) into a ``Preamble``.

    What a later row says again replaces nothing but the account and its holder: a new section has a new account.
    """
    found = into or Preamble()
    for row in rows:
        cells = [unicodedata.normalize("NFKC", values.clean(cell)) for cell in row.cells if cell.strip()]
        line = " ".join(cells)
        if not line or len(line) > 5_000:
            continue
        _pairs(cells, found)
        _period(line, found)
        found.excludes_deleted |= bool(_DELETED.search(line))
        found.is_credit_card |= "信用卡" in line or "credit card" in line.lower()
        if not found.institution and not re.match(r"\s*\d+[.、]", line):
            found.institution = institution(line)
        found.controls += controls(line, row.number)
    return found


def _pairs(cells: Sequence[str], found: Preamble) -> None:
    """Labels with their values, in one cell, side by side in one cell, or in the cell after the label."""
    for index, cell in enumerate(cells):
        labels = [match for match in _PAIR.finditer(cell) if _is_label(cell, match)]
        for position, match in enumerate(labels):
            name = match.lastgroup or ""
            bilingual = position > 0 and labels[position - 1].lastgroup == name and match[0].isascii()
            start = (_SPACED if bilingual else _AFTER).match(cell, match.end())
            end = labels[position + 1].start() if position + 1 < len(labels) else len(cell)
            text = cell[start.end() : end] if start else ""
            if not text.strip() and position + 1 == len(labels) and index + 1 < len(cells):
                text = cells[index + 1] if not _AFTER.search(cells[index + 1]) else ""
            text = _NEXT_LABEL.split(text.strip(), maxsplit=1)[0]
            text = values.value(text.strip("[]【】").strip(" ,，;；"))
            if text and (not getattr(found, name) or name in ("account", "holder")):
                setattr(
                    found, name, text.split(" ")[0] if name in ("account", "login") and not text[0].isdigit() else text
                )


def _is_label(cell: str, match: re.Match[str]) -> bool:
    """A label is followed by a colon, or is the whole cell; it does not follow another word (对方户名)."""
    before, after = cell[match.start() - 1 : match.start()], cell[match.end() :]
    follows = bool(_PAIR.match(after.lstrip())) or bool(_AFTER.match(after)) or not after.strip()
    translation = match[0].isascii() and not before.isascii() and bool(_SPACED.match(after))
    return translation or (follows and not before.isalpha())


def _period(line: str, found: Preamble) -> None:
    """The printed period: two dates in a line that speaks of one."""
    if found.period[0] or not (_PERIOD.search(line) or _ONLY_DATES.fullmatch(_DATE.sub("", line))):
        return
    dates = [values.moment(text) for text in _DATE.findall(line)]
    known = [f"{date}T{clock}" if clock else date for date, clock in (pair for pair in dates if pair)]
    if len(known) >= 2:
        found.period = (min(known[:2]), max(known[:2]))


def institution(line: str) -> str:
    """The institution a line of a title or preamble names, or ``""``."""
    lower = line.lower()
    for mark, name in _INSTITUTIONS:
        if mark in lower:
            return name
    match = _OTHER_BANK.search(line)
    return (
        re.sub(r"^(?:开户|所属|本方|对方)?(?:银行|行|机构)[:：]?", "", match[0]) if match and len(match[0]) > 3 else ""
    )


def controls(line: str, row: int) -> list[Control]:
    """Totals stated in a line of text: ``收入：12笔 3,456.00元``, ``共66笔记录``, ``支出合计：1,234.00``."""
    found: list[Control] = []
    for kind, label in (("in", _IN), ("out", _OUT), ("neutral", "中性交易|不计收支"), ("all", _ALL)):
        for match in re.finditer(rf"(?<![对不待计方入出])(?:{label})", line, re.IGNORECASE):
            if counted := _COUNT_SUM.match(line, match.end()):
                total = values.money(counted[2]) if counted[2] else None
                found.append(Control(kind, int(counted[1]), total, row))
            elif kind != "all" and (summed := _SUM.match(line, match.end())):
                found.append(Control(kind, None, values.money(summed[1]), row))
    return found
