"""From a tune as a file has it to the tune a network reads: X, T, R, M, L, K and the music.

What goes: comments and directives, every other field (people, sources, lyrics, tempi), quoted
text that is not a chord symbol (fingering, bowing, directions), and the backslash that joins
lines. No note is changed: what would change one is first written into the music
(`written_out.py`). Section numbers are of the ABC 2.1 standard.
"""

import re
from dataclasses import dataclass, replace

from songrnn.corpus.written_out import agreeing, needs_writing_out, written_out
from songrnn.errors import CorpusError
from songrnn.notation.chord_symbols import is_chord
from songrnn.notation.files.division import lack_of
from songrnn.notation.files.lines import BLOCK, TYPESET, is_body_field, is_header_field
from songrnn.notation.headers import bare_value
from songrnn.notation.text_strings import text_of

MOST_CHARACTERS = 3000
HEADER = "TRMLK"
# Fields within the music that change how it reads; all others go.
_MUSICAL_FIELDS = "KML"
# What each field that goes is called in reports; section 3.
_NAMES = {
    **dict.fromkeys("ABCDFGHNOSZr", "names, notes and sources"),
    **dict.fromkeys("wW", "lyrics"),
    **dict.fromkeys("Q", "tempi"),
    **dict.fromkeys("P", "names of parts"),
    **dict.fromkeys("T", "further titles"),
    **dict.fromkeys("I", "directives"),
    **dict.fromkeys("Um", "definitions of symbols"),
    **dict.fromkeys("s", "symbol lines"),
    **dict.fromkeys("VX", ""),  # what a voice's name leads to is named by itself
}
_OTHER_FIELDS = "other fields"

