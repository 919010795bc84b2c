"""What each kind of feedback sheet gives: one function a kind, from a row to the rows of canonical tables."""

from __future__ import annotations

from collections.abc import Iterator

from caselens.core.text import Text
from caselens.readers._declare import Refused, Row
from caselens.readers._feedback_line import Convert, Line

_NO_DATE = Text("没有登记日期", "no date of registration")
_NO_VALUE = Text(
    "没有价值或交易金额，不能计入财产；估值后可补入", "no value or price: an asset is counted when it has been valued"
)
_NO_NAME = Text("没有姓名或名称", "no name")
_NO_FIRM = Text("没有主体身份代码或企业名称", "neither code nor name of the firm")
_KIN = {
    "spouse": "配偶 妻 夫 丈夫 妻子 夫妻",
    "child": "子 女 儿子 女儿 长子 次子 长女 次女 独生子 独生女 子女 养子 养女 继子 继女",
    "parent": "父 母 父亲 母亲 父母 养父 养母 继父 继母",
    "sibling": "兄 弟 姐 妹 哥哥 弟弟 姐姐 妹妹 兄弟 姐妹 兄弟姐妹 兄妹 姐弟",
    "in_law": "岳父 岳母 公公 婆婆 儿媳 女婿 姐夫 妹夫 嫂子 弟媳 媳 婿 妻兄 妻弟",
    "other_kin": "祖父 祖母 外祖父 外祖母 孙子 孙女 外孙 外孙女 伯父 叔父 舅父 姑母 姨母 侄子 侄女 外甥 外甥女 堂兄弟 表兄弟",
}
_RELATIONS = {word: code for code, text in _KIN.items() for word in text.split()}
_POSTS = (
    ("法定代表人", "legal_representative"),
    ("负责人", "legal_representative"),
    ("监事", "supervisor"),
    ("董事", "director"),
    ("经理", "manager"),
    ("财务", "finance_contact"),
)


def _firm(line: Line) -> str:
    """The id of the firm a sheet of the registry is about; every such sheet names it by the same code."""
    code = line.text("主体身份代码")
    return f"registry:{code}" if code else ""


def registry(line: Line) -> Iterator[Row | Refused]:
    """Firms, with the legal representative that the licence names."""
    name, org = line.text("企业（机构）名称", "名称"), _firm(line)
    if not name or not org:
        yield line.refuse("organizations", _NO_NAME if org else _NO_FIRM)
        return
    yield line.give(
        "organizations",
        {
            "org_id": org,
            "name": name,
            "uscc": line.text("统一社会信用代码"),
            "region": line.text("住所所在行政区划"),
            "industry": line.text("行业门类", "行业代码"),
            "established_on": line.date("成立日期"),
            "registered_capital": line.money("注册资本(金)（万元）", "注册资本（万元）", "注册资本"),
            "status": line.text("登记状态"),
            "phone": line.text("联系电话"),
            "address": line.text("住所"),
            "registration_no": line.text("注册号"),
            "business_scope": line.text("经营范围"),
        },
    )
    if head := line.text("法定代表人"):
        # Only a name is printed: the row is his own until something else says who he is.
        person, rows = line.person(head, "")
        yield from rows
        content = {"org_id": org, "person_id": person, "role": "legal_representative"}
        yield line.give("directorships", content)


def investors(line: Line) -> Iterator[Row | Refused]:
    """Natural persons who put capital into a firm."""
    org, name = _firm(line), line.text("自然人姓名")
    if not org or not name:
        yield line.refuse("ownerships", _NO_FIRM if not org else _NO_NAME)
        return
    born, phone, place = line.date("出生日期"), line.text("电话"), line.text("住址")
    more = {"birth_date": born, "phone": phone, "address": place, "gender": line.text("性别")}
    person, rows = line.person(name, line.text("自然人证件号码"), line.text("自然人证件类型"), **more)
    yield from rows
    yield line.give(
        "ownerships",
        {
            "org_id": org,
            "holder_id": person,
            "share": line.share("认缴出资比例"),
            "paid_in": line.money("实缴出资额（万元）"),
            "subscribed": line.money("认缴出资额（万元）"),
            "subscribed_until": line.date("认缴出资期限"),
        },
    )


