"""The table ``sources``: what came in, out of the catalog."""

from __future__ import annotations

import pandas as pd

from caselens.workspace.catalog import Catalog


def sources_frame(catalog: Catalog, columns: list[str]) -> pd.DataFrame:
    """One row a file in force and table; a file without a table has one row with the table empty."""
    rows: list[dict[str, object]] = []
    for entry in catalog.entries():
        base = {
            "source_file": entry.source_file,
            "sha256": entry.sha256,
            "bytes": entry.bytes,
            "reader": entry.reader,
            "read_at": entry.read_at,
            "refusal": entry.refusal,
        }
        counts = [
            {
                "table": part.table,
                "rows_in": part.rows_in,
                "rows_accepted": part.accepted,
                "rows_quarantined": part.quarantined,
                "rows_repeated": part.repeated,
            }
            for part in entry.tables
        ]
        none = {"table": "", "rows_in": 0, "rows_accepted": 0, "rows_quarantined": 0, "rows_repeated": 0}
        rows += [base | count for count in counts or [none]]
    return pd.DataFrame(rows, columns=columns, dtype=object)
