"""Words of the report. A lead is worth checking; no word here says that anybody did anything."""

from __future__ import annotations

from caselens.core.text import Language, Text
from caselens.reports._roles import ROLES

SEVERITY: dict[str, Text] = {
    "red": Text("红色", "red"),
    "yellow": Text("黄色", "yellow"),
    "note": Text("提示", "note"),
}
#: How pressing a lead is, as an order and never as a probability.
GRADE: dict[str, Text] = {
    "urgent": Text("优先核查", "Urgent: check first"),
    "look": Text("应予核查", "Look: to be checked"),
    "note": Text("留意", "Note: keep in view"),
}

KIND: dict[str, Text] = {
    "rule": Text("规则比对", "Rule"),
    "statistical": Text("统计异常", "Statistical"),
    "link": Text("关联关系", "Link"),
}

STATUS: dict[str, Text] = {
    "new": Text("未处理", "New"),
    "open": Text("核查中", "Open"),
    "confirmed": Text("经核查属实", "Confirmed on checking"),
    "dismissed": Text("已排除", "Dismissed"),
    "cleared": Text("已澄清", "Cleared"),
    "self_reported": Text("本人主动说明", "Self-reported"),
}

CHANGE: dict[str, Text] = {
    "new": Text("本次新增", "New this time"),
    "changed": Text("证据有变化", "Evidence changed"),
    "same": Text("与上次相同", "Same as before"),
    "gone": Text("本次不再出现", "No longer found"),
}

STATE: dict[str, Text] = {
    "hit": Text("有线索", "Lead"),
    "clean": Text("已查未见", "Examined, nothing found"),
    "not_assessable": Text("未能评估", "Could not be assessed"),
    "excluded": Text("按规则排除", "Excluded by a rule"),
}

#: Roles a party or a row can have in a finding. A code that is not here is printed as it is.
ROLE: dict[str, Text] = ROLES | {
    "subject": Text("对象", "subject"),
    "official": Text("公职人员", "official"),
    "relative": Text("亲属", "relative"),
    "beneficiary": Text("受益人", "beneficiary"),
    "payer": Text("付款方", "payer"),
    "payee": Text("收款方", "payee"),
    "recipient": Text("收款方", "recipient"),
    "intermediary": Text("中间方", "intermediary"),
    "firm": Text("企业", "firm"),
    "unit": Text("单位", "unit"),
    "owner": Text("所有人", "owner"),
    "holder": Text("持有人", "holder"),
    "nominee": Text("代持人", "nominee"),
    "buyer": Text("采购人", "buyer"),
    "supplier": Text("供应商", "supplier"),
    "handler": Text("经办人", "handler"),
    "bidder": Text("投标人", "bidder"),
    "winner": Text("中标人", "winner"),
    "peer": Text("同类比较对象", "peer, for comparison only"),
    "context": Text("背景", "context only"),
    "witness": Text("证人", "witness"),
    "inflow": Text("收款", "inflow"),
    "passed_on": Text("转出", "passed on"),
    "credit": Text("入账", "credit"),
    "debit": Text("出账", "debit"),
    "outflow": Text("转出", "outflow"),
    "link": Text("关系依据", "basis of the link"),
    "authority": Text("职权依据", "basis of the authority"),
    "counter": Text("反证", "counter-evidence"),
    "counter_evidence": Text("反证", "counter-evidence"),
    "amount": Text("金额依据", "basis of the amount"),
    "purchase": Text("购置", "purchase"),
    "funding": Text("资金来源", "funding"),
    "income": Text("收入", "income"),
    "kin": Text("亲属", "relative"),
    "expert": Text("专家", "expert"),
    "body": Text("机构", "body"),
    "staff": Text("工作人员", "member of staff"),
    "employee": Text("从业人员", "employee"),
    "holding": Text("持股", "shareholding"),
    "seat": Text("任职", "seat on the board"),
    "tenure": Text("任期", "term of office"),
    "leadership": Text("领导职务", "leading post"),
    "panel": Text("评审小组", "panel"),
    "vote": Text("表决", "vote"),
    "score": Text("评分", "score given"),
    "win": Text("中标", "award"),
    "decision": Text("决策事项", "decision"),
    "matter": Text("事项", "matter"),
    "rule": Text("适用规定", "rule that applies"),
    "rule_in_force": Text("有效规定", "rule in force"),
    "near_line": Text("接近限额", "just below the line"),
    "cost_chain": Text("造价链条", "chain of cost figures"),
    "adjustment": Text("造价调整", "adjustment"),
    "loan": Text("借款", "loan"),
    "repaid": Text("还款", "repayment"),
    "payment": Text("付款", "payment"),
    "cash_drawn": Text("取现", "cash drawn"),
    "case": Text("立案", "case opened"),
    "register": Text("名册", "register"),
    "listed": Text("名单记录", "entry on a list"),
    "age": Text("年限", "age"),
    "role": Text("身份", "role"),
    "coverage": Text("资料范围", "coverage of the records"),
}

#: What a party is and what role it has in a case.
PARTY: dict[str, Text] = {
    "person": Text("自然人", "person"),
    "organization": Text("单位、企业", "organization"),
    "official": Text("公职人员", "official"),
    "relative": Text("亲属及特定关系人", "relative or associate"),
    "firm": Text("企业", "firm"),
    "intermediary": Text("中介机构", "intermediary"),
    "government": Text("机关、事业单位", "public body"),
}

#: How an official acted in a decision.
ACT: dict[str, Text] = {
    "handler": Text("经办", "Handled"),
    "approver": Text("审批", "Approved"),
    "voter": Text("表决", "Voted"),
}


def named(words: dict[str, Text], code: object, language: Language) -> str:
    """The word for ``code``; an unknown code as it is."""
    text = words.get(str(code))
    return text.get(language) if text else str(code)
