"""The cleaning that the shipped corpora were made by, kept as it was: runs name their hash.

Tunes of one's own are cleaned by `cleaning.py`, which changes no note. This one did: it read every
voice of the 14 tunes in parts as one after the other, and knew fewer chord symbols.
"""

import itertools
import re
from collections.abc import Iterator

from songrnn.corpus.cleaning import HEADER, MOST_CHARACTERS, CleanTune
from songrnn.errors import CorpusError

# Fields within the music that change how it reads; all others go.
_MUSICAL_FIELDS = "KML"

_FIELD = re.compile(r"([A-Za-z+]):[ \t]*(.*)")
_QUOTED = re.compile(r'"([^"\n]*)"')
# Section 4.18: note, accidental, type, bass.
_CHORD_SYMBOL = re.compile(r"[A-G][#b]?(m|min|maj|dim|aug|sus|\+)?(2|4|6|7|9|11|13)?(/[A-G][#b]?)?")
_INLINE_FIELD = re.compile(r"\[([A-Za-z]):[^]\n]*\]")
_COMMENT = re.compile(r"(?<!\\)%.*")
_NOTE = re.compile(r"[A-Ga-g]")


def decode(data: bytes) -> str:
    """Text of a file: UTF-8, latin-1 only as fallback; line ends become newlines."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def raw_tunes(text: str) -> Iterator[str]:
    """The tunes of a file: each begins with an X: line (section 2.2.2)."""
    starts = [match.start() for match in re.finditer(r"^X:", text, re.MULTILINE)]
    for start, end in itertools.pairwise([*starts, len(text)]):
        yield text[start:end]


def clean(raw: str) -> CleanTune:
    """Clean one tune; CorpusError says what it lacks (key, notes) or that it is too long."""
    header: dict[str, str] = {}
    body: list[str] = []
    in_body = False
    number = ""
    for line in raw.split("\n"):
        if not line.strip() and body:
            break  # an empty line ends the tune; free text may follow
        line = _COMMENT.sub("", line).rstrip("\\ \t")
        field = _FIELD.fullmatch(line)
        if field is None:
            if in_body and line:
                body.append(line)
            continue
        letter, value = field[1], _unquoted(field[2])
        if letter == "X":
            number = number or value
        elif in_body:
            if letter in _MUSICAL_FIELDS and value:
                body.append(f"{letter}:{value}")
        elif letter in HEADER and value:
            header.setdefault(letter, value)
        in_body = in_body or letter == "K"
    if "K" not in header:
        raise CorpusError("it has no key (K:), so where its music begins is unknown")
    music = _clean_music("\n".join(body))
    if not _NOTE.search(_INLINE_FIELD.sub("", _QUOTED.sub("", music))):
        raise CorpusError("it has no notes")
    lines = ["X:1", *(f"{letter}:{header[letter]}" for letter in HEADER if letter in header), music]
    text = "\n".join(lines) + "\n"
    if len(text) >= MOST_CHARACTERS:
        raise CorpusError(f"it has {len(text)} characters, and {MOST_CHARACTERS} are too many")
    title, rhythm, meter, unit_length, key = (header.get(letter, "") for letter in HEADER)
    return CleanTune(number, title, rhythm, meter, unit_length, key, music, text)


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] == '"' and '"' not in value[1:-1]:
        value = value[1:-1].strip()
    return value


def _clean_music(music: str) -> str:
    music = _INLINE_FIELD.sub(lambda m: m[0] if m[1] in _MUSICAL_FIELDS else "", music)
    music = _QUOTED.sub(lambda m: m[0] if _CHORD_SYMBOL.fullmatch(m[1].strip()) else "", music)
    # An unclosed quote would swallow the rest of its line for every reader.
    lines = [line.replace('"', "") if line.count('"') % 2 else line for line in music.split("\n")]
    return "\n".join(line.strip() for line in lines if line.strip())
