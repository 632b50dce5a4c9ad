"""The data: which tunes, how they were divided, what they are made of."""

from songrnn.corpus.families import alike_by_letters
from songrnn.corpus.figures import CorpusFigures, corpus_figures
from songrnn.corpus.sources import available
from songrnn.corpus.tunebook import Split, Tunebook
from songrnn.errors import SongRNNError
from songrnn.report.document import Block, Code, Figure, Paragraph, table_of
from songrnn.report.figures.bars import histogram
from songrnn.report.inline import plain
from songrnn.report.material import Material
from songrnn.report.numbers import listed, percent

_MOST_KINDS = 6


def data(material: Material) -> list[Block]:
    """Counts of the corpus, its splits, and a tune as a network reads it."""
    reference, book = material.main.config.corpus, material.book
    if book is None:
        return [
            Paragraph(
                f"The runs learned from the corpus `{reference.name}` (SHA-256 beginning with "
                f"`{reference.sha256[:12]}`). Its tunes are not here, so this section has no "
                "figures."
            )
        ]
    counted = corpus_figures(book)
    others = sorted({run.config.corpus.name for run in material.runs} - {book.name})
    return [
        Paragraph(_what(book, counted)),
        *([Paragraph(_origin(book.name))] if _origin(book.name) else []),
        _splits(counted),
        Paragraph(_families(book, counted)),
        _kinds(counted),
        _lengths(counted),
        Paragraph("A tune as a network reads it, character by character, in ABC notation:"),
        Code(
            min(book.split("train") or book.tunes, key=lambda tune: (len(tune.text), tune.id)).text
        ),
        *(
            [Paragraph(f"Other runs of this report learned from {listed(others)}.")]
            if others
            else []
        ),
    ]


def _what(book: Tunebook, counted: CorpusFigures) -> str:
    return (
        f"The corpus `{book.name}` has {len(book.tunes):,} tunes in ABC notation, "
        f"{counted.characters:,} characters, {len(counted.alphabet)} of them distinct. With START "
        f"before and END after each tune a network knows {len(counted.alphabet) + 2} symbols. "
        f"{len(book.failures):,} tunes of the sources were left out (copies, or not usable)."
    )


def _origin(name: str) -> str:
    """Where the tunes come from, by the committed list; empty for a corpus of one's own."""
    try:
        entries = {entry.name: entry for entry in available()}
    except SongRNNError:
        return ""
    if name not in entries:
        return ""
    entry = entries[name]
    sources = listed([plain(source.title) for source in entry.sources])
    return f"Sources: {sources}. Licence: {plain(entry.licence)}."


def _divided(counted: CorpusFigures) -> str:
    return (
        f"there are {counted.families:,} families, "
        + (f"{counted.divided} of them" if counted.divided else "none of them")
        + " in more than one split."
    )


def _families(book: Tunebook, counted: CorpusFigures) -> str:
    """What the division keeps apart, and what it may have missed."""
    if counted.divided:
        return f"Tunes that share melodies are one family; {_divided(counted)}"
    train = [tune.text for tune in book.split("train")]
    held: tuple[Split, ...] = ("validation", "test")
    missed = {
        split: int(alike_by_letters(train, [tune.text for tune in book.split(split)]).sum())
        for split in held
    }
    said = (
        "Tunes that share melodies, transposed or not, are one family, and a family lies in one "
        f"split: {_divided(counted)} Melodies are compared in semitones there. By the letters of "
        "the notes alone, whatever the key says, "
    )
    if not any(missed.values()):
        return said + "no validation or test tune shares as much with a training tune either."
    counts = " and ".join(
        f"{number} of {len(book.split(split)):,} {split} tunes" for split, number in missed.items()
    )
    return said + (
        f"{counts} share as much with a training tune, such as one in another mode; figures on them "
        "may be a little too good."
    )


def _splits(counted: CorpusFigures) -> Block:
    return table_of(
        "splits",
        "The division into training, validation and test tunes.",
        ("Split", "Tunes", "Share", "Families", "Characters"),
        [
            (
                split.split,
                f"{split.tunes:,}",
                percent(split.share),
                f"{split.families:,}",
                f"{split.characters:,}",
            )
            for split in counted.splits
        ],
    )


def _kinds(counted: CorpusFigures) -> Block:
    def most(found: dict[str, int]) -> str:
        ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:_MOST_KINDS]
        return ", ".join(f"{plain(name)} {count:,}" for name, count in ordered) or "none named"

    return table_of(
        "kinds-of-tunes",
        f"The {_MOST_KINDS} most frequent of each, with their number of tunes.",
        ("Field", "Values"),
        [
            ("Meter", most(dict(counted.meters))),
            ("Key", most(dict(counted.keys))),
            ("Rhythm", most(dict(counted.rhythms))),
            ("Characters", ", ".join(f"`{c.character}` {c.share:.1%}" for c in counted.alphabet[:8])
             .replace("`\n`", "`↵`").replace("` `", "`␣`")),
        ],
        words=(0, 1),
    )  # fmt: skip


def _lengths(counted: CorpusFigures) -> Block:
    lengths = sorted(counted.lengths)
    middle = lengths[len(lengths) // 2]
    return Figure(
        "lengths-of-tunes",
        f"Lengths of the tunes: from {lengths[0]:,} to {lengths[-1]:,} characters, half of them up "
        f"to {middle:,}.",
        f"Histogram of the lengths of {len(lengths):,} tunes in characters.",
        histogram(lengths, "characters", "tunes"),
    )
