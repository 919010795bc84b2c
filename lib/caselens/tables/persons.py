"""People, as the sources name them."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="persons",
    label=Text("人员", "Persons"),
    group="who",
    about=Text("一行为资料中出现的一个人。", "One row is one person as a source names them."),
    key=("person_id",),
    node="person",
    columns=(
        Column("person_id", "id", Text("人员编号", "Person"), required=True),
        Column("name", "text", Text("姓名", "Name"), required=True),
        Column(
            "id_number",
            "text",
            Text("公民身份号码", "Resident identity number"),
            note=Text("18 位，末位为校验码", "18 digits, the last a check character"),
        ),
        Column("birth_date", "date", Text("出生日期", "Born on")),
        Column("phone", "text", Text("联系电话", "Phone")),
        Column("address", "text", Text("住址", "Address")),
    ),
)
