"""Blocks of text that are no music: from %%begintext to %%endtext and their like (ABC 2.1, 11)."""

import re

_BEGIN = re.compile(r"%%begin(?P<name>[A-Za-z]{1,20})[^\r\n]*")


def begins_block(text: str, start: int) -> str | None:
    """The name of the block that a comment at `start` of a line opens, None when it opens none."""
    match = _BEGIN.match(text, start)
    if match is None or (start and text[start - 1] not in "\r\n"):
        return None
    return match["name"]


def end_of_block(text: str, start: int, name: str) -> tuple[int, bool]:
    """Where the block that begins at `start` ends, before the end of its last line, and whether it
    is closed; else it goes on to the end of the text."""
    match = re.compile(rf"^%%end{name}[^\r\n]*", re.MULTILINE).search(text, start)
    return (match.end(), True) if match else (len(text), False)
