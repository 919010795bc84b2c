"""What a code is called, for reports, the data dictionary and the forms."""

from caselens.core.text import Text
from caselens.tables._code_labels import LABELS
from caselens.tables.lifecycles import LIFECYCLES

#: Columns that use another column's codes.
_SAME_AS = {"planned_method": "method"}


def code_label(table: str, column: str, code: str) -> Text:
    """What ``code`` in ``table.column`` is called; a code nobody declared is its own label, in both languages.

    A stage of a project is called what the first lifecycle that knows it calls it; where the lifecycle is known, ask
    that for its own word (``LIFECYCLES[id][stage].label``).

    Raises:
        ValueError: ``code`` is blank: an empty cell has no label (see ``Column.empty_means``).
    """
    if (table, column) == ("projects", "lifecycle") and code in LIFECYCLES:
        return LIFECYCLES[code].title
    if (table, column) == ("project_events", "stage"):
        found = [stage.label for life in LIFECYCLES.values() for stage in life.stages if stage.id == code]
        return found[0] if found else Text(code, code)
    shared = LABELS.get(_SAME_AS.get(column, column), {})
    return LABELS.get(f"{table}.{column}", shared).get(code) or Text(code, code)
