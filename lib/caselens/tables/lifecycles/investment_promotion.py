"""From the first contact with an investor to the support paid."""

from caselens.core.text import Text
from caselens.tables.lifecycles._declare import Lifecycle, Stage

LIFECYCLE = Lifecycle(
    id="investment_promotion",
    title=Text("招商引资", "Investment promotion"),
    references=(
        Text(
            "义乌开发区廉政建设报道（刊期未注明）：线索、洽谈、尽调与专家评审、部门意见征集、过会签约、效益评价、政策兑现",
            "Feature on integrity in a development zone, Yiwu, undated: from leads to support",
        ),
    ),
    stages=(
        Stage("investor_lead", Text("线索登记", "Investor lead")),
        Stage("negotiation", Text("考察洽谈", "Visit and negotiation"), after=("investor_lead",)),
        Stage("due_diligence", Text("尽职调查", "Due diligence"), after=("negotiation",)),
        Stage("expert_review", Text("专家评审", "Expert review"), after=("due_diligence",)),
        Stage("department_opinions", Text("部门意见征集", "Opinions of departments"), after=("due_diligence",)),
        Stage(
            "collective_decision",
            Text("集体决策", "Collective decision"),
            after=("expert_review", "department_opinions"),
        ),
        Stage("contract", Text("签约", "Contract"), after=("collective_decision",)),
        Stage("construction_start", Text("开工", "Start of construction"), after=("contract",), optional=True),
        Stage(
            "production_start",
            Text("投产", "Start of production"),
            after=("contract", "construction_start"),
            optional=True,
        ),
        Stage(
            "performance_evaluation", Text("效益评价", "Performance evaluation"), after=("contract", "production_start")
        ),
        Stage("payment", Text("扶持政策兑现", "Support paid"), after=("performance_evaluation",)),
        Stage("progress_payment", Text("分期扶持资金", "Support in instalments"), ordered=False),
        Stage("agreement_change", Text("协议变更", "Change of the agreement"), ordered=False),
    ),
)
