"""Check digits of the numbers that identify a party; written where the data are checked, used where they join."""

from caselens.workspace.numbers import (
    birth_date_of,
    gender_of,
    mistaken_bank_card,
    normal_identity_number,
    valid_credit_code,
    valid_identity_number,
)

__all__ = [
    "birth_date_of",
    "gender_of",
    "mistaken_bank_card",
    "normal_identity_number",
    "valid_credit_code",
    "valid_identity_number",
]
