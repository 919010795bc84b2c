"""Text for logs: what would identify somebody, or open something, is blotted out; the sentence stays readable.

Identifying numbers have a form that can be recognised wherever they stand; names have none. So a log never receives a
row's content on purpose, and what an error's text brings along loses its numbers, passwords and keys here.
"""

from __future__ import annotations

import re

BLOT = "•••"
#: Numbers of identity cards, accounts, cards, telephones: seven digits and more, at one piece or in groups of three and
#: more, letters at their ends. Amounts (commas, a point) and moments (groups of two) stay.
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z.,])(?![0-9]{1,12}\.[0-9]{1,6}(?![0-9]))[A-Za-z]{0,3}"
    r"(?:[0-9]{7,}|[0-9]{3,}(?:[ \-][0-9]{3,})+)[0-9A-Za-z]*"
)
_CODE = re.compile(r"(?<![0-9A-Za-z])(?=[A-Z]*[0-9])[0-9A-HJ-NPQRTUWXY]{18}(?![0-9A-Za-z])")
_MAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
_PASSWORD = re.compile(r"(?P<before>\w://[^\s:/@]*:)[^\s@/]+(?=@)")
_NAMED = re.compile(r"(?i)\b(?P<name>password|passwd|pwd|token|secret|api_?key)(?P<sign>\s*[=:]\s*)[^\s&;,]+")
_KEY = re.compile(r"AGE-SECRET-KEY-\S+|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)", re.DOTALL)


def masked(text: str) -> str:
    """``text`` without identifying numbers, e-mail addresses, passwords and secret keys; each becomes ``•••``."""
    text = _KEY.sub(BLOT, text)
    text = _PASSWORD.sub(rf"\g<before>{BLOT}", text)
    text = _NAMED.sub(rf"\g<name>\g<sign>{BLOT}", text)
    return _NUMBER.sub(BLOT, _CODE.sub(BLOT, _MAIL.sub(BLOT, text)))
