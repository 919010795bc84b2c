"""What several stories need: an official with a family, a supervised firm, a firm with other business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from numpy.random import Generator

from caselens.sample import _dealing, _making
from caselens.sample._city import NOBODY, City
from caselens.sample._time import some_day
from caselens.sample.background import firms, people


def leader(
    city: City,
    rng: Generator,
    unit: int,
    post: str = "副局长",
    remit: str = "",
    *,
    head: bool = False,
    leadership: bool = True,
    start: date,
    end: date | None = None,
    declared: bool = True,
) -> tuple[int, int]:
    """A new official with a family; answers the official and the spouse. ``declared``: may have declarations."""
    who = _making.official(
        city, rng, unit, post, remit=remit, head=head, leadership=leadership or head, start=start, end=end
    )
    before = len(city.rows["kinships"])
    people.family(city, rng, who)
    if declared and rng.random() < 0.7:
        people.declare(city, rng, who)
    city.quiet.add(who)
    row = city.rows["kinships"][before]
    spouse = row["relative_id"] if row["person_id"] == who else row["person_id"]
    return who, spouse


@dataclass(frozen=True, slots=True)
class Client:
    """An official and a firm whose business he handles at his unit."""

    unit: int
    official: int
    spouse: int
    firm: int
    boss: int
    contract: int


def client(
    city: City,
    rng: Generator,
    key: str,
    trade: str,
    start: date,
    *,
    post: str = "工程科科长",
    remit: str = "approval",
    until: date = date(2024, 6, 1),
) -> Client:
    """An official at a ``key`` unit, a firm, and contracts of it that he approves every second year from ``start``."""
    unit = city.unit(key, rng)
    section = "科" in post
    who, spouse = leader(city, rng, unit, post, remit, leadership=not section, start=start - timedelta(days=420))
    firm, boss = quiet_firm(city, rng, trade)
    first, when = NOBODY, start
    while when <= until:
        made = _dealing.contract(
            city,
            rng,
            unit,
            firm,
            float(round(rng.lognormal(12.3, 0.5), -2)),
            when,
            f"{_making.TRADES[trade]}服务",
            category=trade,
            handler=who,
            accepted=when + timedelta(days=int(rng.integers(40, 200))),
        )
        first = made if first == NOBODY else first
        when += timedelta(days=int(rng.integers(500, 700)))
    return Client(unit, who, spouse, firm, boss, first)


def quiet_firm(city: City, rng: Generator, trade: str, owner: int = NOBODY, **more: object) -> tuple[int, int]:
    """A new firm that background procurement leaves alone; answers the firm and its legal representative."""
    firm = _making.firm(city, rng, trade, owner, **more)  # type: ignore[arg-type]
    city.quiet.add(firm)
    boss = next(
        row["person_id"]
        for row in reversed(city.rows["directorships"])
        if row["org_id"] == firm and row["role"] == "legal_representative"
    )
    city.quiet.add(boss)
    return firm, boss


def other_business(city: City, rng: Generator, firm: int, count: int, first: date, last: date) -> None:
    """``count`` ordinary payments in and out of ``firm`` between two days, so that a story is not all it does."""
    others = [other for trade in ("商贸", "制造", "办公", "信息") for other in city.grown(trade) if other != firm]
    for _ in range(count):
        other = others[int(rng.integers(len(others)))]
        amount = float(round(rng.lognormal(10.2, 1.1), 2))
        payer, payee = (other, firm) if rng.random() < 0.55 else (firm, other)
        memo = ("货款", "服务费", "材料款", "咨询费", None)[int(rng.integers(5))]
        _dealing.pay(city, rng, payer, payee, some_day(rng, first, last), amount, memo)


def split(rng: Generator, total: float, parts: int, step: float = 100) -> list[float]:
    """``total`` cut into ``parts`` uneven sums, multiples of ``step`` but for the last."""
    shares = rng.dirichlet([4.0] * parts)
    sums = [max(step, round(total * float(share) / step) * step) for share in shares[:-1]]
    return [*sums, round(total - sum(sums), 2)]


def days_within(rng: Generator, first: date, days: int, count: int) -> list[date]:
    """``count`` days in order, from ``first`` to at most ``days`` later."""
    return [first + timedelta(days=int(day)) for day in sorted(rng.integers(0, days + 1, count))]


def permit(city: City, rng: Generator, firm: int, authority: int, kind: str, since: date) -> int:
    """A licence for ``firm`` by ``authority``, as background gives them."""
    return firms.permit(city, rng, firm, authority, kind, since)
