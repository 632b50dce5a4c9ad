"""Barlines with their repeats; clefs, key signatures and meters."""

from songrnn.segmentation.reading.components import Component, clusters, joined
from songrnn.segmentation.reading.shapes import Shapes
from songrnn.segmentation.reading.signs import Bar, Change
from songrnn.segmentation.reading.staves import Staff

_BOWL = 0.6  # the middle of a flat's bowl above its foot, in staff spaces


def reference_row(part: Component, name: str, space: float) -> float:
    """Row of the note that an accidental is for: the middle of a flat's bowl, else its own."""
    return part.bottom - _BOWL * space if name.endswith("flat") else part.middle


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
