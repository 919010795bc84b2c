"""E-mail addresses."""

from caselens.core.text import Text
from caselens.entities.comparisons._declare import Comparison, Level

COMPARISON = Comparison(
    id="email",
    title=Text("电子邮箱", "e-mail address"),
    kinds=("person", "organization"),
    column="email",
    frequency=1e-6,
    is_own=True,
    blocks=True,
    is_personal=True,
    levels=(
        Level("l.email = r.email", Text("电子邮箱相同", "same e-mail address"), 0.7, 1e-6),
        Level(
            "jaro_winkler_similarity(l.email, r.email) >= 0.95 OR string_split(l.email, '@')[1] = string_split(r.email, '@')[1] "
            "AND length(string_split(l.email, '@')[1]) >= 6",
            Text("电子邮箱相近", "e-mail addresses nearly alike"),
            0.2,
            1e-4,
        ),
        Level("", Text("电子邮箱不同", "different e-mail addresses"), 0.1, 0.999, agrees=False),
    ),
)
