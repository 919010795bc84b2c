"""Numbers of other papers (passport, permit, foreign identity number), for which no check digit is known here."""

from caselens.core.text import Text
from caselens.entities.comparisons._declare import Comparison, Level

COMPARISON = Comparison(
    id="document",
    title=Text("其他证件号码", "number of another document"),
    kinds=("person", "organization"),
    column="document",
    frequency=1e-7,
    is_own=True,
    blocks=True,
    is_personal=True,
    levels=(
        Level("l.document = r.document", Text("其他证件号码相同", "same document number"), 0.8, 1e-6),
        Level(
            "damerau_levenshtein(l.document, r.document) <= 1",
            Text("其他证件号码相差一位", "document numbers one character apart"),
            0.1,
            1e-5,
        ),
        Level("", Text("其他证件号码不同", "different document numbers"), 0.1, 0.999, agrees=False),
    ),
)
