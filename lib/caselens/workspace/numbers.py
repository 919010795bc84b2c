"""Check digits of the numbers that identify a party or its bank card, as SQL over a whole column."""

from __future__ import annotations

#: GB 11643-1999: weights of the 17 digits of a resident identity number, and check characters by remainder of 11.
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"

#: GB 32100-2015: alphabet and weights of the 18-character unified social credit code; modulus 31.
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def _check_character(column: str) -> str:
    total = " + ".join(f"TRY_CAST(substr({column}, {i}, 1) AS INTEGER) * {w}" for i, w in enumerate(_ID_WEIGHTS, 1))
    return f"substr('{_ID_CHECK}', (({total}) % 11) + 1, 1)"


def valid_identity_number(column: str) -> str:
    """SQL: ``column`` is an 18-character resident identity number with a right check character and a day of birth that
    exists and is not in the future. NULL is not.
    """
    check = f"{_check_character(column)} = upper(substr({column}, 18, 1))"
    return f"coalesce(length({column}) = 18 AND {check} AND {_born(column)}, false)"


def _born(column: str) -> str:
    day = f"TRY_STRPTIME(substr({column}, 7, 8), '%Y%m%d')"
    return f"{day} BETWEEN TIMESTAMP '1850-01-01' AND now()::TIMESTAMP"


def normal_identity_number(column: str) -> str:
    """SQL: the valid 18-character number, also for a number of the first generation (15 digits, born in the 1900s).

    NULL where it is neither. A 15-digit number has no check character: its day of birth must exist.
    """
    longer = f"(substr({column}, 1, 6) || '19' || substr({column}, 7, 9))"
    first = f"regexp_full_match({column}, '[1-9][0-9]{{14}}') AND {_born(longer)}"
    return (
        f"CASE WHEN {valid_identity_number(column)} THEN upper({column}) "
        f"WHEN {first} THEN {longer} || {_check_character(longer)} END"
    )


def birth_date_of(number: str) -> str:
    """SQL: the day of birth in a valid identity number, ISO."""
    return f"substr({number}, 7, 4) || '-' || substr({number}, 11, 2) || '-' || substr({number}, 13, 2)"


def gender_of(number: str) -> str:
    """SQL: ``m`` or ``f`` by the 17th digit of a valid identity number."""
    return f"CASE TRY_CAST(substr({number}, 17, 1) AS INTEGER) % 2 WHEN 1 THEN 'm' WHEN 0 THEN 'f' END"


def valid_credit_code(column: str) -> str:
    """SQL: ``column`` is an 18-character unified social credit code with a right check character. NULL is not."""
    places = [f"(strpos('{_USCC_ALPHABET}', upper(substr({column}, {i}, 1))) - 1)" for i in range(1, 19)]
    known = " AND ".join(f"{place} >= 0" for place in places)
    total = " + ".join(f"{place} * {weight}" for place, weight in zip(places[:17], _USCC_WEIGHTS, strict=True))
    return f"coalesce(length({column}) = 18 AND {known} AND {places[17]} = (31 - ({total}) % 31) % 31, false)"


def mistaken_bank_card(column: str) -> str:
    """SQL: ``column`` has the shape of a UnionPay card number (16 to 19 digits that begin with 62) and a wrong check digit.

    The check digit is Luhn's (ISO/IEC 7812-1, annex B). Numbers of other shapes are account numbers, which every bank
    makes up as it likes: nothing is said of them. NULL is not mistaken.
    """
    # From the right, every second digit counts double, its two digits added: 6 -> 12 -> 3.
    digits = f"list_transform(range(1, length({column}) + 1), lambda i: TRY_CAST(substr({column}, -i, 1) AS INTEGER))"
    total = f"list_sum(list_transform({digits}, lambda d, i: CASE WHEN i % 2 = 1 THEN d ELSE d * 2 - d // 5 * 9 END))"
    return f"coalesce(regexp_full_match({column}, '62[0-9]{{14,17}}') AND ({total}) % 10 <> 0, false)"
