"""What public property was worth, who approved a lower price, and who bought it."""

from collections.abc import Callable

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
HEAD = "disposal_id,seller_id,buyer_id,book_value,appraised_value,price,method,approval_no,bidder_count,rounds,area,"
HEAD += "term_months,disposed_on\n"


def asked(given: Given, rows: str, post: str = "O,U,副总经理,,2015-01-01,") -> Answer:
    """O has a ``post``; the wife of O owns F. U stands under GOV."""
    tables = {
        "persons": "person_id,name\nO,甲\nW,乙\n",
        "organizations": "org_id,name,kind,region,parent_org_id\nU,城投,state_owned,东区,GOV\n"
        "GOV,国资委,government,东区,\nF,商贸,private,东区,\nX,制造,private,东区,\nS,学校,school,东区,\n",
        "appointments": f"person_id,org_id,post,is_leadership,start_date,end_date\n{post}\n",
        "kinships": "person_id,relative_id,relation\nO,W,spouse\n",
        "ownerships": "org_id,holder_id,share,start_date\nF,W,0.8,2016-01-01\n",
        "asset_disposals": HEAD + rows,
    }
    return evaluate(INDICATORS["asset-below-book"], given(tables))


def state(answer: Answer, subject: str = "A") -> str:
    return str(answer.assessed.set_index("subject_id").loc[subject, "state"])


@pytest.mark.parametrize(("price", "expected"), [("900", "clean"), ("899.99", "hit")])
def test_nine_tenths_of_the_appraisal_are_enough(given: Given, price: str, expected: str) -> None:
    assert state(asked(given, f"A,U,X,2000,1000,{price},public_auction,,3,1,,,2020-03-02\n")) == expected


def test_an_approval_excludes_unless_the_buyer_is_linked(given: Given) -> None:
    row = "A,U,{0},1000,1000,800,public_auction,批1号,3,1,,,2020-03-02\n"
    assert state(asked(given, row.format("X"))) == "excluded"
    answer = asked(given, row.format("F"))
    lead = answer.leads.iloc[0]
    assert lead["kind"] == "link" and {s["id"] for s in lead["subjects"]} == {"U", "F", "O"}
    assert {"kinships", "ownerships", "appointments", "asset_disposals"} <= set(answer.evidence["table"])


def test_a_linked_buyer_in_an_open_sale_at_the_appraisal_is_no_lead(given: Given) -> None:
    assert state(asked(given, "A,U,F,1000,1000,1000,public_auction,批1号,3,1,,,2020-03-02\n")) == "clean"
    assert state(asked(given, "A,U,F,1000,1000,1000,agreement,批1号,3,1,,,2020-03-02\n")) == "hit"


@pytest.mark.parametrize(
    ("post", "expected"),
    [
        ("O,U,副总经理,,2015-01-01,2017-03-02", "hit"),  # left 36 months before
        ("O,U,副总经理,,2015-01-01,2017-03-01", "clean"),
        ("O,GOV,副主任,true,2015-01-01,", "hit"),  # leads the unit above
        ("O,GOV,科员,false,2015-01-01,", "clean"),
    ],
)
def test_whose_kin_counts(given: Given, post: str, expected: str) -> None:
    assert state(asked(given, "A,U,F,1000,1000,1000,agreement,批1号,3,1,,,2020-03-02\n", post)) == expected


def test_without_an_appraisal_the_book_stands_in_and_a_transfer_among_public_units_is_none(given: Given) -> None:
    answer = asked(
        given,
        "A,U,X,1000,,800,public_auction,,3,1,,,2020-03-02\nB,U,S,1000,,0,agreement,,,,,,2020-03-02\n",
    )
    assert state(answer) == "hit" and answer.leads["severity"].item() == "yellow"
    assert state(answer, "B") == "excluded"


def test_rent_is_compared_with_rents_per_square_metre_and_month(given: Given) -> None:
    # Ten leases of 100 m2 for a year at 10 to 14.5 a month and m2; A pays 3, B as much as A, but for 3 months.
    rows = "".join(f"L{n},U,X,1000,1000,{(10 + n / 2) * 1200},lease,批{n}号,3,1,100,12,2020-03-02\n" for n in range(10))
    rows += "A,U,X,1000,1000,3600,lease,,3,1,100,12,2020-03-02\nB,U,X,1000,1000,3600,lease,,3,1,100,3,2020-03-02\n"
    answer = asked(given, rows)
    assert [state(answer, name) for name in ("A", "B", "L0")] == ["hit", "clean", "clean"]
    assert 0.2 < answer.leads["value"].item() < 0.3  # 3 of about 12
