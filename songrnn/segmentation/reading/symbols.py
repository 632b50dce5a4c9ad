"""What stands on a staff: notes with stems, beams, flags, dots and accidentals; rests; barlines.

Distances are in staff spaces throughout; the numbers are engravers' habits (SMuFL's metrics of its
standard font: a notehead is 1.18 wide and 1 high, a beam 0.5 thick with 0.25 between two).
"""

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from songrnn.segmentation.colouring import Pixels
from songrnn.segmentation.reading.components import (
    Component,
    clusters,
    components,
    joined,
    piece,
)
from songrnn.segmentation.reading.stems import Stem, beam_count, find_stems, flag_count, stem_of
from songrnn.segmentation.reading.shapes import Shapes
from songrnn.segmentation.reading.staves import Staff, nearest_staff

# Grace notes' heads are drawn at two thirds to three quarters; as areas of the box, of the usual.
_GRACE = 0.75
_LEAST_HEAD = 0.4
_ACCIDENTAL_REACH = 3.0
_BOWL = 0.6  # the middle of a flat's bowl above its foot
_REST = {"2": Fraction(2), "1": Fraction(1), "1/2": Fraction(1, 2), "1/4": Fraction(1, 4)} | {
    "1/8": Fraction(1, 8)
}


@dataclass
class Head:
    """A notehead. position: steps above the middle line. accidental: name of its shape, or None."""

    part: Component
    position: int
    residual: float  # how far it lies from the middle of that position, in steps
    open: bool
    accidental: str | None = None


@dataclass
class Sign:
    """Something with a duration. heads: highest first; empty for a rest. duration: quarter notes.

    group: index of the beam that it hangs on. grace: it takes no time.
    """

    left: float
    x: float
    heads: list[Head]
    duration: Fraction
    confidence: float
    box: tuple[int, int, int, int]  # top, bottom, left, right
    grace: bool = False
    stem: Stem | None = None
    dots: int = 0
    beams: frozenset[int] = frozenset()
    tuplet: tuple[int, int] | None = None
    tied: bool = False
    slurs_open: int = 0
    slurs_close: int = 0


@dataclass
class Bar:
    """A barline: `text` in ABC."""

    left: float
    x: float
    text: str
    ending: str = ""


@dataclass
class Change:
    """A clef, a key signature or a meter: kind "clef", "key" or "meter".

    value: name of the clef or meter. altered: of a key, (name of the accidental, position).
    """

    left: float
    x: float
    kind: str
    value: str = ""
    altered: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class StaffSigns:
    """All of one staff, from left to right."""

    staff: Staff
    signs: list[Sign]
    bars: list[Bar]
    changes: list[Change]


class PageParts:
    """The components of a labelled page, dealt out to its staves."""

    def __init__(
        self, labels: Pixels, staves: list[Staff], space: float, confidence: Pixels | None = None
    ) -> None:
        self.labels = labels
        self.staves = staves
        self.space = space
        self.confidence = confidence

    def of(self, *names: str, least: float = 0.15) -> list[list[Component]]:
        """For each staff its components of these classes; `least` is the side of a square."""
        dealt: list[list[Component]] = [[] for _ in self.staves]
        for part in components(
            self.labels, names, confidence=self.confidence, least=(least * self.space) ** 2
        ):
            index = nearest_staff(self.staves, part.centre, part.middle)
            if index is not None:
                dealt[index].append(part)
        return dealt


