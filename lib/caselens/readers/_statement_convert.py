"""The canonical values of one line: account, counterparty, state, identity."""

from __future__ import annotations

import hashlib
from decimal import Decimal

from caselens.readers import _statement_states as states
from caselens.readers import _statement_values as values
from caselens.readers import _statement_wallets as wallets
from caselens.readers._declare import Refused, Row
from caselens.readers._grid import GridRow
from caselens.readers._statement_headings import normalise
from caselens.readers._statement_lines import LINES, Section
from caselens.readers._statement_preamble import institution

_COPIED = {
    "channel": "channel", "bank_reference": "bank_reference", "device_ip": "device_ip", "device_mac": "device_mac",
    "terminal": "terminal_id", "branch": "branch", "merchant_category": "merchant_category",
}  # fmt: skip
_BALANCE_LIKE = {"balance": "balance_after", "fee": "fee", "refunded": "refunded_amount"}


def convert(section: Section, row: GridRow) -> Row | Refused:
    """One row under the heading as a row of ``statement_lines``, or refused with every reason at once.

    The ordinal among identical lines is counted by ``section``, so rows must come in file order, each once.
    """
    reasons: list[str] = []
    booked_at = section.when(row)
    if not booked_at:
        broken = next((reason for name in ("moment", "date") if (reason := section.flaw(name, row))), "")
        printed = (section.raw("moment", row) or section.raw("date", row)).strip()[:40]
        reasons.append(f"date {broken}" if broken else f"date {printed!r} is no date")
    account_id, _, broken = own_account(section, row)
    if broken:
        reasons.append(f"own account {broken}")
    memo = section.memo(row)
    state, refunded = _state(section, row)
    flow = _neutral_flow(section, row, memo, state) or section.flow(row)
    if isinstance(flow, str):
        reasons.append(flow)
        return Refused(LINES, row.raw(), tuple(reasons), row.number)
    direction, amount, taken_back = flow
    printed_amount = values.cents(amount)
    if printed_amount is None:
        reasons.append(f"amount {amount} has more than two decimal places or too many figures")
    if reasons or printed_amount is None:
        return Refused(LINES, row.raw(), tuple(reasons), row.number)
    line = _line(section, row, account_id, booked_at, direction, printed_amount, memo)
    line["state"] = _settle_state(section, row, direction, memo, state, taken_back, refunded, printed_amount)
    if is_neutral(section, row) and line["state"] == "booked" and "退" not in memo:
        line["own_transfer"] = "true"
    if refunded:
        line["refunded_amount"] = refunded
    line["line_id"] = _identity(section, line)
    return Row(LINES, line, row.number)


def own_account(section: Section, row: GridRow) -> tuple[str, str, str]:
    """``(account_id, number as printed, why it cannot be used)`` of the account that the line is about.

    A whole number identifies an account by itself. A masked number, or the last figures of a card, does so only within
    an institution, whose name is put before it. Where the file names no account at all, ``unnamed:`` with the
    beginning of the file's hash keeps the lines apart from everybody else's.
    """
    for name in ("account", "card"):
        if broken := section.flaw(name, row):
            return "", "", broken
    party = section.get("account", row) or section.get("card", row)
    if party:
        number = values.split_party(party)[1] or values.account(party)
        return account_id(number, _institution(section, row)), number, ""
    return (*default_account(section), "")


def default_account(section: Section) -> tuple[str, str]:
    """``(account_id, number)`` of the account that the preamble or the mapping names; found once a section."""
    if section.own is None:
        section.own = _default_account(section)
    return section.own


def _default_account(section: Section) -> tuple[str, str]:
    found, constants = section.preamble, section.mapping.constants
    if section.wallet:
        name = found.login or (found.nickname if section.wallet == wallets.WECHAT else found.account) or found.holder
        if name:
            return f"{section.wallet}:{name}", name
    elif found.account:
        number = values.split_party(found.account)[1] or values.account(found.account)
        return account_id(number, found.institution or constants.get("institution", "")), number
    if "account" in constants:
        return constants["account"], constants["account"]
    return f"unnamed:{section.file_hash[:12]}", ""


