"""Names of organizations without company form and place suffix; branches and numbered firms are never their namesakes."""

from caselens.core.text import Text
from caselens.entities.comparisons._declare import Comparison, Level

_SAME_KIND = "l.branch = r.branch AND l.numerals = r.numerals"
_FORMS = "(l.form = r.form OR l.form = '' OR r.form = '' OR l.form = 'company' OR r.form = 'company')"
_LATIN = "NOT l.is_han AND NOT r.is_han"
_NEAR = (
    "len(l.tokens) = len(r.tokens) AND near_words(l.tokens, r.tokens, 0.88) AND near_words(r.tokens, l.tokens, 0.88)"
)

COMPARISON = Comparison(
    id="organization_name",
    title=Text("名称", "name"),
    kinds=("organization",),
    column="name_key",
    frequency=1 / 50_000,
    proves=False,
    levels=(
        Level(
            f"l.name_key = r.name_key AND l.form = r.form AND {_SAME_KIND}",
            Text("名称相同", "same name"),
            0.65,
            2e-5,
        ),
        Level(
            f"{_SAME_KIND} AND {_FORMS} AND (l.sorted_key = r.sorted_key OR l.bare_key = r.bare_key "
            "OR (l.is_han <> r.is_han AND l.letters = r.letters) OR replace(l.name_key, ' ', '') = replace(r.name_key, ' ', ''))",
            Text("名称相同，公司类型、地名后缀或写法不同", "same name, company form or way of writing differs"),
            0.14,
            2e-5,
        ),
        Level(
            f"{_SAME_KIND} AND (list_contains(l.aliases, r.name_key) OR list_contains(r.aliases, l.name_key))",
            Text("一方载明的曾用名或别名与另一方名称相同", "a further name printed with one is the other's name"),
            0.04,
            1e-5,
        ),
        Level(
            f"{_SAME_KIND} AND {_FORMS} AND (({_LATIN} AND {_NEAR}) OR (l.is_han AND r.is_han AND l.letters = r.letters "
            "AND length(l.name_key) = length(r.name_key) AND length(l.name_key) >= 4))",
            Text("名称拼写相近或同音", "name spelt nearly alike or sounding alike"),
            0.08,
            5e-5,
        ),
        Level(
            f"{_SAME_KIND} AND {_FORMS} AND (({_LATIN} AND least(len(l.tokens), len(r.tokens)) >= 2 "
            "AND (list_has_all(l.tokens, r.tokens) OR list_has_all(r.tokens, l.tokens))) "
            "OR (l.is_han AND r.is_han AND least(length(l.name_key), length(r.name_key)) >= 4 "
            "AND (ends_with(l.name_key, r.name_key) OR ends_with(r.name_key, l.name_key))))",
            Text("简称：一个名称包含在另一个之中", "short form: one name is part of the other"),
            0.06,
            1e-4,
        ),
        Level("", Text("名称不同", "different names"), 0.03, 0.999, agrees=False),
    ),
)