def read_staves(parts: PageParts, shapes: dict[str, Shapes]) -> list[StaffSigns]:
    """The signs of each staff of a page."""
    heads = parts.of("notehead_filled", "notehead_open", least=0.3)
    stems, beams, flags = parts.of("stem"), parts.of("beam", least=0.4), parts.of("flag", least=0.4)
    accidentals, dots = parts.of("accidental", least=0.4), parts.of("dot")
    rests, lines = parts.of("rest", least=0.35), parts.of("barline")
    clefs, keys, meters = parts.of("clef", least=0.3), parts.of("key_signature", least=0.4), parts.of("meter", least=0.3)
    found = []
    for index, staff in enumerate(parts.staves):
        marks = _heads(heads[index], staff, parts.labels)
        _alter(marks, accidentals[index], staff, shapes["accidental"])
        signs = _notes(marks, find_stems(stems[index], staff.space), beams[index], flags[index], staff, shapes)
        signs += _rests(rests[index], staff, shapes["rest"])
        _dot(signs, dots[index], staff)
        bars = _bars(lines[index], staff)
        changes = _changes(clefs[index], keys[index], meters[index], staff, shapes)
        found.append(
            StaffSigns(
                staff,
                sorted(signs, key=lambda each: each.x),
                bars,
                sorted(changes, key=lambda each: each.x),
            )
        )
    _mark_graces(found)
    return found


def _mark_graces(staves: list[StaffSigns]) -> None:
    """Those whose heads are smaller than a head of this page usually is."""

    def size(sign: Sign, space: float) -> float:
        return max(head.part.height * head.part.width for head in sign.heads) / space**2

    sized = [(sign, size(sign, each.staff.space)) for each in staves for sign in each.signs if sign.heads]
    if sized:
        usual = float(np.median([area for _, area in sized]))
        for sign, area in sized:
            sign.grace = area < _GRACE * usual


def _heads(parts: list[Component], staff: Staff, labels: Pixels) -> list[Head]:
    from songrnn.segmentation.classes import BY_NAME

    space, found = staff.space, []
    hollow = BY_NAME["notehead_open"].number
    for whole in parts:
        for part in _single(whole, space):
            if part.height < _LEAST_HEAD * space or part.width < _LEAST_HEAD * space:
                continue
            box = labels[part.top : part.bottom, part.left : part.right]
            is_open = bool((box[part.ink] == hollow).mean() > 0.5)
            exact = staff.position(part.centre, part.middle)
            position = round(exact)
            found.append(Head(part, position, abs(exact - position), is_open))
    return found


def _single(whole: Component, space: float) -> list[Component]:
    """The noteheads of one component: those of a chord touch each other."""
    down = max(round(whole.height / space), 1)
    if whole.width > 1.9 * space and whole.height < 1.9 * space:  # a second: side by side
        half = whole.width // 2
        halves = [piece(whole, columns=slice(0, half)), piece(whole, columns=slice(half, None))]
        return [each for each in halves if each is not None]
    if down == 1 or whole.height < 1.6 * space:
        return [whole]
    edges = np.linspace(0, whole.height, down + 1).round().astype(int)
    rows = [piece(whole, rows=slice(int(a), int(b))) for a, b in zip(edges, edges[1:], strict=False)]
    return [each for each in rows if each is not None]


def _alter(heads: list[Head], parts: list[Component], staff: Staff, shapes: Shapes) -> None:
    space = staff.space
    for part in parts:
        name, _ = shapes.nearest(part, space)
        row = part.bottom - _BOWL * space if name.endswith("flat") else part.middle
        near = [
            head
            for head in heads
            if 0 < head.part.centre - part.centre < _ACCIDENTAL_REACH * space
            and abs(head.part.middle - row) < 0.8 * space
        ]
        if near:
            closest = min(
                near,
                key=lambda head: (
                    abs(head.part.middle - row) * 2 + head.part.centre - part.centre  # noqa: B023
                ),
            )
            closest.accidental = name


