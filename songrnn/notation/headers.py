"""The values of fields: keys, meters, unit lengths, tempi. Section numbers are of ABC 2.1.

Each parser returns what it read and, when the text says nothing it knows, one sentence why;
none raises.
"""

import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from songrnn.notation.clefs import without_settings
from songrnn.notation.reading import Key, Meter, Tempo
from songrnn.notation.tables import (
    ACCIDENTALS,
    FASTEST,
    HIGHLAND_ALTERATIONS,
    LETTER_FIFTHS,
    LETTERS,
    METER_WORDS,
    MODES,
    SHARP_ORDER,
    SLOWEST,
    TEMPO_WORDS,
    UNIT_BELOW,
    UNIT_ELSE,
    UNIT_THRESHOLD,
)

# Longer values say nothing more, and bounding them bounds the work.
_LONGEST_VALUE = 200

_TONIC = re.compile(r"\s*(?P<tonic>[A-G])(?P<accidental>[#b♯♭]?)(?=[^a-z]|m|\s|$|[a-z]{3})")
_WORD = re.compile(r"\s*(?P<word>[A-Za-z]+)")
_EXPLICIT = re.compile(r"(?P<accidental>\^\^|__|\^|_|=)(?P<letter>[A-Ga-g])")
_FRACTION = re.compile(r"(?P<numerator>[0-9]{1,4})\s*/\s*(?P<denominator>[0-9]{1,4})")
_METER = re.compile(
    r"\(?(?P<numerators>[0-9]{1,4}(?:\s*\+\s*[0-9]{1,4}){0,31})\)?\s*/\s*(?P<denominator>[0-9]{1,4})"
)
_BEATS = re.compile(r"(?P<beats>[^=]*)=\s*(?P<count>[0-9]{1,9})(?:\.[0-9]{0,6})?")
COMMENT = re.compile(r"(?<!\\)%")
_QUOTED = re.compile(r"\"(?P<text>[^\"]*)\"?")


def bare_value(text: str) -> str:
    """The value of a field line without its comment (2.2.5) and the spaces around it."""
    comment = COMMENT.search(text)
    return (text[: comment.start()] if comment else text).strip()


def signature(fifths: int) -> tuple[int, int, int, int, int, int, int]:
    """Semitones for C D E F G A B in a signature of `fifths` sharps, or flats when negative.

    >>> signature(2)
    (1, 0, 0, 1, 0, 0, 0)
    """
    by_letter = dict.fromkeys(LETTERS, 0)
    for step in range(abs(fifths)):
        letter = SHARP_ORDER[step % 7] if fifths > 0 else SHARP_ORDER[::-1][step % 7]
        by_letter[letter] += 1 if fifths > 0 else -1
    c, d, e, f, g, a, b = by_letter.values()
    return c, d, e, f, g, a, b


C_MAJOR = Key("C", 0, "major", signature(0), 0)
NO_KEY = Key("", 0, "none", signature(0), 0)
FREE = Meter("none", 0, 0, None)


class KeyField(NamedTuple):
    """What a K: field says of the key; `clefs.parse_settings` reads the rest of it."""

    key: Key | None
    problem: str | None


@lru_cache(maxsize=4096)
def parse_key(value: str) -> KeyField:
    """The key of a K: field (3.1.14); `key` is None when the field only sets a clef.

    >>> parse_key("Ador").key.fifths, parse_key("D exp _b").key.alterations
    (1, (0, 0, 0, 0, 0, 0, -1))
    """
    value = value[:_LONGEST_VALUE]
    if value.strip()[:4].lower() == "none":
        return KeyField(NO_KEY, None)
    bare = without_settings(value)
    stripped = bare.strip()
    if not stripped:
        return KeyField(NO_KEY if not value.strip() else None, None)
    if stripped[:2] in ("HP", "Hp"):
        alterations = tuple(HIGHLAND_ALTERATIONS.get(letter, 0) for letter in LETTERS)
        fifths = 0 if stripped[:2] == "HP" else 2
        return KeyField(Key("A", 0, "highland", _seven(alterations), fifths), None)
    tonic = _TONIC.match(bare)
    if tonic is not None:
        return _named_key(tonic, bare[tonic.end() :])
    accidentals = _explicit(bare)
    if accidentals:  # K:^f alone: an explicit signature without a tonic
        return KeyField(Key("", 0, "explicit", _altered(signature(0), accidentals), 0), None)
    return KeyField(C_MAJOR, f'"{value.strip()[:20]}" is not a key; it is read as C major.')


def _named_key(tonic: re.Match[str], rest: str) -> KeyField:
    """A tonic and what follows it: a mode, explicit accidentals."""
    letter, sharp = tonic["tonic"], _SIGNS[tonic["accidental"]]
    word = _WORD.match(rest)
    name = word["word"].lower() if word else ""
    after = rest[word.end() :] if word else rest
    if name.startswith("exp"):
        alterations = _altered(signature(0), _explicit(after))
        return KeyField(Key(letter, sharp, "explicit", alterations, 0), None)
    problem = None
    if name in ("m", "") or name[:3] in MODES:
        mode, shift = MODES[name if name in MODES else name[:3]]
        rest = after
    else:
        mode, shift = MODES[""]
        if len(name) > 1:
            problem = f'"{name[:20]}" is not a mode of the standard; {letter} major is taken.'
    fifths = LETTER_FIFTHS[letter] + 7 * sharp + shift
    alterations = _altered(signature(fifths), _explicit(rest))
    return KeyField(Key(letter, sharp, mode, alterations, fifths), problem)


