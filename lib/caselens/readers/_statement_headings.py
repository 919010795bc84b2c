"""What publishers call the columns of a statement: synonyms in Chinese and English, and the rules for the rest.

Headings are compared after ``normalise``: no spaces, no punctuation, 帐 written 账, units in brackets taken off.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

#: Units a heading may state in brackets, as the factor that makes yuan of it.
UNITS = {"元": Decimal(1), "人民币": Decimal(1), "人民币元": Decimal(1), "rmb": Decimal(1), "cny": Decimal(1),
         "分": Decimal("0.01"), "角": Decimal("0.1"), "千元": Decimal(1000), "万元": Decimal(10000), "万": Decimal(10000)}  # fmt: skip
_UNIT = re.compile(
    r"[(（\[【:：/]\s*(?:单位\s*[:：]?\s*)?(元|人民币元?|rmb|cny|分|角|千元|万元?)\s*[)）\]】]?\s*$", re.IGNORECASE
)
_NOISE = re.compile(r"[\W_]+")


def normalise(heading: str) -> str:
    """A heading reduced to what is compared."""
    text = unicodedata.normalize("NFKC", heading).strip().lower().replace("帐", "账").replace("賬", "账")
    return _NOISE.sub("", _UNIT.sub("", text))


def unit(heading: str) -> Decimal:
    """The factor that makes yuan of a column, from the unit in its heading (``交易金额(分)`` → 0.01); 1 without one."""
    match = _UNIT.search(unicodedata.normalize("NFKC", heading).strip().lower())
    return UNITS[match[1]] if match else Decimal(1)


#: Fields whose columns hold dates or times; the shape of the values decides which of the two.
TEMPORAL = ("at", "posted")
MONEY = ("amount", "amount_in", "amount_out", "balance", "fee", "refunded")
#: Fields that keep every column, joined; the others take the first column that is not empty.
JOINED = ("memo",)

_WORDS: dict[str, str] = {
    "at": "交易时间 交易日期 交易日 日期 时间 交易日期时间 交易日期及时间 付款时间 交易创建时间 "
    "交易发生时间 交易发生日期 发生时间 发生日期 发生日 业务时间 业务日期 业务发生时间 支付时间 "
    "创建时间 账务日期时间 transactiontime transactiondate transdate trandate transtime txndate "
    "txntime txndatetime date time datetime timestamp tradedate tradetime transactiondatetime "
    "交易时刻 交易日期yyyymmdd 交易时间hhmmss",
    "posted": "记账日期 记账时间 记账日 入账日期 入账时间 入账日 银行记账日 银行记账日期 过账日期 账务日期 "
    "会计日期 核算日期 postingdate postdate posteddate bookdate bookingdate bookingtime "
    "accountingdate postingtime bookedat",
    "amount": "交易金额 金额 发生额 交易发生额 发生金额 交易额 记账金额 入账金额 人民币金额 账单金额 "
    "本次发生额 交易本金 订单金额 amount transactionamount transamt txnamount amt tranamount "
    "amountcny 交易金额本币",
    "amount_in": "收入 收入金额 存入 存入金额 贷方 贷方发生额 贷方金额 贷方交易金额 转入金额 收入发生额 "
    "交易金额收入 记账金额收入 发生额贷 发生额收 收入贷方 贷方收入 入账 进账 进账金额 收方金额 "
    "收款金额 存款金额 存款 收入额 转入 贷方发生额收入 存入贷方 credit credits creditamount deposit "
    "deposits depositamount paidin moneyin amountin income incoming 贷 金额收入 金额贷方 "
    "交易金额贷方 存入发生额 收款 收方发生额",
    "amount_out": "支出 支出金额 支取 支取金额 借方 借方发生额 借方金额 借方交易金额 转出金额 支出发生额 "
    "交易金额支出 记账金额支出 发生额借 发生额支 支出借方 借方支出 出账 付方金额 付款金额 取款金额 "
    "取款 支出额 转出 借方发生额支出 支取借方 debit debits debitamount withdrawal withdrawals "
    "withdrawalamount paidout moneyout amountout expenditure outgoing 借 金额支出 金额借方 "
    "交易金额借方 支取发生额 付款 付方发生额",
    "flag": "借贷标志 借贷 借贷方向 借贷标识 借贷类型 借贷别 收支 收支标志 收支类型 收支方向 收支标识 收付 "
    "收付标志 收付方向 进出标志 进出 进出方向 存取标志 存取 资金流向 资金方向 交易方向 方向 "
    "出入账标志 出入账 转入转出标志 借贷标记 dcflg dcflag drcr crdr debitcredit creditdebit "
    "direction dc crdrindicator debitcreditindicator 收支别 收入支出 资金收付标志 借贷符号",
    "balance": "余额 账户余额 交易余额 本次余额 联机余额 交易后余额 当前余额 账面余额 本方余额 卡内余额 "
    "账号余额 结余 交易后账户余额 本次账户余额 balance runningbalance balanceafter accountbalance "
    "ledgerbalance closingbalance balanceaftertransaction",
    "party": "对手信息 对方信息 交易对方信息 交易对手信息 对方户名账号 对方账号户名 对方账号与户名 "
    "对方户名与账号 对方户名及账号 对方账号及户名 对方账户信息 对方名称账号 对方姓名账号 "
    "对方账号名称 counterpartyinformation",
    "counterparty_name": "对方户名 对方名称 对方账户名 对方账户名称 对方姓名 对手户名 对手姓名 对手名称 对手账户名 "
    "交易对方 交易对方名称 交易对方户名 交易对方姓名 交易对手 交易对手名称 交易对手户名 交易对手姓名 "
    "对方单位 对方单位名称 对方客户名称 对方 收付方名称 收付款方名称 收付款人名称 对手方名称 "
    "对手方户名 对手侧账户名称 对方户名名称 往来单位 往来户名 对手方姓名 收付款方户名 counterparty "
    "counterpartyname payee paymentreceiptaccountname beneficiary payeename otherparty oppositename "
    "counterpartyaccountname",
    "counterparty_account": "对方账号 对方账户 对方卡号 对方卡号账号 对方账号卡号 对方账卡号 对手账号 对手账户 对手卡号 "
    "交易对方账号 交易对方卡号 交易对方账户 交易对方账卡号 交易对手账号 交易对手卡号 交易对手账卡号 "
    "交易对手账户 对方账户账号 收付方账号 收付款方账号 收付款人账号 对手方账号 对手方卡号 对手方id "
    "对手方银行卡号 对方银行账号 往来账号 counterpartyaccount counterpartyaccountnumber payeeaccount "
    "counterpartyaccountno paymentreceiptaccount counterpartyiban oppositeaccount",
    "counterparty_bank": "对方开户行 对方银行 对方行名 对方账号开户行 交易对方账号开户行 对方开户机构 对方行 对方开户银行 "
    "对方银行名称 交易对方开户行 收付方开户行 交易对手行名 交易对手开户行 对手开户行 对手银行 "
    "对手侧银行名称 对方机构名称 对方开户行名 counterpartybank beneficiarybank",
    "memo": "摘要 交易摘要 附言 交易附言 用途 备注 交易备注 交易名称 交易说明 交易描述 交易类型 业务类型 "
    "交易类别 交易种类 交易详情 商品 商品说明 商品名称 消费名称 交易场所 交易地点 资金用途 摘要描述 "
    "描述 交易分类 说明 凭证摘要 业务摘要 摘要说明 客户附言 附加信息 留言 交易用途 类型 摘要备注 "
    "description memo particulars narrative details remark remarks abstract tradingtype "
    "transactiontype type purpose tradingplace transactiondescription transactiondetails summary "
    "转账备注 业务种类 备注信息 交易附言用途",
    "channel": "交易渠道 渠道 渠道名称 渠道类型 交易方式 业务渠道 渠道描述 channel transactionchannel",
    "account": "账号 本方账号 本方账户 账户 卡号账号 账号卡号 账卡号 主账号 交易账号 客户账号 账户号 账户号码 "
    "用户id 用户信息 交易账卡号 本方账卡号 查询账号 交易方账户 本方账号卡号 account accountnumber "
    "accountno acctno acctnumber iban",
    "card": "卡号 本方卡号 交易卡号 借记卡号 卡号后四位 卡号末四位 卡末四位 交易方卡号 查询卡号 主卡号 "
    "cardnumber cardno cardending",
    "holder": "户名 账户名称 客户名称 客户姓名 姓名 本方户名 本方名称 本方姓名 查询对象名称 账户名 交易户名 "
    "交易方户名 用户侧账号名称 accountname holder accountholder customername 户主 名称",
    "currency": "币种 币别 货币 交易币种 记账币种 账户币种 货币代码 交易货币 币种名称 currency ccy currencycode",
    "bank_reference": "交易流水号 流水号 交易流水 日志号 交易日志号 核心流水号 交易单号 交易订单号 交易号 柜员流水号 "
    "会计流水号 交易参考号 业务参考号 银行流水号 银行流水 主机流水号 全局流水号 平台流水号 "
    "业务流水号 订单号 transactionid transactionreference reference referenceno refno transactionno "
    "transactionnumber journalno traceno 核心交易流水号 交易序列号",
    "device_ip": "ip地址 ip 交易ip 登录ip 客户端ip 交易ip地址 ipaddress clientip",
    "device_mac": "mac地址 mac 交易mac地址 macaddress 客户端mac",
    "terminal": "终端号 终端编号 设备号 设备编号 终端 终端代码 机具编号 atm编号 pos终端号 terminalid terminal "
    "terminalno deviceid",
    "branch": "交易网点名称 交易网点 网点名称 网点 交易机构 交易机构名称 交易行 交易行名 营业网点 经办机构 "
    "受理机构 经办网点 交易网点机构 机构名称 branch branchname",
    "merchant": "商户名称 特约商户名称 商户名 merchant merchantname",
    "merchant_category": "商户类别 商户类型 商户行业 mcc mcc码 商户类别码 行业类别 merchantcategory merchantcategorycode",
    "state": "当前状态 交易状态 状态 交易是否成功 交易结果 订单状态 是否成功 处理状态 成功标志 status "
    "transactionstatus state",
    "cash": "现金标志 现转标志 现金转账标志 钞转标志 现转 是否现金 cashflag iscash",
    "instrument": "支付方式 收付款方式 付款方式 收款付款方式 paymentmethod",
    "fee": "服务费 手续费 手续费金额 fee servicefee",
    "refunded": "成功退款 退款金额 已退款金额",
    "institution": "反馈单位 本方开户行 本方银行 所属银行 银行名称",
}

#: Headings that look like a field's and are not: no rule below may take them.
_NOT = re.compile(
    r"对方余额|对手余额|对方账号余额|期初|期末|上期|可用余额|冻结|折合|证件|行号|代码$|笔数|序号$|累计|折人民币|原币|起息|柜员|汇率|电话"
)
#: Rules for headings the table does not hold: (field, pattern). The first that fits counts, with less confidence.
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("counterparty_bank", r"(?:对方|对手|收付).*(?:开户|银行|行名|机构)"),
        ("party", r"(?:对方|对手).*(?:户名|名称|姓名).*(?:账|卡)号|(?:对方|对手).*(?:账|卡)号.*(?:户名|名称|姓名)"),
        ("counterparty_account", r"(?:对方|对手|收付).*(?:账号|卡号|账户$|账户号)(?:汇票号|编号)?|counterparty.*(?:acc|iban)|(?:payee|opposite).*acc"),
        ("counterparty_name", r"(?:对方|对手|收付).*(?:户名|名称|姓名|单位)|counterparty.*name|payee.*name"),
        ("amount_in", r"(?:收入|贷方|存入|转入|收方|进账).*(?:金额|发生额|额)|(?:金额|发生额).*(?:收入|贷方|存入|转入|贷)$|(?:credit|deposit|paidin).*"),
        ("amount_out", r"(?:支出|借方|支取|转出|付方|出账).*(?:金额|发生额|额)|(?:金额|发生额).*(?:支出|借方|支取|转出|借)$|(?:debit|withdraw|paidout).*"),
        ("flag", r"(?:借贷|收支|收付|进出|存取).*(?:标|方向|类型|别)"),
        ("posted", r"(?:记账|入账|过账).*(?:日|时间)|(?:posting|booking|posted).*(?:date|time)"),
        ("at", r"(?:交易|发生|业务).*(?:日期|时间)|(?:trans|txn|value)\w*(?:date|time)"),
        ("balance", r".*余额$|.*balance$"),
        ("bank_reference", r".*(?:流水号|日志号)$|.*transaction(?:id|no|ref\w*)$"),
        ("amount", r"(?:交易|发生|记账).*金额|.*发生额$|.*amount$"),
        ("memo", r".*(?:摘要|附言|用途|备注)$|.*(?:description|remarks?)$"),
    )
)  # fmt: skip

#: Where several columns of a sheet fit one field, these come first (the amount booked before the amount traded, …).
_PREFERRED: dict[str, float] = {
    "记账金额收入": 0.2, "记账金额支出": 0.2, "记账币种": 0.2, "记账金额": 0.1, "付款时间": 0.1, "支付时间": 0.1, "交易创建时间": -0.1,
    "创建时间": -0.1, "查询卡号": -0.2, "查询账号": -0.2, "名称": -0.2, "姓名": -0.1, "对手方银行卡号": -0.1, "对手方id": -0.05,
    "日志号": -0.1, "订单号": -0.1, "对方卡号": -0.1, "交易对方卡号": -0.1, "对方": -0.1, "本方账号": 0.1, "本方卡号": 0.1, "收付款方式": 0.1,
    "交易是否成功": 0.1, "机构名称": -0.2, "订单金额": -0.1, "付款": -0.2, "收款": -0.2, "贷": -0.1, "借": -0.1, "银行名称": -0.2,
}  # fmt: skip

SYNONYMS: dict[str, str] = {word: name for name, words in _WORDS.items() for word in words.split()}


def field_of(heading: str) -> tuple[str, float]:
    """``(field, weight)`` of a heading: about 1 for a known synonym, 0.6 by a rule, ``("", 0)`` for no field."""
    text = normalise(heading)
    if not text or len(text) > 40:
        return "", 0.0
    if text in SYNONYMS:
        return SYNONYMS[text], 1.0 + _PREFERRED.get(text, 0.0)
    if not _NOT.search(text):
        for name, pattern in _RULES:
            if pattern.fullmatch(text):
                return name, 0.6
    return "", 0.0
