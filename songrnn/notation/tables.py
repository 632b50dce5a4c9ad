"""What the ABC 2.1 standard says, as data. Each table names its section of the standard.

No code here but what unfolds a table. Lengths are quarter notes unless said otherwise.
"""

import re
from fractions import Fraction

LETTERS = "CDEFGAB"
NATURAL_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

# Section 4.2: accidentals before a note, in semitones. Parts of a sharp or a flat (^/, _3/2) are
# of later drafts of the standard; abc2midi and abcjs play them.
ACCIDENTALS = {"^": 1, "^^": 2, "=": 0, "_": -1, "__": -2}
MICROTONES = {"^/": 0.5, "^3/2": 1.5, "_/": -0.5, "_3/2": -1.5}

# Section 3.1.14: only the first three letters of a mode count, capitals do not. The number is
# how many fifths the mode's signature lies above the major signature of the same tonic.
MODES: dict[str, tuple[str, int]] = {
    "": ("major", 0),
    "maj": ("major", 0),
    "ion": ("major", 0),
    "m": ("minor", -3),
    "min": ("minor", -3),
    "aeo": ("minor", -3),
    "mix": ("mixolydian", -1),
    "dor": ("dorian", -2),
    "phr": ("phrygian", -4),
    "lyd": ("lydian", 1),
    "loc": ("locrian", -5),
}

# How many fifths above C the major key of each letter lies.
LETTER_FIFTHS = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}
SHARP_ORDER = "FCGDAEB"

# Section 3.1.14: K:HP writes no signature and K:Hp writes two sharps and a natural, for the same
# instrument: the Great Highland pipe sounds F and C sharp, G natural. Both are read as sounding.
HIGHLAND_ALTERATIONS = {"F": 1, "C": 1}

# Section 3.1.7: without L:, a meter below 0.75 gives sixteenths, else (and when free) eighths.
# In whole notes.
UNIT_BELOW = Fraction(1, 16)
UNIT_ELSE = Fraction(1, 8)
UNIT_THRESHOLD = Fraction(3, 4)

# Section 3.1.6: meters that are words. In whole notes, None for free.
METER_WORDS: dict[str, tuple[int, int] | None] = {
    "C": (4, 4),
    "C|": (2, 2),
    "none": None,
    "": None,
}

# Section 4.13: (p puts p notes into the time of q; 0 stands for "3 in compound meters, else 2".
TUPLET_TIME = {2: 3, 3: 2, 4: 3, 5: 0, 6: 2, 7: 0, 8: 3, 9: 0}

# Section 4.14: the letters that stand for decorations, unless U: says otherwise (4.16).
DECORATION_LETTERS = {
    ".": "staccato",
    "~": "roll",
    "H": "fermata",
    "L": "accent",
    "M": "lowermordent",
    "O": "coda",
    "P": "uppermordent",
    "S": "segno",
    "T": "trill",
    "u": "upbow",
    "v": "downbow",
}

# Section 4.14: the names between exclamation marks.
DECORATION_NAMES = frozenset(
    [
        "trill",
        "trill(",
        "trill)",
        "lowermordent",
        "uppermordent",
        "mordent",
        "pralltriller",
        "roll",
        "turn",
        "turnx",
        "invertedturn",
        "invertedturnx",
        "arpeggio",
        ">",
        "accent",
        "emphasis",
        "fermata",
        "invertedfermata",
        "tenuto",
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "+",
        "plus",
        "snap",
        "slide",
        "wedge",
        "upbow",
        "downbow",
        "open",
        "thumb",
        "breath",
        "pppp",
        "ppp",
        "pp",
        "p",
        "mp",
        "mf",
        "f",
        "ff",
        "fff",
        "ffff",
        "sfz",
        "crescendo(",
        "<(",
        "crescendo)",
        "<)",
        "diminuendo(",
        ">(",
        "diminuendo)",
        ">)",
        "segno",
        "coda",
        "D.S.",
        "D.C.",
        "dacoda",
        "dacapo",
        "fine",
        "shortphrase",
        "mediumphrase",
        "longphrase",
        "staccato",
        "coda(",
        "coda)",
        "trem1",
        "trem2",
        "trem3",
        "trem4",
    ]
)

