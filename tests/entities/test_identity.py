"""Who is one party: the same valid number, and nothing less."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest

from caselens.entities import entities, resolved
from caselens.entities._numbers import valid_credit_code, valid_identity_number
from caselens.workspace import Workspace

Given = Callable[..., Workspace]

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def identity_number(body: str) -> str:
    """GB 11643: the 17 digits with their check character, by the definition."""
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def credit_code(body: str) -> str:
    """GB 32100: the 17 characters with their check character, by the definition."""
    total = sum(ALPHABET.index(c) * pow(3, place, 31) for place, c in enumerate(body))
    return body + ALPHABET[-total % 31]


def is_valid(sql: str, value: str | None) -> bool:
    with duckdb.connect() as con:
        return bool(con.execute(f"SELECT {sql} FROM (SELECT ? AS n)", [value]).fetchone()[0])  # type: ignore[index]


def test_check_characters_of_identity_numbers() -> None:
    # The standard's own example: 11010519491231002 has the check character X.
    assert identity_number("11010519491231002") == "11010519491231002X"
    assert is_valid(valid_identity_number("n"), "11010519491231002X")
    assert is_valid(valid_identity_number("n"), "11010519491231002x")
    for wrong in ("110105194912310021", "1101051949123100", "", "ABCDEFGHIJKLMNOPQR", None):
        assert not is_valid(valid_identity_number("n"), wrong)


@pytest.mark.parametrize("place", range(17))
def test_one_wrong_digit_is_seen(place: int) -> None:
    number = identity_number("11010519900307123")
    digit = str((int(number[place]) + 1) % 10)
    assert not is_valid(valid_identity_number("n"), number[:place] + digit + number[place + 1 :])


def test_check_characters_of_credit_codes() -> None:
    good = credit_code("91350100M000100Y4")
    assert good == "91350100M000100Y43"  # the standard's own example
    assert is_valid(valid_credit_code("n"), good)
    assert is_valid(valid_credit_code("n"), good.lower())
    for wrong in (good[:-1] + "4", good[:-1], "I" + good[1:], good + "0", "", None):
        assert not is_valid(valid_credit_code("n"), wrong)


def test_the_same_valid_number_is_one_party_an_invalid_one_or_a_name_never(given: Given) -> None:
    good = identity_number("11010519900307123")
    bad = good[:-1] + ("0" if good[-1] != "0" else "1")
    assert not is_valid(valid_identity_number("n"), bad)
    code = credit_code("91350100M000100Y4")
    workspace = given(
        {
            "persons": f"person_id,name,id_number\nP2,甲,{good}\nP1,甲某,{good.lower()}\nP3,乙,{bad}\nP4,乙,{bad}\nP5,丙,\nP6,丙,\n",
            "organizations": f"org_id,name,uscc\nF2,企业,{code}\nF1,企业旧名,{code}\nF3,企业,\n",
            "ownerships": "org_id,holder_id,share\nF2,P2,0.5\nF3,P4,0.5\n",
        }
    )
    members = entities(workspace).execute().set_index("member_id")["entity_id"].to_dict()
    assert members == {
        "P1": "P1", "P2": "P1", "P3": "P3", "P4": "P4", "P5": "P5", "P6": "P6", "F1": "F1", "F2": "F1", "F3": "F3",
    }  # fmt: skip
    held = resolved(workspace, "ownerships").execute().sort_values("row_key")
    assert list(zip(held["org_id"], held["holder_id"], strict=True)) == [("F1", "P1"), ("F3", "P4")]
    assert list(held["row_key"]) == ["F2|P2||0.5", "F3|P4||0.5"]  # evidence keeps the ids of the source