_SIGNS = {"#": 1, "♯": 1, "b": -1, "♭": -1, "": 0}


def _seven(values: tuple[int, ...]) -> tuple[int, int, int, int, int, int, int]:
    c, d, e, f, g, a, b = values
    return c, d, e, f, g, a, b


def _explicit(text: str) -> dict[str, int]:
    return {m["letter"].upper(): ACCIDENTALS[m["accidental"]] for m in _EXPLICIT.finditer(text)}


def _altered(
    base: tuple[int, int, int, int, int, int, int], changes: dict[str, int]
) -> tuple[int, int, int, int, int, int, int]:
    return _seven(tuple(changes.get(x, old) for x, old in zip(LETTERS, base, strict=True)))


@lru_cache(maxsize=1024)
def parse_meter(value: str) -> tuple[Meter, str | None]:
    """The meter of an M: field (3.1.6), free when it names none.

    >>> parse_meter("C|")[0].length, parse_meter("(2+2+3)/8")[0].numerator
    (Fraction(4, 1), 7)
    """
    text = value[:_LONGEST_VALUE].strip()
    if text in METER_WORDS or text.lower() == "none":
        sizes = METER_WORDS.get(text)
        if sizes is None:
            return FREE, None
        return Meter(text, *sizes, Fraction(4 * sizes[0], sizes[1])), None
    match = _METER.match(text)
    if match:
        numerator = sum(int(part) for part in match["numerators"].split("+"))
        denominator = int(match["denominator"])
        if 0 < numerator <= 128 and 0 < denominator <= 128:
            tail = text[match.end() :].strip()
            problem = (
                f'"{tail[:20]}" after the meter {match[0]} is not understood.' if tail else None
            )
            length = Fraction(4 * numerator, denominator)
            return Meter(match[0], numerator, denominator, length), problem
    if text[:1] == "C" and text[:2] != "C|" and not text[1:2].strip():
        return Meter(
            "C", 4, 4, Fraction(4)
        ), f'"{text[1:].strip()[:20]}" after C is not understood.'
    return FREE, f'"{text[:20]}" is not a meter; the bars are not measured.'


@lru_cache(maxsize=1024)
def parse_unit(value: str) -> tuple[Fraction | None, str | None]:
    """The unit length of an L: field in quarter notes (3.1.7), None when it names none.

    >>> parse_unit("1/8")
    (Fraction(1, 2), None)
    """
    text = value[:_LONGEST_VALUE].strip()
    match = _FRACTION.match(text)
    if match:
        numerator, denominator = int(match["numerator"]), int(match["denominator"])
    elif text == "1":
        numerator = denominator = 1
    else:
        numerator = denominator = 0
    if 0 < numerator <= 16 and 0 < denominator <= 1024:
        return Fraction(4 * numerator, denominator), None
    return None, f'"{text[:20]}" is not a note length, such as 1/8.'


def default_unit(meter: Meter) -> Fraction:
    """The unit length of a tune without L:, in quarter notes (3.1.7)."""
    below = meter.length is not None and meter.length / 4 < UNIT_THRESHOLD
    return 4 * (UNIT_BELOW if below else UNIT_ELSE)


@lru_cache(maxsize=1024)
def parse_tempo(value: str, unit: Fraction) -> tuple[Tempo | None, str | None]:
    """The tempo of a Q: field (3.1.8; the forms `120` and `C3=40` are those of section 12.3).

    unit: the unit length in quarter notes, which the old forms count in.

    >>> parse_tempo('"Allegro" 3/8=120', Fraction(1, 2))[0]
    Tempo(quarters_per_minute=Fraction(180, 1), text='Allegro')
    """
    text = value[:_LONGEST_VALUE]
    words = " ".join(m["text"].strip() for m in _QUOTED.finditer(text)).strip()
    bare = _QUOTED.sub(" ", text).strip()
    match = _BEATS.match(bare)
    quarters: Fraction | None = None
    if match:
        beats = [
            Fraction(4 * int(m["numerator"]), int(m["denominator"]))
            for m in _FRACTION.finditer(match["beats"])
            if int(m["denominator"])
        ]
        if not beats and match["beats"].strip()[:1] in ("C", "c", "L"):
            multiple = re.search(r"[0-9]{1,3}", match["beats"])
            beats = [unit * (int(multiple[0]) if multiple else 1)]
        if sum(beats):
            quarters = sum(beats, Fraction(0)) * int(match["count"])
    elif bare[:9].isascii() and bare.split(" ")[0].isdigit():
        quarters = unit * int(bare.split(" ")[0][:9])
    elif (words or bare) and (words or bare).split()[0].lower() in TEMPO_WORDS:
        quarters = Fraction(TEMPO_WORDS[(words or bare).split()[0].lower()])
    if quarters is None:
        if words:  # words alone are allowed, they just say no number
            return None, None
        return None, f'"{text.strip()[:20]}" is not a tempo, such as 1/4=120.'
    if not SLOWEST <= quarters <= FASTEST:
        clamped = max(SLOWEST, min(FASTEST, quarters))
        return (
            Tempo(clamped, words),
            f"A tempo of {float(quarters):g} quarter notes a minute cannot be played; "
            f"{float(clamped):g} is taken.",
        )
    return Tempo(quarters, words), None
