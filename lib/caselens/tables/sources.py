"""Raw files as received, with their hash and what was read from them."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="sources",
    label=Text("来源文件", "Sources"),
    group="workbench",
    about=Text(
        "一行为一份收到的原始文件及其读取情况。", "One row is one raw file as received and what was read from it."
    ),
    key=("source_file", "sha256"),
    written_by_workbench=True,
    columns=(
        Column(
            "source_file",
            "text",
            Text("文件路径", "File"),
            required=True,
            note=Text("相对于原始资料文件夹", "Relative to the raw folder"),
        ),
        Column("sha256", "text", Text("SHA-256 校验值", "SHA-256"), required=True),
        Column("bytes", "integer", Text("文件大小", "Size"), low=0, unit="bytes"),
        Column("table", "text", Text("写入数据表", "Table")),
        Column("reader", "text", Text("读取器", "Reader")),
        Column("rows_in", "integer", Text("读入行数", "Rows in"), low=0, unit="rows"),
        Column("rows_accepted", "integer", Text("接受行数", "Rows accepted"), low=0, unit="rows"),
        Column("rows_quarantined", "integer", Text("隔离行数", "Rows quarantined"), low=0, unit="rows"),
        Column("rows_repeated", "integer", Text("完全重复行数", "Rows repeated"), low=0, unit="rows"),
        Column("read_at", "moment", Text("读取时间", "Read at")),
        Column("obtained_from", "text", Text("提供单位", "Obtained from")),
        Column("obtained_on", "date", Text("调取日期", "Obtained on")),
        Column("authority_no", "text", Text("调取通知书文号", "Authority number")),
        Column("dossier", "text", Text("卷宗号", "Dossier")),
        Column("page_from", "integer", Text("起始页", "From page"), low=0, unit="page"),
        Column("page_to", "integer", Text("终止页", "To page"), low=0, unit="page"),
        Column("secrecy", "text", Text("密级", "Secrecy")),
    ),
)
