"""Parties on a public list."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="watchlist",
    label=Text("关注名单", "Watchlist"),
    group="who",
    about=Text("一行为某人或某单位一次列入名单。", "One row is one listing of a person or organization."),
    key=("entity_id", "reason", "listed_on"),
    columns=(
        Column(
            "entity_id", "id", Text("列入对象", "Listed party"), required=True, references=("persons", "organizations")
        ),
        Column(
            "reason",
            "code",
            Text("列入事由", "Reason"),
            required=True,
            codes=("bribery_blacklist", "debarred", "dishonest_debtor"),
        ),
        Column("listed_on", "date", Text("列入日期", "Listed on"), required=True),
        Column("until", "date", Text("截止日期", "Until"), note=Text("空为仍在名单", "Empty: still listed")),
    ),
)
