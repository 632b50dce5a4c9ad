"""What changes notes and cannot stay in a cleaned tune, written into its music.

The first of several voices stays (as everywhere in the lab's corpora), macros (m:) and symbols of
one's own (U:) become what they stand for, parts (P:) are put in the order they are played, and what
directives and transposing voices do to pitches is spelled out. Whether that left every note as
it was is then checked by reading both. Section numbers are of the ABC 2.1 standard.
"""

import re
from collections.abc import Iterator
from fractions import Fraction

from songrnn.errors import CorpusError
from songrnn.notation import macros
from songrnn.notation.performance import perform
from songrnn.notation.reader import read
from songrnn.notation.reading import Reading
from songrnn.notation.tables import TOKEN

# Anything that may need the way round over a reading; rare, so most tunes are spared it.
_SPECIAL = re.compile(
    r"^V:|\[V:|&|^[Um]:|\[[UmI]:"
    r"|^(?:I:|%%)[ \t]*(?i:propagate-accidentals|MIDI|transpose|shift|score|staves|octave)"
    r"|^P:[^\n]*\n(?:[^K\n][^\n]*\n){0,60}?K:",
    re.MULTILINE,
)
_KEY_LINE = re.compile(r"^K:[^\n]*\n?", re.MULTILINE)
_SIGNS: dict[float, str] = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
_PASSES = 6
_SOUNDS = ("note", "rest", "open")
# A tune that asks for more parts than this is not played to its end by anybody.
_MOST_PARTS = 200

Notes = list[tuple[Fraction, Fraction, tuple[int, ...]]]


def needs_writing_out(raw: str) -> bool:
    """Whether a tune has something that `written_out` changes, or may have."""
    return _SPECIAL.search(raw) is not None


def written_out(raw: str, changes: dict[str, None], *, parts: bool = True) -> str:
    """The tune with one voice, its own symbols written out, and its parts too if `parts` says so.

    changes: added to.
    """
    if (played := macros.written_out(raw)) is not None:
        raw = played.text
        changes["macros, written out"] = None
    key = _KEY_LINE.search(raw)
    if key is None:
        return raw
    header, body = raw[: key.end()], raw[key.end() :].lstrip("\n")
    body = re.split(r"\n[ \t]*\n", body, maxsplit=1)[0]  # an empty line ends the tune
    body = _first_voice(header, _own_symbols(header, body, changes), changes)
    if parts:
        body = _parts_in_order(header, body, changes)
    return header + "\n".join(line for line in body.split("\n") if line.strip()) + "\n"


def agreeing(text: str, raw: str, changes: dict[str, None]) -> str:
    """The cleaned text with the notes that the raw one has.

    What still differs by a constant interval becomes a parameter of the key, what differs by
    accidentals is spelled out. CorpusError when notes would differ after all.
    """
    target = read(raw)
    wanted = notes_of(target)
    reading = read(text)
    for _ in range(_PASSES):
        now = notes_of(reading)
        if now == wanted:
            return text
        if shift := _shift(now, wanted):
            name = f"octave={shift // 12}" if shift % 12 == 0 else f"transpose={shift}"
            header, _, body = text.partition("\nK:")
            key, _, music = body.partition("\n")
            changed = f"{header}\nK:{key} {name}\n{music}"
            changes["transposition written into the key"] = None
        else:
            changed = _spelled(reading, target)
            changes["accidentals spelled out"] = None
        if changed == text:
            break
        text, reading = changed, read(changed)
    raise CorpusError("cleaning it would change its notes")


def notes_of(reading: Reading) -> Notes:
    """What is heard of the first voice: onset, duration (quarter notes) and pitches, repeats played."""
    return [
        (note.onset_quarters, note.duration_quarters, note.pitches)
        for note in perform(reading).notes
        if not note.grace
    ]


# Steps --------------------------------------------------------------------------------------------


def _tokens(body: str) -> Iterator[tuple[str, str]]:
    for match in TOKEN.finditer(body):
        yield match.lastgroup or "unknown", match[0]


def _field_of(name: str, token: str) -> tuple[str, str]:
    """Letter and value of a field's token, ("", "") for any other."""
    if name == "field":
        return token[0], token[2:].strip()
    if name == "inline" and len(token) > 2:
        return token[1], token[3:].removesuffix("]").strip()
    return "", ""


def _own_symbols(header: str, body: str, changes: dict[str, None]) -> str:
    """Letters that U: defines (4.16) as the decorations they stand for."""
    symbols: dict[str, str] = {}
    for line in header.split("\n"):
        if line.startswith("U:"):
            _define(line[2:], symbols)
    pieces = []
    for name, token in _tokens(body):
        letter, value = _field_of(name, token)
        if letter == "U":
            _define(value, symbols)
        elif name == "letter" and token in symbols:
            changes["symbols of its own, written out"] = None
            token = symbols[token]
        pieces.append(token)
    return "".join(pieces)


def _define(value: str, symbols: dict[str, str]) -> None:
    letter, _, meaning = value.partition("%")[0].partition("=")
    name = meaning.strip().strip("!+")
    if len(letter.strip()) == 1:
        named = name and not name.startswith('"') and name not in ("nil", "none")
        symbols[letter.strip()] = f"!{name}!" if named else ""


