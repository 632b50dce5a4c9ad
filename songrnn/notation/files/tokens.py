"""folk-rnn's data: tunes as tokens between spaces, M:6/8 K:Cdor G A B c 2 | …, as ABC.

The format is that of Sturm et al. (2016); <s> and </s> around the tunes may be there or not.
"""

import re
from collections.abc import Iterable, Iterator

from songrnn.notation.files.file_tunes import FileTune, Refusal

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

    def close(self, number: int) -> FileTune | Refusal:
        place = f"line {self.line}"
        if self.unknown:
            shown = self.unknown if len(self.unknown) < 40 else self.unknown[:40] + "…"
            return Refusal(place, self.title, f"{shown!r} is not a folk-rnn token")
        # The data were made from thesession.org, where a quaver is the unit whatever the meter.
        fields = {"L": "1/8"} | self.fields
        header = [f"X:{number}", *([f"T:{self.title}"] if self.title else [])]
        header += [f"{letter}:{fields[letter]}" for letter in "RMLQK" if letter in fields]
        return FileTune("\n".join([*header, _join(self.music)]) + "\n", place)


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


def tunes_of_tokens(text: str) -> Iterator[FileTune | Refusal]:
    """The tunes of a text of tokens."""
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


def is_tokens(text: str) -> bool:
    """Whether a text without X: is music in tokens: nearly all that spaces part is one token."""
    checked = known = 0
    for line in text[:20_000].split("\n"):
        if line[1:2] == ":" and line[:1] in "TRLQKM" and " " not in line.strip():
            continue
        if line.startswith("T:"):
            continue
        for token in line.split():
            checked += 1
            field = _FIELD_TOKEN.fullmatch(token)
            short = len(token) <= _LONGEST_TOKEN and _TOKEN.fullmatch(token)
            known += bool(field or short or token in ("<s>", "</s>"))
    return checked > 0 and known >= 0.8 * checked
