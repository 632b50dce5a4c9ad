"""`songrnn generate`: songs from a run, as files or JSON."""

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from songrnn.cli.output import JsonList, progress_bar
from songrnn.cli.playing_options import playing_options
from songrnn.cli.ranking import best_of
from songrnn.cli.setting_options import setting_options
from songrnn.config import SAMPLE_SETTINGS, SampleConfig, recommended

if TYPE_CHECKING:
    from songrnn.config import CorpusReference
    from songrnn.generation.composition import Composition
    from songrnn.generation.export import Provenance
    from songrnn.notation.playing.choice import Playing
    from songrnn.quality.novelty import Index
    from songrnn.quality.ranking import Rank, RankBy
    from songrnn.quality.reference import QualityReference
    from songrnn.quality.source_copies import SourceMelodies
    from songrnn.store.runs import Run

# A summary of so many songs or more has real tunes to compare with; measuring those takes seconds.
_ENOUGH = 20


@click.command()
@click.argument("run")
@setting_options(SAMPLE_SETTINGS.values(), letters={"temperature": "t"})
@click.option("--seed", type=int, help="The same seed gives the same song (default: a new one).")
@click.option(
    "--prime", default="X:1\\n", show_default=True, help=r"Start sequence; \n is read as a newline."
)
@click.option(
    "--count",
    default=1,
    show_default=True,
    type=click.IntRange(1, 1_000_000),
    help="How many songs, with seeds counting up.",
)
@click.option(
    "--best",
    type=click.IntRange(min=1),
    help="Write all songs, rank them, and give this many, the best first (default: all, unranked).",
)
@click.option(
    "--rank-by",
    type=click.Choice(["typicality", "likelihood", "none"]),
    default="typicality",
    show_default=True,
    help="What --best ranks by: how like training tunes a song is built, the network's own "
    "likelihood, which finds no better songs, or nothing. Songs that copy come last.",
)
@click.option(
    "--recommended",
    "recommended_",
    is_flag=True,
    help="Use the temperature, whole bars, form, recall, ways of a phrase and drafts that gave the songs "
    "most like real tunes, as far as the run has learned them; options of these names that are given go "
    "before. With --count and --best several are ranked.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for .txt, .abc, .mid and .wav; without it the song is printed.",
)
@playing_options()
@click.option(
    "--midi", is_flag=True, help="Call the MIDI file .midi instead of .mid, as the course does."
)
@click.option("--keep", is_flag=True, help="Keep the songs with the run, for the dashboard.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def generate(
    run: str,
    seed: int | None,
    prime: str,
    count: int,
    best: int | None,
    rank_by: "RankBy",
    recommended_: bool,
    out: Path | None,
    playing: "Playing",
    midi: bool,
    keep: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Let RUN compose songs from a start sequence."""
    from rich.console import Console
    from rich.progress import track

    from songrnn.generation.export import Provenance
    from songrnn.quality.source_copies import source_melodies
    from songrnn.quality.summary import SongSummary

    opened = _opened(run, keep=keep)
    config = _recommended(opened, given) if recommended_ else SampleConfig(**given)
    first = secrets.randbelow(2**31) if seed is None else seed
    start = prime.replace("\\n", "\n")
    if config.whole_bars:
        _say_wrong_bars(start)
    reference = None
    if as_json or keep or best or config.ways > 1:
        reference = _reference(opened.config.corpus, measured=as_json and count >= _ENOUGH)
    summary = SongSummary(reference, whole_bars=config.whole_bars)
    listed = JsonList("songs") if as_json else None
    index = reference.index if reference else None
    sources = source_melodies(opened) if as_json or keep else None  # read once for all songs
    written = _songs(opened, config, start, range(first, first + count), index)
    ranked = best_of(written, best, rank_by, opened, index)
    console = Console(stderr=True)
    shown = count > 1 and console.is_terminal and (as_json or out is not None)
    total = min(best or count, count)
    for song, rank in track(ranked, "Writing", total=total, console=console, disable=not shown):
        quality = _quality(song, reference, sources) if as_json or keep else {}
        record = _record(song, rank)
        if as_json:
            record["bars"] = quality["bars"]
            record["quality"] = {k: v for k, v in quality.items() if k != "bars"}
        provenance = Provenance(run, config, song.seed, song.stopped_by)
        if keep:
            record["kept"] = _keep(opened, song, quality)
        if out is not None:
            record |= _write(song, provenance, out, playing, midi=midi)
        if listed is not None:
            summary.add(record)
            listed.add(record)
        else:
            _say(record, provenance)
    if listed is not None:
        listed.print(summary={"run": run, **summary.figures()})


def _opened(name: str, *, keep: bool) -> "Run":
    """The run; refused before anything is written when songs are to be kept and may not be."""
    from songrnn.access import check_may_change
    from songrnn.paths import additions_directory
    from songrnn.store.runs import open_run

    run = open_run(name)
    if keep:
        check_may_change(additions_directory(run.path))
    return run


def _recommended(run: "Run", given: dict[str, Any]) -> SampleConfig:
    """The settings given by a person, the others as they are recommended, as far as the run has
    learned what they need."""
    from songrnn.generation.forms.stored import read_forms
    from songrnn.quality.beginnings_file import read_beginnings
    from songrnn.recall.stored import read_gate

    chosen = recommended(
        recall=read_gate(run) is not None,
        phrases=read_beginnings(run) is not None,
        forms=read_forms(run) is not None,
    )
    names = ("temperature", "whole_bars", "recall", "form", "ways", "drafts")
    source = click.get_current_context().get_parameter_source
    typed = {name for name in names if source(name) is ParameterSource.COMMANDLINE}
    found = given | {name: getattr(chosen, name) for name in names if name not in typed}
    if found["ways"] == 1 and "drafts" not in typed:
        found["drafts"] = 1
    return SampleConfig(**found)


def _songs(
    run: "Run", config: SampleConfig, prime: str, seeds: Iterable[int], index: "Index | None"
) -> Iterator["Composition"]:
    """The songs of a run as they get ready."""
    from songrnn.generation.composer import compose_each
    from songrnn.generation.forms.stored import read_forms
    from songrnn.model.engine import Engine
    from songrnn.quality.beginnings_file import read_beginnings
    from songrnn.recall.stored import read_gate

    gate = read_gate(run) if config.recall else None
    beginnings = read_beginnings(run) if config.ways > 1 else None
    return compose_each(
        Engine.of(run),
        run.vocabulary,
        prime=prime,
        config=config,
        gate=gate,
        forms=read_forms(run) if config.form else None,
        judge=beginnings.judge(index) if beginnings is not None else None,
        seeds=seeds,
    )


def _record(song: "Composition", rank: "Rank | None") -> dict[str, Any]:
    """What JSON says of a song, without its quality."""
    told: dict[str, Any] = {}
    if rank is not None:
        told["rank"] = asdict(rank) | {"sentence": rank.sentence()}
    if song.config.ways > 1:
        told |= {"ways": song.config.ways, "drafts": song.config.drafts}
    if song.config.form:
        told["form"] = True
    if song.config.whole_bars:
        told["share_withheld"] = song.share_withheld
    return told | {
        "text": song.text,
        "seed": song.seed,
        "temperature": song.config.temperature,
        "stopped_by": song.stopped_by,
        "characters": len(song.text),
    }


def _quality(
    song: "Composition",
    reference: "QualityReference | None",
    sources: "SourceMelodies | None",
) -> dict[str, Any]:
    from songrnn.notation.reader import read
    from songrnn.quality.reference import song_record

    index = reference.index if reference else None
    record = song_record(read(song.text), ended=song.stopped_by == "end", index=index)
    return record | (asdict(sources.look_up(song.text)) if sources else {})


def _keep(run: "Run", song: "Composition", quality: dict[str, Any]) -> str:
    """Keep the song with its run; its id."""
    from songrnn.store.songs import new_song

    kept = new_song(
        run.name,
        song.text,
        song.config,
        prime=song.prime,
        seed=song.seed,
        stopped_by=song.stopped_by,
        log_probabilities=song.log_probabilities.tolist(),
        share_withheld=song.share_withheld if song.config.whole_bars else None,
        figures=quality,
    )
    run.keep_song(kept)
    return kept.id


def _write(
    song: "Composition", provenance: "Provenance", out: Path, playing: "Playing", *, midi: bool
) -> dict[str, Any]:
    """Write the song's files into a folder; which there are, and why others are missing."""
    from songrnn.disk import replace_file
    from songrnn.generation.export import song_files

    formats = ("txt", "abc", "midi" if midi else "mid", "wav")
    made = song_files(song.text, provenance, formats, playing=playing)
    out.mkdir(parents=True, exist_ok=True)
    name = f"{provenance.run}-t{song.config.temperature:g}-s{song.seed}"
    stem = _free_stem(out, name, song.text)
    for suffix, data in made.files.items():
        replace_file(out / f"{stem}.{suffix}", data, most=None)
    return {
        "files": {suffix: str(out / f"{stem}.{suffix}") for suffix in made.files},
        "missing": made.missing,
    }


def _free_stem(out: Path, stem: str, text: str) -> str:
    """The stem, with a mark of the text behind it where another song has that name already."""
    try:
        same = (out / f"{stem}.txt").read_bytes() == text.encode()
    except FileNotFoundError:
        return stem
    return stem if same else f"{stem}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def _say_wrong_bars(start: str) -> None:
    """Point at bars of the start sequence that the rule of whole bars cannot mend."""
    from songrnn.notation.bars import wrong_bars
    from songrnn.notation.reader import read

    wrong = [str(number) for number in wrong_bars(read(start), unfinished=True)]
    if wrong:
        click.echo(
            f"Bar {', '.join(wrong)} of the start sequence is not as long as its meter says and "
            "stays so; whole bars begin after it.",
            err=True,
        )


def _reference(corpus: "CorpusReference", *, measured: bool) -> "QualityReference | None":
    """What songs are judged by; without the run's own tunes novelty is left out."""
    from songrnn.corpus.sources import load_of
    from songrnn.errors import CorpusError
    from songrnn.paths import cache_directory
    from songrnn.quality.reference import build_reference

    try:
        with progress_bar("Reading the corpus") as progress:
            return build_reference(
                load_of(corpus, progress=progress), cache_directory(), measured=measured
            )
    except CorpusError as error:
        click.echo(f"Novelty is left out: {error}", err=True)
        return None


def _say(record: dict[str, Any], provenance: Any) -> None:
    about = ", ".join(provenance.lines())
    if "files" in record:
        click.echo(f"{about}; {record['characters']} characters")
        for path in record["files"].values():
            click.echo(f"  {path}")
        for suffix, reason in record["missing"].items():
            click.echo(f"  no .{suffix}: {reason}", err=True)
    else:
        click.echo(record["text"].rstrip("\n"))
        click.echo(f"% {about}", err=True)
    if "rank" in record:
        click.echo(f"% {record['rank']['sentence']}", err=True)
