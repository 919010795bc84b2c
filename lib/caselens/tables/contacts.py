"""Calls, meetings and messages lawfully obtained for a case."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="contacts",
    label=Text("联络记录", "Contacts"),
    group="who",
    about=Text(
        "一行为办案中依法取得的一次通话、会面或信息往来，不据此推断亲密程度。",
        "One row is one call, meeting or message lawfully obtained for the case; intimacy is never inferred from it.",
    ),
    key=("contact_id",),
    columns=(
        Column("contact_id", "id", Text("联络编号", "Contact"), required=True),
        Column("kind", "code", Text("联络方式", "Kind"), required=True, codes=("call", "meeting", "message")),
        Column("person_id", "id", Text("联络人", "Person"), required=True, references=("persons",)),
        Column("other_id", "id", Text("对方", "Other party"), references=("persons", "organizations")),
        Column("happened_at", "moment", Text("发生时间", "Happened at"), required=True),
        Column("seconds", "integer", Text("时长", "Duration"), low=0, unit="seconds"),
    ),
    edges=(Edge("person_id", "other_id", Text("联络", "in contact with"), kind="in_contact", directed=False),),
)