def _notes(
    heads: list[Head],
    stems: list[Stem],
    beams: list[Component],
    flags: list[Component],
    staff: Staff,
    shapes: dict[str, Shapes],
) -> list[Sign]:
    space = staff.space
    on_stem: dict[int, list[Head]] = {}
    alone: list[Head] = []
    for head in heads:
        index = stem_of(head.part, stems, space)
        if index is None:
            alone.append(head)
        else:
            on_stem.setdefault(index, []).append(head)
    signs = []
    for index, group in on_stem.items():
        stem = stems[index]
        rows = [each.part.middle for each in group]
        tip = stem.tip(min(rows), max(rows))
        count, hung = beam_count(stem, tip, rows, beams, space)
        if not count:
            count = flag_count(stem, tip, flags, space, shapes["flag"])
        base = Fraction(2) if all(each.open for each in group) else Fraction(1, 2**count)
        signs.append(_sign(group, base, staff, stem=stem, beams=hung))
    for group in _columns(alone, space):
        base = Fraction(4) if group[0].open else Fraction(1)
        signs.append(_sign(group, base, staff, doubt=0.5 if not group[0].open else 1.0))
    return signs


def _columns(heads: list[Head], space: float) -> list[list[Head]]:
    """Heads without a stem that stand over one another."""
    groups: list[list[Head]] = []
    for head in sorted(heads, key=lambda each: each.part.centre):
        if groups and head.part.centre - groups[-1][0].part.centre < 0.6 * space:
            groups[-1].append(head)
        else:
            groups.append([head])
    return groups


def _sign(
    group: list[Head],
    duration: Fraction,
    staff: Staff,
    *,
    stem: Stem | None = None,
    beams: frozenset[int] = frozenset(),
    doubt: float = 1.0,
) -> Sign:
    group = sorted(group, key=lambda each: -each.position)
    parts = [each.part for each in group]
    # A head between two positions could be either.
    sure = min(each.part.confidence * (1 - min(each.residual, 0.5)) for each in group)
    whole = joined(parts)
    return Sign(
        left=whole.left,
        x=whole.centre,
        heads=group,
        duration=duration,
        confidence=sure * doubt,
        box=(whole.top, whole.bottom, whole.left, whole.right),
        stem=stem,
        beams=beams,
    )


def _rests(parts: list[Component], staff: Staff, shapes: Shapes) -> list[Sign]:
    space, found = staff.space, []
    for part in parts:
        name, _ = shapes.nearest(part, space)
        duration = _REST[name]
        if part.height < 0.9 * space:
            # A block: a semibreve rest hangs from the fourth line, a minim rest lies on the third.
            hangs = staff.position(part.centre, part.middle) > 1
            duration = Fraction(4) if hangs else Fraction(2)
        box = (part.top, part.bottom, part.left, part.right)
        found.append(Sign(part.left, part.centre, [], duration, part.confidence, box))
    return found


def _dot(signs: list[Sign], parts: list[Component], staff: Staff) -> None:
    space = staff.space
    columns: dict[int, set[int]] = {}
    for part in parts:
        near = [
            index
            for index, sign in enumerate(signs)
            if 0 < part.centre - sign.box[3] < 2.2 * space
            and sign.box[0] - 0.9 * space < part.middle < sign.box[1] + 0.9 * space
        ]
        if near:
            closest = max(near, key=lambda index: signs[index].box[3])
            columns.setdefault(closest, set()).add(round(2 * part.centre / space))
    for index, places in columns.items():
        # Dots of a chord stand over one another; one beside another is a second dot.
        ordered = sorted(places)
        count = 1 + sum(b - a > 1 for a, b in zip(ordered, ordered[1:], strict=False))
        signs[index].dots = min(count, 2)
        signs[index].duration *= 2 - Fraction(1, 2**signs[index].dots)


def _bars(parts: list[Component], staff: Staff) -> list[Bar]:
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


def _changes(
    clefs: list[Component],
    keys: list[Component],
    meters: list[Component],
    staff: Staff,
    shapes: dict[str, Shapes],
) -> list[Change]:
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
            row = part.bottom - _BOWL * space if name.endswith("flat") else part.middle
            altered.append((name, round(staff.position(part.centre, row))))
        found.append(Change(whole.left, whole.centre, "key", altered=altered))
    for group in clusters(meters, 0.9 * space):
        whole = joined(group)
        if whole.height > 1.2 * space:
            name, _ = shapes["meter"].nearest(whole, space)
            found.append(Change(whole.left, whole.centre, "meter", name))
    return found
