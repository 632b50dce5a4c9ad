"""The styles tunes are played in, as data: one row a dance, each with its reasons.

A tempo is (the note that beats, in quarter notes; beats a minute). Those of dances are what dancing
masters, session tutors and competition rules ask for, rounded; where a figure is our own choice its
reason says so. docs/playing.md prints this table.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

StyleName = Literal["musician", "plain"]
STYLE_NAMES: tuple[StyleName, ...] = get_args(StyleName)

_QUARTER, _DOTTED, _HALF = Fraction(1), Fraction(3, 2), Fraction(2)

# Where the moments inside a beat go, both as shares of the beat. A beat has a row when the notes
# inside it begin at exactly these moments; any other beat is played as written.
Swing = dict[tuple[Fraction, ...], tuple[Fraction, ...]]
_2, _4, _3 = Fraction(1, 2), Fraction(3, 4), Fraction(1, 3)
STRAIGHT: Swing = {}
# abc2midi's `R:hornpipe`: even and dotted pairs both become two to one.
TWO_TO_ONE: Swing = {(_2,): (Fraction(2, 3),), (_4,): (Fraction(2, 3),)}
TOUCH_OF_PAIRS: Swing = {(_2,): (Fraction(27, 50),)}
TOUCH_OF_THREES: Swing = {
    (_3, 2 * _3): (Fraction(37, 100), Fraction(67, 100)),
    (2 * _3,): (Fraction(69, 100),),
    (_3,): (Fraction(37, 100),),
}


@dataclass(frozen=True)
class Accents:
    """MIDI velocities added where a note begins: at the bar, at its other strong beats (the middle
    of four), at the rest of the beats, between beats."""

    bar: int
    strong: int
    beat: int
    between: int


@dataclass(frozen=True)
class Style:
    """How tunes of a kind are played.

    beat: the note that the tempo counts, in quarter notes. swing: of beats that are `pulse` quarter
    notes long. length: of a note that no slur leads on from, as a share of what is written.
    cut: seconds of a grace note. drum: the bodhrán's pattern. reason: of tempo and swing.
    """

    name: str
    beat: Fraction
    beats_a_minute: int
    swing: Swing
    pulse: Fraction
    accents: Accents
    length: Fraction
    cut: float
    drum: str
    reason: str

    @property
    def quarters_a_minute(self) -> float:
        """Quarter notes a minute, for tunes whose quick notes are quavers."""
        return float(self.beat * self.beats_a_minute)


_DANCE = Accents(12, 8, 5, -6)
_LILT = Accents(14, 9, 9, -7)
_SNAP = Accents(14, 10, 8, -4)
_WALTZ = Accents(14, 2, -2, -8)
_SONG = Accents(6, 4, 2, -3)
_LONG, _SHORT, _SUNG = Fraction(92, 100), Fraction(85, 100), Fraction(97, 100)
_CUT, _SLOW_CUT = 0.055, 0.11


def _rows() -> tuple[Style, ...]:
    # fmt: off
    q, d, h = _QUARTER, _DOTTED, _HALF
    return (
        Style("reel", h, 100, TOUCH_OF_PAIRS, q, _DANCE, _LONG, _CUT, "reel",
              "session reels go at about 100 minims; quavers nearly even, 54 to 46 by our choice"),
        Style("hornpipe", h, 76, TWO_TO_ONE, q, _LILT, _LONG, _CUT, "reel",
              "danced slower than reels; pairs two to one, as abc2midi plays R:hornpipe"),
        Style("clog", h, 72, TWO_TO_ONE, q, _LILT, _LONG, _CUT, "reel",
              "a hornpipe for clog steps, a little slower still"),
        Style("barndance", h, 84, TWO_TO_ONE, q, _LILT, _LONG, _CUT, "reel",
              "between hornpipe and reel, and swung like a hornpipe"),
        Style("schottische", h, 76, TWO_TO_ONE, q, _LILT, _LONG, _CUT, "reel",
              "a hop on every fourth beat: a hornpipe's tempo and swing"),
        Style("fling", h, 80, TWO_TO_ONE, q, _LILT, _LONG, _CUT, "reel",
              "the Irish fling is a schottische, slightly quicker"),
        Style("highland fling", q, 128, STRAIGHT, q, _SNAP, _SHORT, _CUT, "march",
              "competition dancing asks for 112 to 134 crotchets; its dots are written out"),
        Style("strathspey", q, 120, STRAIGHT, q, _SNAP, _SHORT, _CUT, "march",
              "four heavy beats; dots and snaps are played as pointed as they are written"),
        Style("double jig", d, 112, TOUCH_OF_THREES, d, _LILT, _LONG, _CUT, "jig",
              "session jigs go at 110 to 120; the first quaver of three a little long, by our choice"),
        Style("jig", d, 112, TOUCH_OF_THREES, d, _LILT, _LONG, _CUT, "jig",
              "as a double jig, the commonest kind"),
        Style("straight jig", h, 84, STRAIGHT, q, _DANCE, _SHORT, _CUT, "march",
              "jigs of the minstrel stage in 2/4 or C|: a walking pace, even; our choice"),
        Style("single jig", d, 116, TOUCH_OF_THREES, d, _LILT, _LONG, _CUT, "jig",
              "crotchet and quaver, lighter than a double jig and quicker"),
        Style("slip jig", d, 112, TOUCH_OF_THREES, d, _LILT, _LONG, _CUT, "jig",
              "nine quavers at a jig's pace: 168 crotchets, whatever way its name is spelled"),
        Style("hop jig", d, 120, TOUCH_OF_THREES, d, _LILT, _LONG, _CUT, "jig",
              "a slip jig of crotchets and quavers, quicker"),
        Style("slide", d, 132, TOUCH_OF_THREES, d, _LILT, _SHORT, _CUT, "jig",
              "the fastest of the jigs, danced in sets"),
        Style("polka", q, 132, STRAIGHT, q, _DANCE, _SHORT, _CUT, "polka",
              "set dancers' tempo; even and short"),
        Style("quickstep", q, 120, STRAIGHT, q, _DANCE, _SHORT, _CUT, "march",
              "120 steps a minute, the quick march of drill books"),
        Style("march", q, 112, STRAIGHT, q, _DANCE, _SHORT, _CUT, "march",
              "a walking pace of 112 steps"),
        Style("waltz", q, 140, STRAIGHT, q, _WALTZ, _LONG, _CUT, "waltz",
              "the old-time waltz; weight on the first of three"),
        Style("mazurka", q, 132, STRAIGHT, q, Accents(8, 10, 4, -5), _SHORT, _CUT, "waltz",
              "slower than a waltz, the later beats heavier"),
        Style("minuet", q, 120, STRAIGHT, q, _WALTZ, _SHORT, _CUT, "waltz",
              "a walked dance in three"),
        Style("set dance", q, 112, TWO_TO_ONE, q, _LILT, _LONG, _CUT, "reel",
              "solo dances, slow enough for heavy steps"),
        Style("long dance", q, 112, STRAIGHT, q, _DANCE, _LONG, _CUT, "reel",
              "as a set dance, but for the swing"),
        Style("planxty", q, 100, STRAIGHT, q, _SONG, _LONG, _CUT, "reel",
              "harpers' pieces: brisk, for listening; in compound time by the meter's own row"),
        Style("air", q, 80, STRAIGHT, q, _SONG, _SUNG, _SLOW_CUT, "air",
              "sung: notes nearly touch, graces take their time"),
        Style("slow air", q, 66, STRAIGHT, q, _SONG, _SUNG, _SLOW_CUT, "air",
              "slower than an air, by about a step of a metronome"),
        Style("lament", q, 60, STRAIGHT, q, _SONG, _SUNG, _SLOW_CUT, "air",
              "as slow as tunes are played in time"),
    )
    # fmt: on


STYLES: dict[str, Style] = {style.name: style for style in _rows()}

# Other spellings of R: and what titles say: a word, or several, -> a row above.
ALSO_CALLED = {
    "slipjig": "slip jig", "slip-jig": "slip jig", "hopjig": "hop jig", "hop-jig": "hop jig",
    "doublejig": "double jig", "singlejig": "single jig", "irish jig": "jig", "horn pipe": "hornpipe",
    "barn dance": "barndance", "schottishe": "schottische", "schottisch": "schottische",
    "strathspay": "strathspey", "highland": "highland fling", "germans": "barndance",
    "breakdown": "reel", "rant": "reel", "walkaround": "clog", "walk around": "clog",
    "walk-around": "clog", "long-dance": "long dance", "set-dance": "set dance",
    "gavotte": "march", "quick step": "quickstep", "two-step": "quickstep", "two step": "quickstep",
    "marche": "march", "valse": "waltz", "menuet": "minuet", "caoine": "lament", "song": "air",
}  # fmt: skip

# Words of a title that name a dance, with the meters the dance is in (the first is its own). Only
# there is a word believed: "The Reel of Tulloch" in 6/8 is a jig, and "A New Jig" in C is not.
_COMMON = ("4/4", "2/2", "2/4")
TITLE_METERS: dict[str, tuple[str, ...]] = {
    "reel": _COMMON, "rant": _COMMON, "breakdown": _COMMON, "hornpipe": _COMMON, "clog": _COMMON,
    "barndance": _COMMON, "barn dance": _COMMON, "schottische": _COMMON, "schottishe": _COMMON,
    "highland fling": _COMMON, "fling": _COMMON, "strathspey": _COMMON, "polka": ("2/4",),
    "slip jig": ("9/8",), "hop jig": ("9/8",), "slide": ("12/8",), "single jig": ("6/8", "12/8"),
    "double jig": ("6/8",), "jig": ("6/8", "12/8", "9/8"), "quickstep": _COMMON,
    "quick step": _COMMON, "march": _COMMON, "waltz": ("3/4", "3/8"), "valse": ("3/4", "3/8"),
    "mazurka": ("3/4",), "minuet": ("3/4",), "planxty": _COMMON, "lament": (*_COMMON, "3/4"),
    "air": (*_COMMON, "3/4"),
}  # fmt: skip

# Neither rhythm nor title: the commonest dance of the meter (in `folk`, of the tunes with R:), or
# the meter's own tempo with light accents where there is none.
BY_METER: dict[str, tuple[str, str]] = {
    "6/8": ("jig", "nearly all tunes in 6/8 with a rhythm are jigs"),
    "9/8": ("slip jig", "all dances in 9/8 are slip or hop jigs"),
    "12/8": ("slide", "slides are written in 12/8"),
    "2/2": ("reel", "of tunes in C| with a rhythm two thirds are reels"),
}

# Dances of two or four that are in 6/8, 9/8 or 12/8 as well: dotted quarter notes a minute there.
IN_COMPOUND_TIME = {
    "march": 112, "quickstep": 120, "planxty": 88, "air": 60, "slow air": 50, "lament": 46,
}  # fmt: skip
# And the other way round: what a jig is called that is in simple time.
IN_SIMPLE_TIME = {"jig": "straight jig"}


def unnamed(beat: Fraction, beats_a_minute: int) -> Style:
    """For what nothing names: even, lightly accented, at the meter's tempo."""
    return Style(
        "unnamed", beat, beats_a_minute, STRAIGHT, beat, Accents(9, 6, 4, -4), _LONG, _CUT,
        "jig" if beat == _DOTTED else "march",
        "nothing names its dance: the meter's tempo, even and lightly accented",
    )  # fmt: skip
