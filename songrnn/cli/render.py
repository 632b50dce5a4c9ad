"""`songrnn render`: ABC files checked like a compiler would, and turned into score and sound."""

from pathlib import Path

import click

from songrnn.errors import ConfigError, SongRNNError, TuneFileError
from songrnn.notation.files.file_tunes import FileTune
from songrnn.notation.files.tune_file import MOST_BYTES, MOST_MEBIBYTES, TuneFile
from songrnn.notation.reading import Problem, Reading


def _opened(file: Path) -> TuneFile:
    """The file's tunes; what was guessed and left out is said on standard error."""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise TuneFileError(f"is larger than {MOST_MEBIBYTES} MiB")
        opened = TuneFile.from_bytes(file.read_bytes())
    except TuneFileError as error:
        raise TuneFileError(f"{file} {error}.") from None
    for notice in opened.notices:
        click.echo(f"{file}: {notice}", err=True)
    for refusal in opened.refusals:
        click.echo(f"{file}, {refusal}", err=True)
    if not opened.tunes:
        raise TuneFileError(f"{file} holds no tune that can be rendered.")
    return opened


def _chosen(opened: TuneFile, wanted: str | None) -> list[FileTune]:
    """The tunes of that X: number or title; all without one."""
    if wanted is None:
        return list(opened.tunes)
    asked = wanted.strip().casefold()
    found = [t for t in opened.tunes if asked in (t.number.casefold(), t.title.casefold())]
    if not found:
        known = ", ".join(f"{t.number or t.place} {t.title!r}" for t in opened.tunes[:10])
        more = "" if len(opened.tunes) <= 10 else f", and {len(opened.tunes) - 10:,} more"
        raise ConfigError(f"No tune has the number or title {wanted!r}; there are {known}{more}.")
    return found


def _place(file: Path, tune: FileTune, offset: int) -> str:
    line, column = tune.position(offset)
    # A row of a table became ABC, whose lines are not those of the file.
    return f"{file}:{line}:{column}" if tune.lines else f"{file}, {tune.place}:{line}:{column}"


def _targets(path: Path, tunes: int, index: int) -> Path:
    """With several tunes in a file, each output carries the tune's place in it."""
    return path if tunes == 1 else path.with_stem(f"{path.stem}-{index}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
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
@click.option(
    "--instrument",
    default="fiddle",
    show_default=True,
    help="What plays the tune in MIDI and sound.",
)
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
    instrument: str,
    check: bool,
) -> int:
    """Render the tunes of FILE: those that an import would take, from any supported format (ABC,
    <start> … <end>, folk-rnn tokens, a dump of thesession.org). Several tunes give numbered files.

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
    opened = _opened(file)
    tunes = _chosen(opened, wanted)
    errors = len(opened.refusals) if check else 0
    failures = 0
    for index, tune in enumerate(tunes, start=1):
        reading = read(tune.text)
        if check:
            errors += _print_problems(file, tune, reading.problems)
        if semitones:
            reading = read(transpose(reading, semitones))
        for kind, path in outputs.items():
            if path is None:
                continue
            target = _targets(path, len(tunes), index)
            try:
                replace_file(target, _make(kind, reading, instrument))
            except SongRNNError as error:
                failures += 1
                name = tune.number or tune.place
                click.echo(f"{file}: tune {name}: no {kind}: {error}", err=True)
            else:
                click.echo(str(target))
    if failures:
        return 2
    return 1 if errors else 0


def _print_problems(file: Path, tune: FileTune, problems: tuple[Problem, ...]) -> int:
    """Print a tune's problems where they stand in the file; how many are errors."""
    for problem in problems:
        place = _place(file, tune, problem.span[0])
        click.echo(f"{place}: {problem.severity}: {problem.message}")
    return sum(problem.severity == "error" for problem in problems)


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