def account_id(number: str, bank: str) -> str:
    """The account's id: the number itself, or ``institution:number`` where figures of it are hidden."""
    if not values.is_masked(number):
        return number
    return f"{bank or 'bank'}:{'*' if number.isdigit() else ''}{number}"


def _institution(section: Section, row: GridRow) -> str:
    printed = section.get("institution", row)
    return (
        institution(printed)
        or printed
        or section.preamble.institution
        or section.mapping.constants.get("institution", "")
    )


_HOLDER_NUMBERS = frozenset(
    ["证件号码", "本方证件号码", "客户证件号码", "户主证件号码", "身份证号", "身份证号码", "公民身份号码"]
)


def account_row(section: Section, row: GridRow, account: str, number: str) -> Row:
    """The row of ``accounts`` for the account of this line."""
    kind = section.wallet or "bank"
    bank = {wallets.WECHAT: "微信支付", wallets.ALIPAY: "支付宝"}.get(section.wallet) or _institution(section, row)
    card = values.account(section.get("card", row))
    holder = section.get("holder", row) or section.preamble.holder or section.mapping.constants.get("holder", "")
    found = {
        "account_id": account,
        "holder_name": holder or (section.preamble.nickname if section.wallet else "") or None,
        "institution": bank or None,
        "kind": kind,
        "account_number": number or None,
        "card_number": card if card and card != number else None,
    }
    if places := [at for at, heading in enumerate(section.heading) if normalise(heading) in _HOLDER_NUMBERS]:
        numbers = (values.value(row.cell(at)) for at in places if at not in row.flaws)
        found["holder_number"] = next((number for number in numbers if number), None)
    return Row("accounts", found, row.number)


def _line(
    section: Section, row: GridRow, account: str, booked_at: str, direction: str, amount: str, memo: str
) -> dict[str, str | None]:
    name, other, bank = _counterparty(section, row, memo)
    line: dict[str, str | None] = {
        "line_id": None,
        "account_id": account,
        "booked_at": booked_at,
        "direction": direction,
        "amount": amount,
        "currency": _currency(section, row),
        "counterparty_account": other or None,
        "counterparty_name": name or None,
        "memo": memo or None,
        "is_cash": _cash(section, row, memo, other),
    }
    for target, column in _COPIED.items():
        line[column] = section.get(target, row) or None
    if section.wallet:
        line["channel"] = section.wallet
    for target, column in _BALANCE_LIKE.items():
        if target in section.places or target == "balance":
            found = _optional_money(section, row, target)
            line[column] = None if target != "balance" and found == "0.00" else found
    if "instrument" in section.places:
        line["instrument"] = section.get("instrument", row) or None
    if section.wallet:
        line["printed_direction"] = values.clean(section.raw("flag", row)) or None
    if "费" in memo and (fee := states.fee(memo)):
        line["fee"] = line.get("fee") or fee
    if bank:
        line["counterparty_bank"] = bank
    card = values.account(section.get("card", row))
    if card and card != account:
        line["card_number"] = card
    for extra, index in section.extras.items():
        if text := values.value(row.cell(index)):
            line[extra] = text
    return line


def _optional_money(section: Section, row: GridRow, target: str) -> str | None:
    printed = section.get(target, row)
    amount = section.money(target, row)
    found = values.cents(amount) if amount is not None else None
    if printed and found is None:
        section.lose(target, "unreadable", row, printed)
    return found


def _currency(section: Section, row: GridRow) -> str | None:
    printed = section.get("currency", row) or section.preamble.currency or section.mapping.constants.get("currency", "")
    found = states.currency(printed)
    if found is None:
        section.lose("currency", "kept as printed", row, printed)
        return printed
    return found or None