def officers(line: Line) -> Iterator[Row | Refused]:
    """Officers of a firm with their posts."""
    org, name = _firm(line), line.text("主要人员姓名")
    if not org or not name:
        yield line.refuse("directorships", _NO_FIRM if not org else _NO_NAME)
        return
    more = {
        "birth_date": line.date("出生日期"),
        "phone": line.text("移动电话", "联系电话"),
        "address": line.text("住址"),
    }
    more |= {"gender": line.text("性别"), "email": line.text("电子邮箱")}
    person, rows = line.person(name, line.text("证件号码/代表证编号"), line.text("主要人员证件类型"), **more)
    yield from rows
    post = line.text("职务")
    flag = line.text("法定代表人标志/首席代表标志/负责人标识")
    roles = [code for word, code in _POSTS if word in post][:1] or [post or "officer"]
    if flag in ("1", "是", "Y", "true", "TRUE") and "legal_representative" not in roles:
        roles.append("legal_representative")
    for role in roles:
        start, end = line.date("代表证期限自/任职起始日期"), line.date("代表证期限至/任职截止日期")
        content = {"org_id": org, "person_id": person, "role": role, "start_date": start, "end_date": end, "post": post}
        yield line.give("directorships", content)


def contact(prefix: str, role: str) -> Convert:
    """Sheets that name a contact of the firm, ``prefix`` before each heading."""

    def convert(line: Line) -> Iterator[Row | Refused]:
        org, name = _firm(line), line.text(f"{prefix}姓名")
        if not org or not name:
            yield line.refuse("directorships", _NO_FIRM if not org else _NO_NAME)
            return
        more = {"phone": line.text("移动电话", "固定电话"), "email": line.text("电子邮箱")}
        person, rows = line.person(name, line.text(f"{prefix}证件号码"), line.text(f"{prefix}证件类型"), **more)
        yield from rows
        yield line.give("directorships", {"org_id": org, "person_id": person, "role": role})

    return convert


def changes(line: Line) -> Iterator[Row | Refused]:
    """What changed in the register, and when."""
    org, day, item = _firm(line), line.date("变更日期"), line.text("变更事项")
    if not org or not day:
        yield line.refuse("unit_events", _NO_FIRM if not org else _NO_DATE)
        return
    key = line.text("变更项ID") or f"{line.sheet.digest[:8]}-{line.row.number}"
    text = f"{item}：{line.text('变更前内容')} → {line.text('变更后内容')}"
    yield line.give(
        "unit_events",
        {"event_id": f"{org}:{key}", "org_id": org, "kind": "registry_change", "happened_on": day, "text": text},
    )


def kinship(line: Line) -> Iterator[Row | Refused]:
    """Relatives."""
    one, other = line.text("姓名1"), line.text("姓名2")
    if not one or not other:
        yield line.refuse("kinships", _NO_NAME)
        return
    mine, rows = line.person(one, line.text("证件号码1"))
    yield from rows
    theirs, rows = line.person(other, line.text("证件号码2"))
    yield from rows
    printed = line.text("关系")
    # 姓名1 is the person, 姓名2 the relative, 关系 what the second is to the first.
    relation = _RELATIONS.get(printed, printed or "other_kin")
    yield line.give(
        "kinships", {"person_id": mine, "relative_id": theirs, "relation": relation, "printed_relation": printed}
    )


def household(line: Line) -> Iterator[Row | Refused]:
    """The household register."""
    name = line.text("姓名")
    if not name:
        yield line.refuse("persons", _NO_NAME)
        return
    more = {"birth_date": line.date("出生日期"), "address": line.text("户籍地"), "gender": line.text("性别")}
    more |= {
        "former_name": line.text("曾用名"),
        "employer_name": line.text("服务处所"),
        "marital_status": line.text("婚姻状况"),
    }
    yield from line.person(name, line.text("公民身份证号", "身份证号"), "身份证", **more)[1]


def _queried(line: Line) -> tuple[str, list[Row]]:
    """Whom the sheet is about: the person or firm that was queried."""
    name, number, kind = line.text("名称", "权利人名称"), line.text("证件号码", "权利人证件号码"), line.text("证件类型")
    is_firm = any(word in f"{kind}{name}" for word in ("信用代码", "营业执照", "公司", "组织机构"))
    if not is_firm:
        return line.person(name, number, kind)
    org = line.party_id(name, number)
    if org in line.sheet.given:
        return org, []
    line.sheet.given.add(org)
    return org, [line.give("organizations", {"org_id": org, "name": name, "uscc": number if len(number) == 18 else ""})]


