"""From a file's text to tunes in ABC, whichever way the file keeps them.

    abc         X: … K: …, the music; an empty line or the next X: ends a tune
    marked      <start> … <end> around each tune, as character models are often fed
    folk-rnn    tokens between spaces: M:6/8 K:Cdor G A B c 2 | …, with <s> and </s> or without
    thesession  the dumps of thesession.org, tunes.csv or tunes.json: one setting a row

Each format is a function from text to `RawTune`s and `Refusal`s with the line they begin at. The
tunes are as the file has them: cleaning comes later and is the same for all (`cleaning.py`).
"""

import csv
import html
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from songrnn.corpus.cleaning import raw_tunes, title_of
from songrnn.corpus.gathering import Refusal
from songrnn.errors import CorpusError


@dataclass(frozen=True, slots=True)
class RawTune:
    """A tune as ABC text, and the line of the file (or the row of a table) it begins at."""

    text: str
    place: str


Found = Iterator[RawTune | Refusal]


def recognise(text: str) -> str:
    """The name of the format, by what the text holds: names of files are often wrong.

    CorpusError when it is none of them.
    """
    start = text.lstrip()[:1]
    if not start:
        raise CorpusError("is empty")
    if start in ("{", "[") and _looks_like_json(text):
        return "thesession JSON"
    if _csv_dialect(text) is not None:
        return "thesession CSV"
    if _START.search(text):
        return "marked"
    if re.search(r"^X:", text, re.MULTILINE):
        return "abc"
    if re.search(r"(?:^|[ \[])K:", text, re.MULTILINE):
        return "folk-rnn"
    raise CorpusError(
        "holds no tunes: neither ABC (X: and K:), nor <start> … <end>, nor folk-rnn tokens, "
        "nor a table of thesession.org"
    )


def tunes_of(text: str, format: str) -> Found:
    """All tunes of a text in one of the formats `recognise` names, and what is none.

    CorpusError when the file as a whole cannot be read.
    """
    return _READERS[format](text)


# --- abc ------------------------------------------------------------------------------------------


def _from_abc(text: str) -> Found:
    start = re.search(r"^X:", text, re.MULTILINE)
    before = text[: start.start()] if start else ""
    # Fields above the first tune hold for all that lack them (ABC 2.1 section 2.2.2).
    shared = re.findall(r"^([RML]):(.*)$", before, re.MULTILINE)
    line = 1 + before.count("\n")
    for raw in raw_tunes(text):
        key = re.search(r"^K:", raw, re.MULTILINE)
        if shared and key:
            header = raw[: key.start()]
            header += "".join(f"{name}:{value}\n" for name, value in shared)
            # The first field of a letter counts, so a tune's own comes before these.
            yield RawTune(header + raw[key.start() :], f"line {line}")
        else:
            yield RawTune(raw, f"line {line}")
        line += raw.count("\n")


# --- marked ---------------------------------------------------------------------------------------

_START = re.compile(r"<start>", re.IGNORECASE)
_END = re.compile(r"<end>", re.IGNORECASE)


def _from_marked(text: str) -> Found:
    parts = _START.split(text)
    line = 1 + parts[0].count("\n")
    for part in parts[1:]:
        place = f"line {line}"
        line += part.count("\n")
        tune = _END.split(part, maxsplit=1)
        title = title_of(part)
        if len(tune) == 1:
            yield Refusal(place, title, "it is cut off: no <end> follows its <start>")
        elif not tune[0].strip():
            yield Refusal(place, title, "nothing is between its <start> and <end>")
        else:
            yield RawTune(tune[0].strip() + "\n", place)


# --- folk-rnn -------------------------------------------------------------------------------------

