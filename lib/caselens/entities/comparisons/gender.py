"""Gender as the identity number or the source says it; it only ever speaks against."""

from caselens.core.text import Text
from caselens.entities.comparisons._declare import Comparison, Level

COMPARISON = Comparison(
    id="gender",
    title=Text("性别", "gender"),
    kinds=("person",),
    column="gender",
    frequency=0.5,
    proves=False,
    levels=(
        Level("l.gender = r.gender", Text("性别相同", "same gender"), 0.99, 0.5),
        Level("", Text("性别不同", "different gender"), 0.01, 0.5, agrees=False),
    ),
)