_ANNOTATION = "^_<>@"
# As the reader cuts them: a quotation runs to its mark or the end of the line, so does a comment.
_DROPPED = re.compile(
    r'"(?P<quoted>[^"\n]*)(?P<closed>"?)|(?P<comment>%[^\n]*)'
    r"|\[(?P<letter>[IKLMNPQRUVmr]):[^]\n]*\]?|(?P<end>\\[ \t]*$)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class CleanTune:
    """A tune's header values ("" where it has none) and its text as a network reads it.

    changes: what cleaning took out or wrote in another way, by kind.
    """

    number: str
    title: str
    rhythm: str
    meter: str
    unit_length: str
    key: str
    body: str
    text: str
    changes: tuple[str, ...] = ()


def clean(raw: str) -> CleanTune:
    """Clean one tune; CorpusError says what it lacks (key, notes) or that it is too long."""
    if not needs_writing_out(raw):
        return _clean(raw, {})
    reason: CorpusError | None = None
    for parts in (True, False):
        changes: dict[str, None] = {}
        tune = _clean(written_out(raw, changes, parts=parts), changes)
        try:
            return _with_text(tune, agreeing(tune.text, raw, changes), changes)
        except CorpusError as error:
            reason = error
    raise reason or AssertionError("unreachable")


def _clean(raw: str, changes: dict[str, None]) -> CleanTune:
    header, body = _lines(raw, changes)
    if "K" not in header:
        raise CorpusError(lack_of(None))
    music = _clean_music("\n".join(body), changes)
    if lack := lack_of(music):
        raise CorpusError(lack)
    lines = ["X:1", *(f"{letter}:{header[letter]}" for letter in HEADER if header.get(letter))]
    number, title, rhythm, meter, unit, key = (header.get(name, "") for name in "XTRMLK")
    tune = CleanTune(number, title, rhythm, meter, unit, key, music, "")
    return _with_text(tune, "\n".join([*lines, music]) + "\n", changes)


def _with_text(tune: CleanTune, text: str, changes: dict[str, None]) -> CleanTune:
    """The tune with that text, and the key and music that are in it."""
    if len(text) >= MOST_CHARACTERS:
        raise CorpusError(f"it has {len(text)} characters, and {MOST_CHARACTERS} are too many")
    key, _, music = text.partition("\nK:")[2].partition("\n")
    body = music.removesuffix("\n")
    return replace(tune, key=key, body=body, text=text, changes=tuple(changes))


def _lines(raw: str, changes: dict[str, None]) -> tuple[dict[str, str], list[str]]:
    """The header's values and the lines of music, among them the fields that change how it reads."""
    header: dict[str, str] = {}
    body: list[str] = []
    in_body = music = False
    block = ""
    for line in raw.split("\n"):
        line = line.rstrip()
        if block:
            block = "" if line.startswith("%%end" + block) else block
        elif not line:
            if music:
                break  # an empty line ends the tune; free text may follow
        elif line[0] == "%":
            block = _comment(line, changes)
        elif not in_body:
            if is_header_field(line):
                in_body = _header_field(line, header, changes)
        elif not is_body_field(line):
            body.append(line)
            music = True
        elif line[0] in _MUSICAL_FIELDS:
            value = _value(line, changes)
            if value or line[0] != "L":
                body.append(f"{line[0]}:{value or 'none'}")
        elif name := _NAMES.get(line[0], _OTHER_FIELDS):
            changes[name] = None
    return header, body


def _comment(line: str, changes: dict[str, None]) -> str:
    """Name a line that begins with %; the name of the block of typeset text it opens, or ""."""
    begin = BLOCK.match(line)
    name = (
        "typeset text" if TYPESET.match(line) else "directives" if line[1:2] == "%" else "comments"
    )
    changes[name] = None
    return begin[1] if begin else ""


def _header_field(line: str, header: dict[str, str], changes: dict[str, None]) -> bool:
    """Take in a field of the header; whether it was the key, which ends it."""
    letter = line[0]
    value = _value(line, changes)
    if letter == "K":
        header["K"] = value or "none"
        return True
    if letter in "ML":
        if value:
            header[letter] = value  # the last one counts
    elif letter not in "XTR" or letter in header:
        if name := _NAMES.get(letter, _OTHER_FIELDS):
            changes[name] = None
    elif value:
        header[letter] = text_of(_unquoted(value))
    return False


def _value(line: str, changes: dict[str, None]) -> str:
    value = bare_value(line[2:])
    if "%" in line and value != line[2:].strip():
        changes["comments"] = None
    return value


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"' and '"' not in value[1:-1]:
        value = value[1:-1].strip()
    return value


def _clean_music(music: str, changes: dict[str, None]) -> str:
    pieces: list[str] = []
    at = 0
    for match in _DROPPED.finditer(music):
        name = _name_of(match)
        if name is None:
            continue
        if name:
            changes[name] = None
        start, end = match.span()
        pieces.append(music[at:start])
        # Where nothing stands between them any more, two signs must not become one.
        if _would_join(music[start - 1 : start], music[end : end + 1]):
            pieces.append(" ")
        at = end
    pieces.append(music[at:])
    lines = "".join(pieces).split("\n")
    return "\n".join(line.strip() for line in lines if line.strip())


def _name_of(match: re.Match[str]) -> str | None:
    """What a part of the music that goes is called ("" without a name), None for what stays."""
    if match["quoted"] is not None:
        if match["closed"] and is_chord(match["quoted"]):
            return None
        annotation = match["quoted"][:1] in tuple(_ANNOTATION)
        return "annotations" if annotation else "text in quotes that is not a chord symbol"
    if match["comment"]:
        return "comments"
    if match["letter"]:
        letter = match["letter"]
        return None if letter in _MUSICAL_FIELDS else _NAMES.get(letter, _OTHER_FIELDS)
    return ""


def _would_join(before: str, after: str) -> bool:
    return (
        after in tuple("0123456789/,'")
        or (before in tuple("|:[<>") and after in tuple("|:]<>"))
        or (before in tuple("^_=") and after not in ("", "\n"))
    )
