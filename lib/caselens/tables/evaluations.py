"""Who scored whom in which round."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="evaluations",
    label=Text("评标", "Evaluations"),
    group="procurement",
    about=Text(
        "一行为一名评委在一轮评审中对一家投标人的评分。",
        "One row is the score of one evaluator for one bidder in one round.",
    ),
    key=("tender_id", "evaluator_id", "bidder_id", "round"),
    columns=(
        Column("tender_id", "id", Text("招标编号", "Tender"), required=True, references=("tenders",)),
        Column("evaluator_id", "id", Text("评委", "Evaluator"), required=True, references=("persons",)),
        Column(
            "round",
            "code",
            Text("评审轮次", "Round"),
            codes=("original", "re_evaluation"),
            empty_means="original",
        ),
        Column("drawn", "code", Text("产生方式", "How drawn"), codes=("random", "designated", "owner")),
        Column("drawn_at", "moment", Text("抽取时间", "Drawn at")),
        Column("draw_witness_id", "id", Text("抽取监督人", "Witness of the draw"), references=("persons",)),
        Column("bidder_id", "id", Text("被评投标人", "Bidder scored"), references=("organizations",)),
        Column("score", "number", Text("得分", "Score"), unit="points"),
    ),
    edges=(
        Edge("evaluator_id", "tender_id", Text("评标", "evaluates"), kind="evaluates"),
        Edge("draw_witness_id", "tender_id", Text("监督抽取", "witnessed the draw of"), kind="witnesses_draw"),
    ),
)