def _first_voice(header: str, body: str, changes: dict[str, None]) -> str:
    """The music of the voice that is named first (7), without second layers of bars (7.4)."""
    declared = re.search(r"^V:[ \t]*(\S+)", header, re.MULTILINE)
    first = declared[1] if declared else None
    muted = overlay = across = False
    pieces = []
    for name, token in _tokens(body):
        letter, value = _field_of(name, token)
        if letter == "V":
            voice = value.split()[0] if value else ""
            first = first or voice
            muted = voice != first
            overlay = across = False
            if muted:
                changes["further voices"] = None
            continue
        if name == "overlay":
            across = token == "(&" or (across and token != "&)")
            overlay = token[0] == token[-1]
            changes["second layers of bars"] = None
            continue
        if name == "bar" and not across:
            overlay = False
        # A part begins in all voices (3.1.9).
        if name == "newline" or letter == "P" or not (muted or overlay):
            pieces.append(token)
    return "".join(pieces)


def _parts_in_order(header: str, body: str, changes: dict[str, None]) -> str:
    """The parts in the order that the header's P: gives (3.1.9)."""
    order = re.search(r"^P:([^\n%]*)", header, re.MULTILINE)
    if order is None:
        return body
    state = dict(re.findall(r"^([KML]):[ \t]*([^\n%]*)", header, re.MULTILINE))
    parts: dict[str, list[str]] = {}
    before: dict[str, dict[str, str]] = {}
    after: dict[str, dict[str, str]] = {}
    current = ""
    parts[current] = []
    before[current] = dict(state)
    for name, token in _tokens(body):
        letter, value = _field_of(name, token)
        if letter == "P" and value:
            after[current] = dict(state)
            current = value[0]
            # A second part of one name goes on where the first ended.
            parts.setdefault(current, [])
            before.setdefault(current, dict(state))
            continue
        if letter and letter in "KML":
            state[letter] = value
        parts[current].append(token)
    after[current] = dict(state)
    played = [part for part in _played(order[1]) if part in parts]
    if not played:
        return body
    changes["parts written out in the order they are played"] = None
    pieces = ["".join(parts[""]).strip("\n")]
    now = after[""]
    for part in played:
        fields = [f"{x}:{v}" for x, v in before[part].items() if now.get(x) != v]
        music = "".join(parts[part]).strip("\n")
        pieces += [*fields, _self_contained(music, begins=not any(pieces))]
        now = after[part]
    return "\n".join(piece for piece in pieces if piece) + "\n"


def _self_contained(music: str, *, begins: bool) -> str:
    """A part whose repeats do not reach into the parts beside it, whatever these are.

    begins: whether it begins the tune, where a repeat needs no opening.
    """
    bars = [match for match in TOKEN.finditer(music) if match.lastgroup == "bar"]
    notes = [match.start() for match in TOKEN.finditer(music) if match.lastgroup in _SOUNDS]
    if not bars or not notes:
        return music
    last = bars[-1]
    if last.start() > notes[-1] and last[0].endswith(":"):
        end = ":|" if last[0].startswith(":") else "|"
        music = music[: last.start()] + end + music[last.end() :]
    opening = next((bar for bar in bars if ":" in bar[0]), None)
    if begins or opening is None or not opening[0].startswith(":"):
        return music
    first = bars[0]
    if first.start() < notes[0]:
        return music[: first.start()] + "|:" + music[first.end() :]
    line = music.rfind("\n", 0, notes[0]) + 1  # after the fields that the part begins with
    return music[:line] + "|:" + music[line:]


def _played(order: str) -> list[str]:
    """The names of the parts as they are played: A(AB)2 is A A B A B.

    >>> "".join(_played("((AB)3.(CD)2)2")), "".join(_played("A2B"))
    ('ABABABCDCDABABABCDCD', 'AAB')
    """
    stack: list[list[str]] = [[]]
    for match in re.finditer(
        r"(?P<part>[A-Za-z])|(?P<open>\()|(?P<close>\))|(?P<count>[0-9]{1,3})", order
    ):
        if match["open"]:
            stack.append([])
        elif match["close"]:
            if len(stack) > 1:
                inner = stack.pop()
                stack[-1].append("".join(inner))
        elif match["part"]:
            stack[-1].append(match["part"])
        elif stack[-1]:
            again = stack[-1].pop()
            stack[-1].append(again * min(int(match["count"]), _MOST_PARTS // max(len(again), 1)))
    return list("".join(piece for level in stack for piece in level))[:_MOST_PARTS]


# Agreement ----------------------------------------------------------------------------------------


def _shift(now: Notes, wanted: Notes) -> int:
    """By how many semitones all notes differ, 0 when they differ in another way or not at all."""
    if not wanted or len(now) != len(wanted) or not wanted[0][2] or not now[0][2]:
        return 0
    shift = wanted[0][2][0] - now[0][2][0]
    moved = [
        (onset, duration, tuple(p + shift for p in pitches)) for onset, duration, pitches in now
    ]
    return shift if moved == wanted else 0


def _heads(reading: Reading) -> list[tuple[int, tuple[str, float, int]]]:
    """For each note of the first voice where it begins and its spelling, in the order of the text."""
    found = [
        (head[0], step)
        for event in reading.events
        if event.voice == 0
        for head, step in zip(event.head, event.steps, strict=True)
    ]
    return sorted(found)


def _spelled(reading: Reading, target: Reading) -> str:
    """The reading's text with an accidental wherever the other text's note has another."""
    now, wanted = _heads(reading), _heads(target)
    text = reading.text
    if len(now) != len(wanted):
        return text
    pieces = []
    at = 0
    for (start, (letter, sharp, _)), (_, (other, wanted_sharp, _)) in zip(now, wanted, strict=True):
        if letter == other and sharp != wanted_sharp and wanted_sharp in _SIGNS:
            pieces += [text[at:start], _SIGNS[wanted_sharp]]
            at = start + len(text[start:]) - len(text[start:].lstrip("^_="))
    return "".join([*pieces, text[at:]])
