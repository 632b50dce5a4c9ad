"""`songrnn render`: ABC files checked like a compiler would, and turned into score and sound."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from songrnn.errors import ConfigError, SongRNNError
from songrnn.notation.reading import Reading

# ABC 2.1, section 2.2.2: a tune begins with an X: line and ends at an empty line.
_TUNE_START = re.compile(r"^X:", re.MULTILINE)


@dataclass(frozen=True)
class PlacedTune:
    """A tune of a file: its text, the line it starts at (from 1), and its X: number."""

    text: str
    line: int
    number: str


def tunes_of(text: str) -> Iterator[PlacedTune]:
    """The tunes of an ABC file; a text without any X: line is one tune.

    >>> [t.number for t in tunes_of("X:1\\nK:C\\nCDE\\n\\nX:2\\nK:G\\nGAB\\n")]
    ['1', '2']
    """
    starts = [match.start() for match in _TUNE_START.finditer(text)]
    if not starts:
        yield PlacedTune(text, 1, "1")
        return
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        tune = text[start:end]
        # What follows the first empty line is free text between tunes, not music.
        body, _, _ = tune.partition("\n\n")
        number = tune[2:].split("\n", 1)[0].strip() or "?"
        yield PlacedTune(body.rstrip("\n") + "\n", text.count("\n", 0, start) + 1, number)


def _read_text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return data.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")


def _targets(path: Path, tunes: int, index: int) -> Path:
    """With several tunes in a file, each output carries the tune's place in it."""
    return path if tunes == 1 else path.with_stem(f"{path.stem}-{index}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--midi", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--wav", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--musicxml", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--abc", type=click.Path(dir_okay=False, path_type=Path), help="The text itself.")
@click.option("--transpose", "semitones", default=0, type=click.IntRange(-24, 24))
@click.option("--instrument", default="fiddle", show_default=True)
@click.option(
    "--check", is_flag=True, help="Print the problems; exit code 1 when there are errors."
)
def render(
    file: Path,
    midi: Path | None,
    wav: Path | None,
    musicxml: Path | None,
    svg: Path | None,
    abc: Path | None,
    semitones: int,
    instrument: str,
    check: bool,
) -> int:
    """Render the tunes of the ABC FILE; several tunes give numbered files.

    Problems are printed as FILE:LINE:COLUMN: severity: sentence.
    """
    from songrnn.disk import replace_file
    from songrnn.notation.reader import read
    from songrnn.notation.transpose import transpose

    wanted = {"midi": midi, "wav": wav, "musicxml": musicxml, "svg": svg, "abc": abc}
    if not check and not any(wanted.values()):
        raise ConfigError(
            "Say what to make of it: --midi, --wav, --musicxml, --svg, --abc, --check."
        )
    tunes = list(tunes_of(_read_text(file)))
    errors = failures = 0
    for index, tune in enumerate(tunes, start=1):
        reading = read(tune.text)
        if check:
            for problem in reading.problems:
                before = tune.text[: problem.span[0]]
                line = tune.line + before.count("\n")
                column = len(before) - (before.rfind("\n") + 1) + 1
                click.echo(f"{file}:{line}:{column}: {problem.severity}: {problem.message}")
                errors += problem.severity == "error"
        if semitones:
            reading = read(transpose(reading, semitones))
        for kind, path in wanted.items():
            if path is None:
                continue
            target = _targets(path, len(tunes), index)
            try:
                replace_file(target, _make(kind, reading, instrument))
            except SongRNNError as error:
                failures += 1
                click.echo(f"{file}: tune {tune.number}: no {kind}: {error}", err=True)
            else:
                click.echo(str(target))
    if failures:
        return 2
    return 1 if errors else 0


def _make(kind: str, reading: Reading, instrument: str) -> bytes:
    if kind == "abc":
        text: str = reading.text
        return text.encode()
    if kind == "svg":
        from songrnn.notation.engraving import engrave

        return engrave(reading).encode()
    from songrnn.notation.score import to_midi, to_musicxml

    if kind == "musicxml":
        return to_musicxml(reading).encode()
    midi = to_midi(reading)
    if kind == "midi":
        return midi
    from songrnn.notation.audio import render as render_sound

    return render_sound(midi, instrument=instrument, format="wav").data
