"""Applications that bureaus decide, approvals step by step, votes of committees, and the units' own events."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.random import Generator

from caselens.sample import _names
from caselens.sample._city import NOBODY, City
from caselens.sample._time import FIRST, LAST, moment, some_day, workday

#: Invented groups where purchases from 60万 on are tendered by the group, and since when.
RULE_GROUPS = ("城投集团", "高新集团", "交投集团")
RULE_SINCE = date(2019, 3, 1)


def in_office(city: City, unit: int, when: date, rng: Generator) -> int:
    """Somebody with a deciding post in ``unit`` on ``when``, the head if nobody else."""
    posts = [row for row in city.posts(unit) if row["start_date"] <= when and (row["end_date"] or LAST) >= when]
    deciding = (
        [row for row in posts if row["remit"] and row["person_id"] not in city.quiet] or posts or city.posts(unit)
    )
    return int(deciding[int(rng.integers(len(deciding)))]["person_id"])


def explosives(city: City, rng: Generator, firm: int, count: int, days: tuple[int, int] = (8, 40)) -> list[int]:
    """``count`` applications of ``firm`` for explosives, decided after some days, cut now and then."""
    unit, made = city.units["公安局"][0], []
    for _ in range(count):
        submitted = workday(some_day(rng, date(2017, 1, 1), date(2026, 4, 1)))
        decided = submitted + timedelta(days=int(rng.integers(*days)))
        asked = float(rng.integers(4, 60))
        given = asked * float(rng.choice([1, 1, 0.8, 0.6, 0.5])) if rng.random() < 0.88 else 0.0
        made.append(
            city.add(
                "applications",
                applicant_id=firm,
                authority_id=unit,
                handler_id=in_office(city, unit, submitted, rng),
                kind="explosives",
                submitted_on=submitted,
                accepted_on=submitted + timedelta(days=int(rng.integers(0, 4))),
                decided_on=decided,
                outcome="approved" if given else "rejected",
                requested=asked,
                granted=given,
            )
        )
    return made


def add(city: City, rng: Generator) -> None:
    """Explosives, licences and audits; approval steps; committee votes; inspections and rules."""
    size = max(1.0, city.tenders / 300)
    mines = [firm for trade in ("煤矿", "采石") for firm in city.firms[trade] if firm not in city.quiet]
    for firm in mines:
        explosives(city, rng, firm, int(rng.integers(3, 9)))
    _audits(city, rng, round(80 * size))
    _approvals(city, rng)
    _votes(city, rng, size)
    _unit_events(city, rng)


def _audits(city: City, rng: Generator, count: int) -> None:
    unit = city.units["审计局"][0]
    builders = [firm for trade in ("建筑", "市政") for firm in city.firms[trade] if firm not in city.quiet]
    for _ in range(count):
        submitted = workday(some_day(rng, date(2017, 1, 1), date(2026, 5, 1)))
        value = float(round(rng.lognormal(15.5, 0.9), -2))
        days = int(20 + 12 * rng.gamma(2.0, 2.0))
        decided = submitted + timedelta(days=days)
        pending = decided > LAST or rng.random() < 0.06
        city.add(
            "applications",
            applicant_id=builders[int(rng.integers(len(builders)))],
            authority_id=unit,
            handler_id=in_office(city, unit, submitted, rng),
            kind="audit",
            submitted_on=submitted,
            accepted_on=submitted + timedelta(days=int(rng.integers(1, 9))),
            decided_on=None if pending else decided,
            outcome=None if pending else "report_issued" if rng.random() < 0.9 else "returned",
            value=value,
        )


def _approvals(city: City, rng: Generator) -> None:
    """Three to four steps for larger purchases: handler, finance, mostly a joint review, head."""
    large = [
        (row["contract_id"], row["buyer_id"], row["signed_on"])
        for row in city.rows["contracts"]
        if row["amount"] >= 2e5
    ]
    for contract, buyer, _, amount, signed, *_ in city.bought:
        for place in np.flatnonzero((amount >= 2e5) & (rng.random(len(amount)) < 0.5))[:3000]:
            large.append((int(contract[place]), int(buyer[place]), FIRST + timedelta(days=int(signed[place]))))
    for contract, buyer, signed in large:
        if not city.posts(buyer):
            continue
        at = signed - timedelta(days=int(rng.integers(6, 20)))
        for step in ("handler", "finance", "joint_review", "head"):
            if step == "joint_review" and rng.random() < 0.2:
                continue
            document = f"会纪〔{at.year}〕{int(rng.integers(1, 60))}号" if step == "joint_review" else None
            city.add(
                "approvals",
                object_table="contracts",
                object_id=contract,
                step=step,
                person_id=in_office(city, buyer, at, rng),
                org_id=buyer,
                opinion="approve",
                decided_at=moment(rng, at, 9, 18),
                document_no=document,
            )
            at += timedelta(days=int(rng.integers(0, 4)))


def _votes(city: City, rng: Generator, size: float) -> None:
    """Committees of seven of the state groups; about one item in five is rejected, as the rule of vetoes demands."""
    for key in ("国投集团", "城投集团", "高新集团", "交投集团"):
        group = city.units[key][0]
        pool = sorted(
            {row["person_id"] for unit in (*city.units[key], *city.units["国企子公司"]) for row in city.posts(unit)}
        )
        for _ in range(round(int(rng.integers(54, 72)) * min(size, 10))):
            when = workday(some_day(rng, date(2018, 1, 1), date(2026, 5, 30)))
            rejected = rng.random() < 0.2
            votes = ["for"] * 7
            if rejected:
                votes[int(rng.integers(1, 7))] = "against"
            elif rng.random() < 0.1:
                votes[int(rng.integers(1, 7))] = _names.pick(rng, ["abstain", "recused", "absent"])
            members = [int(member) for member in rng.choice(pool, 7, replace=False)]
            vote(city, rng, group, members, votes, when, passed=not rejected)


def vote(
    city: City,
    rng: Generator,
    body: int,
    members: list[int],
    votes: list[str],
    when: date,
    *,
    passed: bool,
    item: int = NOBODY,
    item_kind: str = "project",
) -> list[tuple[str, dict[str, object]]]:
    """One item put to the vote; the first member is in the chair. Answers the rows."""
    meeting = int(city.new("meetings")[0])
    item = int(city.new("meetings")[0]) if item == NOBODY else item
    amount, made = float(round(rng.lognormal(16.5, 0.7), -4)), []
    for place, (member, cast) in enumerate(zip(members, votes, strict=True)):
        city.add(
            "review_votes",
            meeting_id=meeting,
            item_id=item,
            item_kind=item_kind,
            org_id=body,
            member_id=member,
            vote=cast,
            is_chair=place == 0,
            drawn="random" if when > date(2022, 1, 1) else "designated",
            amount=amount,
            voted_on=when,
            item_outcome="passed" if passed else "rejected",
        )
        made.append(city.last("review_votes"))
    return made


def _unit_events(city: City, rng: Generator) -> None:
    for key in RULE_GROUPS:
        city.add(
            "unit_events",
            org_id=city.units[key][0],
            kind="rule_in_force",
            happened_on=RULE_SINCE,
            document_no=f"云国资〔2019〕{int(rng.integers(1, 60))}号",
            text="60万元以上采购由集团组织对外招标",
        )
    units = [
        unit
        for key in ("财政局", "住建局", "城投集团", "国投集团", "医院", "街道办", "开发区管委会")
        for unit in city.units[key]
    ]
    for unit in units:
        for kind in ("inspection", "audit"):
            for _ in range(int(rng.integers(0, 3))):
                when = some_day(rng, date(2017, 1, 1), date(2025, 12, 31))
                number = f"云{'巡' if kind == 'inspection' else '审'}〔{when.year}〕{int(rng.integers(1, 50))}号"
                city.add("unit_events", org_id=unit, kind=kind, happened_on=when, document_no=number)
        if rng.random() < 0.3:
            when = some_day(rng, date(2019, 1, 1), date(2025, 6, 30))
            city.add(
                "unit_events",
                org_id=unit,
                kind="advice_issued",
                happened_on=when,
                reply_due_on=when + timedelta(days=60),
                replied_on=when + timedelta(days=int(rng.integers(30, 62))),
                document_no=f"云监建〔{when.year}〕{int(rng.integers(1, 40))}号",
                text="规范采购审批",
            )
