"""An account in one name that another person uses."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _desk, _making
from caselens.sample._city import City
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: a driver with a small income whose account passes 80万 on and is used from the official's computer; a
    parent. Hard: no declaration, slower and less even; used from the spouse's computer. Decoys: a trader's account; a
    family's common purse.
    """
    official, spouse = _shared.leader(
        city, rng, city.unit(("水务集团", "交通局", "自然资源局")[number], rng), remit="payment", start=date(2016, 4, 1)
    )
    if kind == "decoy":
        return _shop(city, rng, official) if number == 0 else _purse(city, rng, official, spouse)
    holder = _making.relative(city, rng, official, "parent") if kind == "easy" and number else _making.person(city, rng)
    city.quiet.add(holder)
    user = spouse if kind == "hard" and number else official
    computer = _desk.machine(rng)["device_mac"]
    for who in (holder, user):
        city.lined[_dealing.account(city, rng, who)] = computer
    if kind == "easy":
        for year in range(2018, 2024):
            city.add("declarations", person_id=holder, year=year, household_income=42_000, household_assets=180_000)
    even, wait = (0.02, 4) if kind == "easy" else (0.045, 7)
    payers = [_shared.quiet_firm(city, rng, trade)[0] for trade in ("土方", "建筑", "设备")]
    estate, _ = _shared.quiet_firm(city, rng, "房地产")
    rows, total, when = [], 0.0, date(2018, 4, 2)
    for turn in range(9 if kind == "easy" else 6):
        amount = float(round(rng.uniform(42_000, 138_000), -2))
        out = round(amount * (1 - float(rng.uniform(0, even))), 2)
        rows.append(_dealing.pay(city, rng, payers[turn % 3], holder, when, amount, "材料款"))
        target = user if turn % 3 else estate
        rows.append(
            _dealing.pay(city, rng, holder, target, when + timedelta(days=int(rng.integers(1, wait))), out, None)
        )
        total += amount
        when += timedelta(days=int(rng.integers(60, 190)))
    why = Text(
        "账户快进快出、余额很少，与官员家庭共用一台设备操作，与户主收入不符。",
        "Money passes straight through, little stays; the account is used from the official's household's computer.",
    )
    subjects = ((holder, "holder"), (official, "official")) + (((spouse, "kin"),) if user == spouse else ())
    return Planted(subjects, (_dealing.account(city, rng, holder),), total, tuple(rows), why)


def _shop(city: City, rng: Generator, official: int) -> Planted:
    """A trader buys and sells through an own account; the income is declared."""
    trader = _making.relative(city, rng, official, "sibling")
    city.lined[_dealing.account(city, rng, trader)] = _desk.machine(rng)["device_mac"]
    for year in range(2017, 2026):
        city.add("declarations", person_id=trader, year=year, household_income=310_000, household_assets=1_900_000)
    wholesaler, _ = _shared.quiet_firm(city, rng, "商贸")
    rows, when = [], date(2019, 1, 7)
    for _ in range(12):
        amount = float(round(rng.uniform(18_000, 60_000), 2))
        rows.append(_dealing.pay(city, rng, _making.person(city, rng), trader, when, amount, "货款"))
        rows.append(
            _dealing.pay(city, rng, trader, wholesaler, when + timedelta(days=3), round(amount * 0.93, 2), "货款")
        )
        when += timedelta(days=int(rng.integers(20, 60)))
    why = Text("个体经营者自己使用的经营账户，收入已申报。", "A trader's own business account; the income is declared.")
    return Planted(
        ((trader, "holder"), (official, "official")), (_dealing.account(city, rng, trader),), None, tuple(rows), why
    )


def _purse(city: City, rng: Generator, official: int, spouse: int) -> Planted:
    """Husband and wife pay in and the household's bills go out; sums are small and the wages explain them."""
    school, when, rows = city.unit("学校", rng), date(2019, 2, 1), []
    city.lined[_dealing.account(city, rng, spouse)] = _desk.machine(rng)["device_mac"]
    for _ in range(14):
        rows.append(_dealing.pay(city, rng, official, spouse, when, 6_000, "生活费"))
        rows.append(_dealing.pay(city, rng, spouse, school, when + timedelta(days=2), 2_400, "学费"))
        when += timedelta(days=int(rng.integers(28, 33)))
    why = Text("家庭共用账户，工资转入支付家用。", "A household's common account, fed by wages and used for its bills.")
    return Planted(
        ((spouse, "holder"), (official, "official")), (_dealing.account(city, rng, spouse),), None, tuple(rows), why
    )


PLANT = Plant("flow-nominee-account", plant)
