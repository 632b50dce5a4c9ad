"""What a musician would want to know about a text: every problem's code in one table.

A code is stable: pages, reports and tests ask for it. Its severity, its sentence and the section
of the ABC 2.1 standard it rests on stand here and nowhere else. docs/notation.md says of each what
the reader does.
"""

from typing import NamedTuple

from songrnn.notation.reading import Problem, Severity

# A text with more problems than this is not music; listing them all helps nobody.
MOST_PROBLEMS = 1000


class Rule(NamedTuple):
    """severity: unless the caller knows better. section: of ABC 2.1. sentence: with {details}."""

    severity: Severity
    section: str
    sentence: str


PROBLEMS: dict[str, Rule] = {
    # Header and fields
    "no-number": Rule("note", "3.1.1", "A tune begins with its number, such as X:1."),
    "no-key": Rule(
        "error", "3.1.14", "There is no K: line before the music; it is read in C major."
    ),
    "bad-key": Rule("error", "3.1.14", "{message}"),
    "bad-meter": Rule("error", "3.1.6", "{message}"),
    "bad-unit": Rule("error", "3.1.7", "{message}"),
    "bad-tempo": Rule("warning", "3.1.8", "{message}"),
    "field-open": Rule("error", "3", "The field {text} is not closed by a ]."),
    "unknown-field": Rule("note", "3", "{text}: is not a field of the standard; it is ignored."),
    "header-text": Rule("note", "3.1", "This line of the header is not a field; it is ignored."),
    "field-after-key": Rule("note", "3", "{text}: belongs before K:; here it is ignored."),
    "macro-skipped": Rule(
        "warning",
        "9",
        "This macro cannot be played: it is not TARGET = NOTES, or it holds barlines, fields or "
        "too many characters.",
    ),
    "directive-skipped": Rule("note", "11", "%%{name} is not obeyed."),
    "block-open": Rule("warning", "11", "%%begin{name} has no %%end{name}; all after it is text."),
    # Notes
    "unknown-character": Rule("error", "4", '"{text}" means nothing in music here.'),
    "reserved-character": Rule(
        "note", "8.1", "{text} is kept for later versions of the standard; it is ignored."
    ),
    "microtone": Rule(
        "note", "4.2", "{text} is heard to the nearest quarter tone, where the format allows it."
    ),
    "rest-inside": Rule("warning", "4.17", "A rest has no place in a chord."),
    "chord-not-open": Rule("error", "4.17", "This ] closes no chord."),
    "chord-open": Rule("error", "4.17", "This chord is not closed by a ]."),
    "chord-empty": Rule("error", "4.17", "There are no notes in this chord."),
    "grace-not-open": Rule("error", "4.12", "This }} closes no grace notes."),
    "grace-open": Rule("error", "4.12", "These grace notes are not closed by a }}."),
    "broken-rhythm-alone": Rule(
        "error",
        "4.4",
        "{text} stands between two notes of a bar; the one before it is missing.",
    ),
    "broken-rhythm-over-bar": Rule("warning", "4.4", "A broken rhythm leads over this barline."),
    "tie-alone": Rule("warning", "4.11", "This tie has no note before it."),
    "tie-broken": Rule("warning", "4.11", "This tie leads to no note of the same pitch."),
    "bad-tuplet": Rule("error", "4.13", "{text} is not a tuplet; the smallest is (2."),
    "tuplet-open": Rule("warning", "4.13", "This tuplet lacks {count} of its notes."),
    "overlay-open": Rule("warning", "7.4", "These overlays are not closed by a &)."),
    "slur-open": Rule("warning", "4.11", "This slur is never closed."),
    "slur-not-open": Rule("warning", "4.11", "This ) closes no slur."),
    "unknown-decoration": Rule("note", "4.14", '"{name}" is not a decoration we know.'),
    "quote-open": Rule("error", "4.18", "This quotation mark is not closed on its line."),
    # The whole tune
    "bar-too-long": Rule("warning", "4.8", "{bar} where {expected} belong."),
    "bar-too-short": Rule("warning", "4.8", "{bar} where {expected} belong."),
    "repeat-open": Rule(
        "warning", "4.8", "This |: has no :| before the next; what is between is played twice."
    ),
    "after-end": Rule(
        "warning",
        "2.2.1",
        "The tune ended before this: an empty line or an X: line ends a tune.",
    ),
    "no-music": Rule("error", "2.2.1", "There are no notes in this text."),
}

# Of a text that will go on: what its rest may bring, and what its last line may still mend.
_TO_COME = frozenset(["no-key", "no-music", "slur-open", "block-open"])
_ON_THE_LAST_LINE = frozenset(
    ["chord-open", "field-open", "grace-open", "quote-open", "tie-broken", "tuplet-open"]
)


def is_unfinished(problem: Problem, text: str) -> bool:
    """Whether a problem of a text is none as long as the text is still to go on."""
    if problem.code in _TO_COME:
        return True
    if problem.code == "bar-too-short":
        return "|" not in text[problem.span[1] :]
    return problem.code in _ON_THE_LAST_LINE and "\n" not in text[problem.span[1] :].rstrip("\n")


def problem(
    code: str, start: int, end: int, *, severity: Severity | None = None, **details: object
) -> Problem:
    """The problem of that code at text[start:end], its sentence filled in.

    >>> problem("tuplet-open", 4, 6, count=1).message
    'This tuplet lacks 1 of its notes.'
    """
    rule = PROBLEMS[code]
    return Problem((start, end), severity or rule.severity, code, rule.sentence.format(**details))
