"""The feedback sheets that are understood, in the order in which they are tried."""

from __future__ import annotations

from caselens.core.text import Text
from caselens.readers import _feedback_convert as _convert
from caselens.readers._feedback_line import Layout


def _contact(prefix: str, role: str, title: Text) -> Layout:
    needs = (f"{prefix}姓名", f"{prefix}证件号码", "主体身份代码")
    return Layout(f"registry-{role}", title, needs, ("persons", "directorships"), _convert.contact(prefix, role))


_R, _P = ("organizations", "persons", "directorships"), ("persons", "organizations", "assets")
#: In the order in which they are tried; the first whose headings are all there is taken.
LAYOUTS: tuple[Layout, ...] = (
    Layout(
        "registry",
        Text("企业登记·基本信息", "registry: firms"),
        ("企业（机构）名称", "法定代表人", "主体身份代码", "登记状态"),
        _R,
        _convert.registry,
    ),
    Layout(
        "investors",
        Text("企业登记·自然人出资", "registry: natural persons who invested"),
        ("自然人姓名", "主体身份代码", "认缴出资比例"),
        ("persons", "ownerships"),
        _convert.investors,
    ),
    Layout(
        "officers",
        Text("企业登记·主要人员", "registry: officers"),
        ("主要人员姓名", "职务", "主体身份代码"),
        ("persons", "directorships"),
        _convert.officers,
    ),
    _contact("财务负责人", "finance_contact", Text("企业登记·财务负责人", "registry: finance contacts")),
    _contact("联络员", "contact", Text("企业登记·联络员", "registry: contacts")),
    Layout(
        "changes",
        Text("企业登记·变更备案", "registry: changes"),
        ("变更事项", "变更前内容", "变更后内容", "变更日期", "主体身份代码"),
        ("unit_events",),
        _convert.changes,
    ),
    Layout(
        "kinship",
        Text("亲属关系", "kinship"),
        ("姓名1", "证件号码1", "姓名2", "证件号码2", "关系"),
        ("persons", "kinships"),
        _convert.kinship,
    ),
    Layout(
        "household",
        Text("常住人口", "household register"),
        ("公民身份证号", "姓名", "户籍地"),
        ("persons",),
        _convert.household,
    ),
    Layout(
        "house",
        Text("不动产·房地产权", "real estate: buildings"),
        ("房地坐落", "不动产权证号", "登记时间"),
        _P,
        _convert.real_estate,
    ),
    Layout(
        "land",
        Text("不动产·建设用地及宅基地", "real estate: land"),
        ("使用权面积(平方米)", "不动产权证号", "登记时间"),
        _P,
        _convert.real_estate,
    ),
    Layout(
        "property",
        Text("不动产·登记查询", "real estate: register"),
        ("权利类型", "不动产坐落", "登记时间"),
        _P,
        _convert.real_estate,
    ),
    Layout(
        "vehicle",
        Text("机动车登记", "vehicles"),
        ("号牌号码", "机动车所有人", "初次登记日期"),
        ("persons", "assets"),
        _convert.vehicle,
    ),
    Layout(
        "tax",
        Text("税务·缴纳信息", "tax: payments"),
        ("税款所属期始", "税款所属期止", "应纳税额"),
        ("persons", "stated_figures"),
        _convert.tax_paid,
    ),
    Layout(
        "taxpayer",
        Text("税务·登记信息", "tax: registration"),
        ("姓名", "纳税人识别号", "职务名称"),
        ("persons",),
        _convert.tax_registration,
    ),
    Layout(
        "account",
        Text("人民银行账户信息", "accounts known to the central bank"),
        ("开户银行名称", "帐号", "账户性质"),
        ("persons", "organizations", "accounts"),
        _convert.account,
    ),
    Layout(
        "account",
        Text("金融机构账户信息", "accounts of financial institutions"),
        ("账户类别", "开户网点", "账户状态", "开户日期"),
        ("persons", "organizations", "accounts"),
        _convert.account,
    ),
)
