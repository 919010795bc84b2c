"""Small one-way transfers: where the line runs, and what speaks against a drip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["flow-drip"]

#: O handles the land matters of firm C, which B heads; W is O's spouse.
BASE = {
    "persons": "person_id,name\nO,甲\nW,乙\nB,丙\nF,丁\n",
    "organizations": "org_id,name\nU,所\nC,拆迁\n",
    "appointments": "person_id,org_id,post,start_date\nO,U,雇员,2014-04-01\n",
    "directorships": "org_id,person_id,role\nC,B,legal_representative\n",
    "kinships": "person_id,relative_id,relation\nO,W,spouse\n",
    "applications": "application_id,applicant_id,authority_id,handler_id,kind,submitted_on\nA,C,U,O,land,2017-01-05\n",
    "accounts": "account_id,holder_id\nwO,O\nwW,W\nwB,B\nwF,F\nwC,C\n",
}
HEAD = "payment_id,paid_at,payer_account,payee_account,amount,basis\n"


def credits(days: Sequence[str], sums: Sequence[float], payer: str = "wB", payee: str = "wO", basis: str = "") -> str:
    lines = (f"{payer}{payee}{day}-{number},{day},{payer},{payee},{money},{basis}\n"
             for number, (day, money) in enumerate(zip(days, sums, strict=True)))  # fmt: skip
    return "".join(lines)


def months(first: str, number: int, day: int = 12) -> list[str]:
    return [f"{period}-{day:02d}" for period in pd.period_range(first, periods=number, freq="M")]


#: Seven uneven sums over 7 months: 2017-03-12 to 2017-09-12 is 184 days.
DAYS, SUMS = months("2017-03", 7), [500, 900, 1500, 800, 2100, 600, 1200]


def answer(given: Given, payments: str, **more: str) -> Answer:
    return evaluate(INDICATOR, given(BASE | more | {"payments": HEAD + payments}))


def state(found: Answer, subject: str = "O") -> str:
    return str(found.assessed.set_index("subject_id").loc[subject, "state"])


def lead(found: Answer) -> dict[str, Any]:
    (only,) = found.leads.to_dict("records")
    return only


def test_32_transfers_of_73_300_yuan_from_2017_to_2024(given: Given) -> None:
    days = [str(day.date()) for day in pd.date_range("2017-03-08", "2024-01-19", 32)]
    sums = [700.0 + 100 * (place % 31) for place in range(31)]
    sums.append(73_300 - sum(sums))  # 31 * 700 + 100 * (0 + … + 30) = 68,200; the last is 5,100
    found = lead(answer(given, credits(days, sums)))
    assert (found["credits"], found["amount"], found["severity"]) == (32, 73_300, "red")
    assert [str(found[name]) for name in ("first_on", "last_on")] == ["2017-03-08", "2024-01-19"]
    assert found["score"] == 1  # 32 >= 2 * 6, nothing went back, handled by O


@pytest.mark.parametrize(
    ("days", "sums", "expected"),
    [
        (DAYS, SUMS, "hit"),
        (DAYS[:5] + DAYS[6:], SUMS[:6], "hit"),  # six, still 184 days
        (DAYS[:4] + DAYS[6:], SUMS[:5], "clean"),  # five
        (["2017-03-12"] * 6 + ["2017-09-08"], SUMS, "clean"),  # 180 days, but two calendar months
        (["2017-03-12"] * 4 + ["2017-04-01", "2017-05-01", "2017-09-08"], SUMS, "hit"),  # 4 months, 180 days
        (["2017-03-12"] * 4 + ["2017-04-01", "2017-05-01", "2017-09-07"], SUMS, "clean"),  # 179 days
        (DAYS, [*SUMS[:6], 300_000], "hit"),  # one large new-year transfer does not hide a drip
        (DAYS, [20_000] * 3 + [21_000] * 3 + [20_000], "hit"),  # median exactly 20,000
        (DAYS, [30_000] * 4 + [10_000] * 3, "clean"),
    ],
)
def test_where_the_line_runs(days: list[str], sums: list[float], expected: str, given: Given) -> None:
    assert state(answer(given, credits(days, sums))) == expected


def test_give_and_take_between_friends_is_no_drip(given: Given) -> None:
    back = credits(["2017-05-20"], [1000], "wO", "wB")
    assert state(answer(given, credits(DAYS, SUMS) + back)) == "clean"  # 7 / 8 = 0.875; 7,600 / 8,600 = 0.884
    nine = credits([*DAYS, "2017-10-12", "2017-11-12"], [*SUMS, 400, 700])
    found = lead(answer(given, nine + back))  # 9 / 10 = 0.9; 8,700 / 9,700 = 0.897
    # Nine of twice six credits give 0.5 + 0.375; nine of ten one way; full authority: 0.875 times 0.9.
    assert found["score"] == pytest.approx(0.7875)
    assert found["debits"] == 1


def test_a_small_sum_back_does_not_hide_a_drip(given: Given) -> None:
    back = credits(["2017-05-20", "2017-06-20"], [400, 444], "wO", "wB")
    found = lead(answer(given, credits(DAYS, SUMS) + back))  # 7 / 9 = 0.78, but 7,600 / 8,444 = 0.90005
    assert found["debits"] == 2
    more = credits(["2017-05-20", "2017-06-20"], [400, 446], "wO", "wB")  # 7,600 / 8,446 = 0.8998
    assert state(answer(given, credits(DAYS, SUMS) + more)) == "clean"


def test_wages_and_bonuses_of_the_own_unit_are_excluded_whatever_their_sums(given: Given) -> None:
    # O, who decides on the firm C, sits there too: nine months of pay with a bonus.
    pay = credits(months("2017-03", 9), [5000, 5100, 9900, 5000, 5250, 5000, 5400, 5000, 12_000], "wC", "wO")
    assert state(answer(given, pay)) == "hit"
    post = BASE["appointments"] + "O,C,董事,2016-01-01\n"
    assert state(answer(given, pay, appointments=post)) == "excluded"
    job = "person_id,org_id,start_date,end_date\n"
    assert state(answer(given, pay, employments=job + "O,C,2016-01-01,2017-10-01\n")) == "excluded"
    # The job ended in June, the payments did not; and a job that begins after the first is no reason for it.
    assert state(answer(given, pay, employments=job + "O,C,2016-01-01,2017-06-01\n")) == "hit"
    assert state(answer(given, pay, employments=job + "O,C,2017-04-01,\n")) == "hit"


def test_kin_and_parties_without_business_are_left_alone(given: Given) -> None:
    assert state(answer(given, credits(DAYS, SUMS, "wW"))) == "clean"
    assert state(answer(given, credits(DAYS, SUMS, "wF"))) == "clean"


def test_the_spouses_account_counts_and_the_spouse_is_context(given: Given) -> None:
    half = credits(DAYS[:4], SUMS[:4]) + credits(DAYS[4:], SUMS[4:], payee="wW")
    found = lead(answer(given, half))
    assert {(subject["id"], subject["role"]) for subject in found["subjects"]} == {
        ("O", "official"), ("B", "payer"), ("W", "context"),
    }  # fmt: skip
    assert found["credits"] == 7


def test_testimony_alone_caps_the_score(given: Given) -> None:
    days, sums = months("2017-03", 14), [500 + 37 * place for place in range(14)]
    assert lead(answer(given, credits(days, sums, basis="testimony")))["score"] == 0.5
    one = credits(days[:1], sums[:1], basis="record") + credits(days[1:], sums[1:], basis="testimony")
    assert lead(answer(given, one))["score"] == 1


def test_wages_need_equal_sums_at_fixed_intervals_and_an_employment(given: Given) -> None:
    job = "person_id,org_id,start_date\nW,C,2016-01-01\n"
    even, uneven = (credits(months("2017-03", 9), sums, "wC", "wW") for sums in ([3000] * 9, [500, 900] * 4 + [100]))
    assert state(answer(given, even, employments=job)) == "excluded"
    assert state(answer(given, uneven, employments=job)) == "hit"
    found = answer(given, even)
    assert state(found) == "hit"  # no employment on record
    assert dict(zip(found.counters["innocent"], found.counters["state"], strict=True))["wages"] == "not_testable"


def test_money_lent_before_comes_back_in_parts(given: Given) -> None:
    parts = credits(months("2017-03", 10), [1000 + place for place in range(10)])  # 10,045 in all
    lent = credits(["2017-02-01"], [10_000], "wO", "wB")
    assert state(answer(given, parts + lent)) == "excluded"
    less = credits(["2017-02-01"], [5_000], "wO", "wB")  # 10,045 is more than 1.3 times that
    assert state(answer(given, parts + less)) == "hit"
    later = credits(["2018-03-01"], [10_000], "wO", "wB")  # sent back afterwards: that erases nothing
    assert state(answer(given, parts + later)) == "hit"


def test_without_authority_only_the_rarest_series_of_the_city_is_told(given: Given) -> None:
    # F supervises nothing. 299 other pairs pay once each and F pays O 12 uneven times: rank 1 of 300, 1 / 301.
    persons = BASE["persons"] + "".join(f"X{n},人{n}\n" for n in range(300))
    accounts = BASE["accounts"] + "".join(f"x{n},X{n}\n" for n in range(300))
    crowd = "".join(f"c{n},2017-05-01,x{n},x{n + 1},100,\n" for n in range(299))
    days, sums = months("2017-01", 12), [500, 900, 1500, 800, 2100, 600, 1200, 700, 300, 1900, 400, 1000]
    found = answer(given, credits(days, sums, payer="wF") + crowd, persons=persons, accounts=accounts)
    (lead,) = found.leads.to_dict("records")
    assert (lead["kind"], lead["p_value"]) == ("statistical", pytest.approx(1 / 301))
    # Equal sums on the same day of each month are rent until somebody shows otherwise.
    rent = answer(given, credits(days, [1000] * 12, payer="wF") + crowd, persons=persons, accounts=accounts)
    assert rent.leads.empty
    # What calls itself wages, seven times of twelve, is asked about where there is authority alone.
    lines = [
        f"w{n},{day},wF,wO,{money},{'工资' if n < 7 else ''}"
        for n, (day, money) in enumerate(zip(days, sums, strict=True))
    ]
    paid = "payment_id,paid_at,payer_account,payee_account,amount,memo\n" + "\n".join(lines) + "\n" + crowd
    wages = evaluate(INDICATOR, given(BASE | {"payments": paid, "persons": persons, "accounts": accounts}))
    assert wages.leads.empty
