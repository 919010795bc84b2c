"""Decisions about WeChat and Alipay bills that their columns alone do not settle. Explained in docs/statements.md."""

from __future__ import annotations

import re

from caselens.readers._statement_headings import normalise

WECHAT, ALIPAY = "wechat", "alipay"
_SIGNATURES = {
    WECHAT: {"交易单号", "商户单号", "支付方式", "当前状态", "收支"},
    ALIPAY: {"交易订单号", "商家订单号", "收付款方式", "交易状态", "收支"},
}
#: Other shapes: Alipay's older bill, and what the two institutions give to investigators.
_OTHERS = (
    (ALIPAY, {"交易号", "商家订单号", "交易创建时间", "资金状态"}),
    (ALIPAY, {"交易号", "商户订单号", "用户信息", "交易对方信息"}),
    (WECHAT, {"大单号", "用户侧账号名称", "对手侧账户名称", "用户银行卡号"}),
)

#: A neutral line moves money between the holder's own accounts. Out of the wallet: to a bank, a card, a fund.
_NEUTRAL_OUT = re.compile(
    r"提现|信用卡还款|还款|购买|买入|转入零钱通-来自零钱(?!\S)|转出-到(?!零钱|余额)|转出到(?:银行|卡)|申购|(?:余额宝|小荷包).*转入|转入余额宝|存入|代付|缴存"
)
#: Into the wallet: from a bank, a fund, or a purchase taken back.
_NEUTRAL_IN = re.compile(r"充值|转入零钱通-来自|转出-到(?:零钱|余额)|赎回|卖出|收益|转出到余额|转出至余额|解冻|返还")
#: Money that comes back comes in, whatever it had been paid for.
_BACK = re.compile(r"退款|退回|退还")
_FROM_TO = re.compile(r"(?:来自|到|至)([\u4e00-\u9fff]{2,}(?:\(.*?\))?)$")


def wallet_of(heading: tuple[str, ...]) -> str:
    """``wechat`` or ``alipay`` if the headings are those of a wallet's bill, else ``""``."""
    known = {normalise(cell) for cell in heading}
    for wallet, signature in _SIGNATURES.items():
        if len(known & signature) >= 4:
            return wallet
    return next((wallet for wallet, signature in _OTHERS if len(known & signature) >= 3), "")


def neutral_direction(words: str, is_closed: bool) -> str | None:
    """Direction of a line that counts as neither income nor expenditure, from the wallet's point of view.

    ``words`` are the line's type, category and description. A closed order (failed or refunded) would have been, or
    was, a payment out. ``None`` if the words settle nothing: the row is then refused, not guessed.
    """
    if _BACK.search(words):
        return "in"
    money_in, money_out = _NEUTRAL_IN.search(words), _NEUTRAL_OUT.search(words)
    if money_in and money_out:
        return "in" if money_in.start() < money_out.start() else "out"
    if money_in or money_out:
        return "in" if money_in else "out"
    return "out" if is_closed else None


def own_party(words: str) -> str:
    """The other of the holder's own accounts that a type names (``转入零钱通-来自工商银行(9876)``), or ``""``."""
    match = _FROM_TO.search(words)
    return match[1] if match else ""


def closed_state(printed: str, found: str | None, instrument: str) -> str | None:
    """``failed`` becomes ``refunded`` for an Alipay order that was paid and then closed.

    ``交易关闭`` stands both for an order that nobody paid and for one whose money went back in full. Only a paid order
    names the means of payment.
    """
    return "refunded" if found == "failed" and "关闭" in printed and instrument else found
