"""Which part of a tune each prediction belongs to: its header field or the body, and its kind.

A tune of T characters makes T + 1 predictions; the last, of END, is a part of its own.
"""

import functools

import numpy as np

END_PART = "end"
BODY = "body"


def regions_of(text: str) -> list[str]:
    """For each of the T + 1 predictions the letter of its header field, "body" or "end".

    A field's line belongs to it with its newline; the header ends with the line of K:
    (ABC 2.1, section 2.2.2), or before the first line that is no field.

    >>> regions_of("K:D\\nA")
    ['K', 'K', 'K', 'K', 'body', 'end']
    """
    regions: list[str] = []
    body = False
    for line in text.splitlines(keepends=True):
        field = not body and len(line) > 1 and line[0].isalpha() and line[1] == ":"
        regions += [line[0] if field else BODY] * len(line)
        body = body or not field or line[0] == "K"
    return [*regions, END_PART]


@functools.lru_cache(maxsize=16_384)
def kinds_of(text: str) -> np.ndarray:
    """The `Kind` of each character, (T,) uint8. Kept, because reading a whole split takes seconds."""
    from songrnn.notation.reader import read

    kinds = np.asarray(read(text).kinds, dtype=np.uint8)
    kinds.setflags(write=False)
    return kinds


def kind_names() -> list[str]:
    """Names of the kinds by number, as they stand in histories: "note", "barline", …"""
    from songrnn.notation.reading import Kind

    names = [""] * (max(Kind) + 1)
    for kind in Kind:
        names[kind] = kind.name.lower()
    return names
