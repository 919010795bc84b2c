"""Cases, leads, requests, rectification and the watch list: the paper of an office at work."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.sample import _names
from caselens.sample._city import City
from caselens.sample._time import LAST, moment, some_day

_CASES = (
    "flow-pass-through",
    "flow-drip",
    "rel-nominee-regulated",
    "proc-split-60w",
    "life-cost-chain",
    "bid-ring",
    "flow-supervised-payer",
    "wealth-unexplained",
)
_DISPOSITIONS = ("inquiry_letter", "preliminary_check", "on_hold", "closed", "filed")


def add(city: City, rng: Generator) -> None:
    """One case round a planted story of each of several kinds, one round an innocent official, and their paper."""
    cases = []
    for slug in _CASES:
        story = next((told for name, kind, told in city.stories if name == slug and kind == "easy"), None)
        if story is not None:
            cases.append(_case(city, rng, story.subjects))
    innocent = [row for row in city.rows["appointments"] if row["is_leadership"] and row["person_id"] not in city.quiet]
    chosen = innocent[int(rng.integers(len(innocent)))]
    cases.append(_case(city, rng, ((chosen["person_id"], "official"),)))
    _leads(city, rng, cases, chosen["person_id"])
    for case in cases:
        _requests(city, rng, case)
    _rectification(city, rng, cases)
    _others(city, rng)
    _figures(city)


def _case(city: City, rng: Generator, subjects: tuple[tuple[int, str], ...]) -> int:
    opened = some_day(rng, date(2024, 9, 1), date(2026, 5, 31))
    posts = {row["person_id"]: row["org_id"] for row in city.rows["appointments"]}
    unit = next((posts[who] for who, _ in subjects if who in posts), None)
    case = city.add(
        "cases",
        title=f"关于{city.row(subjects[0][0])['name']}有关问题的核查",
        unit_id=unit,
        opened_on=opened,
        status="open",
        period_start=date(2016, 1, 1),
        period_end=LAST,
        secrecy="秘密",
    )
    for place, (who, role) in enumerate(subjects):
        is_person = "birth_date" in city.row(who)
        code = (
            "subject"
            if place == 0
            else "intermediary"
            if role == "intermediary"
            else "witness"
            if is_person
            else "firm"
        )
        city.add("case_subjects", case_id=case, entity_id=who, role=code)
        for kind in ("bank", "wechat", "alipay"):
            if (int(who), kind) in city.account_of:
                city.watched.add(city.account_of[(int(who), kind)])
    return case


def _leads(city: City, rng: Generator, cases: list[int], innocent: int) -> None:
    subjects = {row["case_id"]: row["entity_id"] for row in reversed(city.rows["case_subjects"])}
    for case in cases:
        received = city.row(case)["opened_on"] - timedelta(days=int(rng.integers(10, 60)))
        city.add(
            "leads",
            case_id=case,
            received_on=received,
            channel=_names.pick(rng, ["petition", "inspection", "audit_transfer", "screening"]),
            subject_ids=city.mention(subjects[case]),
            disposition="preliminary_check",
            decided_by="室务会",
            decided_on=received + timedelta(days=8),
            due_on=received + timedelta(days=98),
        )
    officials = sorted({row["person_id"] for row in city.rows["appointments"]} - city.quiet)
    for number in range(14):
        received = some_day(rng, date(2024, 1, 1), date(2026, 6, 1))
        who = innocent if number == 0 else officials[int(rng.integers(len(officials)))]
        disposition = _names.pick(rng, _DISPOSITIONS) if number else "closed"
        closed = disposition == "closed"
        city.add(
            "leads",
            received_on=received,
            channel=_names.pick(rng, ["petition", "inspection", "audit_transfer", "found_in_case"]),
            subject_ids=city.mention(who),
            disposition=disposition,
            decided_by="室务会",
            decided_on=min(LAST, received + timedelta(days=10)),
            due_on=received + timedelta(days=100),
            closed_on=min(LAST, received + timedelta(days=int(rng.integers(30, 95)))) if closed else None,
            outcome="false_report_cleared" if closed else None,
        )


def _requests(city: City, rng: Generator, case: int) -> None:
    sent = city.row(case)["opened_on"] + timedelta(days=5)
    for asks in ("2016年以来账户流水", "微信转账明细"):
        city.add(
            "evidence_requests",
            case_id=case,
            addressee=_names.pick(rng, ["云江银行", "云江农商行", "微信支付"]),
            asks_for=asks,
            reason="核查资金往来",
            approved_by="分管领导",
            sent_on=sent,
            due_on=sent + timedelta(days=20),
            received_file=None if rng.random() < 0.4 else f"回执{int(rng.integers(100, 999))}.csv",
        )


def _rectification(city: City, rng: Generator, cases: list[int]) -> None:
    units = [
        unit for key in ("城投集团", "住建局", "国投集团", "高新集团", "医院", "街道办") for unit in city.units[key]
    ]
    for _ in range(36):
        unit = units[int(rng.integers(len(units)))]
        found = some_day(rng, date(2022, 1, 1), date(2026, 3, 1))
        due = found + timedelta(days=90)
        closed = found + timedelta(days=int(rng.integers(25, 88)))
        row = dict(
            unit_id=unit,
            category=_names.pick(rng, ["招标采购", "资金支付", "合同管理", "施工管理", "资产处置", "集体决策"]),
            advice_no=f"云监建〔{found.year}〕{int(rng.integers(1, 40))}号",
            found_on=found,
            measure="完善制度并逐项核查",
            responsible_id=city.posts(unit)[0]["person_id"] if rng.random() < 0.6 else None,
            due_on=due,
        )
        if closed <= LAST:
            row |= dict(
                closed_on=closed,
                verified_on=min(LAST, closed + timedelta(days=10)),
                evidence="整改报告及佐证材料",
                document="采购管理办法（修订）" if rng.random() < 0.4 else None,
            )
        city.add("rectifications", **row)
    for unit in units[:8]:
        for category, level in (("招标采购", "高"), ("资金支付", "中")):
            city.add(
                "risk_points",
                unit_id=unit,
                post="分管领导",
                category=category,
                level=level,
                measure="双人复核，集体研究",
            )
    city.add(
        "referrals",
        case_id=cases[0],
        from_unit="第二监督检查室",
        to_unit="第五审查调查室",
        handed_on=LAST - timedelta(days=20),
        items="流水光盘 1 张；合同复印件 12 页",
        accepted_by="承办人",
    )
    city.add("access", case_id=cases[0], user="analyst1", role="analyst", granted_by="lead1", purpose="资金分析")


def _others(city: City, rng: Generator) -> None:
    """Listed firms, call records, discipline records scattered over units and years."""
    for trade in ("建筑", "市政", "商贸", "土方"):
        for firm in city.firms[trade][:2]:
            if firm not in city.quiet:
                listed = some_day(rng, date(2017, 1, 1), date(2019, 12, 31))
                city.add(
                    "watchlist",
                    entity_id=firm,
                    reason="dishonest_debtor",
                    listed_on=listed,
                    until=listed + timedelta(days=200),
                )
    people = city.units["居民"]
    for _ in range(60):
        one, other = (people[int(place)] for place in rng.integers(0, len(people), 2))
        city.add(
            "contacts",
            kind="call",
            person_id=one,
            other_id=other,
            happened_at=moment(rng, some_day(rng, date(2023, 1, 1), LAST)),
            seconds=int(rng.lognormal(4.9, 1.0)) + 3,
        )
    posts = [row for row in city.rows["appointments"] if row["person_id"] not in city.quiet]
    for place in rng.choice(len(posts), 7, replace=False):
        row = posts[int(place)]
        filed = some_day(rng, row["start_date"], min(LAST, row["end_date"] or LAST))
        city.add(
            "discipline_records", person_id=row["person_id"], org_id=row["org_id"], filed_on=filed, kind="违反廉洁纪律"
        )


def _figures(city: City) -> None:
    """Figures of an invented bulletin that reconcile: a total, a rate and what follows from them."""
    document = "云江市重点项目节资通报"
    base = city.add("stated_figures", document=document, label="预算总额", value=21.2, unit="亿元")
    rate = city.add("stated_figures", document=document, label="平均节资率", value=22.17, unit="%")
    city.add(
        "stated_figures",
        document=document,
        label="节约资金",
        value=4.7,
        unit="亿元",
        formula=f"{city.mention(base)} * {city.mention(rate)}",
    )
