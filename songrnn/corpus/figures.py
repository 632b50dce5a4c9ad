"""A corpus in figures: its splits, its characters, its meters, keys and rhythms."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from songrnn.corpus.tunebook import SPLITS, Split, Tunebook
from songrnn.notation.headers import parse_key

_ACCIDENTALS = {1: "♯", -1: "♭"}


@dataclass(frozen=True)
class SplitFigures:
    """One split. share: of all tunes, 0 to 1."""

    split: str
    tunes: int
    share: float
    characters: int
    families: int


@dataclass(frozen=True)
class CharacterFigures:
    """One character of the alphabet. share: of all characters, 0 to 1; tunes: that hold it."""

    character: str
    code: str
    count: int
    share: float
    tunes: int


@dataclass(frozen=True, eq=False)
class CorpusFigures:
    """Counts of a corpus.

    divided: how many families have tunes in more than one split: none, unless files came ready
    split. alphabet: the most frequent character first. meters, keys, rhythms: value -> number of
    tunes.
    lengths: characters of each tune, in the order of the corpus.
    """

    characters: int
    families: int
    divided: int
    splits: tuple[SplitFigures, ...]
    alphabet: tuple[CharacterFigures, ...]
    meters: Mapping[str, int]
    keys: Mapping[str, int]
    rhythms: Mapping[str, int]
    lengths: tuple[int, ...]


def corpus_figures(book: Tunebook) -> CorpusFigures:
    """Count a corpus once through."""
    return CorpusFigures(
        characters=sum(len(tune.text) for tune in book.tunes),
        families=len({tune.family for tune in book.tunes}),
        divided=divided(book),
        splits=tuple(_split(book, split) for split in SPLITS),
        alphabet=_alphabet(book),
        meters=Counter(tune.meter or "none" for tune in book.tunes),
        keys=Counter(key_name(tune.key) for tune in book.tunes),
        rhythms=Counter(tune.rhythm.casefold() for tune in book.tunes if tune.rhythm),
        lengths=tuple(len(tune.text) for tune in book.tunes),
    )


def divided(book: Tunebook) -> int:
    """How many families have tunes in more than one split."""
    homes: dict[str, set[str]] = {}
    for tune in book.tunes:
        homes.setdefault(tune.family, set()).add(tune.split)
    return sum(len(splits) > 1 for splits in homes.values())


def _split(book: Tunebook, split: Split) -> SplitFigures:
    tunes = book.split(split)
    return SplitFigures(
        split=split,
        tunes=len(tunes),
        share=len(tunes) / max(1, len(book.tunes)),
        characters=sum(len(tune.text) for tune in tunes),
        families=len({tune.family for tune in tunes}),
    )


def _alphabet(book: Tunebook) -> tuple[CharacterFigures, ...]:
    counts: Counter[str] = Counter()
    holders: Counter[str] = Counter()
    for tune in book.tunes:
        counts.update(tune.text)
        holders.update(set(tune.text))
    total = counts.total()
    return tuple(
        CharacterFigures(letter, f"U+{ord(letter):04X}", count, count / total, holders[letter])
        for letter, count in counts.most_common()
    )


def key_name(value: str) -> str:
    """One name for the ways a K: field writes a key.

    >>> [key_name(each) for each in ("Am", "A Minor", "Amin", "Bb", "")]
    ['A minor', 'A minor', 'A minor', 'B♭ major', 'none']
    """
    key = parse_key(value).key
    if key is None or not key.tonic:
        return value or "none"
    return f"{key.tonic}{_ACCIDENTALS.get(key.accidental, '')} {key.mode}"
