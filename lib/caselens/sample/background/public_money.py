"""Loans of state firms, their balance sheets, sales of assets, work-injury benefits, subsidies and exchange rates."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.sample import _dealing, _making, _names
from caselens.sample._city import NOBODY, City
from caselens.sample._time import LAST, some_day, within, workday
from caselens.sample.background.decisions import in_office

_STATE = ("城投集团", "国投集团", "高新集团", "交投集团", "水务集团", "国企子公司")


def add(city: City, rng: Generator) -> None:
    """A handful of rows of each, more in a larger city."""
    size = max(1.0, city.tenders / 300)
    groups = [unit for key in _STATE for unit in city.units[key]]
    for _ in range(round(40 * size)):
        _loan(city, rng, groups[int(rng.integers(len(groups)))])
    for _ in range(round(45 * size)):
        _private_loan(city, rng)
    for group in groups:
        _balance(city, rng, group)
        for _ in range(int(rng.integers(1, 5))):
            _sale(city, rng, group)
    for _ in range(round(40 * size)):
        _injury(city, rng)
    for _ in range(round(60 * size)):
        _subsidy(city, rng)
    for year in range(2016, LAST.year + 1):
        for month in (1, 7):
            if date(year, month, 1) <= LAST:
                city.add(
                    "exchange_rates",
                    currency="USD",
                    rate_on=date(year, month, 1),
                    cny=round(6.3 + float(rng.uniform(0, 0.9)), 4),
                )
                city.add(
                    "exchange_rates",
                    currency="HKD",
                    rate_on=date(year, month, 1),
                    cny=round(0.82 + float(rng.uniform(0, 0.1)), 4),
                )


def _loan(city: City, rng: Generator, borrower: int) -> None:
    start = workday(some_day(rng, date(2016, 3, 1), date(2025, 10, 1)))
    years = int(rng.integers(1, 8))
    principal = float(round(rng.lognormal(18.4, 0.9), -6)) + 1e6
    maturity = start + timedelta(days=365 * years)
    handler = in_office(city, borrower, start, rng)
    bank = city.unit("银行", rng)
    arrangers = [firm for firm in city.firms["金融服务"] if firm not in city.quiet]
    arranger = arrangers[borrower % len(arrangers)] if rng.random() < 0.4 else NOBODY
    loan = city.add(
        "financings",
        kind=_names.pick(rng, ["loan", "loan", "bond", "lease", "factoring"]),
        borrower_id=borrower,
        lender_id=bank,
        arranger_id=arranger,
        lender_contact_id=_manager(city, rng, bank, borrower) if rng.random() < 0.6 else NOBODY,
        principal=principal,
        annual_rate=round(float(rng.normal(0.049, 0.006)), 4),
        repayment=_names.pick(rng, ["bullet", "annuity", "equal_principal"]),
        fees=round(principal * float(rng.uniform(0.0005, 0.004)), 2),
        selection_method="比选" if rng.random() < 0.92 else None,
        is_guaranteed_by_controller=bool(rng.random() < 0.95),
        start_date=start,
        maturity_date=maturity,
        outcome="repaid" if maturity < LAST else "active",
        handler_id=handler,
    )
    if rng.random() < 0.3:
        before = round(float(rng.uniform(0.03, 0.05)), 4)
        changed = start + timedelta(days=int(rng.integers(60, 300)))
        if changed <= LAST:
            city.add(
                "financing_terms",
                financing_id=loan,
                item="interest",
                rate_before=before,
                rate_after=round(before - 0.002 * int(rng.integers(1, 4)), 4),
                changed_on=changed,
                handler_id=handler if handler not in city.quiet else NOBODY,
            )


def _private_loan(city: City, rng: Generator) -> None:
    """A small loan company lends to some firm of the city; interest and principal come back."""
    lenders = [firm for firm in city.firms["小贷"] if firm not in city.quiet]
    firms = [firm for trade in ("餐饮", "商贸", "制造", "运输", "煤矿", "养殖") for firm in city.firms[trade]]
    lender, borrower = lenders[int(rng.integers(len(lenders)))], firms[int(rng.integers(len(firms)))]
    start = workday(some_day(rng, date(2016, 6, 1), date(2024, 6, 1)))
    if borrower in city.quiet | city.kin_firms or city.row(borrower)["established_on"] > start:
        return
    principal, rate = float(round(rng.lognormal(12.9, 0.6), -4)) + 10_000, round(float(rng.uniform(0.1, 0.18)), 3)
    end = start + timedelta(days=365 * int(rng.integers(1, 3)))
    loan = city.add(
        "financings",
        kind="private",
        borrower_id=borrower,
        lender_id=lender,
        principal=principal,
        annual_rate=rate,
        repayment="bullet",
        start_date=start,
        maturity_date=end,
        outcome="repaid",
    )
    _dealing.pay(city, rng, lender, borrower, start, principal, "借款", reference=loan)
    interest = principal * rate * (end - start).days / 365
    _dealing.pay(city, rng, borrower, lender, within(end), principal + interest, "还款", reference=loan)


def _manager(city: City, rng: Generator, bank: int, borrower: int) -> int:
    """The bank's manager for a borrower, the same for all its loans there."""
    if (bank, borrower) not in city.managers:
        city.managers[bank, borrower] = _making.person(city, rng)
    return city.managers[bank, borrower]


