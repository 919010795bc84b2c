"""From the entry of a project in a public fund's pool to its exit."""

from caselens.core.text import Text
from caselens.tables.lifecycles._declare import Lifecycle, Stage

LIFECYCLE = Lifecycle(
    id="investment_fund",
    title=Text("政府产业基金投资", "Public investment fund"),
    references=(
        Text(
            "义乌开发区廉政建设报道（刊期未注明）：招商产业基金投前准入、项目审核、投后监测全过程监管",
            "Feature on integrity in a development zone, Yiwu, undated: entry, review and monitoring of fund projects",
        ),
        Text(
            "财政部《政府投资基金暂行管理办法》（财预〔2015〕210号）",
            "Ministry of Finance, interim measures for government investment funds (2015)",
        ),
    ),
    stages=(
        Stage("pool_entry", Text("项目入库（投前准入）", "Entry in the pool")),
        Stage("preliminary_review", Text("初审立项", "Preliminary review"), after=("pool_entry",)),
        Stage("due_diligence", Text("尽职调查", "Due diligence"), after=("preliminary_review",)),
        Stage("expert_review", Text("专家评审", "Expert review"), after=("due_diligence",)),
        Stage("department_opinions", Text("部门意见征集", "Opinions of departments"), after=("due_diligence",)),
        Stage(
            "investment_committee",
            Text("投资决策委员会审议", "Investment committee"),
            after=("expert_review", "department_opinions"),
        ),
        Stage("collective_decision", Text("集体决策", "Collective decision"), after=("investment_committee",)),
        Stage("contract", Text("签约", "Contract"), after=("collective_decision",)),
        Stage("payment", Text("出资拨付", "Money paid in"), after=("contract",)),
        Stage("post_investment_review", Text("投后监测", "Monitoring after investment"), after=("payment",)),
        Stage("exit_review", Text("退出评估", "Review before exit"), after=("payment",), optional=True),
        Stage("exit", Text("退出", "Exit"), after=("payment", "exit_review"), optional=True),
        Stage("agreement_change", Text("协议变更", "Change of the agreement"), ordered=False),
    ),
)
