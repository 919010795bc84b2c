"""Public money goes through a mixed account to somebody linked to an official."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _desk
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind

#: For each kind and number what happens to a public sum of 1 on an account that is empty before: (day, to or from,
#: share). ``out`` = suppliers, ``in`` = other income, ``kin`` = the official's kin, ``firm`` = a firm of the kin.
_COURSE = {
    ("easy", 0): [(0, "public", 1.0), (3, "kin", 0.8)],
    ("easy", 1): [(-4, "in", 0.2), (0, "public", 1.0), (5, "firm", 0.9)],
    # FIFO 0.8, LIFO 0.6, pro rata 0.6 of the public sum reach the kin
    ("hard", 0): [(-9, "in", 0.5), (0, "public", 1.0), (4, "out", 0.4), (11, "kin", 0.9)],
    # two parts, with income between: FIFO 0.75, LIFO 0.65, pro rata 0.57
    ("hard", 1): [
        (-6, "in", 0.3), (0, "public", 1.0), (2, "out", 0.2), (6, "firm", 0.35), (9, "in", 0.2), (12, "kin", 0.5),
    ],
    ("decoy", 0): [(0, "public", 1.0), (6, "out", 0.98), (40, "in", 0.9), (44, "kin", 0.5)],
    ("decoy", 1): [(0, "public", 1.0), (5, "out", 0.9), (20, "kin", 0.05)],
}  # fmt: skip


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: 80 % to the spouse in three days; a little other money before. Hard: half as much other money and suppliers
    paid first; two parts with income between. Decoys: suppliers had it all before kin were paid from later income; a
    worker's pay.
    """
    unit = city.unit("农业农村局" if number else "开发区管委会", rng)
    official, spouse = _shared.leader(city, rng, unit, remit="payment", start=date(2016, 7, 1))
    own, _ = _shared.quiet_firm(city, rng, "商贸", spouse, share=0.75)
    firm, boss = _shared.quiet_firm(city, rng, "养殖" if number else "制造")
    city.idle |= {firm}
    if (kind, number) == ("decoy", 1):
        city.add("employments", person_id=spouse, org_id=firm, start_date=date(2015, 2, 1))
    city.lined[_dealing.account(city, rng, firm)] = _desk.machine(rng)["device_mac"]
    when, total = some_day(rng, date(2018, 5, 1), date(2023, 9, 1)), float(round(rng.uniform(4e5, 2e6), -3))
    rows, payout = [], -1
    for day, side, share in _COURSE[kind, number]:
        other = city.firms["商贸"][int(rng.integers(8))]
        at, amount = when + timedelta(days=day), round(total * share, 2)
        if side == "public":
            payment = _dealing.pay(city, rng, unit, firm, at, amount, "政策兑现")
            payout = city.add(
                "benefit_payouts",
                scheme="policy_subsidy",
                beneficiary_id=firm,
                amount=amount,
                paid_on=at,
                claim_no=f"ZC{at.year}{int(rng.integers(10**5)):05d}",
                claimed=amount,
                audited=amount,
                target_met=True,
                payment_id=payment,
            )
            rows.append(payment)
        elif side == "in":
            rows.append(_dealing.pay(city, rng, other, firm, at, amount, "货款"))
        else:
            to = {"out": other, "kin": spouse, "firm": own}[side]
            memo = "工资" if share < 0.1 else "材料款" if side == "out" else "往来款"
            rows.append(_dealing.pay(city, rng, firm, to, at, amount, memo))
    why = {
        "easy": Text(
            "补贴到账数日即大部分转给官员配偶一方。", "Most of the subsidy reached the spouse's side within days."
        ),
        "hard": Text(
            "公款与其他资金混同后仍有过半流向官员亲属。",
            "Mixed with other money, still more than half reached the kin.",
        ),
        "decoy": Text(
            "公款已用于采购，亲属所得来自之后的收入或工资。",
            "Suppliers had the public money; kin were paid from later income or a wage.",
        ),
    }[kind]
    subjects = ((official, "official"), (spouse, "kin"), (firm, "firm"), (boss, "context"))
    return Planted(subjects, (rows[0], payout), total if kind != "decoy" else None, (*rows, payout), why)


PLANT = Plant("flow-commingled-trace", plant)