def _balance(city: City, rng: Generator, group: int) -> None:
    assets, ratio = float(rng.lognormal(21.5, 0.8)), float(rng.uniform(0.42, 0.64))
    for year in range(2016, 2026):
        cash = assets * float(rng.uniform(0.06, 0.14))
        city.add(
            "financial_statements",
            org_id=group,
            period_end=date(year, 12, 31),
            total_assets=round(assets, 2),
            total_liabilities=round(assets * ratio, 2),
            cash=round(cash, 2),
            short_term_debt=round(cash / float(rng.uniform(1.05, 2.4)), 2),
        )
        assets, ratio = (
            assets * float(rng.uniform(0.99, 1.12)),
            min(0.66, max(0.35, ratio + float(rng.normal(0, 0.02)))),
        )


def _sale(city: City, rng: Generator, seller: int) -> None:
    book = float(round(rng.lognormal(15.2, 1.0), -2))
    appraised = round(book * float(rng.uniform(0.55, 1.5)), 2)
    buyers = [firm for name in ("商贸", "制造", "运输") for firm in city.grown(name) if firm not in city.quiet]
    buyer = buyers[int(rng.integers(len(buyers)))]
    lease = rng.random() < 0.3
    city.add(
        "asset_disposals",
        seller_id=seller,
        description="闲置门面出租" if lease else _names.pick(rng, ["闲置厂房", "旧设备", "门面房"]),
        book_value=book,
        appraised_value=appraised,
        appraiser_id=city.unit("评估机构", rng),
        price=round(appraised * float(rng.uniform(0.04, 0.06) if lease else rng.uniform(0.96, 1.2)), 2),
        buyer_id=buyer,
        method="lease" if lease else _names.pick(rng, ["public_auction", "exchange_listing"]),
        approval_no=f"云国资批〔{int(rng.integers(2016, 2026))}〕{int(rng.integers(1, 99))}号",
        bidder_count=int(rng.integers(2, 9)),
        rounds=int(rng.integers(1, 3)),
        term_months=36 if lease else None,
        area=float(rng.integers(80, 4000)),
        disposed_on=workday(some_day(rng, date(2016, 6, 1), date(2026, 5, 20))),
    )


def _injury(city: City, rng: Generator) -> None:
    """The benefit goes to the employer, who passes it on within a month, less what was advanced with proof."""
    jobs = city.rows["employments"]
    for _ in range(50):
        job = jobs[int(rng.integers(len(jobs)))]
        if job["org_id"] not in city.quiet and job["person_id"] not in city.quiet:
            break
    worker, employer = job["person_id"], job["org_id"]
    paid = workday(some_day(rng, max(job["start_date"], date(2017, 1, 1)), date(2026, 3, 31)))
    amount = float(round(rng.lognormal(10.2, 0.7), 2))
    advance = round(amount * float(rng.uniform(0.1, 0.5)), 2) if rng.random() < 0.5 else 0.0
    if advance:
        _dealing.pay(city, rng, employer, worker, paid - timedelta(days=int(rng.integers(20, 60))), advance, "工伤垫付")
    fund = city.units["社保中心"][0]
    payment = _dealing.pay(city, rng, fund, employer, paid, amount, "工伤待遇")
    _dealing.pay(
        city, rng, employer, worker, paid + timedelta(days=int(rng.integers(2, 25))), amount - advance, "工伤待遇"
    )
    city.add(
        "benefit_payouts",
        scheme="work_injury",
        beneficiary_id=worker,
        via_id=employer,
        amount=amount,
        paid_on=paid,
        advanced_amount=advance or None,
        claim_no=f"GS{paid.year}{int(rng.integers(10**5)):05d}",
        payment_id=payment,
    )
    city.watched.add(_dealing.account(city, rng, worker, "bank"))


def _subsidy(city: City, rng: Generator) -> None:
    firms = [firm for name in ("制造", "信息") for firm in city.grown(name) if firm not in city.quiet]
    firm = firms[int(rng.integers(len(firms)))]
    paid = workday(some_day(rng, date(2018, 1, 1), date(2026, 4, 30)))
    claimed = float(round(rng.lognormal(12.8, 0.8), -2))
    audited = round(claimed * float(rng.triangular(0.7, 0.93, 1.0)), 2)
    zone = city.unit("开发区管委会", rng)
    payment = _dealing.pay(city, rng, zone, firm, paid, audited, "政策兑现")
    city.add(
        "benefit_payouts",
        scheme="policy_subsidy",
        beneficiary_id=firm,
        amount=audited,
        paid_on=paid,
        claim_no=f"ZC{paid.year}{int(rng.integers(10**5)):05d}",
        claimed=claimed,
        audited=audited,
        re_audited=round(audited * float(rng.uniform(0.97, 1.0)), 2) if rng.random() < 0.3 else None,
        auditor_id=city.unit("造价咨询", rng),
        target_met=True,
        payment_id=payment,
    )
