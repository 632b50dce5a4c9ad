"""Which style a tune is played in: by its rhythm (R:), else by words of its title, else its meter."""

import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction

from songrnn.notation.playing.styles import (
    ALSO_CALLED,
    BY_METER,
    IN_COMPOUND_TIME,
    IN_SIMPLE_TIME,
    STRAIGHT,
    STYLES,
    TITLE_METERS,
    Style,
    unnamed,
)
from songrnn.notation.reading import Meter, Reading
from songrnn.notation.tables import COMPOUND_BEATS_PER_MINUTE, SIMPLE_BEATS_PER_MINUTE

_DOTTED, _HALF = Fraction(3, 2), Fraction(2)
_LONGEST_TITLE = 300
# Longer names first: "highland fling" before "fling".
_TITLE_WORDS = sorted(TITLE_METERS, key=len, reverse=True)
_IN_TITLE = re.compile(r"\b(" + "|".join(map(re.escape, _TITLE_WORDS)) + r")s?\b")


def style_of(reading: Reading) -> Style:
    """The style of a tune, fitted to its meter and to the notes it is written in."""
    meter = reading.meter
    for name in (_by_rhythm(reading), _by_title(reading)):
        style = _fitted(name, meter) if name else None
        if style is not None:
            return _as_written(style, reading)
    known = BY_METER.get(f"{meter.numerator}/{meter.denominator}")
    style = STYLES[known[0]] if known else _plain(meter)
    return _as_written(style, reading)


def _by_rhythm(reading: Reading) -> str | None:
    """The row of the table that R: names."""
    said = " ".join(reading.header.get("R", "").lower().replace(",", " ").split())[:100]
    for name in (said, said.removesuffix("s"), *said.split()[::-1]):
        found = ALSO_CALLED.get(name, name)
        if found in STYLES:
            return found
    return None


def _by_title(reading: Reading) -> str | None:
    """The dance that the title names last, among those in the tune's meter."""
    meter = f"{reading.meter.numerator}/{reading.meter.denominator}"
    title = reading.header.get("T", "")[:_LONGEST_TITLE].lower()
    for word in reversed(_IN_TITLE.findall(title)):
        name = ALSO_CALLED.get(word, word)
        if meter in TITLE_METERS[word] or (reading.meter.compound and name in IN_COMPOUND_TIME):
            return name
    return None


def _fitted(name: str, meter: Meter) -> Style | None:
    """A style in a meter; None where the dance is in no such meter."""
    style = STYLES[name]
    if meter.denominator == 8 and meter.numerator == 3 and style.pulse == 1:
        return replace(style, beat=style.beat / 2, pulse=style.pulse / 2)  # quavers beat
    if not meter.denominator or (style.pulse == _DOTTED) == meter.compound:
        return style
    if meter.compound:
        beats = IN_COMPOUND_TIME.get(name)
        if beats is None:
            return None
        return replace(
            style, beat=_DOTTED, beats_a_minute=beats, swing=STRAIGHT, pulse=_DOTTED, drum="jig"
        )
    simple = IN_SIMPLE_TIME.get(name)
    return STYLES[simple] if simple else None


def _plain(meter: Meter) -> Style:
    if meter.compound:
        return unnamed(_DOTTED, COMPOUND_BEATS_PER_MINUTE)
    return unnamed(Fraction(1), SIMPLE_BEATS_PER_MINUTE)


def _as_written(style: Style, reading: Reading) -> Style:
    """Half as fast where the quick notes are semiquavers: tunes in 2/4 that stand for one in C|."""
    meter = reading.meter
    if style.beat != _HALF or (meter.numerator, meter.denominator) != (2, 4):
        return style
    common = Counter(event.duration for event in reading.events if event.duration).most_common(1)
    if not common or common[0][0] > Fraction(1, 4):
        return style
    return replace(style, beat=style.beat / 2, pulse=style.pulse / 2)
