"""The day a firm was founded."""

from caselens.core.text import Text
from caselens.entities.comparisons._declare import Comparison, Level

COMPARISON = Comparison(
    id="established_on",
    title=Text("成立日期", "date of founding"),
    kinds=("organization",),
    column="established_on",
    frequency=1 / 8_000,
    levels=(
        Level("l.established_on = r.established_on", Text("成立日期相同", "founded on the same day"), 0.85, 1e-4),
        Level("", Text("成立日期不同", "founded on different days"), 0.15, 0.999, agrees=False),
    ),
)
