"""`songrnn generate`: songs from a run, as files or JSON."""

import hashlib
import secrets
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.output import JsonList, progress_bar
from songrnn.config import SampleConfig

if TYPE_CHECKING:
    from songrnn.config import CorpusReference
    from songrnn.quality.reference import QualityReference

# From so many songs on their summary has real tunes beside it; measuring those takes seconds.
_ENOUGH = 20
_FIELDS = SampleConfig.model_fields


@click.command()
@click.argument("run")
@click.option(
    "--temperature",
    "-t",
    default=_FIELDS["temperature"].default,
    show_default=True,
    help="Divides the logits; 0 takes the most probable character.",
)
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
    "--length",
    default=_FIELDS["limit"].default,
    show_default=True,
    help="Most characters of a song.",
)
@click.option("--top-k", default=_FIELDS["top_k"].default, show_default=True)
@click.option("--top-p", default=_FIELDS["top_p"].default, show_default=True)
@click.option("--min-p", default=_FIELDS["min_p"].default, show_default=True)
@click.option(
    "--whole-bars",
    is_flag=True,
    help="Only characters that can still lead to whole bars, closed repeats and a proper end.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for .txt, .abc, .mid and .wav; without it the song is printed.",
)
@click.option("--keep", is_flag=True, help="Keep the songs with the run, for the dashboard.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def generate(
    run: str,
    seed: int | None,
    prime: str,
    count: int,
    out: Path | None,
    keep: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Let RUN compose songs from a start sequence."""
    from rich.console import Console
    from rich.progress import track

    from songrnn.generation.composer import compose_each
    from songrnn.generation.export import Provenance, song_files
    from songrnn.model.engine import Engine
    from songrnn.notation.reader import read
    from songrnn.quality.reference import song_record
    from songrnn.store.files import replace_file
    from songrnn.store.runs import open_run
    from songrnn.store.songs import new_song

    config = SampleConfig(
        temperature=given["temperature"],
        top_k=given["top_k"],
        top_p=given["top_p"],
        min_p=given["min_p"],
        limit=given["length"],
        whole_bars=given["whole_bars"],
    )
    opened = open_run(run)
    engine = Engine.of(opened)
    first = secrets.randbelow(2**31) if seed is None else seed
    start = prime.replace("\\n", "\n")
    if config.whole_bars:
        _say_wrong_bars(start)
    reference = (
        _reference(opened.config.corpus, measured=as_json and count >= _ENOUGH)
        if as_json or keep
        else None
    )
    summary = _Summary(reference, whole_bars=config.whole_bars)
    listed = JsonList("songs") if as_json else None
    written = compose_each(
        engine, opened.vocabulary, prime=start, config=config, seeds=range(first, first + count)
    )
    console = Console(stderr=True)
    shown = count > 1 and console.is_terminal and (as_json or out is not None)
    for song in track(written, "Writing", total=count, console=console, disable=not shown):
        record: dict[str, Any] = {
            "text": song.text,
            "seed": song.seed,
            "temperature": config.temperature,
            "stopped_by": song.stopped_by,
            "characters": len(song.text),
        }
        quality: dict[str, Any] = {}
        if as_json or keep:
            index = reference.index if reference else None
            ended = song.stopped_by == "end"
            quality = song_record(read(song.text), ended=ended, index=index)
        if as_json:
            record["bars"] = quality["bars"]
            record["quality"] = {k: v for k, v in quality.items() if k != "bars"}
        if config.whole_bars:
            record["share_withheld"] = song.share_withheld
        provenance = Provenance(run, config, song.seed, song.stopped_by)
        if keep:
            kept = new_song(
                run,
                song.text,
                config,
                prime=start,
                seed=song.seed,
                stopped_by=song.stopped_by,
                log_probabilities=song.log_probabilities.tolist(),
                share_withheld=song.share_withheld if config.whole_bars else None,
                figures=quality,
            )
            opened.keep_song(kept)
            record["kept"] = kept.id
        if out is not None:
            made = song_files(song.text, provenance)
            out.mkdir(parents=True, exist_ok=True)
            stem = _free_stem(out, f"{run}-t{config.temperature:g}-s{song.seed}", song.text)
            for suffix, data in made.files.items():
                replace_file(out / f"{stem}.{suffix}", data)
            record["files"] = {s: str(out / f"{stem}.{s}") for s in made.files}
            record["missing"] = made.missing
        if listed is not None:
            summary.add(record)
            listed.add(record)
        else:
            _say(record, provenance)
    if listed is not None:
        listed.print(summary={"run": run, **summary.figures()})


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
    """What songs are judged by; without the run's own tunes their novelty is not told."""
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


class _Summary:
    """Figures of all songs together, song by song: ten thousand take no more room than one.

    Shares are 0 to 1. all_bars_right is of the songs that ended by themselves with eight bars or
    more. real_tunes: the same figures of the validation tunes, from as many songs on as make them
    worth comparing.
    """

    _MEANS = ("right_bars", "novelty", "in_key")

    def __init__(self, reference: "QualityReference | None", *, whole_bars: bool) -> None:
        self._reference = reference
        self._whole_bars = whole_bars
        self._counts: Counter[str] = Counter()
        self._sums: Counter[str] = Counter()

    def add(self, song: dict[str, Any]) -> None:
        """Take a song's record in."""
        quality, counts = song["quality"], self._counts
        ended = song["stopped_by"] == "end"
        whole = ended and song["bars"] >= 8
        counts["songs"] += 1
        counts["ended"] += ended
        counts["whole"] += whole
        counts["right"] += whole and quality["right_bars"] == 1
        counts["valid"] += quality["valid"]
        self._sums["withheld"] += song.get("share_withheld", 0.0)
        for name in self._MEANS:
            if quality[name] is not None:
                counts[name] += 1
                self._sums[name] += quality[name]

    def figures(self) -> dict[str, Any]:
        """The figures of the songs so far."""
        counts = self._counts
        songs = counts["songs"]

        def mean(total: float, n: int) -> float | None:
            return total / n if n else None

        summary: dict[str, Any] = {
            "count": songs,
            "ended_by_themselves": mean(counts["ended"], songs),
            "ended_with_eight_bars": mean(counts["whole"], songs),
            "all_bars_right": mean(counts["right"], counts["whole"]),
        }
        if self._whole_bars:
            summary["share_withheld"] = mean(self._sums["withheld"], songs)
        summary["valid"] = mean(counts["valid"], songs)
        for name in self._MEANS:
            summary[f"mean_{name}"] = mean(self._sums[name], counts[name])
        reference = self._reference
        if reference is not None and reference.means:
            seen = reference.means.get("seen_notes")  # no validation tune may have 8 notes
            summary["real_tunes"] = {
                "count": reference.tunes,
                "all_bars_right": reference.all_bars_right,
                "valid": reference.means.get("valid"),
                "mean_right_bars": reference.means.get("right_bars"),
                "mean_novelty": None if seen is None else 1 - seen,
                "mean_in_key": reference.means.get("in_key"),
            }
        return summary


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
