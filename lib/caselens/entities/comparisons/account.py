"""Accounts held: evidence of a link, and of identity only together with the name."""

from caselens.core.text import Text
from caselens.entities.comparisons._declare import Comparison, Level

COMPARISON = Comparison(
    id="account",
    title=Text("账户", "account"),
    kinds=("person", "organization"),
    column="account",
    frequency=1e-6,
    is_own=True,
    blocks=True,
    levels=(
        Level("l.account = r.account", Text("使用同一账户", "same account"), 0.5, 1e-6),
        Level("", Text("账户不同", "different accounts"), 0.5, 0.999, agrees=False),
    ),
)
