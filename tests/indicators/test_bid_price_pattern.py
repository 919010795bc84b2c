"""Patterns of prices: what is a pattern, what is tariff, rounding or chance."""

from collections.abc import Callable

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
Prices = dict[str, float]


def asked(given: Given, more: dict[str, Prices], items: str = "", method: str = "", ceiling: str = "") -> Answer:
    """Forty tenders of uneven prices, and those of ``more``."""
    tenders, bids = ["tender_id,buyer_id,method,evaluation_method,ceiling_price"], ["tender_id,bidder_id,price"]
    for number in range(40):
        tenders.append(f"H{number:02},U,open,lowest_evaluated_price,")
        gaps = (0.0, 31_207.5 + 911.7 * number, 58_411.2 + 2_713.3 * ((number * 7) % 40), 150_000.3 + 17.7 * number**2)
        bids += [f"H{number:02},F{(number + n) % 9},{700_000.11 + gap:.2f}" for n, gap in enumerate(gaps)]
    for name, prices in more.items():
        tenders.append(f"{name},U,open,{method or 'lowest_evaluated_price'},{ceiling}")
        bids += [f"{name},{firm},{price:.2f}" for firm, price in prices.items()]
    tables = {"tenders": "\n".join(tenders) + "\n", "bids": "\n".join(bids) + "\n"}
    return evaluate(INDICATORS["bid-price-pattern"], given(tables | ({"bid_items": items} if items else {})))


def test_two_equal_totals_are_a_breach_about_these_two(given: Given) -> None:
    answer = asked(given, {"X": {"A": 911_300.41, "B": 911_300.41, "C": 940_000.07}})
    lead = answer.leads.set_index("lead").loc["X|A|B"]
    assert lead["kind"] == "rule" and lead["severity"] == "red" and lead["p_value"] is None
    assert [subject["id"] for subject in lead["subjects"]] == ["A", "B"]
    assert set(answer.evidence.loc[answer.evidence["lead"] == "X|A|B", "key"]) == {"X", "X|A", "X|B"}


def test_a_fen_apart_is_not_equal(given: Given) -> None:
    assert asked(given, {"X": {"A": 911_300.41, "B": 911_300.42, "C": 940_000.07}}).leads.empty


def test_round_sums_and_the_ceiling_speak_against_equal_totals(given: Given) -> None:
    answer = asked(given, {"X": {"A": 900_000.0, "B": 900_000.0, "C": 880_000.0}}, ceiling="900000")
    told = answer.counters.set_index("innocent")["state"]
    assert told["round_sums"] == "holds" and told["at_ceiling"] == "holds"
    assert answer.leads["severity"].tolist() == ["note"]


def test_a_tariff_excludes(given: Given) -> None:
    answer = asked(given, {"X": {"A": 900_000.0, "B": 900_000.0}}, method="固定收费")
    assert answer.leads.empty
    assert answer.assessed.set_index("subject_id").loc["X", "state"] == "excluded"


def test_equal_steps_are_a_lead_with_a_chance(given: Given) -> None:
    answer = asked(given, {"X": {name: 911_300.41 + 12_600 * n for n, name in enumerate("ABCDE")}})
    lead = answer.leads.set_index("lead").loc["X|A|B|C|D|E"]
    assert lead["kind"] == "statistical" and lead["p_value"] < 1e-5
    assert "12,600.00" in lead["text_en"]


def test_a_ratio_over_three_of_four_meetings_is_one_lead_anchored_at_the_first(given: Given) -> None:
    meetings = {
        f"R{n}": {"P": base, "Q": round(base * 1.037, 2), "F1": base * (1.05 + n / 20)}
        for n, base in enumerate((512_345.67, 803_111.11, 640_017.93))
    }
    answer = asked(given, meetings | {"R9": {"P": 700_001.0, "Q": 650_000.9}})
    lead = answer.leads.set_index("lead").loc["R0|P|Q"]
    assert [item["id"] for item in lead["objects"]] == ["R0", "R1", "R2"]
    assert "3 of 4" in lead["text_en"]


def items(same: int, total: int, everybody: int = 0) -> str:
    """Bids A, B, C, D with ``total`` items; A and B agree in ``same``, all four in the last ``everybody``."""
    rows = ["tender_id,bidder_id,item_no,quantity,unit_price"]
    for place, firm in enumerate("ABCD"):
        for number in range(total):
            price = 100.0 + 7.13 * number + 3.31 * place
            if number >= total - everybody or (number < same and firm in "AB"):
                price = 100.0 + 7.13 * number
            rows.append(f"X,{firm},{number},1,{price:.2f}")
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    ("same", "total", "published", "is_lead"),
    [(3, 10, 0, True), (2, 10, 0, False), (2, 4, 0, False), (1, 10, 5, False)],
)
def test_three_items_of_ten_alike_are_a_lead_published_prices_are_not(
    given: Given, same: int, total: int, published: int, is_lead: bool
) -> None:
    prices = {"A": 911_300.41, "B": 913_111.93, "C": 940_000.07, "D": 990_217.55}
    answer = asked(given, {"X": prices}, items(same, total, published))
    assert ("X|A|B" in set(answer.leads["lead"])) == is_lead
