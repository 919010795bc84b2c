"""What a party owns and who is said to have paid for it."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="assets",
    label=Text("财产", "Assets"),
    group="who",
    about=Text("一行为某人或某单位名下的一项财产。", "One row is one asset in the name of a person or organization."),
    key=("asset_id",),
    node="asset",
    columns=(
        Column("asset_id", "id", Text("财产编号", "Asset"), required=True),
        Column("owner_id", "id", Text("权利人", "Owner"), required=True, references=("persons", "organizations")),
        Column(
            "kind",
            "code",
            Text("财产类型", "Kind"),
            required=True,
            codes=("real_estate", "vehicle", "securities", "deposit", "equity", "other"),
        ),
        Column("value", "money", Text("价值", "Value"), required=True, low=0, unit="CNY"),
        Column("acquired_on", "date", Text("取得日期", "Acquired on"), required=True),
        Column("region", "text", Text("所在地区", "Region")),
        Column("is_declared", "boolean", Text("是否已申报", "Is declared")),
        Column(
            "funded_by_id",
            "id",
            Text("自述出资人", "Claimed funder"),
            references=("persons", "organizations"),
            note=Text("本人陈述的出资来源，未经核实", "As claimed, not verified"),
        ),
    ),
    edges=(
        Edge("owner_id", "asset_id", Text("拥有", "owns"), kind="owns_asset"),
        Edge("funded_by_id", "asset_id", Text("自述出资", "said to have paid for"), kind="funds_asset"),
    ),
)
