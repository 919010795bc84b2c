"""Dates of birth: the same, one slip of the pen apart, or different."""

from caselens.core.text import Text
from caselens.entities.comparisons._declare import Comparison, Level

COMPARISON = Comparison(
    id="birth_date",
    title=Text("出生日期", "birth date"),
    kinds=("person",),
    column="birth_date",
    frequency=1 / 25_000,
    is_personal=True,
    levels=(
        Level("l.birth_date = r.birth_date", Text("出生日期相同", "same birth date"), 0.8, 4e-5),
        Level(
            "damerau_levenshtein(l.birth_date, r.birth_date) <= 1",
            Text("出生日期相差一个数字", "birth dates one digit apart"),
            0.09,
            1e-3,
        ),
        Level(
            "damerau_levenshtein(l.birth_date, r.birth_date) <= 2 AND (l.birth_date[1:4] = r.birth_date[1:4] "
            "OR l.birth_date[6:] = r.birth_date[6:])",
            Text("出生日期相近", "birth dates close"),
            0.06,
            1e-2,
        ),
        Level("", Text("出生日期不同", "different birth dates"), 0.05, 0.99, agrees=False),
    ),
)
