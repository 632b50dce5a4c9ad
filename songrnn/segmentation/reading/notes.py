"""Notes with stems, beams, flags, dots and accidentals; rests."""

import itertools
from fractions import Fraction

import numpy as np

from songrnn.segmentation.classes import BY_NAME
from songrnn.segmentation.colouring import Pixels
from songrnn.segmentation.reading.components import Component, joined, piece
from songrnn.segmentation.reading.marks import reference_row
from songrnn.segmentation.reading.shapes import Shapes
from songrnn.segmentation.reading.signs import Head, Sign
from songrnn.segmentation.reading.staves import Staff
from songrnn.segmentation.reading.stems import Stem, beam_count, flag_count, stem_of

# All in staff spaces.
_LEAST_HEAD = 0.4
_ACCIDENTAL_REACH = 3.0


def find_heads(parts: list[Component], staff: Staff, labels: Pixels) -> list[Head]:
    """The noteheads of a staff, each of a chord by itself."""
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
    rows = [piece(whole, rows=slice(int(a), int(b))) for a, b in itertools.pairwise(edges)]
    return [each for each in rows if each is not None]


def set_accidentals(
    heads: list[Head], parts: list[Component], staff: Staff, shapes: Shapes
) -> None:
    """Give each accidental to the nearest notehead on its row."""
    space = staff.space
    for part in parts:
        name, _ = shapes.nearest(part, space)
        row = reference_row(part, name, space)
        near = [
            head
            for head in heads
            if 0 < head.part.centre - part.centre < _ACCIDENTAL_REACH * space
            and abs(head.part.middle - row) < 0.8 * space
        ]
        if near:
            closest = min(
                near,
                key=lambda head: abs(head.part.middle - row) * 2 + head.part.centre - part.centre,
            )
            closest.accidental = name


def read_notes(
    heads: list[Head],
    stems: list[Stem],
    beams: list[Component],
    flags: list[Component],
    staff: Staff,
    shapes: dict[str, Shapes],
) -> list[Sign]:
    """Notes and chords: heads that share a stem, and heads without one."""
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


def read_rests(parts: list[Component], staff: Staff, shapes: Shapes) -> list[Sign]:
    """The rests of a staff."""
    space, found = staff.space, []
    for part in parts:
        name, _ = shapes.nearest(part, space)
        duration = Fraction(name)
        if part.height < 0.9 * space:
            # A block: a semibreve rest hangs from the fourth line, a minim rest lies on the third.
            hangs = staff.position(part.centre, part.middle) > 1
            duration = Fraction(4) if hangs else Fraction(2)
        box = (part.top, part.bottom, part.left, part.right)
        found.append(Sign(part.left, part.centre, [], duration, part.confidence, box))
    return found


def set_dots(signs: list[Sign], parts: list[Component], staff: Staff) -> None:
    """Lengthen what dots stand behind."""
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
        count = 1 + sum(b - a > 1 for a, b in itertools.pairwise(ordered))
        signs[index].dots = min(count, 2)
        signs[index].duration *= 2 - Fraction(1, 2 ** signs[index].dots)
