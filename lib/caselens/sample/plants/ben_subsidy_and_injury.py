"""Public money for third parties stops on the way."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _making
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind

#: Benefit passed on as a share (``None`` = nothing), after how many days; advance claimed; advance proven by transfer.
_PASSED = {
    ("easy", 0): (None, 0, 0.0, 0.0),
    ("easy", 1): (0.4, 12, 0.0, 0.0),
    ("hard", 0): (0.45, 14, 0.55, 0.0),
    ("decoy", 0): (0.5, 16, 0.5, 0.5),
    ("decoy", 1): (1.0, 9, 0.0, 0.0),
}


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: an employer keeps a work-injury benefit whole; passes on 40 %. Hard: claims an advance that no transfer
    shows; a subsidy paid twice to a firm that missed its target. Decoys: a proven advance and the rest; all of it
    in nine days.
    """
    if (kind, number) == ("hard", 1):
        return _subsidy(city, rng)
    employer, boss = _shared.quiet_firm(city, rng, ("制造", "建筑")[number], headcount=45)
    worker = _making.person(city, rng)
    city.quiet.add(worker)
    for wallet in ("bank", "wechat", "alipay"):
        city.watched.add(_dealing.account(city, rng, worker, wallet))
    city.add("employments", person_id=worker, org_id=employer, start_date=date(2015, 4, 1))
    passed, after, claimed, proven = _PASSED[kind, number]
    when = some_day(rng, date(2018, 4, 1), date(2025, 9, 1))
    amount = float(round(rng.uniform(4e4, 1.6e5), 2))
    rows = []
    if proven:
        rows.append(_dealing.pay(city, rng, employer, worker, when - timedelta(days=35), amount * proven, "工伤垫付"))
    fund = _dealing.pay(city, rng, city.units["社保中心"][0], employer, when, amount, "工伤待遇")
    if passed:
        rows.append(
            _dealing.pay(city, rng, employer, worker, when + timedelta(days=after), amount * passed, "工伤待遇")
        )
    payout = city.add(
        "benefit_payouts",
        scheme="work_injury",
        beneficiary_id=worker,
        via_id=employer,
        amount=amount,
        paid_on=when,
        advanced_amount=round(amount * claimed, 2) if claimed else None,
        claim_no=f"GS{when.year}{int(rng.integers(10**5)):05d}",
        payment_id=fund,
    )
    why = {
        "easy": Text(
            "工伤待遇被用人单位截留全部或大部分。", "The employer kept all or most of the work-injury benefit."
        ),
        "hard": Text("单位称已垫付，却没有任何转账凭证。", "The employer claims an advance that no transfer shows."),
        "decoy": Text(
            "有转账凭证的垫付加余额，或九日内全额转付。",
            "A proven advance and the rest, or all of it within nine days.",
        ),
    }[kind]
    missing = round(amount * (1 - (passed or 0.0) - proven), 2)
    subjects = ((employer, "employer"), (worker, "context"), (boss, "context"))
    return Planted(subjects, (payout,), None if kind == "decoy" else missing, (payout, fund, *rows), why)


def _subsidy(city: City, rng: Generator) -> Planted:
    zone, auditor = city.unit("开发区管委会", rng), city.unit("造价咨询", rng)
    firm, _ = _shared.quiet_firm(city, rng, "制造")
    claim, when, rows, total = f"ZC2021{int(rng.integers(10**5)):05d}", date(2021, 5, 18), [], 0.0
    for turn in range(2):
        at, amount = when + timedelta(days=200 * turn), 860_000.0
        payment = _dealing.pay(city, rng, zone, firm, at, amount, "政策兑现")
        rows += [
            payment,
            city.add(
                "benefit_payouts",
                scheme="policy_subsidy",
                beneficiary_id=firm,
                amount=amount,
                paid_on=at,
                claim_no=claim,
                claimed=amount,
                audited=amount,
                re_audited=round(amount * 0.61, 2),
                auditor_id=auditor,
                target_met=False,
                payment_id=payment,
            ),
        ]
        total += amount
    why = Text(
        "同一申报号兑现两次，且企业未达目标、复审核减近四成。",
        "One claim was paid twice, the target was missed, and the second audit cut it by almost four tenths.",
    )
    return Planted(((firm, "beneficiary"), (auditor, "auditor")), (rows[1],), total, tuple(rows), why)


PLANT = Plant("ben-subsidy-and-injury", plant)
