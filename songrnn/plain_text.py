"""Text that others wrote, made harmless where it is shown: in a terminal, in a spreadsheet.

Names, notes and messages come from files and may hold anything: control characters that a
terminal obeys, marks that turn the direction of a line, cells that a spreadsheet runs.
"""

import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# Control characters, marks of direction and the like, half characters, breaks of lines.
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# What begins a formula; a tab or a return at the front is skipped over by a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def visible(text: str, *, lines: bool = False) -> str:
    r"""The text with what cannot be seen written as an escape. lines: newlines stay as they are.

    >>> print(visible("a\x1b[31mb"))
    a\x1b[31mb
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode()
        if unicodedata.category(character) in _INVISIBLE and not (lines and character == "\n")
        else character
        for character in text
    )


def inert_cell(value: Any) -> Any:
    """A cell of a table for a spreadsheet: a text that would be a formula gets a ' in front.

    Numbers and single characters stay: "-" and "=" alone are what tunes are written with.

    >>> inert_cell("=1+1"), inert_cell("-0.5"), inert_cell("="), inert_cell(-0.5)
    ("'=1+1", '-0.5', '=', -0.5)
    """
    if not isinstance(value, str) or len(value) < 2 or not value.startswith(_FORMULA):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def inert_table(table: "pd.DataFrame") -> "pd.DataFrame":
    """A table to be shown: what others wrote in it can neither be run nor hide.

    Whoever looks at it may save it as CSV from there.
    """
    inert = table.copy()
    for name in inert.select_dtypes(exclude=["number", "bool", "datetime"]):
        inert[name] = inert[name].map(
            lambda value: inert_cell(visible(value)) if isinstance(value, str) else value
        )
    return inert


def _in_one_cell(value: Any) -> Any:
    """A lone carriage return would end the row: the writer of CSV quotes newlines only."""
    inert = inert_cell(value)
    return inert.replace("\r\n", "\n").replace("\r", "\n") if isinstance(inert, str) else inert


def csv_bytes(table: "pd.DataFrame") -> bytes:
    """A table as CSV in UTF-8, without its index, no cell of which a spreadsheet runs."""
    inert = table.rename(columns=_in_one_cell)
    for name in inert.select_dtypes(exclude=["number", "bool", "datetime"]):
        inert[name] = inert[name].map(_in_one_cell)
    return inert.to_csv(index=False).encode("utf-8", "backslashreplace")
