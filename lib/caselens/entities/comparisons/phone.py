"""Telephone numbers, digits only; a number that many share (a switchboard, an agent) weighs little."""

from caselens.core.text import Text
from caselens.entities.comparisons._declare import Comparison, Level

COMPARISON = Comparison(
    id="phone",
    title=Text("电话号码", "telephone number"),
    kinds=("person", "organization"),
    column="phone",
    frequency=1e-6,
    is_own=True,
    blocks=True,
    levels=(
        Level("l.phone = r.phone", Text("电话号码相同", "same telephone number"), 0.6, 1e-6),
        Level(
            "length(l.phone) >= 10 AND damerau_levenshtein(l.phone, r.phone) <= 1",
            Text("电话号码相差一位", "telephone numbers one digit apart"),
            0.03,
            1e-5,
        ),
        Level("", Text("电话号码不同", "different telephone numbers"), 0.37, 0.999, agrees=False),
    ),
)
