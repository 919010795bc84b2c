"""Loans, bonds and other financings, with their price and who arranged them."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="financings",
    label=Text("融资", "Financings"),
    group="money",
    about=Text("一行为一笔借款、债券或其他融资。", "One row is one loan, bond or other financing."),
    key=("financing_id",),
    node="financing",
    columns=(
        Column("financing_id", "id", Text("融资编号", "Financing"), required=True),
        Column("kind", "code", Text("融资类型", "Kind"), codes=("loan", "bond", "factoring", "lease", "private")),
        Column("borrower_id", "id", Text("融资方", "Borrower"), required=True, references=("persons", "organizations")),
        Column("lender_id", "id", Text("出资方", "Lender"), required=True, references=("persons", "organizations")),
        Column("arranger_id", "id", Text("中介机构", "Arranger"), references=("organizations",)),
        Column(
            "lender_contact_id",
            "id",
            Text("出资方经办人", "Lender's contact"),
            references=("persons",),
            note=Text("如银行客户经理", "The bank's manager"),
        ),
        Column("principal", "money", Text("本金", "Principal"), required=True, low=0, low_inclusive=False, unit="CNY"),
        Column("annual_rate", "share", Text("年利率", "Annual rate"), required=True, low=0, unit="fraction"),
        Column(
            "repayment",
            "code",
            Text("还款方式", "Repayment"),
            codes=("bullet", "annuity", "equal_principal"),
            empty_means="bullet",
        ),
        Column(
            "fees",
            "money",
            Text("费用合计", "Total fees"),
            low=0,
            unit="CNY",
            note=Text("全期限各项费用之和", "All fees over the whole term"),
        ),
        Column("selection_method", "text", Text("遴选方式", "Selection method")),
        Column("is_guaranteed_by_controller", "boolean", Text("是否由控股方担保", "Is guaranteed by the controller")),
        Column("start_date", "date", Text("起息日期", "Start date"), required=True),
        Column("maturity_date", "date", Text("到期日期", "Maturity date")),
        Column("outcome", "text", Text("结果", "Outcome")),
        Column("loss_amount", "money", Text("损失金额", "Loss"), low=0, unit="CNY"),
        Column(
            "handler_id",
            "id",
            Text("经办人", "Handler"),
            references=("persons",),
            note=Text("融资方经办的公职人员", "The borrower's official who arranged it"),
        ),
        Column(
            "currency",
            "code",
            Text("币种", "Currency"),
            empty_means="CNY",
            note=Text("货币代码（ISO 4217）", "ISO 4217 code"),
        ),
    ),
    edges=(
        Edge("lender_id", "borrower_id", Text("出借", "lends to"), kind="lends"),
        Edge("arranger_id", "borrower_id", Text("居间", "arranges for"), kind="arranges"),
        Edge("lender_contact_id", "borrower_id", Text("出资方对接", "lender's contact for"), kind="lender_contact"),
        Edge("lender_id", "financing_id", Text("出资", "funds the financing"), kind="lends_in"),
        Edge("borrower_id", "financing_id", Text("融资", "borrows in"), kind="borrows_in"),
        Edge("handler_id", "financing_id", Text("经办融资", "arranged the financing"), kind="handles_financing"),
    ),
)
