"""Tables of figures with what a run's files say beside them."""

from typing import Any

import pandas as pd

from songrnn.plain_text import inert_table


def shown(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of a table: what the file says is inert, and our own figures keep their sign, before
    which a spreadsheet's mark for text would stand."""
    table = inert_table(pd.DataFrame(rows))
    for name in table.columns[1:]:
        table[name] = table[name].map(lambda v: v.removeprefix("'") if isinstance(v, str) else v)
    return table
