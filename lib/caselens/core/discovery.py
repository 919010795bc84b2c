"""Finding declared objects by looking into a folder: adding a unit means adding a file, nothing else."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def discover(package: ModuleType, attribute: str, kind: type[T]) -> dict[str, T]:
    """Collect the one declared object of each module in ``package``.

    Modules whose name begins with an underscore are the package's own machinery and are passed over.

    Args:
        package: the package to look into (not its sub-packages).
        attribute: the name every module must bind, e.g. ``"TABLE"``.
        kind: the class the object must be of; it must have an ``id``.

    Returns:
        ``{object.id: object}`` in the order of the file names.

    Raises:
        TypeError: a module declares no object, one of another class, or an id that is taken.
    """
    found: dict[str, T] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        if info.name.startswith("_") or info.ispkg:
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        declared = getattr(module, attribute, None)
        if not isinstance(declared, kind):
            raise TypeError(f"{module.__name__} declares no {attribute} of class {kind.__name__}")
        identifier = str(declared.id)  # type: ignore[attr-defined]
        if identifier in found:
            raise TypeError(f"{module.__name__} declares {identifier!r}, which another file declares already")
        found[identifier] = declared
    return found
