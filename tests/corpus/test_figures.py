"""The figures of a corpus, against counts by hand."""

from songrnn.corpus.figures import CharacterFigures, SplitFigures, corpus_figures
from songrnn.corpus.tunebook import Tune, Tunebook


def tune(text: str, split: str, **fields: str) -> Tune:
    given = {"meter": "4/4", "key": "G", "rhythm": "Reel", "family": text} | fields
    return Tune(
        id=text, number="1", title="", unit_length="1/8", text=text, source="", split=split, **given
    )  # type: ignore[arg-type]


BOOK = Tunebook(
    "three",
    (
        tune("AAB", "train", family="one"),
        tune("AB", "train", family="one", key="Amin", rhythm="reel"),
        tune("C", "test", key="A minor", rhythm="", meter=""),
    ),
    (),
)


def test_splits_are_counted() -> None:
    train, validation, test = corpus_figures(BOOK).splits
    assert train == SplitFigures("train", tunes=2, share=2 / 3, characters=5, families=1)
    assert validation == SplitFigures("validation", tunes=0, share=0, characters=0, families=0)
    assert test == SplitFigures("test", tunes=1, share=1 / 3, characters=1, families=1)


def test_characters_come_most_frequent_first() -> None:
    assert corpus_figures(BOOK).alphabet == (
        CharacterFigures("A", "U+0041", count=3, share=3 / 6, tunes=2),
        CharacterFigures("B", "U+0042", count=2, share=2 / 6, tunes=2),
        CharacterFigures("C", "U+0043", count=1, share=1 / 6, tunes=1),
    )


def test_spellings_of_a_key_and_a_rhythm_count_as_one() -> None:
    figures = corpus_figures(BOOK)
    assert figures.keys == {"G major": 1, "A minor": 2}
    assert figures.rhythms == {"reel": 2}
    assert figures.meters == {"4/4": 2, "none": 1}
    assert figures.lengths == (3, 2, 1)


def test_families_in_more_than_one_split_are_counted() -> None:
    assert corpus_figures(BOOK).divided == 0
    kin = tune("CD", "validation", family="one")
    assert corpus_figures(Tunebook("four", (*BOOK.tunes, kin))).divided == 1
