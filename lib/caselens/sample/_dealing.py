"""Accounts, payments and contracts, one at a time: the same makers serve background and plants."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from numpy.random import Generator

from caselens.sample import _names
from caselens.sample._city import NOBODY, City
from caselens.sample._time import FIRST, moment, some_day, workday

_BANKS = ("云江银行", "云江农商行", "江南商业银行", "华澜银行", "东屏银行")


def account(city: City, rng: Generator, holder: int, kind: str = "bank") -> int:
    """The first account of this kind that ``holder`` has, opened if there is none yet."""
    key = (int(holder), kind)
    if key not in city.account_of:
        row = city.row(holder)
        institution = {"wechat": "微信支付", "alipay": "支付宝", "cash": None}.get(kind, _names.pick(rng, _BANKS))
        city.account_of[key] = city.add(
            "accounts",
            holder_id=holder,
            holder_name=row["name"],
            institution=institution,
            kind=kind,
            opened_on=some_day(rng, date(2008, 1, 1), FIRST) if kind != "cash" else None,
        )
    return city.account_of[key]


def pay(
    city: City,
    rng: Generator,
    payer: int,
    payee: int,
    when: date | datetime,
    amount: float,
    memo: str | None = None,
    *,
    channel: str = "transfer",
    reference: int = NOBODY,
    basis: str | None = None,
) -> int:
    """One payment between two parties (not accounts) in yuan; the channel decides which account each side uses."""
    kind = channel if channel in ("wechat", "alipay", "cash") else "bank"
    at = when if isinstance(when, datetime) else moment(rng, when)
    return city.add(
        "payments",
        paid_at=at,
        payer_account=account(city, rng, payer, kind),
        payee_account=account(city, rng, payee, kind),
        amount=round(amount, 2),
        currency="CNY" if rng.random() < 0.9 else None,
        channel=channel,
        memo=memo or None,
        basis=basis,
        reference_id=reference,
    )


def contract(
    city: City,
    rng: Generator,
    buyer: int,
    supplier: int,
    amount: float,
    signed: date,
    title: str,
    *,
    handler: int = NOBODY,
    category: str,
    method: str = "direct",
    accepted: date | None = None,
    **more: object,
) -> int:
    """A purchase contract as units file it: accepted mostly, published often, with the official who approved it."""
    signed = workday(signed)
    row = {
        "title": title,
        "buyer_id": buyer,
        "supplier_id": supplier,
        "amount": round(amount, 2),
        "signed_on": signed,
        "published_on": signed + timedelta(days=int(rng.integers(1, 12)))
        if amount > 1e5 or rng.random() < 0.8
        else None,
        "method": method,
        "category": category,
        "request_no": f"采{signed.year}-{int(rng.integers(1, 9000)):04d}",
        "purpose": title,
        "deliverable": _names.pick(rng, ["验收单", "成果报告", "到货清单", "服务记录"]),
        "accepted_on": accepted,
        "handler_id": handler,
    }
    return city.add("contracts", **(row | more))
