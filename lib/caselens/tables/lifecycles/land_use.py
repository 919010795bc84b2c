"""From planning conditions to the registered right to a piece of land."""

from caselens.core.text import Text
from caselens.tables.lifecycles._declare import Lifecycle, Stage

LIFECYCLE = Lifecycle(
    id="land_use",
    title=Text("土地供应与利用", "Land use"),
    references=(
        Text(
            "中华人民共和国土地管理法（2019 年修正）第四十四条、第四十六条、第五十二条、第五十五条",
            "Land Administration Law (amended 2019), articles 44, 46, 52, 55",
        ),
        Text(
            "中华人民共和国城乡规划法（2019 年修正）第三十八条",
            "Urban and Rural Planning Law (amended 2019), article 38",
        ),
        Text(
            "招标拍卖挂牌出让国有建设用地使用权规定（国土资源部令第 39 号，2007 年）第二十三条",
            "Rules on granting state land by tender, auction and listing (order 39, 2007), article 23",
        ),
    ),
    stages=(
        Stage("land_pre_examination", Text("用地预审", "Pre-examination of land use"), optional=True),
        Stage("planning_conditions", Text("出具规划条件", "Planning conditions")),
        Stage(
            "conversion_approval",
            Text("农用地转用审批", "Approval of conversion"),
            after=("land_pre_examination",),
            optional=True,
        ),
        Stage("expropriation", Text("土地征收", "Expropriation"), after=("conversion_approval",), optional=True),
        Stage("valuation", Text("地价评估", "Valuation")),
        Stage(
            "collective_decision",
            Text("底价集体决策", "Collective decision on the reserve price"),
            after=("valuation",),
        ),
        Stage(
            "public_listing",
            Text("公告出让", "Public listing"),
            after=("planning_conditions", "expropriation", "collective_decision"),
        ),
        Stage("land_contract", Text("签订出让合同", "Land contract"), after=("public_listing",)),
        Stage("premium_paid", Text("缴清出让价款", "Land premium paid"), after=("land_contract",)),
        Stage("land_registration", Text("不动产登记", "Registration of the right"), after=("premium_paid",)),
        Stage("planning_permit", Text("规划许可", "Planning permit"), after=("land_contract",)),
        Stage("construction_start", Text("动工开发", "Start of construction"), after=("planning_permit",)),
        Stage("land_inspection", Text("竣工核验", "Inspection on completion"), after=("construction_start",)),
        Stage("planning_change", Text("规划条件变更", "Change of planning conditions"), ordered=False),
        Stage("land_reclaimed", Text("收回土地", "Land taken back"), ordered=False),
    ),
)
