"""Check digits of the two numbers that identify a party, as SQL over a whole column."""

from __future__ import annotations

#: GB 11643-1999: weights of the 17 digits of a resident identity number, and check characters by remainder of 11.
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"

#: GB 32100-2015: alphabet and weights of the 18-character unified social credit code; modulus 31.
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def valid_identity_number(column: str) -> str:
    """SQL: ``column`` is an 18-character resident identity number with a right check character. NULL is not."""
    total = " + ".join(f"TRY_CAST(substr({column}, {i}, 1) AS INTEGER) * {w}" for i, w in enumerate(_ID_WEIGHTS, 1))
    check = f"substr('{_ID_CHECK}', (({total}) % 11) + 1, 1) = upper(substr({column}, 18, 1))"
    return f"coalesce(length({column}) = 18 AND {check}, false)"


def valid_credit_code(column: str) -> str:
    """SQL: ``column`` is an 18-character unified social credit code with a right check character. NULL is not."""
    places = [f"(strpos('{_USCC_ALPHABET}', upper(substr({column}, {i}, 1))) - 1)" for i in range(1, 19)]
    known = " AND ".join(f"{place} >= 0" for place in places)
    total = " + ".join(f"{place} * {weight}" for place, weight in zip(places[:17], _USCC_WEIGHTS, strict=True))
    return f"coalesce(length({column}) = 18 AND {known} AND {places[17]} = (31 - ({total}) % 31) % 31, false)"