# Section 4.6: clefs by name, and the line of the staff each stands on unless a number says so.
CLEFS = {
    "treble": 2,
    "bass": 4,
    "alto": 3,
    "tenor": 4,
    "soprano": 1,
    "mezzosoprano": 2,
    "baritone": 5,
    "perc": 3,
    "none": 3,
}

# Section 4.19: the first character of a text in quotes that makes it an annotation.
ANNOTATION_PLACES = "^_<>@"

# Section 3 (the table of fields): what each letter means, and where it may stand.
FIELDS = {
    "A": "area",
    "B": "book",
    "C": "composer",
    "D": "discography",
    "F": "file",
    "G": "group",
    "H": "history",
    "I": "instruction",
    "K": "key",
    "L": "unit note length",
    "M": "meter",
    "m": "macro",
    "N": "notes",
    "O": "origin",
    "P": "parts",
    "Q": "tempo",
    "R": "rhythm",
    "r": "remark",
    "S": "source",
    "s": "symbol line",
    "T": "title",
    "U": "user defined",
    "V": "voice",
    "W": "words",
    "w": "words",
    "X": "reference number",
    "Z": "transcription",
}
# Those whose values are words for people (8.2), escapes and all.
TEXT_FIELDS = frozenset("ABCDFGHNORSTWZrw")
# E (elemskip, section 12.1) and + (section 3.3) are fields of their own kind.
HEADER_FIELDS = frozenset(FIELDS) | {"E", "+"}
# Of these only letters that no note or rest begins with are fields after the key line: there,
# "A:|" at the start of a line is a note before a repeat.
BODY_FIELDS = frozenset("HIKLMNOPQRSTUVWXmrsw+")
INLINE_FIELDS = frozenset("IKLMNPQRUVmr")
# A header knows no music: there every letter before a colon is a field, known or not (3).
_ASCII_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LETTERS_OF_FIELDS = frozenset(_ASCII_LETTERS) | {"+"}
_HEADER_ONLY = "".join(sorted(set(_ASCII_LETTERS[:26]) - BODY_FIELDS))

# Section 8.1: characters kept for later versions of the standard; they mean nothing yet.
RESERVED_CHARACTERS = frozenset("#*;?@")

# Section 3.1.8 leaves tempo words to the reader; these are the customary metronome ranges'
# middles, in quarter notes a minute.
TEMPO_WORDS = {
    "grave": 40,
    "largo": 50,
    "lento": 50,
    "adagio": 70,
    "larghetto": 63,
    "andante": 84,
    "andantino": 90,
    "moderato": 110,
    "allegretto": 116,
    "allegro": 138,
    "vivace": 160,
    "presto": 184,
    "prestissimo": 208,
    "slow": 60,
    "fast": 144,
}

# Beats a minute for tunes without Q:, by the rhythm they name: usual session tempi, with the note
# that beats, in quarter notes.
RHYTHM_TEMPI: dict[str, tuple[Fraction, int]] = {
    "reel": (Fraction(2), 100),
    "hornpipe": (Fraction(2), 76),
    "strathspey": (Fraction(1), 120),
    "jig": (Fraction(3, 2), 112),
    "double jig": (Fraction(3, 2), 112),
    "single jig": (Fraction(3, 2), 116),
    "slip jig": (Fraction(3, 2), 112),
    "hop jig": (Fraction(3, 2), 120),
    "slide": (Fraction(3, 2), 132),
    "polka": (Fraction(1), 132),
    "march": (Fraction(1), 112),
    "waltz": (Fraction(1), 140),
    "mazurka": (Fraction(1), 132),
    "air": (Fraction(1), 80),
    "slow air": (Fraction(1), 66),
    "long dance": (Fraction(1), 112),
    "set dance": (Fraction(1), 112),
}
# Without a rhythm: a beat of the meter this often a minute.
SIMPLE_BEATS_PER_MINUTE = 120
COMPOUND_BEATS_PER_MINUTE = 100

