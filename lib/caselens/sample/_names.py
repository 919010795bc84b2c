"""Invented names and numbers: people, firms, addresses, identity numbers and credit codes. None belongs to anybody.

Identity numbers carry the right check digit. Their region is ``620000``, a province as a whole: the code exists (so
that libraries which look the place up accept it) but no office issues identity cards under it. Telephone numbers begin
with ``100``, which no mobile network uses.
"""

from __future__ import annotations

import re
from datetime import date

from numpy.random import Generator

REGION = "620000"
CITY = "云江"

#: Surnames with their weight.
_FREQUENT = (
    "王72 李72 张68 刘54 陈46 杨31 黄22 赵21 吴20 周19 徐15 孙14 马12 朱12 "
    "胡12 郭11 何11 林11 罗10 高10 郑9 梁9 谢8 宋7 唐7 许7 韩7 邓6 "
    "冯6 曹6 彭6 曾6 肖6 田5 董5 潘5 袁5 蔡5 蒋5 余5 于5 杜4 "
    "叶4 程4 魏4 苏4 吕4 丁4 任4 卢4 姚4 沈4 钟4 姜4 崔4 谭4 "
    "陆3 范3 汪3 廖3 石3 金3 韦3 贾3 夏3 付3 方3 邹3 熊3 白3 "
    "孟3 秦3 邱3 侯2 江2 尹2 薛2 闫2 段2 雷2 龙2 黎2 史2 陶2 "
    "贺2 毛2 欧阳1 上官1 司马1"
)
_SURNAMES = tuple((name, int(weight)) for name, weight in re.findall(r"(\D+)(\d+) ?", _FREQUENT))
_MALE = "伟强磊军勇杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆旭宁龙林欢毅峰建国志文德海云庆永贵祥兴荣昌根福良新亮坤"
_FEMALE = "芳娜敏静丽艳娟霞秀玲桂英婷慧莹雪琳洁倩颖露瑶怡婵燕红梅兰凤莲珍萍琴素云翠巧惠晶妍欣佳蓉彩春菊"
_PLACES = ("云江", "澜溪", "松岭", "白鹭洲", "青屏", "禾川", "望亭", "石潭", "丹枫", "南浦", "北塘", "霁州")
_FIRST_WORDS = (
    "宏泰 鼎盛 恒远 佳禾 瑞丰 中瑞 华森 金桥 明达 天润 博文 盛世 合众 永固 新程 联创 "
    "卓越 万鑫 同辉 绿源 嘉业 长信 海纳 启航 德润 顺达 世纪 信和 三立 九鼎 鹏程 汇通 "
    "百川 远景 安泰 凯旋 景天 创想 正源 弘毅 兆丰 立诚 润泽 泰和 星河 晨曦 锦程 聚贤"
)
_WORDS = tuple(_FIRST_WORDS.split())
_STREETS = (
    "解放路",
    "人民路",
    "云江大道",
    "望江路",
    "学府路",
    "创业街",
    "松岭路",
    "青屏巷",
    "南浦路",
    "长虹街",
    "滨江路",
)
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def pick(rng: Generator, choices: str | tuple[str, ...] | list[str]) -> str:
    """One of ``choices``, all as likely."""
    return choices[int(rng.integers(len(choices)))]


def surname(rng: Generator) -> str:
    """A surname, as frequent as it is in the country."""
    total = sum(weight for _, weight in _SURNAMES)
    place = int(rng.integers(total))
    for name, weight in _SURNAMES:
        place -= weight
        if place < 0:
            return name
    return _SURNAMES[0][0]


def given_name(rng: Generator, female: bool) -> str:
    """A given name of one (16 %) or two characters; strangers of the same full name are common on purpose."""
    pool = _FEMALE if female else _MALE
    return pick(rng, pool) + (pick(rng, pool) if rng.random() > 0.16 else "")


def identity_number(rng: Generator, born: date, female: bool) -> str:
    """An 18-digit identity number with its check digit (GB 11643-1999, ISO 7064 MOD 11-2)."""
    order = int(rng.integers(0, 499)) * 2 + (2 if female else 1)
    digits = f"{REGION}{born:%Y%m%d}{order:03d}"
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(digits))
    return digits + "10X98765432"[total % 11]


def credit_code(rng: Generator, public: bool) -> str:
    """An 18-character unified social credit code with its check character (GB 32100-2015)."""
    body = ("12" if public else "91") + REGION + "".join(pick(rng, _USCC) for _ in range(9))
    total = sum(_USCC.index(character) * weight for character, weight in zip(body, _WEIGHTS, strict=True))
    return body + _USCC[(31 - total) % 31]


def phone(rng: Generator) -> str:
    """An 11-digit number of a range that no network has."""
    return f"100{int(rng.integers(10**8)):08d}"


def address(rng: Generator) -> str:
    """A street address in the invented city."""
    house, block, room = (int(number) for number in rng.integers((1, 1, 101), (400, 30, 2800)))
    return f"{CITY}市{pick(rng, _STREETS)}{house}号{block}栋{room}室"


def firm_name(rng: Generator, trade: str, suffix: str = "有限公司") -> str:
    """Place, word, trade and legal form, such as 云江宏泰建筑工程有限公司."""
    return f"{pick(rng, _PLACES)}{pick(rng, _WORDS)}{trade}{suffix}"
