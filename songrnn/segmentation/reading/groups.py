"""What goes over several notes: tuplets, ties and slurs, numbered endings."""

from fractions import Fraction

from songrnn.segmentation.reading.components import Component
from songrnn.segmentation.reading.shapes import Shapes, is_digit
from songrnn.segmentation.reading.signs import Sign, StaffSigns
from songrnn.segmentation.reading.symbols import PageParts

# ABC standard 4.13: p notes in the time of q, where the meter does not decide.
_IN_THE_TIME_OF = {2: 3, 3: 2, 4: 3, 5: 4, 6: 4}
_FARTHEST_NUMBER = 3.5  # from the notes it stands at, in staff spaces
# A tie begins beside its notehead, a slur over the middle of one; from the middle, in staff spaces.
_BESIDE = 0.25
# Distance of a number from its picture: those that are one were up to 5.2 away, other words 6 and
# more. Over just as many notes under one beam a worn one is believed too, but for a 2: two beamed
# notes are everywhere.
_STRANGE, _WORN = 5.8, 9.0


def group_signs(parts: PageParts, staves: list[StaffSigns], shapes: dict[str, Shapes]) -> None:
    """Set tuplets, ties, slurs and endings of the signs on a page."""
    words, bows = parts.of("text", least=0.3), parts.of("slur_tie", least=0.3)
    for index, each in enumerate(staves):
        _tuplets(each, words[index], shapes["tuplet"])
        _endings(each, words[index])
    for index, each in enumerate(staves):
        following = staves[index + 1] if index + 1 < len(staves) else None
        for bow in bows[index]:
            _bow(each, following, bow)


def _tuplets(staff: StaffSigns, words: list[Component], shapes: Shapes) -> None:
    space = staff.staff.space
    timed = [sign for sign in staff.signs if not sign.grace]
    for word in words:
        if not is_digit(word, space):
            continue
        name, distance = shapes.nearest(word, space)
        if distance > _WORN:
            continue
        count = int(name)
        best: tuple[float, list[Sign]] | None = None
        for first in range(len(timed)):
            for last in range(first, min(first + count, len(timed))):
                group = timed[first : last + 1]
                away = _away(group, count, word, space)
                if away is None:
                    continue
                neighbours = timed[max(first - 1, 0) : first] + timed[last + 1 : last + 2]
                beamed = _beamed(group, count, neighbours)
                if distance > _STRANGE and not (beamed and count > 2):
                    continue
                away -= beamed
                if best is None or away < best[0]:
                    best = (away, group)
        if best is not None:
            for sign in best[1]:
                sign.tuplet = (count, _IN_THE_TIME_OF[count])
            best[1][0].begins = len(best[1])


def _away(group: list[Sign], count: int, word: Component, space: float) -> float | None:
    """How badly a number fits over a group; None when it cannot be meant."""
    if any(sign.tuplet for sign in group):
        return None
    units = sum((sign.duration for sign in group), Fraction(0)) / count
    if units <= 0 or units.numerator != 1 or units.denominator not in (1, 2, 4, 8):
        return None
    left, right = group[0], group[-1]
    if right.x - left.x > 30 * space:
        return None
    # Over beamed notes the number stands between the stems, else between the heads.
    centres = [(left.x + right.x) / 2]
    if left.stem and right.stem:
        centres.append((left.stem.x + right.stem.x) / 2)
    centres.append((left.box[2] + right.box[3]) / 2)
    aside = min(abs(word.centre - centre) for centre in centres) / space
    if aside > 0.9:
        return None
    top = min(min(sign.box[0], sign.stem.top if sign.stem else sign.box[0]) for sign in group)
    foot = max(max(sign.box[1], sign.stem.bottom if sign.stem else sign.box[1]) for sign in group)
    gap = max(top - word.bottom, word.top - foot) / space
    if gap > _FARTHEST_NUMBER:
        return None
    return aside - 0.2 * (len(group) == count)


def _beamed(group: list[Sign], count: int, neighbours: list[Sign]) -> bool:
    """Whether these are just `count` notes under one beam, and no others are under it."""
    first = group[0].beams
    return (
        len(group) == count
        and all(sign.beams & first for sign in group)
        and not any(sign.beams & first for sign in neighbours)
    )


def _endings(staff: StaffSigns, words: list[Component]) -> None:
    """A long flat bracket above the staff, with a hook at its left, begins an ending at the barline
    there: the first, or the one after the ending that the bracket before it left."""
    space = staff.staff.space
    brackets = sorted(
        (
            word
            for word in words
            if word.width > 4 * space
            and word.ink.mean() < 0.35
            and staff.staff.position(word.centre, word.middle) > 5
        ),
        key=lambda word: word.left,
    )
    number, end = 0, -1e9
    for bracket in brackets:
        number = number + 1 if bracket.left - end < 3 * space else 1
        end = bracket.right
        near = [bar for bar in staff.bars if abs(bar.x - bracket.left) < 1.5 * space]
        if near:
            min(near, key=lambda bar: abs(bar.x - bracket.left)).ending = str(number)


def _bow(staff: StaffSigns, following: StaffSigns | None, bow: Component) -> None:
    """A tie between two equal notes that follow each other; else a slur over notes."""
    space = staff.staff.space
    timed = [sign for sign in staff.signs if sign.heads and not sign.grace]
    if not timed or bow.width < 0.8 * space:
        return
    first = min(timed, key=lambda sign: abs(sign.x + 0.2 * space - bow.left))
    last = min(timed, key=lambda sign: abs(sign.x - 0.2 * space - bow.right))
    ordered = [sign for sign in staff.signs if not sign.grace]
    if first is last:
        # It runs out of the line, or comes in from the one before, where it was already seen.
        if first is timed[-1] and bow.right > first.box[3] + space and following is not None:
            _across(first, following)
        return
    start, end = ordered.index(first), ordered.index(last)
    same = {h.position for h in first.heads} & {h.position for h in last.heads}
    if end == start + 1 and same and bow.left - first.x > _BESIDE * space:
        first.tied = True
    elif end > start:
        first.slurs_open += 1
        last.slurs_close += 1


def _across(first: Sign, following: StaffSigns) -> None:
    heads = [sign for sign in following.signs if sign.heads and not sign.grace]
    if heads and {h.position for h in first.heads} & {h.position for h in heads[0].heads}:
        first.tied = True
