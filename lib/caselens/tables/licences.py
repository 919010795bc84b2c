"""Licences, grades and staff certificates a firm stands on."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="licences",
    label=Text("许可与资质", "Licences"),
    group="who",
    about=Text(
        "一行为某单位持有的一项许可、资质或人员证书。",
        "One row is one licence, grade or staff certificate an organization stands on.",
    ),
    key=("licence_id",),
    columns=(
        Column("licence_id", "id", Text("许可编号", "Licence"), required=True),
        Column("org_id", "id", Text("持证单位", "Organization licensed"), required=True, references=("organizations",)),
        Column("kind", "text", Text("许可类别", "Kind"), required=True),
        Column("grade", "text", Text("等级", "Grade")),
        Column("licence_no", "text", Text("证书号", "Licence number")),
        Column("authority_id", "id", Text("发证机关", "Issuing authority"), references=("organizations",)),
        Column(
            "holder_person_id",
            "id",
            Text("持证人员", "Certificate holder"),
            references=("persons",),
            note=Text("人员证书填写", "For a staff certificate"),
        ),
        Column("valid_from", "date", Text("有效期起", "Valid from")),
        Column("valid_until", "date", Text("有效期止", "Valid until")),
    ),
    edges=(
        Edge("authority_id", "org_id", Text("发证给", "licenses"), kind="licenses"),
        Edge("holder_person_id", "org_id", Text("证书登记于", "certificate registered with"), kind="certified_for"),
    ),
)
