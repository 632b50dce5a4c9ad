"""The dumps of thesession.org, tunes.csv and tunes.json: one setting of a tune a row, as ABC."""

import csv
import html
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from songrnn.errors import TuneFileError
from songrnn.notation.files.file_tunes import FileTune, Refusal

_MODES = {
    "major": "maj",
    "minor": "min",
    "dorian": "dor",
    "mixolydian": "mix",
    "phrygian": "phr",
    "lydian": "lyd",
    "locrian": "loc",
    "aeolian": "aeo",
    "ionian": "ion",
}
_MODE = re.compile(r"([A-G][#b]?) ?(" + "|".join(_MODES) + ")?", re.IGNORECASE)


def key_of_mode(mode: str) -> str:
    """The K: value for the `mode` column of a dump; TuneFileError when it is not a mode.

    >>> key_of_mode("Edorian"), key_of_mode("F#minor"), key_of_mode("Bbmajor")
    ('Edor', 'F#min', 'Bbmaj')
    """
    match = _MODE.fullmatch(mode.strip())
    if match is None:
        raise TuneFileError(
            f"{mode[:40]!r} is not a key" if mode.strip() else "it has no key (mode)"
        )
    tonic = match[1][0].upper() + match[1][1:]
    return tonic + _MODES[(match[2] or "major").lower()]


def _from_row(row: Mapping[str, Any], place: str) -> FileTune | Refusal:
    # Early dumps call the columns tune and setting.
    number = _line(row.get("setting_id") or row.get("setting") or row.get("tune_id"))
    title = html.unescape(_line(row.get("name")))
    music = row.get("abc")
    if not isinstance(music, str) or not music.strip():
        return Refusal(place, title, "it has no music (abc)")
    try:
        key = key_of_mode(_line(row.get("mode")))
    except TuneFileError as error:
        return Refusal(place, title, str(error))
    rhythm, meter = _line(row.get("type")), _line(row.get("meter"))
    # thesession.org shows every setting with L:1/8; ABC's own default for 2/4 would be 1/16.
    fields = {"X": number or "1", "T": title, "R": rhythm, "M": meter, "L": "1/8", "K": key}
    header = "".join(f"{letter}:{value}\n" for letter, value in fields.items() if value)
    # The row, not an empty line, ends the tune.
    lines = (line.rstrip() for line in re.split(r"\r\n?|\n", music))
    return FileTune(header + "\n".join(line for line in lines if line) + "\n", place)


def _line(value: Any) -> str:
    """A cell as one line; thesession's numbers are text in one dump and numbers in another."""
    return " ".join(str(value).split()) if isinstance(value, str | int) else ""


def looks_like_json(text: str) -> bool:
    """Whether a text begins as JSON does."""
    # [V:1] or [K:G] at the beginning of an ABC text is no JSON.
    return bool(re.match(r"\s*(?:\[\s*[{\]]|\{\s*[\"}])", text))


def tunes_of_json(text: str) -> Iterator[FileTune | Refusal]:
    """The tunes of tunes.json; TuneFileError when it is damaged or of another kind."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TuneFileError(f"is damaged JSON ({error})") from error
    if isinstance(document, dict):
        # A dump within an object: the list under whatever name.
        document = next((rows for rows in document.values() if isinstance(rows, list)), [document])
    if not any(isinstance(row, dict) and "abc" in row for row in document):
        raise TuneFileError("holds no tunes of thesession.org: no row of it has an abc field")
    for number, row in enumerate(document, start=1):
        if isinstance(row, dict):
            yield _from_row(row, f"row {number}")
        else:
            yield Refusal(f"row {number}", "", "it is not a setting of a tune")


def csv_delimiter(text: str) -> str | None:
    """The character between the columns of a dump, None when the text is no such table."""
    header = text.lstrip().split("\n", 1)[0].lower()
    for delimiter in ",;\t":
        columns = {name.strip().strip('"') for name in header.split(delimiter)}
        if {"abc", "mode"} <= columns:
            return delimiter
    return None


def tunes_of_csv(text: str) -> Iterator[FileTune | Refusal]:
    """The tunes of tunes.csv."""
    reader = csv.reader(io.StringIO(text.lstrip()), delimiter=csv_delimiter(text) or ",")
    try:
        columns = [name.strip().lower() for name in next(reader)]
    except csv.Error as error:
        raise TuneFileError(f"is not a table ({error})") from error
    while True:
        place = f"line {reader.line_num + 1}"
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Refusal(place, "", f"it is not a row of a table ({error})")
            continue
        if not row:
            continue
        if len(row) != len(columns):
            yield Refusal(
                place, "", f"its row has {len(row)} columns, and the table has {len(columns)}"
            )
            continue
        yield _from_row(dict(zip(columns, row, strict=True)), place)