# The vocabulary of the folk-rnn data (Sturm et al. 2016): a note with accidental and octave, a
# rest, a length or broken rhythm or both, a bar line with or without the number of an ending, a
# tuplet's opening, and what chords, ties, slurs, graces and ornaments are written with.
_TOKEN = re.compile(
    r"(?:\^{1,2}|_{1,2}|=)?[A-Ga-g][,']*"
    r"|[zxZ]"
    r"|\d*/*\d*[<>]{0,3}"
    r"|[:|\[\]]*\|[:|\]]*\d?|::|:\|\d|\[\d|\|?:+"
    r"|\(\d(?::\d?){0,2}"
    r"|[\[\]()\-{}~.^_=uvTHLMOPS]"
)
_LONGEST_TOKEN = 12
_FIELD_TOKEN = re.compile(r"\[?([MKLRQ]):([^\]\s]*)\]?")
_MODE_ALONE = re.compile(r"(?:maj|min|m|dor|mix|phr|lyd|loc|aeo|ion)[a-z]*", re.IGNORECASE)


class _TokenTune:
    """A folk-rnn tune as it grows token by token."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.title = ""
        self.fields: dict[str, str] = {}
        self.music: list[str] = []
        self.unknown = ""

    def add(self, token: str) -> None:
        field = _FIELD_TOKEN.fullmatch(token)
        if field and not self.music:
            self.fields.setdefault(field[1], _with_tonic(*field.groups()))
        elif field:
            self.music.append(f"[{field[1]}:{_with_tonic(*field.groups())}]")
        elif len(token) <= _LONGEST_TOKEN and _TOKEN.fullmatch(token):
            self.music.append(token)
        else:
            self.unknown = self.unknown or token

    def close(self, number: int) -> RawTune | Refusal:
        place = f"line {self.line}"
        if self.unknown:
            shown = self.unknown if len(self.unknown) < 40 else self.unknown[:40] + "…"
            return Refusal(place, self.title, f"{shown!r} is no folk-rnn token")
        # The data were made from thesession.org, where a quaver is the unit whatever the meter.
        fields = {"L": "1/8"} | self.fields
        header = [f"X:{number}", *([f"T:{self.title}"] if self.title else [])]
        header += [f"{letter}:{fields[letter]}" for letter in "RMLQK" if letter in fields]
        return RawTune("\n".join([*header, _join(self.music)]) + "\n", place)


def _with_tonic(letter: str, value: str) -> str:
    """`K:dor`, as in the data with all tunes moved to the root C, is `K:Cdor`."""
    return f"C{value}" if letter == "K" and _MODE_ALONE.fullmatch(value) else value


def _join(tokens: Iterable[str]) -> str:
    """The tokens without the spaces between them, but where a bar line would swallow a chord.

    The spaces that beam notes are lost in folk-rnn's data; none are invented.
    """
    music: list[str] = []
    for token in tokens:
        # |[ and [| are bar lines of their own.
        before = music[-1] if music else ""
        if (before.endswith("|") and token.startswith("[")) or (
            before.endswith("[") and token.startswith("|")
        ):
            music.append(" ")
        music.append(token)
    return "".join(music)


def _from_tokens(text: str) -> Found:
    tune: _TokenTune | None = None
    number = 0
    for line_number, line in enumerate(text.split("\n"), start=1):
        title = re.match(r"T:\s*(.*)", line)
        tokens = [] if title else line.split()
        # A tune ends at an empty line, and where the next one's title or meter begins a line.
        ends = not line.strip() or title or tokens[0].lstrip("[").startswith("M:")
        if tune is not None and ends and (tune.music or tune.unknown):
            number += 1
            yield tune.close(number)
            tune = None
        if title:
            tune = tune or _TokenTune(line_number)
            tune.title = tune.title or title[1].strip()
        for token in tokens:
            if token in ("<s>", "</s>"):
                if tune is not None and (tune.music or tune.unknown):
                    number += 1
                    yield tune.close(number)
                tune = None
                continue
            tune = tune or _TokenTune(line_number)
            tune.add(token)
    if tune is not None:
        yield tune.close(number + 1)


# --- thesession -----------------------------------------------------------------------------------

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
    """The K: value for the `mode` column of a dump; CorpusError when it is no mode.

    >>> key_of_mode("Edorian"), key_of_mode("F#minor"), key_of_mode("Bbmajor")
    ('Edor', 'F#min', 'Bbmaj')
    """
    match = _MODE.fullmatch(mode.strip())
    if match is None:
        raise CorpusError(f"{mode[:40]!r} is no key" if mode.strip() else "it has no key (mode)")
    tonic = match[1][0].upper() + match[1][1:]
    return tonic + _MODES[(match[2] or "major").lower()]


def _from_row(row: Mapping[str, Any], place: str) -> RawTune | Refusal:
    # Early dumps call the columns tune and setting.
    number = _line(row.get("setting_id") or row.get("setting") or row.get("tune_id"))
    title = html.unescape(_line(row.get("name")))
    music = row.get("abc")
    if not isinstance(music, str) or not music.strip():
        return Refusal(place, title, "it has no music (abc)")
    try:
        key = key_of_mode(_line(row.get("mode")))
    except CorpusError as error:
        return Refusal(place, title, str(error))
    rhythm, meter = _line(row.get("type")), _line(row.get("meter"))
    # thesession.org shows every setting with L:1/8; ABC's own default for 2/4 would be 1/16.
    fields = {"X": number or "1", "T": title, "R": rhythm, "M": meter, "L": "1/8", "K": key}
    header = "".join(f"{letter}:{value}\n" for letter, value in fields.items() if value)
    return RawTune(header + re.sub(r"\r\n?", "\n", music).strip() + "\n", place)


def _line(value: Any) -> str:
    """A cell as one line; thesession's numbers are text in one dump and numbers in another."""
    return " ".join(str(value).split()) if isinstance(value, str | int) else ""