def _cash(section: Section, row: GridRow, memo: str, other: str) -> str | None:
    printed = section.get("cash", row)
    if printed:
        found = states.cash_flag(printed)
        if found is None:
            section.lose("cash", "unreadable", row, printed)
        return found
    return (
        "true" if not section.wallet and not other and states.is_cash_word(section.get("channel", row) + memo) else None
    )


def _counterparty(section: Section, row: GridRow, memo: str) -> tuple[str, str, str]:
    """``(name, account, bank)`` of the other side, told apart by shape where one cell holds both."""
    name, other = section.get("counterparty_name", row), section.get("counterparty_account", row)
    alone = "counterparty_account" not in section.places and values.holds_number(name)
    if name and not other and (alone or values.looks_like_account(name)):
        name, other = values.split_party(name)
    if party := section.get("party", row):
        found_name, found_account = values.split_party(party)
        name, other = name or found_name, other or found_account
    if values.is_rounded(other):
        section.lose("counterparty_account", "rounded", row, other)
        other = ""
    if other and not other.isascii() and not any(c.isdigit() or c in "*@＊" for c in other):
        name, other = name or other, ""
    if not name:
        name = section.get("merchant", row) or (
            wallets.own_party(memo.split("；", maxsplit=1)[0]) if section.wallet else ""
        )
    return name, values.account(other), section.get("counterparty_bank", row)


def _state(section: Section, row: GridRow) -> tuple[str | None, str | None]:
    """The state as printed (``None`` = not known or not printed) and what came back in part."""
    printed = section.get("state", row)
    if not printed:
        return None, None
    found = wallets.closed_state(printed, states.state(printed), section.get("instrument", row))
    if found is None:
        section.lose("state", "unknown", row, printed)
    return found, states.refunded_amount(printed)


def _settle_state(
    section: Section,
    row: GridRow,
    direction: str,
    memo: str,
    state: str | None,
    back: bool,
    refunded: str | None,
    amount: str,
) -> str | None:
    """The line's state: a refund that comes in is itself booked; what a line takes back is reversed."""
    if state == "refunded" and direction == "in" and "退" in memo:
        return "booked"
    if refunded is not None and Decimal(refunded) == Decimal(amount) and direction == "out":
        return "refunded"
    if state in (None, "booked") and (back or (not section.wallet and states.is_reversal(memo))):
        return "reversed"
    return state or (None if section.get("state", row) else "booked")


def is_neutral(section: Section, row: GridRow) -> bool:
    """Whether a wallet's bill counts the line as neither income nor expenditure."""
    return bool(section.wallet) and values.clean(section.raw("flag", row)) in values.NEUTRAL


def _neutral_flow(
    section: Section, row: GridRow, memo: str, state: str | None
) -> tuple[str, Decimal, bool] | str | None:
    """Direction of a wallet's line that counts as neither income nor expenditure; ``None`` for every other line."""
    if not is_neutral(section, row):
        return None
    printed = values.clean(section.raw("flag", row))
    amount = section.money("amount", row)
    if amount is None or section.flaw("amount", row) or amount == 0:
        return None
    direction = wallets.neutral_direction(memo.replace("；", " "), state in ("failed", "refunded"))
    if direction is None:
        return (
            f"neither income nor expenditure ({printed or 'empty'}), and its words do not say which way the money went"
        )
    return direction, abs(amount), False


_IDENTITY = ("account_id", "booked_at", "direction", "amount", "balance_after", "bank_reference")


def _identity(section: Section, line: dict[str, str | None]) -> str:
    """Hash of the line's content and its ordinal among identical lines, so that overlapping exports repeat exactly.

    Of the counterparty only the name counts where there is one: a later version of an export adds its account, and the
    line stays the same line.
    """
    other = line["counterparty_name"] or line["counterparty_account"] or ""
    content = "\x1f".join([*(line.get(name) or "" for name in _IDENTITY), line["currency"] or "CNY", other])
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest()
    key = int.from_bytes(digest[:8], "big")
    section.seen[key] += 1
    return hashlib.sha256(digest + section.seen[key].to_bytes(4, "big")).hexdigest()[:24]
