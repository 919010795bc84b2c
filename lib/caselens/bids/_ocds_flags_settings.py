"""Settings of the OCDS red flags: Cardinal's own file format and names, so that its settings files work here."""

from __future__ import annotations

import configparser
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caselens.core.errors import UsageError

#: The flags that are calculated here, in the order of their codes.
CODES: tuple[str, ...] = (
    "R003", "R018", "R024", "R025", "R028", "R030", "R035", "R036", "R038", "R048", "R058",
)  # fmt: skip
#: Sections that Cardinal's default file holds and that are no finished indicator there.
NOT_CALCULATED: tuple[str, ...] = ("R044", "R055")

Section = Mapping[str, Any]
Source = Mapping[str, Any] | str | Path | None


def _whole(name: str, value: Any, low: int) -> int:
    try:
        number = int(value) if isinstance(value, str) else value
    except ValueError:
        number = None
    if isinstance(number, bool) or not isinstance(number, int) or number < low:
        raise UsageError(f"{name} must be a whole number of at least {low}, got {value!r}.")
    return number


def _natural(name: str, value: Any) -> int:
    return _whole(name, value, 0)


def _positive(name: str, value: Any) -> int:
    return _whole(name, value, 1)


def _decimal(name: str, value: Any) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"{name} must be a number, got {value!r}.")
    return number


def _percentile(name: str, value: Any) -> int:
    number = _whole(name, value, 0)
    if number > 100:
        raise UsageError(f"{name} must be from 0 to 100 percent, got {value!r}.")
    return number


def _boolean(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).strip().lower() in ("true", "false"):
        return str(value).strip().lower() == "true"
    raise UsageError(f"{name} must be true or false, got {value!r}.")


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise UsageError(f"{name} must be a text, got {value!r}.")
    return str(value)


def _list(name: str, value: Any) -> frozenset[str]:
    """A pipe-separated text, or a list of texts."""
    items = value.split("|") if isinstance(value, str) else value
    if not isinstance(items, list | tuple | set | frozenset):
        raise UsageError(f"{name} must be texts separated by | or a list of texts, got {value!r}.")
    return frozenset(_text(name, item).strip() for item in items)


def _days(name: str, value: Any) -> dict[str, int]:
    return {key: _natural(f"{name}.{key}", days) for key, days in _section(name, value).items()}


def _codes(name: str, value: Any) -> dict[str, str]:
    return {key: _text(f"{name}.{key}", code) for key, code in _section(name, value).items()}


def _section(name: str, value: Any) -> Section:
    if not isinstance(value, Mapping):
        raise UsageError(f"{name} must be a section of names and values, got {value!r}.")
    return value


Check = Callable[[str, Any], Any]

#: Every setting with its check: top-level ones under "", those of a section under its name.
_KNOWN: dict[str, dict[str, Check]] = {
    "": {
        "currency": _text,
        "no_price_comparison_procurement_methods": _list,
        "price_comparison_procurement_methods": _list,
        "lots": _boolean,
    },
    "defaults": {
        "currency": _text,
        "item_classification_scheme": _text,
        "bid_status": _text,
        "award_status": _text,
        "party_roles": _boolean,
    },
    "redactions": {"amount": _list, "organization_id": _list},
    "corrections": {"award_status_by_contract_status": _boolean},
    "modifications": {
        "move_auctions": _boolean,
        "prefix_buyer_or_procuring_entity_id": _text,
        "prefix_tenderer_or_supplier_id": _text,
        "split_procurement_method_details": _text,
    },
    "exclusions": {"procurement_method_details": _list},
    "codelists": {"bid_status": _codes, "award_status": _codes},
    "R003": {"threshold": _natural, "procurement_methods": _list, "procurement_method_details": _days},
    "R018": {"procurement_methods": _list},
    "R024": {"threshold": _decimal},
    "R025": {"percentile": _percentile, "threshold": _decimal},
    "R028": {},
    "R030": {},
    "R035": {"threshold": _natural},
    "R036": {},
    "R038": {
        "threshold": _decimal,
        "minimum_submitted_bids": _natural,
        "minimum_contracting_processes": _natural,
    },
    "R048": {"digits": _positive, "threshold": _natural, "minimum_contracting_processes": _natural},
    "R058": {"threshold": _decimal},
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Checked settings.

    ``values`` maps ``section.name`` (or ``name`` at the top) to its value; ``enabled`` are the codes to calculate;
    ``not_calculated`` the codes that were asked for and are none of ``CODES``.
    """

    values: Mapping[str, Any]
    enabled: frozenset[str]
    not_calculated: tuple[str, ...]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of ``name``, or ``default`` where it is not set."""
        return self.values.get(name, default)


def settings_from(source: Source) -> Settings:
    """Settings from a mapping, the path of an INI file, or INI text (a string with a line break or a ``[``).

    A mapping has the sections of the file as inner mappings. As in Cardinal, an indicator runs if its section stands
    there; where no indicator's section stands at all, all eleven run.

    Raises:
        UsageError: an unknown section or name, or a value of another kind; the text says what is allowed.
    """
    given = _parsed(source)
    values: dict[str, Any] = {}
    asked: set[str] = set()
    for name, value in given.items():
        if name in _KNOWN[""]:
            values[name] = _KNOWN[""][name](name, value)
        elif name in _KNOWN and name:
            values.update(_checked(name, _section(name, value)))
            asked |= {name} & set(CODES)
        elif name in NOT_CALCULATED:
            asked.add(name)
        else:
            known = ", ".join((*_KNOWN[""], *(section for section in _KNOWN if section)))
            raise UsageError(f"Unknown setting {name!r}. There are: {known}.")
    enabled = frozenset(asked & set(CODES))
    missing = tuple(sorted(asked & set(NOT_CALCULATED)))
    return Settings(values, enabled or (frozenset() if missing else frozenset(CODES)), missing)


def _checked(section: str, given: Section) -> dict[str, Any]:
    known = _KNOWN[section]
    for name in given:
        if name not in known:
            allowed = f"it has {', '.join(known)}" if known else "it has no settings"
            raise UsageError(f"Unknown setting {name!r} in section {section}; {allowed}.")
    return {f"{section}.{name}": known[name](f"{section}.{name}", value) for name, value in given.items()}


def _parsed(source: Source) -> dict[str, Any]:
    if source is None:
        return {}
    if isinstance(source, Mapping):
        flat = {str(name): value for name, value in source.items()}
    else:
        flat = _read(source)
    return _nested(flat)


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    """``R003.procurement_method_details`` and ``codelists.bid_status`` are sections inside a section."""
    result = {name: dict(value) if isinstance(value, Mapping) else value for name, value in flat.items()}
    for name in [name for name in result if "." in name]:
        section, _, inner = name.partition(".")
        outer = result.setdefault(section, {})
        if isinstance(outer, dict):
            outer[inner] = result.pop(name)
    return result


def _read(source: str | Path) -> dict[str, Any]:
    text = source if isinstance(source, str) and ("\n" in source or "[" in source) else None
    try:
        content = text if text is not None else Path(source).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The settings file {source} cannot be read: {error}.") from error
    parser = configparser.ConfigParser(
        delimiters=("=",), inline_comment_prefixes=(";", "#"), interpolation=None, default_section="\0"
    )
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    try:
        parser.read_string(f"[\1]\n{content}")
    except configparser.Error as error:
        raise UsageError(f"The settings are no INI file: {error}") from error
    sections: dict[str, Any] = {name: dict(parser[name]) for name in parser.sections()}
    top = sections.pop("\1")
    return {**top, **sections}