def real_estate(line: Line) -> Iterator[Row | Refused]:
    """Real estate of whoever was queried."""
    if not line.text("名称", "权利人名称"):
        yield line.refuse("assets", _NO_NAME)
        return
    owner, rows = _queried(line)
    yield from rows
    place = line.text("房地坐落", "不动产坐落", "坐落")
    yield from _asset(
        line, owner, "real_estate", line.text("不动产权证号", "不动产单元号") or place, line.date("登记时间"), place
    )
    if shared := line.text("共有人名称", "共有权人名称"):
        yield from line.person(shared, line.text("共有人证件号码"), line.text("共有人证件类型"))[1]


def _asset(line: Line, owner: str, kind: str, key: str, day: str, place: str) -> Iterator[Row | Refused]:
    value = line.money("交易金额（万元）", "交易金额", "价值", "购置价格")
    lacking = [reason for reason, cell in ((_NO_VALUE, value), (_NO_DATE, day)) if not cell]
    if lacking:
        yield line.refuse("assets", *lacking)
        return
    shared = line.text("共有人名称", "共有权人名称")
    content = {
        "asset_id": f"{line.sheet.layout}:{key}",
        "owner_id": owner,
        "kind": kind,
        "value": value,
        "acquired_on": day,
    }
    more = {
        "address": place,
        "area_m2": line.text("建筑面积(平方米)", "不动产面积", "使用权面积(平方米)"),
        "co_owner_name": shared,
    }
    yield line.give("assets", content | more)


def vehicle(line: Line) -> Iterator[Row | Refused]:
    """Vehicles of their owners."""
    name, plate = line.text("机动车所有人"), line.text("号牌号码")
    if not name or not plate:
        yield line.refuse("assets", _NO_NAME)
        return
    owner, rows = line.person(name, line.text("证件号码"), line.text("证件类别"), address=line.text("住所地址"))
    yield from rows
    yield from _asset(line, owner, "vehicle", plate, line.date("初次登记日期"), "")


def tax_registration(line: Line) -> Iterator[Row | Refused]:
    """Who is registered as a taxpayer, where employed."""
    name = line.text("姓名")
    if not name:
        yield line.refuse("persons", _NO_NAME)
        return
    more = {"phone": line.text("电话号码"), "email": line.text("电子邮箱"), "address": line.text("居住地址")}
    more |= {
        "employer_name": line.text("单位名称"),
        "post": line.text("职务名称"),
        "taxpayer_number": line.text("纳税人识别号"),
    }
    yield from line.person(name, line.text("证件号码"), line.text("证件类型"), **more)[1]


def tax_paid(line: Line) -> Iterator[Row | Refused]:
    """Tax due by period."""
    name, due = line.text("姓名"), line.money("应纳税额")
    if not name or not due:
        yield line.refuse("stated_figures", _NO_NAME if not name else Text("没有应纳税额", "no tax due"))
        return
    person, rows = line.person(name, line.text("证件号码"))
    yield from rows
    start, end, kind = line.date("税款所属期始"), line.date("税款所属期止"), line.text("税种名称", "征收品目名称")
    key = f"{person}:{start}:{end}:{line.sheet.digest[:8]}-{line.row.number}"
    label = f"{name} {start}–{end} {kind} 应纳税额"
    content = {"figure_id": key, "document": "税务缴纳信息", "label": label, "value": due, "unit": "元"}
    yield line.give(
        "stated_figures", content | {"person_id": person, "period_start": start, "period_end": end, "tax": kind}
    )


def account(line: Line) -> Iterator[Row | Refused]:
    """Accounts of whoever was queried."""
    account = line.text("账号", "帐号", "卡号", "理财账号", "理财卡号", "查询账户").replace(" ", "")
    if not account or not line.text("名称"):
        yield line.refuse("accounts", Text("没有账号或户名", "no account number or no holder"))
        return
    holder, rows = _queried(line)
    yield from rows
    more = {
        "card_number": line.text("卡号"),
        "closed_on": line.date("销户日期", "销户时间"),
        "balance": line.money("账户余额"),
    }
    more |= {"status": line.text("账户状态"), "currency": line.text("币种"), "branch": line.text("开户网点")}
    content = {
        "account_id": account,
        "holder_id": holder,
        "holder_name": line.text("账户名称", "网银账户名称", "名称"),
        "institution": line.text("开户银行名称", "反馈单位", "开户网点"),
        "kind": "bank",
        "opened_on": line.date("开户日期", "开户时间"),
    }
    yield line.give("accounts", content | more)
