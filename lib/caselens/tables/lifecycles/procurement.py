"""From the budget to the last payment of a purchase of goods or services."""

from caselens.core.text import Text
from caselens.tables.lifecycles._declare import Lifecycle, Stage

LIFECYCLE = Lifecycle(
    id="procurement",
    title=Text("政府采购", "Procurement"),
    references=(
        Text(
            "中华人民共和国政府采购法（2014 年修正）第二十七条、第三十三条、第四十一条、第四十六条",
            "Government Procurement Law (amended 2014), articles 27, 33, 41, 46",
        ),
        Text(
            "中华人民共和国政府采购法实施条例（国务院令第 658 号，2015 年）第四十五条、第五十条、第五十一条",
            "Regulation implementing the Government Procurement Law (order 658, 2015), articles 45, 50, 51",
        ),
    ),
    stages=(
        Stage("budget_approval", Text("预算批复", "Budget approval")),
        Stage("purchase_request", Text("采购申请", "Purchase request"), after=("budget_approval",)),
        Stage("purchase_plan", Text("采购计划备案", "Purchase plan"), after=("purchase_request",)),
        Stage(
            "method_approval",
            Text("采购方式审批", "Approval of the method"),
            after=("purchase_request",),
            optional=True,
        ),
        Stage("tendering", Text("发布采购公告", "Tendering"), after=("purchase_plan", "method_approval")),
        Stage("evaluation", Text("评审", "Evaluation"), after=("tendering",)),
        Stage("award", Text("确定中标或成交", "Award"), after=("evaluation",)),
        Stage("contract", Text("签订合同", "Contract"), after=("award",)),
        Stage("contract_publication", Text("合同公告", "Contract publication"), after=("contract",)),
        Stage("delivery", Text("交付", "Delivery"), after=("contract",)),
        Stage("acceptance", Text("履约验收", "Acceptance"), after=("delivery",)),
        Stage("payment", Text("支付尾款", "Final payment"), after=("acceptance",)),
        Stage("progress_payment", Text("预付或分期支付", "Advance or instalment"), ordered=False),
        Stage("contract_filing", Text("合同备案", "Contract filing"), ordered=False),
        Stage("emergency_order", Text("紧急采购指令", "Emergency order"), ordered=False),
        Stage("fiscal_review", Text("财政评审", "Fiscal review"), ordered=False),
    ),
)
