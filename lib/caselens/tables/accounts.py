"""Accounts money moves between."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="accounts",
    label=Text("账户", "Accounts"),
    group="money",
    about=Text("一行为一个银行、微信、支付宝或现金账户。", "One row is one bank, WeChat, Alipay or cash account."),
    key=("account_id",),
    node="account",
    columns=(
        Column("account_id", "id", Text("账号", "Account"), required=True),
        Column("holder_id", "id", Text("户主", "Holder"), references=("persons", "organizations")),
        Column("holder_name", "text", Text("户名", "Holder's name")),
        Column("institution", "text", Text("开户机构", "Institution")),
        Column("kind", "code", Text("账户类型", "Kind"), codes=("bank", "wechat", "alipay", "cash", "other")),
        Column("opened_on", "date", Text("开户日期", "Opened on")),
    ),
    edges=(Edge("holder_id", "account_id", Text("持有账户", "holds account"), kind="holds_account"),),
)
