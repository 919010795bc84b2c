"""Addresses without spaces and marks."""

from caselens.core.text import Text
from caselens.entities.comparisons._declare import Comparison, Level

COMPARISON = Comparison(
    id="address",
    title=Text("地址", "address"),
    kinds=("person", "organization"),
    column="address",
    frequency=1 / 20_000,
    blocks=True,
    levels=(
        Level("l.address = r.address", Text("地址相同", "same address"), 0.55, 5e-5),
        Level(
            "jaro_winkler_similarity(l.address, r.address) >= 0.92 AND "
            "regexp_replace(l.address, '[^0-9]', '', 'g') = regexp_replace(r.address, '[^0-9]', '', 'g')",
            Text("地址相近", "addresses nearly alike"),
            0.15,
            1e-4,
        ),
        Level(
            "levenshtein(l.address, r.address) <= 0.3 * greatest(length(l.address), length(r.address))",
            Text("地址大部分相同", "addresses mostly the same"),
            0.15,
            1e-3,
        ),
        Level("", Text("地址不同", "different addresses"), 0.15, 0.999, agrees=False),
    ),
)