def _looks_like_json(text: str) -> bool:
    # [V:1] or [K:G] at the beginning of an ABC text is no JSON.
    return bool(re.match(r"\s*(?:\[\s*[{\]]|\{\s*[\"}])", text))


def _from_json(text: str) -> Found:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"is damaged JSON ({error})") from error
    if isinstance(document, dict):
        # A dump within an object: the list under whatever name.
        document = next((rows for rows in document.values() if isinstance(rows, list)), [document])
    if not any(isinstance(row, dict) and "abc" in row for row in document):
        raise CorpusError("holds no tunes of thesession.org: no row of it has an abc field")
    for number, row in enumerate(document, start=1):
        if isinstance(row, dict):
            yield _from_row(row, f"row {number}")
        else:
            yield Refusal(f"row {number}", "", "it is no setting of a tune")


def _csv_dialect(text: str) -> str | None:
    """The character between the columns of a dump, None when the text is no such table."""
    header = text.lstrip().split("\n", 1)[0].lower()
    for delimiter in ",;\t":
        columns = {name.strip().strip('"') for name in header.split(delimiter)}
        if {"abc", "mode"} <= columns:
            return delimiter
    return None


def _from_csv(text: str) -> Found:
    reader = csv.reader(io.StringIO(text.lstrip()), delimiter=_csv_dialect(text) or ",")
    try:
        columns = [name.strip().lower() for name in next(reader)]
    except csv.Error as error:
        raise CorpusError(f"is no table ({error})") from error
    while True:
        place = f"line {reader.line_num + 1}"
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Refusal(place, "", f"it is no row of a table ({error})")
            continue
        if not row:
            continue
        if len(row) != len(columns):
            yield Refusal(
                place, "", f"its row has {len(row)} columns, and the table has {len(columns)}"
            )
            continue
        yield _from_row(dict(zip(columns, row, strict=True)), place)


_READERS: dict[str, Callable[[str], Found]] = {
    "abc": _from_abc,
    "marked": _from_marked,
    "folk-rnn": _from_tokens,
    "thesession CSV": _from_csv,
    "thesession JSON": _from_json,
}
