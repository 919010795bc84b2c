"""From initiation to the final payment of a public works project."""

from caselens.core.text import Text
from caselens.tables.lifecycles._declare import Lifecycle, Stage, Variant

LIFECYCLE = Lifecycle(
    id="engineering",
    title=Text("工程建设", "Engineering"),
    references=(
        Text(
            "中华人民共和国建筑法（2019 年修正）第七条、第八条、第六十一条",
            "Construction Law (amended 2019), articles 7, 8, 61",
        ),
        Text(
            "中华人民共和国招标投标法（2017 年修正）第九条、第四十六条",
            "Tendering and Bidding Law (amended 2017), articles 9, 46",
        ),
        Text(
            "建设工程质量管理条例（2019 年修订）第五条、第十三条、第十六条",
            "Regulation on the Quality of Construction Works (revised 2019), articles 5, 13, 16",
        ),
        Text(
            "政府投资条例（国务院令第 712 号，2019 年）第九条",
            "Regulation on Government Investment (State Council order 712, 2019), article 9",
        ),
        Text(
            "潜江新闻网，2024 年：项目用地和施工手续不完善、合同签订不规范等共性问题",
            "Qianjiang News, 2024: land and construction formalities incomplete, contracts signed irregularly",
        ),
    ),
    stages=(
        Stage("initiation", Text("立项", "Initiation")),
        Stage("land", Text("用地手续", "Land"), after=("initiation",)),
        Stage("planning", Text("规划许可", "Planning permission"), after=("initiation",)),
        Stage("survey_design", Text("勘察设计", "Survey and design"), after=("land", "planning")),
        Stage("tendering", Text("招标", "Tendering"), after=("survey_design",)),
        Stage("contract", Text("签订合同", "Contract"), after=("tendering",)),
        Stage("quality_supervision", Text("质量监督手续", "Quality supervision"), after=("contract",)),
        Stage("safety_supervision", Text("安全监督手续", "Safety supervision"), after=("contract",)),
        Stage(
            "construction_permit",
            Text("施工许可", "Construction permit"),
            after=("survey_design", "contract", "quality_supervision", "safety_supervision"),
        ),
        Stage("construction_start", Text("开工", "Start of construction"), after=("construction_permit",)),
        Stage("acceptance", Text("竣工验收", "Acceptance"), after=("construction_start",)),
        Stage("audit", Text("竣工决算审计", "Audit of final accounts"), after=("acceptance",)),
        Stage("payment", Text("支付尾款", "Final payment"), after=("audit",)),
        Stage("registration", Text("报建", "Registration"), ordered=False),
        Stage("estimate_approval", Text("概算批复", "Approval of the estimate"), ordered=False),
        Stage("contract_filing", Text("合同备案", "Contract filing"), ordered=False),
        Stage("site_entry", Text("进场", "Entry on site"), ordered=False),
        Stage("supervision_log", Text("监理日志", "Supervision log"), ordered=False),
        Stage("material_delivery", Text("材料进场", "Delivery of material"), ordered=False),
        Stage("site_management", Text("现场管理", "Site management"), ordered=False),
        Stage("progress_certified", Text("进度计量", "Progress certified"), ordered=False),
        Stage("progress_payment", Text("进度款支付", "Progress payment"), ordered=False),
        Stage("fiscal_review", Text("财政评审", "Fiscal review"), ordered=False),
        Stage("design_change", Text("设计变更", "Design change"), ordered=False),
        Stage("estimate_adjustment", Text("概算调整", "Estimate adjustment"), ordered=False),
        Stage("emergency_order", Text("应急指令", "Emergency order"), ordered=False),
        Stage("commitment_approval", Text("告知承诺或容缺受理", "Approval on commitment"), ordered=False),
    ),
    delivery="design_bid_build",
    variants=(
        Variant(
            "epc",
            Text("工程总承包", "Engineering, procurement, construction"),
            after=(
                # The contractor designs: what is tendered is the design with the works, on land and planning alone.
                ("tendering", ("land", "planning")),
                ("survey_design", ("tendering",)),
            ),
        ),
    ),
)
