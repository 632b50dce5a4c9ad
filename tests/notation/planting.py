"""Bar errors put into tunes that have none: a note left out, doubled, or with a shorter one after.

Only bars are chosen that are whole and stay bars: what is the right length of a pickup, or
whether an empty bar was meant, a tune alone does not tell.
"""

import random

from songrnn.notation.bars import bars
from songrnn.notation.reader import read

FEWEST_BARS = 4


def plant(text: str, rng: random.Random) -> tuple[str, int] | None:
    """The text with one error in one bar and where the error is, None for a tune that is not right to begin with."""
    reading = read(text)
    measured = [bar for bar in bars(reading) if bar.role != "free"]
    if len(measured) < FEWEST_BARS or not all(bar.right for bar in measured):
        return None
    whole = [bar.span for bar in measured if bar.role == "whole"]
    places = [
        event.span
        for event in reading.events
        if event.kind == "note"
        and event.tuplet is None
        and any(start <= event.span[0] < end and event.span != (start, end) for start, end in whole)
    ]
    if not places:
        return None
    start, end = rng.choice(places)
    note = text[start:end]
    changed = rng.choice(["", f"{note} {note}", f"{note} {note}/"])
    return text[:start] + changed + text[end:], start
