"""In which way a text keeps its tunes, and the tunes.

    abc         X: … K: …, the music; an empty line or the next X: ends a tune (division.py)
    marked      <start> … <end> around each tune, as character models are often fed
    folk-rnn    tokens between spaces: M:6/8 K:Cdor G A B c 2 | … (tokens.py)
    thesession  tunes.csv or tunes.json of thesession.org (dumps.py)

Each tune is as the file has it, and knows the line or row it begins at.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from songrnn.errors import TuneFileError
from songrnn.notation.files.division import divide, lack_of
from songrnn.notation.files.dumps import csv_delimiter, looks_like_json, tunes_of_csv, tunes_of_json
from songrnn.notation.files.file_tunes import FileTune, Refusal, title_of
from songrnn.notation.files.tokens import is_tokens, tunes_of_tokens
from songrnn.notation.files.tune_lines import LeftOut

Found = Iterator[FileTune | Refusal]
_START = re.compile(r"<start>", re.IGNORECASE)
_END = re.compile(r"<end>", re.IGNORECASE)
_HAS_NUMBER = re.compile(r"^[ \t>]*(?:<[^>\n]*>[ \t]*)*X:", re.MULTILINE)
_HAS_KEY = re.compile(r"^[ \t>]*(?:<[^>\n]*>[ \t]*)*K:", re.MULTILINE)
_HAS_TOKEN_KEY = re.compile(r"(?:^|[ \[])K:", re.MULTILINE)


def recognize(text: str) -> str:
    """The name of the format, by what the text holds: names of files are often wrong.

    TuneFileError when it is none of them.
    """
    start = text.lstrip()[:1]
    if not start:
        raise TuneFileError("is empty")
    if start in ("{", "[") and looks_like_json(text):
        return "thesession JSON"
    if csv_delimiter(text) is not None:
        return "thesession CSV"
    if _START.search(text):
        return "marked"
    if _HAS_NUMBER.search(text):
        return "abc"
    if _HAS_TOKEN_KEY.search(text) and is_tokens(text):
        return "folk-rnn"
    if _HAS_KEY.search(text):
        return "abc"
    if _HAS_TOKEN_KEY.search(text):
        return "folk-rnn"
    raise TuneFileError(
        "holds no tunes: neither ABC (X: and K:), nor <start> … <end>, nor folk-rnn tokens, "
        "nor a table of thesession.org"
    )


def tunes_of(text: str, format: str, left_out: LeftOut) -> Found:
    """All tunes of a text in one of the formats `recognize` names, and what cannot be used.

    left_out: added to. TuneFileError when the file as a whole cannot be read.
    """
    if format == "abc":
        yield from divide(text, left_out)
    elif format == "marked":
        yield from _from_marked(text, left_out)
    else:
        yield from map(_checked, _READERS[format](text))


_READERS: dict[str, Callable[[str], Found]] = {
    "folk-rnn": tunes_of_tokens,
    "thesession CSV": tunes_of_csv,
    "thesession JSON": tunes_of_json,
}


def _checked(item: FileTune | Refusal) -> FileTune | Refusal:
    if isinstance(item, Refusal):
        return item
    _, key, body = item.text.partition("\nK:")
    reason = lack_of(body.partition("\n")[2] if key else None)
    return Refusal(item.place, item.title, reason) if reason else item


def _from_marked(text: str, left_out: LeftOut) -> Found:
    parts = _START.split(text)
    line = 1 + parts[0].count("\n")
    for part in parts[1:]:
        place = f"line {line}"
        tune = _END.split(part, maxsplit=1)
        if len(tune) == 1:
            yield Refusal(place, title_of(part), "it is cut off: no <end> follows its <start>")
        elif not tune[0].strip():
            yield Refusal(place, "", "nothing is between its <start> and <end>")
        else:
            yield from _marked_tune(tune[0], line, left_out)
        line += part.count("\n")


def _marked_tune(text: str, line: int, left_out: LeftOut) -> Found:
    """What is between <start> and <end>, which begins on that line of the file."""
    place = f"line {line}"
    # The marks, not an empty line, end the tune.
    numbers = [line + n for n, row in enumerate(text.split("\n")) if row.strip()]
    rows = "\n".join(row for row in text.split("\n") if row.strip())
    nothing = True
    for item in divide(rows, left_out):
        nothing = False
        if isinstance(item, FileTune):
            lines = tuple(numbers[n - 1] for n in item.lines)
            yield replace(item, place=place, lines=lines)
        else:
            yield replace(item, place=place)
    if nothing:
        yield Refusal(place, title_of(text), lack_of(None))
