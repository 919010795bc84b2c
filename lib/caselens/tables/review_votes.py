"""Votes of members on an item of a meeting."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="review_votes",
    label=Text("集体决策表决", "Review votes"),
    group="decisions",
    about=Text(
        "一行为一名成员在一次会议上对一个议题的表决。", "One row is the vote of one member on one item of one meeting."
    ),
    key=("meeting_id", "item_id", "member_id"),
    columns=(
        Column("meeting_id", "id", Text("会议编号", "Meeting"), required=True),
        Column(
            "item_id",
            "id",
            Text("议题编号", "Item"),
            required=True,
            note=Text(
                "有合同、融资、项目编号的填该编号", "The contract's, financing's or project's id where it has one"
            ),
        ),
        Column("item_kind", "code", Text("议题类型", "Kind of item"), codes=("contract", "financing", "project")),
        Column("org_id", "id", Text("议事单位", "Organization"), required=True, references=("organizations",)),
        Column("member_id", "id", Text("表决人", "Member"), required=True, references=("persons",)),
        Column(
            "vote",
            "code",
            Text("表决意见", "Vote"),
            required=True,
            codes=("for", "against", "abstain", "absent", "recused"),
            closed=True,
        ),
        Column("is_chair", "boolean", Text("是否主持人", "Is chair")),
        Column("drawn", "code", Text("产生方式", "How drawn"), codes=("random", "designated", "owner")),
        Column("draw_witness_id", "id", Text("抽取监督人", "Witness of the draw"), references=("persons",)),
        Column("amount", "money", Text("议题金额", "Amount"), unit="CNY"),
        Column("voted_on", "date", Text("表决日期", "Voted on"), required=True),
        Column(
            "item_outcome", "code", Text("议题结果", "Outcome of the item"), required=True, codes=("passed", "rejected")
        ),
    ),
    edges=(
        Edge("member_id", "org_id", Text("参与表决", "votes in"), kind="votes_in"),
        Edge("draw_witness_id", "member_id", Text("监督抽取", "witnessed the draw of"), kind="witnesses_draw"),
    ),
)
