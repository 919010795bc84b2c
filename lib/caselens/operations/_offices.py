"""Who keeps the records of which table: to whom a request goes."""

from caselens.core.text import Text

OFFICES = {
    "persons": Text("公安机关（户籍管理）", "the police (household register)"),
    "kinships": Text("公安机关（户籍管理）", "the police (household register)"),
    "organizations": Text("市场监督管理部门", "the company registry"),
    "directorships": Text("市场监督管理部门", "the company registry"),
    "ownerships": Text("市场监督管理部门", "the company registry"),
    "appointments": Text("组织人事部门", "the personnel department"),
    "declarations": Text("组织人事部门", "the personnel department"),
    "employments": Text("人力资源和社会保障部门", "the social insurance office"),
    "assets": Text("不动产登记机构、公安机关车辆管理部门", "the property and vehicle registers"),
    "accounts": Text("人民银行、开户银行", "the central bank and the banks"),
    "statement_lines": Text("开户银行、支付机构", "the banks and payment institutions"),
    "payments": Text("开户银行、支付机构、单位财务部门", "banks, payment institutions, finance departments"),
    "tenders": Text("公共资源交易中心", "the public trading centre"),
    "bids": Text("公共资源交易中心", "the public trading centre"),
    "bid_items": Text("公共资源交易中心", "the public trading centre"),
    "evaluations": Text("公共资源交易中心", "the public trading centre"),
    "reviewer_pools": Text("公共资源交易中心", "the public trading centre"),
    "projects": Text("发展和改革部门、建设单位", "the planning authority and the owner"),
    "project_events": Text("建设单位及各审批部门", "the owner and the authorities"),
    "contracts": Text("采购单位", "the buyer"),
    "contract_changes": Text("采购单位", "the buyer"),
    "review_votes": Text("作出决定的单位", "the unit that decided"),
    "approvals": Text("作出审批的单位", "the unit that approved"),
    "financings": Text("借款单位、金融机构", "the borrower and the lender"),
}
OTHER = Text("保管该资料的单位", "whoever keeps these records")
