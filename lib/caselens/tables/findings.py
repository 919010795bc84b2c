"""Results of indicators: a question put to somebody, never a verdict."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="findings",
    label=Text("发现", "Findings"),
    group="workbench",
    about=Text(
        "一行为一项指标的一个发现，是待核实的问题而非结论。",
        "One row is one result of one indicator: something to ask about, never a verdict.",
    ),
    key=("finding_id",),
    written_by_workbench=True,
    columns=(
        Column("finding_id", "id", Text("发现编号", "Finding"), required=True),
        Column(
            "evidence_hash",
            "text",
            Text("证据校验值", "Evidence hash"),
            note=Text("证据行变化时随之变化", "Changes with the rows"),
        ),
        Column("indicator", "text", Text("指标", "Indicator"), required=True),
        Column("kind", "code", Text("发现类型", "Kind"), codes=("rule", "statistical", "link")),
        Column("severity", "code", Text("关注程度", "Severity"), codes=("note", "yellow", "red")),
        Column("case_id", "id", Text("所属案件", "Case")),
        Column(
            "subjects",
            "list",
            Text("涉及主体", "Subjects"),
            required=True,
            note=Text("JSON 列表，每项含 id 和 role", 'JSON list of {"id", "role"}'),
        ),
        Column(
            "objects",
            "list",
            Text("涉及事项", "Objects"),
            note=Text("JSON 列表，每项含 table 和 id", 'JSON list of {"table", "id"}'),
        ),
        Column("score", "number", Text("分值", "Score"), required=True, low=0, high=1),
        Column("p_value", "number", Text("p 值", "p-value"), low=0, high=1),
        Column("q_value", "number", Text("q 值", "q-value"), low=0, high=1),
        Column("amount", "money", Text("涉及金额", "Amount"), unit="CNY"),
        Column("period_start", "date", Text("期间起", "Period from")),
        Column("period_end", "date", Text("期间止", "Period until")),
        Column("summary_zh", "text", Text("中文摘要", "Summary in Chinese")),
        Column("summary_en", "text", Text("英文摘要", "Summary in English")),
        Column(
            "evidence",
            "list",
            Text("证据", "Evidence"),
            required=True,
            note=Text("JSON 列表，每项含 table、key 和 role", 'JSON list of {"table", "key", "role"}'),
        ),
        Column(
            "first_seen",
            "date",
            Text("首次出现", "First seen"),
            note=Text("数据截止日期，不是运行时钟", "As-of date of the data, not the clock"),
        ),
        Column(
            "last_seen",
            "date",
            Text("最近出现", "Last seen"),
            note=Text("数据截止日期，不是运行时钟", "As-of date of the data, not the clock"),
        ),
        Column("change", "code", Text("变化", "Change"), codes=("new", "changed", "same", "gone")),
        Column(
            "status",
            "code",
            Text("处理状态", "Status"),
            codes=("new", "open", "confirmed", "dismissed", "cleared", "self_reported"),
            closed=True,
        ),
    ),
)
