"""The signs of a page as ABC."""

from fractions import Fraction
from itertools import groupby

from songrnn.segmentation.reading.signs import Bar, Change, Sign, StaffSigns

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


_Item = Sign | Bar | Change | list[Sign]
_Placed = tuple[_Item, list[Sign]]  # and the signs that follow it


class _Spelling:
    """What holds while a page is written: its clef and key."""

    def __init__(self) -> None:
        self.clef = "treble"
        self.key = "C"

    def note(self, sign: Sign) -> str:
        """A note, chord, rest or grace note, with what stands around it."""
        body = self._heads(sign) if sign.heads else "z"
        if sign.grace:
            return body + _length(sign.duration)
        before = _tuplet(sign) + "(" * sign.slurs_open
        return f"{before}{body}{_length(sign.duration)}{'-' * sign.tied}{')' * sign.slurs_close}"

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
        marks = " ".join(
            f"{'^' if up > 0 else '_'}{letter.lower()}" for letter, up in altered.items()
        )
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
            start = len(text) + len(line)
            for sign, (first, last) in inner:
                spans[id(sign)] = (start + first, start + last)
            line += piece
        text += line.rstrip() + "\n"
    return text, spans


def _piece(
    item: _Item, following: list[Sign], spelling: _Spelling
) -> tuple[str, list[tuple[Sign, tuple[int, int]]]]:
    if isinstance(item, Bar):
        return f" {item.text}{item.ending} ", []
    if isinstance(item, Change):
        return _inline(item, spelling), []
    if isinstance(item, list):  # grace notes that stand together
        notes = [spelling.note(sign) for sign in item]
        spans, at = [], 1
        for sign, note in zip(item, notes, strict=True):
            spans.append((sign, (at, at + len(note))))
            at += len(note)
        return "{" + "".join(notes) + "}", spans
    note = spelling.note(item)
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
) -> tuple[str, list[list[_Placed]]]:
    """The header, and for each staff what is left to write.

    Clef and key are printed again at the head of each line, and are written where they change.
    """
    meter = key = ""
    start = ("treble", "C")
    lines: list[list[_Placed]] = []
    for index, staff in enumerate(staves):
        first = min((sign.left for sign in staff.signs), default=float("inf"))
        last = max((sign.x for sign in staff.signs), default=0.0)
        opening = {change.kind: change for change in staff.changes if change.left < first}
        # What stands after the last note warns of the next line, which says it again.
        within = [change for change in staff.changes if first <= change.left and change.x < last]
        clef = opening["clef"].value if "clef" in opening else spelling.clef
        new_clef, spelling.clef = "clef" in opening and clef != spelling.clef, clef
        printed = opening.get("key", Change(0, 0, "key"))
        named = spelling.signature(printed)
        changed: list[Change] = []
        if index == 0:
            meter = opening["meter"].value if "meter" in opening else "none"
            start = (clef, named)
        else:
            changed += [opening["clef"]] if new_clef else []
            changed += [printed] if named != key else []
            changed += [opening["meter"]] if "meter" in opening else []
        lines.append(_ordered(staff, changed, within))
        for change in within:
            if change.kind == "clef":
                spelling.clef = change.value
        keys = [change for change in within if change.kind == "key"]
        key = spelling.signature(keys[-1]) if keys else named
    spelling.clef = start[0]
    suffix = "" if start[0] == "treble" else f" clef={start[0]}"
    return f"X:1\nT:{title}\nM:{meter or 'none'}\nL:1/8\nK:{start[1]}{suffix}\n", lines


def _ordered(staff: StaffSigns, opening: list[Change], within: list[Change]) -> list[_Placed]:
    """All of a staff from left to right, grace notes that stand together as one."""
    items: list[Sign | Bar | Change] = sorted(
        [*staff.signs, *staff.bars, *within], key=lambda each: each.x
    )
    whole: list[_Item] = list(opening)
    for grace, group in groupby(items, key=_is_grace):
        found: list[_Item] = list(group)
        whole += [[each for each in found if isinstance(each, Sign)]] if grace else found
    return [
        (item, [each for each in whole[index + 1 : index + 8] if isinstance(each, Sign)])
        for index, item in enumerate(whole)
    ]


def _is_grace(item: Sign | Bar | Change) -> bool:
    return isinstance(item, Sign) and item.grace


def _tuplet(sign: Sign) -> str:
    """What opens a tuplet in ABC, in its general form but for a triplet of three."""
    if not sign.begins:
        return ""
    p, q = sign.tuplet or (1, 1)
    return f"({p}" if (p, q, sign.begins) == (3, 2, 3) else f"({p}:{q}:{sign.begins}"


def _length(duration: Fraction) -> str:
    """A length in ABC for quarter notes, the unit note length being an eighth."""
    length = duration / _UNIT
    if length == 1:
        return ""
    if length.denominator == 1:
        return str(length.numerator)
    top = "" if length.numerator == 1 else str(length.numerator)
    return f"{top}/{'' if length.denominator == 2 else length.denominator}"
