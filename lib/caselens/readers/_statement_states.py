"""Words of a statement with a closed meaning: currency, cash or transfer, state, refunds, fees. Nothing is guessed."""

from __future__ import annotations

import re
import unicodedata

from caselens.readers._statement_values import cents, clean, money, value

_CURRENCIES = {
    "人民币": "CNY", "人民币元": "CNY", "rmb": "CNY", "cny": "CNY", "元": "CNY", "156": "CNY", "01": "CNY", "美元": "USD",
    "usd": "USD", "840": "USD", "欧元": "EUR", "eur": "EUR", "港币": "HKD", "港元": "HKD", "hkd": "HKD", "日元": "JPY",
    "jpy": "JPY", "英镑": "GBP", "gbp": "GBP", "澳门元": "MOP", "mop": "MOP", "加拿大元": "CAD", "加元": "CAD", "cad": "CAD",
    "澳大利亚元": "AUD", "澳元": "AUD", "aud": "AUD", "新加坡元": "SGD", "sgd": "SGD", "韩元": "KRW", "krw": "KRW",
    "瑞士法郎": "CHF", "chf": "CHF", "卢布": "RUB", "rub": "RUB", "新台币": "TWD", "twd": "TWD", "泰铢": "THB", "thb": "THB",
}  # fmt: skip


def currency(text: str) -> str | None:
    """The ISO 4217 code of a printed currency, ``""`` for an empty cell, ``None`` where it is not known."""
    body = unicodedata.normalize("NFKC", value(text)).lower()
    if not body:
        return ""
    head = re.split(r"[(\[/]", body)[0].strip()
    found = _CURRENCIES.get(body) or _CURRENCIES.get(head)
    return found or (body.upper() if re.fullmatch(r"[a-z]{3}", body) else None)


_CASH_WORDS = re.compile(
    r"现金(?:存|取|支|缴|汇款)|(?:存|取|提)现金?$|^现(?:存|取|支|金)|ATM\s*(?:存|取)款|柜[台面](?:存|取)款|^取现|自助取款"
)
_NOT_CASH = re.compile(r"余额提现|零钱提现|提现到|微信|支付宝|财付通")


def is_cash_word(text: str) -> bool:
    """Whether a bank's summary says that notes crossed the counter or the machine (现存, 现支, ATM取款 …)."""
    return bool(_CASH_WORDS.search(text)) and not _NOT_CASH.search(text)


def cash_flag(text: str) -> str | None:
    """``true`` or ``false`` of a cash flag (现/转, 现金/转账, 1/0, 是/否), ``None`` where it is neither."""
    body = clean(text).lower()
    if body in ("现", "现金", "现金交易", "钞", "是", "y", "yes", "true", "1", "01", "cash"):
        return "true"
    return (
        "false"
        if body in ("转", "转账", "转账交易", "非现金", "否", "n", "no", "false", "0", "00", "2", "02")
        else None
    )


_REVERSAL = re.compile(r"冲正|抹账|冲账|冲销|红冲|反交易|reversal|reversed", re.IGNORECASE)
_FAILED = re.compile(
    r"失败|关闭|撤销|取消|未支付|未付款|未成功|未入账|待付款|拒绝|超时|作废|failed|cancel|declined|rejected",
    re.IGNORECASE,
)
_WHOLE_REFUND = re.compile(r"全额退|已退还|已退回|被退回|对方已退|过期退")
_SOME_REFUND = re.compile(r"已退款|部分退|refunded", re.IGNORECASE)
_DONE = re.compile(
    r"成功|已|完成|到账|收货|收钱|正常|入账|有效|^是$|^1$|^01$|^y$|^yes$|ok|success|booked|posted|completed|settled",
    re.IGNORECASE,
)


def is_reversal(text: str) -> bool:
    """Whether a summary or state says that the line takes another back (冲正, 抹账, 冲账)."""
    return bool(_REVERSAL.search(text))


def state(text: str) -> str | None:
    """``booked``, ``failed``, ``refunded`` (wholly) or ``reversed`` of a printed state; ``None`` where it is not known.

    A part refunded leaves the line booked; how much came back is for ``refunded_amount``.
    """
    body = value(text)
    if is_reversal(body):
        return "reversed"
    if body in ("否", "N", "n", "不成功") or _FAILED.search(body):
        return "failed"
    if _WHOLE_REFUND.search(body) or re.fullmatch(r"已退款|refunded", body, re.IGNORECASE):
        return "refunded"
    return "booked" if _SOME_REFUND.search(body) or _DONE.search(body) else None


def refunded_amount(text: str) -> str | None:
    """The sum in a state such as ``已退款(￥10.00)``, as text with two places."""
    match = re.search(r"(?:已退款|退款)\s*[(（:：]?\s*[¥￥]?\s*([\d,]+(?:\.\d+)?)", clean(text))
    amount = money(match[1]) if match else None
    return cents(amount) if amount is not None else None


def fee(text: str) -> str | None:
    """The sum in a remark such as ``服务费¥0.10``, as text with two places."""
    match = re.search(r"(?:服务费|手续费)\s*[:：]?\s*[¥￥]?\s*([\d,]+(?:\.\d+)?)", clean(text))
    amount = money(match[1]) if match else None
    return cents(amount) if amount is not None else None