# What no instrument plays: bounds that keep time finite whatever the text says.
LONGEST_QUARTERS = Fraction(1024)
SHORTEST_QUARTERS = Fraction(1, 4096)
# Every duration is a multiple of 1/GRID quarters.
GRID = 2**16 * 3**4 * 5**2 * 7**2
SLOWEST, FASTEST = Fraction(10), Fraction(1000)  # quarter notes a minute

_ACCIDENTAL = r"(?:\^\^|__|=|[\^_](?:[0-9]{0,2}/[0-9]{0,2})?)"
_BEGUN_ACCIDENTAL = r"(?:\^\^|__|=|[\^_][0-9]{0,2}(?:/[0-9]{0,2})?)"
_LENGTH = r"[0-9]{0,8}/{0,6}[0-9]{0,8}"
_NUMBERS = r"[0-9]{1,3}(?:[,-][0-9]{0,3}){0,8}"
# Section 4 as tokens. Every character begins one, and every beginning of a token but a decoration
# between exclamation marks is a token too, so that a reader that gets the text character by
# character can cut it in the same places.
TOKEN = re.compile(
    r"(?P<field>(?<![^\r\n])(?:[" + "".join(sorted(BODY_FIELDS)) + r"]:"
    # A field that belongs in the header stays one: "A:|" is a note, "A:Donegal" is not.
    r"|[" + _HEADER_ONLY + r"]:(?=[^\r\n|:\]]))[^\r\n]*)"
    r"|(?P<note>" + _ACCIDENTAL + r"?[A-Ga-g][,']{0,8}" + _LENGTH + r")"
    r"|(?P<space>[ \t]{1,64})"
    r"|(?P<bar>\[?\|[|:]{0,7}\]?|:[|:]{0,7}\]?)"
    r"|(?P<newline>\r?\n|\r)"
    r"|(?P<broken>>{1,3}|<{1,3})"
    r"|(?P<tuplet>\([0-9]{1,2}(?::[0-9]{0,2}(?::[0-9]{0,2})?)?)"
    r"|(?P<overlay>\(&|&\)|&{1,8})"
    r"|(?P<slur>[()])"
    r"|(?P<rest>[zxZX]" + _LENGTH + r")"
    r"|(?P<tie>-)"
    r"|(?P<letter>[~.H-Wh-w])"
    r"|(?P<inline>\[[" + "".join(sorted(INLINE_FIELDS)) + r"](?::[^\]\r\n]*\]?)?)"
    r"|(?P<ending>\[?" + _NUMBERS + r")"
    r"|(?P<open>\[)"
    r"|(?P<close>\]" + _LENGTH + r")"
    r"|(?P<grace>\{/?|\})"
    r"|(?P<quote>\"[^\"\r\n]*\"?)"
    r"|(?P<decoration>![^!\s|\[\]\"]{1,32}!|\+[^+\s|\[\]\"]{1,32}\+)"
    r"|(?P<comment>%[^\r\n]*)"
    r"|(?P<backslash>\\)"
    r"|(?P<backtick>`{1,64})"
    r"|(?P<accidental>" + _BEGUN_ACCIDENTAL + r")"
    r"|(?P<spacer>y[0-9]{0,3}|\$)"
    r"|(?P<unknown>[\s\S])"
)
NOTE = re.compile(
    r"(?P<accidental>" + _ACCIDENTAL + r")?(?P<letter>[A-Ga-g])(?P<octave>[,']*)(?P<length>.*)"
)
MICROTONE = re.compile(r"(?P<sign>[\^_])(?P<parts>[0-9]*)/(?P<of>[0-9]*)")
LENGTH = re.compile(r"(?P<numerator>[0-9]*)(?P<slashes>/*)(?P<denominator>[0-9]*)")
