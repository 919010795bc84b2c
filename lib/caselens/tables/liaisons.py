"""Contact between official and firm that policy ordered."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="liaisons",
    label=Text("包保联系", "Liaisons"),
    group="who",
    about=Text(
        "一行为按制度安排的一项包保、挂钩联系或正面清单交往，作为反证使用，不作为线索。",
        "One row is one contact that policy ordered; it is counter-evidence and never a flag.",
    ),
    key=("person_id", "org_id", "basis", "start_date"),
    columns=(
        Column("person_id", "id", Text("联系领导", "Official"), required=True, references=("persons",)),
        Column("org_id", "id", Text("联系企业", "Firm"), required=True, references=("organizations",)),
        Column(
            "basis",
            "text",
            Text("联系依据", "Basis"),
            required=True,
            note=Text("包保、挂钩联系或正面清单", "A liaison scheme or a positive list"),
        ),
        Column("issued_by_id", "id", Text("发文单位", "Issued by"), references=("organizations",)),
        Column("document_no", "text", Text("文号", "Document number")),
        Column("start_date", "date", Text("联系起始日期", "From"), required=True),
        Column("end_date", "date", Text("联系终止日期", "Until"), note=Text("空为仍在联系", "Empty: continuing")),
    ),
    edges=(Edge("person_id", "org_id", Text("包保联系", "assigned as liaison to"), kind="liaison_of"),),
)
