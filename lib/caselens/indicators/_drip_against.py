"""What speaks against a one-way series: wages, a loan, rent, give and take, as far as the tables can say."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import counter
from caselens.indicators._declare import Inputs
from caselens.indicators._dripping import Drip

_EQUAL = Text("等额定期", "equal sums at fixed intervals")
_UNEQUAL = Text("金额或间隔不一", "sums or intervals differ")
_OWN_UNIT = Text("付款方为收款人任职或参保单位", "the payer is where the receiver holds a post or an insured job")


@dataclass(frozen=True, slots=True)
class Records:
    """Posts, insured jobs and loans of everybody who received, looked up once for all series.

    ``testable`` names the tables that were delivered; of the others nothing can be said.
    """

    posts: pd.DataFrame
    jobs: pd.DataFrame
    loans: pd.DataFrame
    testable: frozenset[str]

    @classmethod
    def of(cls, inputs: Inputs, found: list[Drip]) -> Records:
        """The records of the receivers of these series."""
        people = sorted({name for drip in found for name in drip.receivers} | {drip.official for drip in found})

        def rows(table: str, who: str, *columns: str) -> pd.DataFrame:
            known = inputs.table(table)
            return known.filter(known[who].isin(people)).select(who, *columns).execute()

        return cls(
            rows("appointments", "person_id", "org_id", "start_date", "end_date"),
            rows("employments", "person_id", "org_id", "start_date", "end_date"),
            rows("financings", "lender_id", "borrower_id"),
            frozenset(
                name
                for name, columns in (
                    ("employments", ("org_id", "person_id")),
                    ("financings", ("borrower_id", "lender_id")),
                )
                if inputs.has(name, *columns)
            ),
        )


def speaks_against(lead: str, drip: Drip, records: Records) -> list[dict[str, str]]:
    """Wages and instalments need both: equal sums at fixed intervals, and a record that explains them."""
    jobs, loans = records.jobs, records.loans
    job = ((jobs["org_id"] == drip.source) & jobs["person_id"].isin(drip.receivers)).any()
    owed = ((loans["borrower_id"] == drip.source) & loans["lender_id"].isin(drip.receivers)).any()

    def explained(table: str, found: bool) -> bool | None:
        if not drip.is_regular:
            return False
        return found if table in records.testable else None

    note = (_EQUAL if drip.is_regular else _UNEQUAL).both()
    own = _is_own_unit(drip, records)
    told = _OWN_UNIT.both() if own else note
    before = Text(
        f"首笔收款前已转出 {drip.lent:,.2f} 元", f"{drip.lent:,.2f} yuan had been lent before the first credit"
    )
    back = Text(
        f"回转 {drip.debits} 笔共 {drip.returned:,.2f} 元",
        f"{drip.debits} payments, {drip.returned:,.2f} yuan, went back",
    )
    # What came back may exceed what was lent by an ordinary interest.
    lent = drip.lent > 0 and drip.total <= 1.3 * drip.lent
    loan = lent or explained("financings", bool(owed))
    return [
        counter(lead, "wages", own or explained("employments", bool(job)), told),
        counter(lead, "loan", loan, before.both() if drip.lent else note),
        counter(lead, "rent", None if drip.is_regular else False, note),
        counter(lead, "reciprocal", False, back.both()),
    ]


def _is_own_unit(drip: Drip, records: Records) -> bool:
    """Whether the payer is where every receiver works: a post there, or, for the official, an insured job."""
    first, last = pd.Timestamp(drip.first_on), pd.Timestamp(drip.last_on) - pd.Timedelta(days=60)
    working: set[str] = set()
    for rows, who in ((records.posts, drip.receivers), (records.jobs, (drip.official,))):
        mine = rows[(rows["org_id"] == drip.source) & rows["person_id"].isin(who)]
        for person, some in mine.groupby("person_id"):
            begun = pd.to_datetime(some["start_date"]).min() <= first
            ends = pd.to_datetime(some["end_date"])
            if begun and (bool(ends.isna().any()) or ends.max() >= last):
                working.add(str(person))
    return working >= set(drip.receivers)
