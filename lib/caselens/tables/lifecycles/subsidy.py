"""From the rule that grants it to the evaluation of a subsidy."""

from caselens.core.text import Text
from caselens.tables.lifecycles._declare import Lifecycle, Stage

LIFECYCLE = Lifecycle(
    id="subsidy",
    title=Text("政策资金兑现", "Subsidy"),
    references=(
        Text("中华人民共和国预算法（2018 年修正）第五十七条", "Budget Law (amended 2018), article 57"),
        Text(
            "义乌开发区廉政建设报道（刊期未注明）：政策兑现支出联审会议、第三方审计机构事前事中事后监管",
            "Feature on integrity in a development zone, Yiwu, undated: joint review, third-party audit",
        ),
    ),
    stages=(
        Stage("policy_issued", Text("政策出台", "Policy issued")),
        Stage("call_published", Text("发布申报通知", "Call published"), after=("policy_issued",)),
        Stage("application", Text("企业申报", "Application"), after=("call_published",)),
        Stage("eligibility_check", Text("资格审核", "Eligibility check"), after=("application",)),
        Stage("audit", Text("第三方审计", "Third-party audit"), after=("application",)),
        Stage("re_audit", Text("抽审复核", "Re-audit"), after=("audit",), optional=True),
        Stage("joint_review", Text("联审会议", "Joint review"), after=("eligibility_check", "audit", "re_audit")),
        Stage("publicity", Text("公示", "Public notice"), after=("joint_review",)),
        Stage("payment", Text("资金拨付", "Payment"), after=("publicity",)),
        Stage("performance_evaluation", Text("绩效评价", "Performance evaluation"), after=("payment",), optional=True),
        Stage("recovery", Text("追回资金", "Recovery"), ordered=False),
    ),
)
