"""Names of persons: Chinese characters, pinyin, Latin script in any order; a common name weighs little."""

from caselens.core.text import Text
from caselens.entities.comparisons._declare import Comparison, Level

_LATIN = "NOT l.is_han AND NOT r.is_han"
#: Every word of the shorter name has a word of the other that is spelt nearly alike.
_ALL_NEAR = (
    "CASE WHEN len(l.tokens) <= len(r.tokens) THEN near_words(l.tokens, r.tokens, 0.82) "
    "ELSE near_words(r.tokens, l.tokens, 0.82) END"
)

COMPARISON = Comparison(
    id="person_name",
    title=Text("姓名", "name"),
    kinds=("person",),
    column="name_key",
    frequency=1 / 20_000,
    proves=False,
    weak=1,
    levels=(
        Level("l.name_key = r.name_key", Text("姓名相同", "same name"), 0.75, 5e-5),
        Level(
            f"({_LATIN} AND l.sorted_key = r.sorted_key) OR (l.is_han <> r.is_han AND l.letters = r.letters)",
            Text("姓名相同，语序或拼音写法不同", "same name in another order or in pinyin"),
            0.06,
            5e-5,
        ),
        Level(
            f"{_LATIN} AND len(l.tokens) = len(r.tokens) AND len(l.tokens) > 1 AND ({_ALL_NEAR})",
            Text("姓名拼写相近", "name spelt nearly alike"),
            0.08,
            1e-4,
        ),
        Level(
            "l.is_han AND r.is_han AND length(l.name_key) = length(r.name_key) AND length(l.name_key) > 2 "
            "AND l.letters = r.letters AND l.name_key[1] = r.name_key[1]",
            Text("姓相同，名同音不同字", "same surname, given name sounds alike"),
            0.02,
            1e-4,
        ),
        Level(
            f"{_LATIN} AND len(l.tokens) <> len(r.tokens) AND ({_ALL_NEAR})",
            Text("一个姓名包含在另一个之中", "one name is part of the other"),
            0.06,
            5e-3,
        ),
        Level(
            f"{_LATIN} AND (list_has_any(l.tokens, r.tokens) OR jaro_winkler_similarity(l.sorted_key, r.sorted_key) >= 0.88)",
            Text("姓名部分相同", "name partly the same"),
            0.02,
            5e-3,
        ),
        Level("", Text("姓名不同", "different names"), 0.01, 0.99, agrees=False),
    ),
)
