"""The signs of a page as ABC."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby

from songrnn.segmentation.reading.symbols import Bar, Change, Sign, StaffSigns

# Step of the middle line above the C of ABC's `C`, for each clef.
_MIDDLE = {"treble": 6, "bass": -6, "alto": 0}
_LETTERS = "CDEFGAB"
_MARKS = {
    **{"sharp": "^", "flat": "_", "natural": "="},
    **{"double_sharp": "^^", "double_flat": "__"},
}
_SHARPS, _FLATS = "FCGDAEB", "BEADGCF"
# Major keys by number of sharps, and of flats.
_SHARP_KEYS = ("C", "G", "D", "A", "E", "B", "F#", "C#")
_FLAT_KEYS = ("C", "F", "Bb", "Eb", "Ab", "Db", "Gb", "Cb")
_UNIT = Fraction(1, 2)  # L:1/8, in quarter notes


class _Spelling:
    """What holds while a page is written: clef, key, the open tuplet."""

    def __init__(self) -> None:
        self.clef = "treble"
        self.key = "C"
        self.left_in_tuplet = 0

    def note(self, sign: Sign, following: Sequence[Sign]) -> str:
        """A note, chord, rest or grace note, with what stands around it."""
        if sign.grace:
            return self._heads(sign) + _length(sign.duration)
        before = self._tuplet(sign, following) + "(" * sign.slurs_open
        body = self._heads(sign) if sign.heads else "z"
        return f"{before}{body}{_length(sign.duration)}{'-' * sign.tied}{')' * sign.slurs_close}"

    def _tuplet(self, sign: Sign, following: Sequence[Sign]) -> str:
        if self.left_in_tuplet:
            self.left_in_tuplet -= 1
            return ""
        if sign.tuplet is None:
            return ""
        p, q = sign.tuplet
        unit: Fraction | None = None
        total, count = Fraction(0), 0
        for each in (sign, *following):
            if each.tuplet != sign.tuplet:
                break
            total, count = total + each.duration, count + 1
            unit = total / p
            if unit.numerator == 1 and unit.denominator in (1, 2, 4, 8) and count >= 2 and (
                count == p or unit >= min(s.duration for s in (sign, *following)[:count])
            ):
                break
        self.left_in_tuplet = count - 1
        return f"({p}:{q}:{count}" if (p, q, count) != (3, 2, 3) else "(3"

    def _heads(self, sign: Sign) -> str:
        heads = [_MARKS.get(h.accidental or "", "") + self._letter(h.position) for h in sign.heads]
        return heads[0] if len(heads) == 1 else f"[{''.join(reversed(heads))}]"

    def _letter(self, position: int) -> str:
        octave, step = divmod(position + _MIDDLE[self.clef], 7)
        letter = _LETTERS[step]
        return letter + "," * -octave if octave < 1 else letter.lower() + "'" * (octave - 1)

    def signature(self, change: Change) -> str:
        """The value of K: for what stands on the staff."""
        altered: dict[str, int] = {}
        for name, position in change.altered:
            letter = _LETTERS[(position + _MIDDLE[self.clef]) % 7]
            if name in ("sharp", "flat"):
                altered[letter] = 1 if name == "sharp" else -1
        count = len(altered)
        if set(altered) == set(_SHARPS[:count]) and all(each > 0 for each in altered.values()):
            return _SHARP_KEYS[count]
        if set(altered) == set(_FLATS[:count]) and all(each < 0 for each in altered.values()):
            return _FLAT_KEYS[count]
        marks = " ".join(f"{'^' if up > 0 else '_'}{letter.lower()}" for letter, up in altered.items())
        return f"C exp {marks}"


def spell(staves: list[StaffSigns], title: str) -> tuple[str, dict[int, tuple[int, int]]]:
    """The tune in ABC, and for each sign (by its id()) the characters that it became.

    A signature is written as its major key: which of its modes is meant cannot be seen.
    """
    spelling = _Spelling()
    head, rest = _header(staves, spelling, title)
    text = head
    spans: dict[int, tuple[int, int]] = {}
    for staff in rest:
        line = ""
        for item, following in staff:
            piece, inner = _piece(item, following, spelling)
            if isinstance(item, Sign) or inner:
                for sign, (a, b) in inner:
                    start = len(text) + len(line)
                    spans[id(sign)] = (start + a, start + b)
            line += piece
        text += line.rstrip() + "\n"
    return text, spans


_Item = Sign | Bar | Change | list[Sign]


def _piece(
    item: _Item, following: list[Sign], spelling: _Spelling
) -> tuple[str, list[tuple[Sign, tuple[int, int]]]]:
    if isinstance(item, Bar):
        return f" {item.text}{item.ending} ", []
    if isinstance(item, Change):
        return _inline(item, spelling), []
    if isinstance(item, list):  # grace notes that stand together
        notes = [spelling.note(sign, []) for sign in item]
        spans, at = [], 1
        for sign, note in zip(item, notes, strict=True):
            spans.append((sign, (at, at + len(note))))
            at += len(note)
        return "{" + "".join(notes) + "}", spans
    note = spelling.note(item, following)
    joined = bool(following) and bool(item.beams & following[0].beams)
    return note + ("" if joined else " "), [(item, (0, len(note)))]


def _inline(change: Change, spelling: _Spelling) -> str:
    if change.kind == "meter":
        return f"[M:{change.value}]"
    if change.kind == "clef":
        spelling.clef = change.value
        return f"[K:clef={change.value}]"
    spelling.key = spelling.signature(change)
    return f"[K:{spelling.key}]"


def _header(
    staves: list[StaffSigns], spelling: _Spelling, title: str
) -> tuple[str, list[list[tuple[_Item, list[Sign]]]]]:
    """The header, and for each staff what is left to write, with the signs after each item.

    Clef and key are printed again at the head of each line, and are written where they change.
    """
    meter: str | None = None
    clef = key = ""
    lines: list[list[tuple[_Item, list[Sign]]]] = []
    for index, staff in enumerate(staves):
        first = min((sign.left for sign in staff.signs), default=float("inf"))
        opening = {c.kind: c for c in staff.changes if c.left < first}
        within = [c for c in staff.changes if c.left >= first]
        last_sign = max((sign.x for sign in staff.signs), default=0.0)
        kept: list[_Item] = [c for c in within if c.x < last_sign]  # not those that warn
        if "clef" in opening:
            spelling.clef = opening["clef"].value
        named = spelling.signature(opening.get("key", Change(0, 0, "key")))
        if index == 0:
            clef, key = spelling.clef, named
            meter = opening["meter"].value if "meter" in opening else None
        else:
            if spelling.clef != clef:
                kept.insert(0, opening["clef"])
            if named != key:
                kept.insert(0, opening.get("key", Change(0, 0, "key")))
            if "meter" in opening:
                kept.insert(0, opening["meter"])
        for change in within:
            if change.kind == "clef" and change in kept:
                spelling.clef = change.value
        named = next(
            (spelling.signature(c) for c in reversed(within) if c.kind == "key"), named
        )
        if index == 0:
            start = (spelling.clef, key)
        clef, key = spelling.clef, named
        lines.append(_ordered(staff, kept))
    if not staves:
        return f"X:1\nT:{title}\nM:none\nL:1/8\nK:C\n", lines
    opened_clef = next((c.value for c in staves[0].changes if c.kind == "clef"), "treble")
    spelling.clef = opened_clef
    suffix = "" if opened_clef == "treble" else f" clef={opened_clef}"
    return f"X:1\nT:{title}\nM:{meter or 'none'}\nL:1/8\nK:{start[1]}{suffix}\n", lines


def _ordered(staff: StaffSigns, changes: list[_Item]) -> list[tuple[_Item, list[Sign]]]:
    """Signs, barlines and changes from left to right; grace notes that stand together as one."""
    opening = [c for c in changes if c.x <= min((s.left for s in staff.signs), default=0)]
    rest = [c for c in changes if c not in opening]
    items = sorted([*staff.signs, *staff.bars, *rest], key=lambda each: each.x)
    grouped: list[_Item] = []
    for grace, group in groupby(items, key=lambda each: isinstance(each, Sign) and each.grace):
        found = list(group)
        grouped += [found] if grace else found
    whole = [*opening, *grouped]
    return [(item, [each for each in whole[i + 1 : i + 8] if isinstance(each, Sign)]) for i, item in enumerate(whole)]


def _length(duration: Fraction) -> str:
    """A length in ABC for quarter notes, the unit note length being an eighth."""
    length = duration / _UNIT
    if length == 1:
        return ""
    if length.denominator == 1:
        return str(length.numerator)
    top = "" if length.numerator == 1 else str(length.numerator)
    return f"{top}/{'' if length.denominator == 2 else length.denominator}"
