"""Words around a name that are not the name: titles, company forms, branches; and how surnames are read."""

from __future__ import annotations

import re

#: Titles and forms of address before or after a name in Latin script.
TITLES = frozenset(["MR", "MRS", "MS", "MISS", "DR", "PROF", "SIR", "MADAM", "HERR", "FRAU", "DIPL", "ING", "JR", "SR"])
_HAN_TITLES = (
    *(
        "先生",
        "女士",
        "小姐",
        "同志",
        "老师",
        "教授",
        "博士",
        "医生",
        "律师",
        "董事长",
        "总经理",
        "经理",
        "主任",
        "局长",
        "处长",
    ),
    *(
        "科长",
        "县长",
        "市长",
        "区长",
        "镇长",
        "乡长",
        "书记",
        "院长",
        "校长",
        "会计",
        "师傅",
        "副局长",
        "副处长",
        "副县长",
        "副市长",
    ),
    *("副书记", "副主任", "厂长", "老板"),
)
#: A title after a Chinese name of two characters or more.
HAN_TITLE = re.compile(f"(?<=..)(?:{'|'.join(sorted(_HAN_TITLES, key=len, reverse=True))})$")

#: Surnames that are read otherwise than the character alone.
SURNAME_READINGS = {
    "单": "SHAN", "曾": "ZENG", "解": "XIE", "仇": "QIU", "区": "OU", "查": "ZHA", "任": "REN", "盖": "GE", "翟": "ZHAI",
    "朴": "PIAO", "乐": "YUE", "缪": "MIAO", "冼": "XIAN", "召": "SHAO", "覃": "QIN", "员": "YUN", "繁": "PO", "尉迟": "YUCHI",
    "万俟": "MOQI", "长孙": "ZHANGSUN", "华": "HUA", "种": "CHONG", "秘": "BI", "黑": "HE", "折": "SHE", "钻": "ZUAN",
}  # fmt: skip

#: Endings of Chinese names of organizations with the class of company they stand for, the longest first. The same class
#: means the same kind of company: 有限公司 and 有限责任公司 are one, 股份有限公司 is another.
HAN_FORMS = tuple(
    sorted(
        {
            "股份有限公司": "joint_stock",
            "股份公司": "joint_stock",
            "有限责任公司": "limited",
            "有限责任公司集团": "limited",
            "责任有限公司": "limited",
            "有限公司": "limited",
            "公司": "company",
            "有限合伙企业": "partnership",
            "合伙企业有限合伙": "partnership",
            "普通合伙企业": "general_partnership",
            "合伙企业普通合伙": "general_partnership",
            "合伙企业特殊普通合伙": "special_partnership",
            "合伙企业": "partnership",
            "有限合伙": "partnership",
            "普通合伙": "general_partnership",
            "特殊普通合伙": "special_partnership",
            "个体工商户": "sole_trader",
            "农民专业合作社": "cooperative",
            "专业合作社": "cooperative",
            "合作社": "cooperative",
        }.items(),
        key=lambda item: len(item[0]),
        reverse=True,
    )
)

#: A branch: what stands between the firm's form and the word for a branch.
HAN_BRANCH = re.compile(
    r"(?:公司|合伙企业|合作社|银行|学校|医院|大学)((?:[^公]{0,20}?)(?:分公司|分行|支行|分理处|分店|分部|分院|分校|办事处|营业部|营业厅|项目部|经理部|工程处|门店))$"
)

#: Company forms in Latin script with their class. The empty class says nothing about the kind of company.
FORMS = {
    **dict.fromkeys(["LTD", "LIMITED", "LTDA", "LTEE", "PVT", "PTE", "PTY", "SDN", "BHD"], "limited"),
    **dict.fromkeys(
        ["LLC", "OOO", "TOO", "MMC", "SRL", "SARL", "GMBH", "SPZOO", "ZOO", "BV", "SIA", "OU", "UAB"],
        "limited_liability",
    ),
    **dict.fromkeys(
        ["EOOD", "OOD", "TOV", "DOO", "KFT", "SL", "STI", "SRO", "FZE", "FZC", "FZCO"], "limited_liability"
    ),
    **dict.fromkeys(["LLP", "LP", "KG", "OHG", "SNC", "CSNC", "SCS"], "partnership"),
    **dict.fromkeys(
        ["INC", "CORP", "CORPORATION", "INCORPORATED", "SA", "SPA", "AG", "AS", "PLC", "NV"], "joint_stock"
    ),
    **dict.fromkeys(
        ["OAO", "OJSC", "ZAO", "CJSC", "PAO", "PJSC", "JSC", "AO", "OY", "OYJ", "AB", "ASA", "ASC", "KK"], "joint_stock"
    ),
    **dict.fromkeys(["CO", "COMPANY", "GROUP", "HOLDING", "HOLDINGS", "FIRM", "ENTERPRISE", "ENTERPRISES"], ""),
}
#: Words that say nothing about which party is meant.
EMPTY_WORDS = frozenset(["THE", "OF", "AND", "FOR", "DE", "DU", "LA", "VE", "UND", "ET", "SP", "Z", "O"])
BRANCH_WORDS = frozenset(["BRANCH", "FILIAL", "FILIALE", "ZWEIGNIEDERLASSUNG", "SUCURSAL", "SUBESI"])
