"""Barlines with their repeats; clefs, key signatures and meters."""

import numpy as np

from songrnn.segmentation.reading.components import Component, clusters, joined
from songrnn.segmentation.reading.shapes import Shapes
from songrnn.segmentation.reading.signs import Bar, Change
from songrnn.segmentation.reading.staves import Staff

# Share of a flat's width that rows of its bowl have at least; two stems beside one another have less.
_BOWL = 0.7
# The note is so much lower than their middle, in staff spaces, in all fonts (± 0.03).
_LOWER = 0.175


def reference_row(part: Component, name: str, space: float) -> float:
    """Row of the note that an accidental is for: the middle of a flat's bowl, else its own."""
    if not name.endswith("flat"):
        return part.middle
    columns = np.arange(1, part.width + 1)
    last = np.where(part.ink, columns, 0).max(axis=1)
    first = np.where(part.ink, columns, part.width + 1).min(axis=1)
    wide = last - first + 1
    bowl = np.flatnonzero(wide >= _BOWL * wide.max())
    return part.top + float(bowl[0] + bowl[-1]) / 2 + _LOWER * space


def read_barlines(parts: list[Component], staff: Staff) -> list[Bar]:
    """The barlines of a staff, double and repeat ones as one each."""
    space, found = staff.space, []
    for group in clusters(parts, 1.1 * space):
        kinds = ""
        for part in sorted(group, key=lambda each: each.centre):
            if part.height >= 3 * space:
                kinds += "T" if part.width >= 0.42 * space else "t"
            elif part.height < 1.2 * space and not kinds.endswith("."):
                kinds += "."  # of the two dots one is enough
        text = _barline(kinds)
        if text:
            whole = joined(group)
            found.append(Bar(whole.left, whole.centre, text))
    return found


def _barline(kinds: str) -> str:
    """t thin, T thick, . dots, from left to right -> ABC; nothing where there is no line."""
    lines = kinds.replace(".", "")
    if not lines:
        return ""
    ends, starts = kinds.startswith("."), kinds.endswith(".")
    if ends and starts:
        return "::"
    if ends:
        return ":|"
    if starts:
        return "|:"
    return {"t": "|", "T": "|", "tt": "||", "tT": "|]", "Tt": "[|"}.get(lines, "||")


def read_changes(
    clefs: list[Component],
    keys: list[Component],
    meters: list[Component],
    staff: Staff,
    shapes: dict[str, Shapes],
) -> list[Change]:
    """The clefs, key signatures and meters of a staff."""
    space, found = staff.space, []
    for group in clusters(clefs, 0.8 * space):
        whole = joined(group)
        if whole.height > 2 * space:
            name, _ = shapes["clef"].nearest(whole, space)
            found.append(Change(whole.left, whole.centre, "clef", name))
    for group in clusters(keys, 1.8 * space):
        whole = joined(group)
        altered = []
        for part in group:
            name, _ = shapes["accidental"].nearest(part, space)
            row = reference_row(part, name, space)
            altered.append((name, round(staff.position(part.centre, row))))
        found.append(Change(whole.left, whole.centre, "key", altered=altered))
    for group in clusters(meters, 0.9 * space):
        whole = joined(group)
        if whole.height > 1.2 * space:
            name, _ = shapes["meter"].nearest(whole, space)
            found.append(Change(whole.left, whole.centre, "meter", name))
    return found
