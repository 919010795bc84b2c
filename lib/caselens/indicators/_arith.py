"""Arithmetic of stated figures: a small formula language, rounding, and in which unit a statement comes true.

A formula has the ids (or labels) of other figures, numbers, + - * / and brackets, nothing else: it is read by its own
parser and never run as code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

UNITS = {
    "元": 1.0, "万元": 1e4, "万": 1e4, "亿元": 1e8, "亿": 1e8, "千元": 1e3, "百万元": 1e6, "yuan": 1.0, "cny": 1.0,
    "%": 1e-2, "％": 1e-2, "百分之": 1e-2, "个百分点": 1e-2, "percent": 1e-2, "‰": 1e-3, "千分之": 1e-3,
    "bp": 1e-4, "基点": 1e-4,
}  # fmt: skip
MONEY = ("元", "万元", "亿元")
RATES = ("%", "‰", "bp")
_NEAR = {"万": "万元", "亿": "亿元", "yuan": "元", "cny": "元", "％": "%", "percent": "%", "百分之": "%", "千分之": "‰"}
_LONGEST = 2_000
_DEEPEST = 60


class Unreadable(Exception):
    """A formula that cannot be calculated; the message says why, in both languages."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A stated figure: its value as printed, and its unit."""

    id: str
    value: float
    unit: str

    @property
    def kind(self) -> str:
        """``money``, ``rate`` or ``number``."""
        scale = UNITS.get(self.unit.lower(), 1.0)
        if self.unit.lower() not in UNITS:
            return "number"
        return "rate" if scale < 1 else "money"

    @property
    def half(self) -> float:
        """Half of the last printed decimal, in the printed unit; 0 for a whole number, which is taken as exact."""
        exponent = Decimal(repr(self.value)).normalize().as_tuple().exponent
        return 0.5 * 10.0 ** int(exponent) if isinstance(exponent, int) and exponent < 0 else 0.0

    def scaled(self, unit: str = "") -> float:
        """The value in yuan, or as a fraction, read in ``unit`` instead of its own where one is given."""
        return self.value * UNITS.get((unit or self.unit).lower(), 1.0)


def tokens(formula: str, names: Mapping[str, str]) -> list[str]:
    """The formula as a list: ids of figures with ``$`` before, numbers, operators and brackets.

    Args:
        formula: as stated; whatever stands before an equals sign is left out.
        names: what a figure may be called (id or label) -> id; longer names win.

    Raises:
        Unreadable: it is too long, or something in it is neither a figure, a number nor an operator.
    """
    if len(formula) > _LONGEST:
        raise Unreadable("计算式过长 | the formula is too long")
    text = formula.rsplit("=", 1)[-1].translate(str.maketrans("×÷（）－＋＊／−·", "*/()-+*/-*"))
    named = "|".join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name)))
    figure = rf"(?P<name>(?<!\w)(?:{named})(?!\w))|" if named else ""
    pattern = re.compile(rf"\s*(?:{figure}(?P<number>\d+(?:\.\d+)?%?)|(?P<sign>[-+*/()]))")
    found, at = [], 0
    while at < len(text.rstrip()):
        match = pattern.match(text, at)
        if match is None:
            rest = text[at : at + 20]
            raise Unreadable(f"计算式中有无法识别的内容:{rest} | the formula has something unknown: {rest}")
        name = match.groupdict().get("name")
        found.append("$" + names[name] if name else match.group("number") or match.group("sign"))
        at = match.end()
    return found


def calculate(parts: list[str], values: Mapping[str, float]) -> float:
    """The value of a formula.

    Raises:
        Unreadable: it is no formula, is nested too deep, or divides by zero.
    """
    stream = iter([*parts, ""])
    walker = _Walker(stream, values)
    result = walker.sum(0)
    if walker.token:
        raise Unreadable("计算式不完整 | the formula does not end where it should")
    return result


