"""Public projects with their figures as first approved."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table
from caselens.tables.lifecycles import LIFECYCLES

TABLE = Table(
    id="projects",
    label=Text("项目", "Projects"),
    group="procurement",
    about=Text(
        "一行为一个项目，各项金额为首次批准数，其后变动记入项目事件。",
        "One row is one project with its figures as first approved; later changes are events.",
    ),
    key=("project_id",),
    node="project",
    columns=(
        Column("project_id", "id", Text("项目编号", "Project"), required=True),
        Column("name", "text", Text("项目名称", "Name"), required=True),
        Column("owner_id", "id", Text("建设单位", "Owner"), required=True, references=("organizations",)),
        Column("region", "text", Text("所在地区", "Region")),
        Column("category", "text", Text("项目类别", "Category")),
        Column(
            "lifecycle",
            "code",
            Text("流程类型", "Lifecycle"),
            required=True,
            codes=tuple(LIFECYCLES),
        ),
        Column(
            "delivery",
            "code",
            Text("发包模式", "Delivery"),
            codes=("design_bid_build", "epc"),
            empty_means="design_bid_build",
        ),
        Column("estimate", "money", Text("估算", "Estimate"), low=0, unit="CNY"),
        Column("approved_estimate", "money", Text("概算", "Approved estimate"), low=0, unit="CNY"),
        Column("budget", "money", Text("预算", "Budget"), low=0, unit="CNY"),
        Column("final_cost", "money", Text("决算", "Final cost"), low=0, unit="CNY"),
    ),
    edges=(Edge("owner_id", "project_id", Text("建设", "owns the project"), kind="owns_project"),),
)
