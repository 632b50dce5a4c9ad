"""`songrnn render`: ABC files checked like a compiler would, and turned into score and sound."""

from pathlib import Path
from typing import NamedTuple

import click

from songrnn.cli.playing_options import playing_options
from songrnn.errors import ConfigError, SongRNNError, TuneFileError
from songrnn.notation.files.file_tunes import FileTune, Refusal
from songrnn.notation.files.tune_file import TuneFile
from songrnn.notation.playing.choice import Playing
from songrnn.notation.reading import Problem, Reading


class Found(NamedTuple):
    """A tune and the file it is from, as messages name it."""

    file: str
    tune: FileTune


def _opened(source: Path) -> tuple[list[Found], int]:
    """The tunes of a file, a folder or an archive, as an import finds them, and how many files and
    tunes were refused. What was guessed and left out is said on standard error."""
    from songrnn.corpus.gathering import Document, gather

    tunes: list[Found] = []
    refused = 0
    for item in gather(source):
        place = _within(source, item.place)
        if isinstance(item, Refusal):
            click.echo(f"{place}: {item.reason}", err=True)
            refused += 1
        if not isinstance(item, Document):
            continue
        try:
            opened = TuneFile.from_bytes(item.data)
        except TuneFileError as error:
            if place == str(source):
                raise TuneFileError(f"{source} {error}.") from None
            click.echo(f"{place} {error}.", err=True)
            refused += 1
            continue
        for notice in opened.notices:
            click.echo(f"{place}: {notice}", err=True)
        for refusal in opened.refusals:
            click.echo(f"{place}, {refusal}", err=True)
        tunes += [Found(place, tune) for tune in opened.tunes]
        refused += len(opened.refusals)
    if not tunes:
        raise TuneFileError(f"{source} holds no tune that can be rendered.")
    return tunes, refused


def _within(source: Path, place: str) -> str:
    """Where a file is: of a folder its path, of an archive the archive's path and its name in it."""
    if source.is_dir():
        return f"{source}/{place}"
    _, inside, name = place.partition("/")
    return f"{source}{inside}{name}"


def _chosen(tunes: list[Found], wanted: str | None) -> list[Found]:
    """The tunes of that X: number or title; all without one."""
    if wanted is None:
        return tunes
    asked = wanted.strip().casefold()
    found = [
        each for each in tunes if asked in (each.tune.number.casefold(), each.tune.title.casefold())
    ]
    if not found:
        known = ", ".join(f"{t.number or t.place} {t.title!r}" for _, t in tunes[:10])
        more = "" if len(tunes) <= 10 else f", and {len(tunes) - 10:,} more"
        raise ConfigError(f"No tune has the number or title {wanted!r}; there are {known}{more}.")
    return found


def _place(file: str, tune: FileTune, offset: int) -> str:
    line, column = tune.position(offset)
    # A row of a table became ABC, whose lines are not those of the file.
    return f"{file}:{line}:{column}" if tune.lines else f"{file}, {tune.place}:{line}:{column}"


def _targets(path: Path, tunes: int, index: int) -> Path:
    """With several tunes, each output carries the tune's place among them."""
    return path if tunes == 1 else path.with_stem(f"{path.stem}-{index}")


@click.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--tune", "wanted", help="Only the tune of this number (X:) or title.")
@click.option("--midi", type=click.Path(dir_okay=False, path_type=Path), help="Write a MIDI file.")
@click.option("--wav", type=click.Path(dir_okay=False, path_type=Path), help="Write the sound.")
@click.option(
    "--musicxml",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write MusicXML, for notation programs.",
)
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path), help="Draw the staff.")
@click.option(
    "--abc", type=click.Path(dir_okay=False, path_type=Path), help="Write the tune as ABC text."
)
@click.option(
    "--transpose",
    "semitones",
    default=0,
    type=click.IntRange(-24, 24),
    help="Semitones to transpose by first; negative is down.",
)
@playing_options(instrument=True)
@click.option(
    "--check", is_flag=True, help="Print the problems; exit code 1 when there are errors."
)
def render(
    file: Path,
    wanted: str | None,
    midi: Path | None,
    wav: Path | None,
    musicxml: Path | None,
    svg: Path | None,
    abc: Path | None,
    semitones: int,
    playing: Playing,
    check: bool,
) -> int:
    """Render the tunes of FILE, a file, folder or zip archive: those that an import would take, from
    any supported format (ABC, <start> … <end>, folk-rnn tokens, a dump of thesession.org). Several
    tunes give numbered files.

    Problems are printed as FILE:LINE:COLUMN: severity: sentence.
    """
    from songrnn.disk import replace_file
    from songrnn.notation.reader import read
    from songrnn.notation.transpose import transpose

    outputs = {"midi": midi, "wav": wav, "musicxml": musicxml, "svg": svg, "abc": abc}
    if not check and not any(outputs.values()):
        raise ConfigError(
            "Say what to make of it: --midi, --wav, --musicxml, --svg, --abc, --check."
        )
    found, refused = _opened(file)
    tunes = _chosen(found, wanted)
    errors = refused if check else 0
    failures = 0
    for index, (place, tune) in enumerate(tunes, start=1):
        reading = read(tune.text)
        if check:
            errors += _print_problems(place, tune, reading.problems)
        if semitones:
            reading = read(transpose(reading, semitones))
        for kind, path in outputs.items():
            if path is None:
                continue
            target = _targets(path, len(tunes), index)
            try:
                replace_file(target, _make(kind, reading, playing), most=None)
            except SongRNNError as error:
                failures += 1
                name = tune.number or tune.place
                click.echo(f"{place}: tune {name}: no {kind}: {error}", err=True)
            else:
                click.echo(str(target))
    if failures:
        return 2
    return 1 if errors else 0


def _print_problems(file: str, tune: FileTune, problems: tuple[Problem, ...]) -> int:
    """Print a tune's problems where they stand in the file; how many are errors."""
    for problem in problems:
        place = _place(file, tune, problem.span[0])
        click.echo(f"{place}: {problem.severity}: {problem.message}")
    return sum(problem.severity == "error" for problem in problems)


def _make(kind: str, reading: Reading, playing: Playing) -> bytes:
    if kind == "abc":
        text: str = reading.text
        return text.encode()
    if kind == "svg":
        from songrnn.notation.engraving import engrave

        return engrave(reading).encode()
    if kind == "musicxml":
        from songrnn.notation.score import to_musicxml

        return to_musicxml(reading).encode()
    from songrnn.notation.sound import midi_of, sound_of

    if kind == "midi":
        return midi_of(reading, playing)
    return sound_of(reading, playing).data