class _Walker:
    """Recursive descent over the tokens: a sum of products of figures, numbers and brackets."""

    def __init__(self, stream: Iterator[str], values: Mapping[str, float]) -> None:
        self._stream, self._values = stream, values
        self.token = next(stream)

    def _next(self) -> str:
        taken, self.token = self.token, next(self._stream, "")
        return taken

    def sum(self, depth: int) -> float:
        """Terms joined by + and -."""
        if depth > _DEEPEST:
            raise Unreadable("计算式嵌套过深 | the formula is nested too deep")
        total = self._product(depth)
        while self.token in ("+", "-"):
            sign = 1 if self._next() == "+" else -1
            total += sign * self._product(depth)
        return total

    def _product(self, depth: int) -> float:
        total = self._factor(depth)
        while self.token in ("*", "/"):
            if self._next() == "*":
                total *= self._factor(depth)
                continue
            by = self._factor(depth)
            if by == 0:
                raise Unreadable("除数为零 | division by zero")
            total /= by
        return total

    def _factor(self, depth: int) -> float:
        token = self._next()
        if token in ("-", "+"):
            if depth > _DEEPEST:
                raise Unreadable("计算式嵌套过深 | the formula is nested too deep")
            return (-1 if token == "-" else 1) * self._factor(depth + 1)
        if token == "(":
            value = self.sum(depth + 1)
            if self._next() != ")":
                raise Unreadable("括号不配对 | brackets do not match")
            return value
        if token.startswith("$"):
            return self._values[token[1:]]
        if token and token[0].isdigit():
            return float(token.rstrip("%")) * (0.01 if token.endswith("%") else 1.0)
        raise Unreadable("计算式不完整 | the formula does not end where it should")


@dataclass(frozen=True, slots=True)
class Reading:
    """A way to read the figures: ``units`` by figure id (those that differ from what is printed), and the result."""

    units: Mapping[str, str]
    computed: float
    stated: float

    @property
    def off(self) -> float:
        """By which share the stated value differs from the computed one."""
        return abs(self.stated - self.computed) / max(abs(self.computed), 1e-12)


def agrees(
    parts: list[str], stated: Figure, inputs: Mapping[str, Figure], units: Mapping[str, str], tolerance: float
) -> Reading | None:
    """The reading in ``units`` if the stated value follows: within ``tolerance``, or the rounding of all figures."""
    reading, slack = read(parts, stated, inputs, units)
    if abs(reading.stated - reading.computed) <= max(tolerance * abs(reading.computed), slack) + 1e-9:
        return reading
    return None


def read(
    parts: list[str], stated: Figure, inputs: Mapping[str, Figure], units: Mapping[str, str]
) -> tuple[Reading, float]:
    """The result in these units, and by how much it may be off because the printed figures are rounded."""
    values = {name: figure.scaled(units.get(name, "")) for name, figure in inputs.items()}
    computed = calculate(parts, values)
    scale = UNITS.get((units.get(stated.id) or stated.unit).lower(), 1.0)
    slack = stated.half * scale
    for name, figure in inputs.items():
        if figure.half:
            moved = values[name] + figure.half * UNITS.get((units.get(name) or figure.unit).lower(), 1.0)
            slack += abs(calculate(parts, {**values, name: moved}) - computed)
    return Reading(dict(units), computed, stated.scaled(units.get(stated.id, ""))), slack


def other_units(parts: list[str], stated: Figure, inputs: Mapping[str, Figure], tolerance: float) -> list[Reading]:
    """Readings that reconcile when the rates together, or one sum of money, or the result, had another unit."""
    tried: list[dict[str, str]] = []
    rates = [name for name, figure in inputs.items() if figure.kind == "rate"]
    for unit in RATES:
        tried.append(dict.fromkeys(rates, unit) if rates else {})
        tried += [{stated.id: unit}] if stated.kind == "rate" else []
    for name, figure in {**inputs, stated.id: stated}.items():
        tried += [{name: unit} for unit in MONEY] if figure.kind == "money" else []
    found = []
    every = {**inputs, stated.id: stated}
    for units in tried:
        changed = {name: unit for name, unit in units.items() if _plain(every[name].unit) != unit}
        reading = agrees(parts, stated, inputs, changed, tolerance) if changed else None
        if reading is not None and reading not in found:
            found.append(reading)
    return found


def _plain(unit: str) -> str:
    return _NEAR.get(unit.lower(), unit)
