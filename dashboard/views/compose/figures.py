"""What is counted of a song, with the words that say what each number is."""

from dashboard import loaders
from dashboard.state.songs import Song
from dashboard.wording import plain
from songrnn.config import CorpusReference
from songrnn.notation.bars import right_bars
from songrnn.notation.performance import perform
from songrnn.store.runs import Run

Figure = tuple[str, str, str]


def song_figures(text: str, corpus: CorpusReference | None) -> list[Figure]:
    """(name, value, what it means) of a song by a run that learned from this corpus, if known."""
    reading = loaders.music.reading(text)
    notes = sum(event.kind in ("note", "chord") for event in reading.events)
    problems = sum(problem.severity != "note" for problem in reading.problems)
    right, bars = right_bars(reading)
    human = None if corpus is None else loaders.corpora.right_bars(corpus)
    real = ""
    if human is not None:
        real = (
            f" Real validation tunes: {human.share:.1%} of {human.bars:,} bars "
            f"({human.tunes:,} tunes)."
        )
    elif corpus is not None and (why := loaders.corpora.why_no_right_bars(corpus)):
        real = f" Those of real tunes could not be counted: {plain(why)}"
    return [
        ("Characters", f"{len(text):,}", "Characters of the whole song, the opening included."),
        ("Notes", f"{notes:,}", "Notes and chords as written; a repeat counts once."),
        (
            "Duration",
            f"{perform(reading).seconds:.0f} s",
            "How long the song plays, repeats included, at the tempo it names; where it names none, at the "
            "plain one: a musician may take another.",
        ),
        (
            "Complete bars",
            f"{right} of {bars}" if bars else "–",
            "Bars exactly as long as the meter says; a pickup, and bars that a repeat divides, "
            f"count as complete when the other part makes up for them.{real}",
        ),
        (
            "Warnings",
            f"{problems}",
            "Mistakes of notation: bars too long or short, brackets left open, … They are listed "
            "below.",
        ),
    ]


def withheld(song: Song) -> list[Figure]:
    """How much probability whole bars and the form took away; nothing for a song without rules."""
    if song.share_withheld is None:
        return []
    return [
        (
            "Withheld",
            f"{song.share_withheld:.1%}",
            "Share of the model's probability that *Whole bars*, and the form where the song has one, ruled "
            "out, averaged over all characters written: how much had to be corrected.",
        )
    ]


def surprisal(run: Run, song: Song) -> list[Figure]:
    """How surprised a run is by a song; nothing when it does not know a character of it."""
    if run.vocabulary.unknown(song.text):
        return []
    read = loaders.neurons.activation_map(run, song.text)
    bits = read.mean_surprisal(len(song.prime), ended=song.stopped_by == "end")
    if bits is None:
        return []
    return [
        (
            "Bits per character",
            f"{bits:.2f}",
            "How surprised the run is by its own song, the opening left out: the mean of "
            "−log2 p at temperature 1, END included if the song ended by itself. Compare it with "
            "the run's loss on real validation tunes, shown next to the run's name.",
        )
    ]
