"""What a way between two parties would need to be innocent: one sentence for each kind of step it rests on.

A way says that somebody could have been reached, not that anything was done. Whoever reads it must know what would clear
it, and which record would show that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from caselens.core.text import Text

#: What clears a step, by the table it rests on.
INNOCENT: Mapping[str, Text] = {
    "kinships": Text(
        "亲属独立从业，未借助公职影响；亲属从业情况已按规定报告，应回避的事项已回避（查个人有关事项报告、回避记录）。",
        "The relative works on his own account without help of the post; the tie was declared and the official stood "
        "aside where he had to (declarations, records of recusal).",
    ),
    "ownerships": Text(
        "出资来源合法、由本人承担，任职前取得或已申报、已退出（查出资凭证、验资及变更登记、个人有关事项报告）。",
        "The holding was paid for by lawful means of the holder's own, dates from before the post or was declared and "
        "given up (proof of payment, registry changes, declarations).",
    ),
    "directorships": Text(
        "兼职经批准且不取酬，或确由他人冒名登记（查任职批复、工资与分红流水、登记档案签名）。",
        "The seat was approved and unpaid, or the name was used by others (approval, pay and dividends, signatures in the "
        "registry's file).",
    ),
    "appointments": Text(
        "其职权不及于路径上的企业和事项，或分工不在其手（查分工文件、会议记录）。",
        "The post had no say over the firms and matters on the way (division of duties, minutes).",
    ),
    "employments": Text(
        "属正常受雇，确有工作、薪酬与岗位相称（查劳动合同、考勤、社保、工资发放记录）。",
        "An ordinary job, really done and paid as such (contract, attendance, insurance, payroll).",
    ),
    "accounts": Text(
        "账户由户名人本人使用，未替他人收付（查开户资料、登录设备、取款影像）。",
        "The holder himself uses the account, not somebody through him (opening papers, devices, images of withdrawals).",
    ),
    "payments": Text(
        "有真实交易或借贷，合同、发票、交付（或借条、还款）相互印证，价格与市场相当。",
        "There was a real sale or loan: contract, invoice and delivery (or note and repayment) agree, at a market price.",
    ),
    "contacts": Text(
        "地址、电话由代理机构、园区或家庭共用，并非共同控制（查注册代理、实际办公地）。",
        "An agency, a park or a household shares the address or phone; it is no common control (registered agent, place "
        "of work).",
    ),
    "bids": Text(
        "同场投标为正常竞争，各自编制文件、各自报价（查文件属性、上传地址、保证金来源）。",
        "They met in open competition, each with papers and prices of its own (file properties, upload addresses, who "
        "paid the deposits).",
    ),
    "contracts": Text(
        "经公开竞争取得，价格和履约与同类相当，该公职人员未参与决定（查采购档案、验收记录）。",
        "Won in open competition, at prices and with delivery like others', and the official took no part (procurement "
        "file, acceptance).",
    ),
    "liaisons": Text(
        "属组织安排的挂钩联系，未超出职责范围（查挂钩文件）。",
        "A liaison ordered by the organisation and kept to its purpose (the order).",
    ),
}
#: A step on any other record: an approval, a vote, a licence, a tender, supervision.
OTHER = Text(
    "依职权、按程序办理，同类事项同样对待（查卷宗及同期同类事项）。",
    "Done within the office and the procedure, and like matters were treated alike (the file, like matters of that time).",
)
_NEVER = Text(
    "各步从未同时成立，或先后颠倒：如所记日期属实，这条路径本身不说明问题。",
    "Its steps never held together, or run backwards: if the dates on record are right, this way says nothing by itself.",
)


def needed(steps: Iterable[str], in_time: bool) -> list[Text]:
    """What a way over these ``steps`` (tables) would need, each sentence once; first, where it holds, that time clears it."""
    told = list(dict.fromkeys(INNOCENT.get(step, OTHER) for step in steps))
    return told if in_time else [_NEVER, *told]
