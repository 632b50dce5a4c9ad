"""What a song has from tunes that only the sources of its run learned from."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from songrnn.config import CorpusReference, ModelConfig, RunConfig
from songrnn.config.run import SourceReference
from songrnn.corpus.families import intervals, melody
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.lineage.learned import Learned, LearnedPart, write_learned
from songrnn.quality.novelty import NOTES
from songrnn.quality.source_copies import (
    MEANINGS,
    SourceMelodies,
    copied_from_sources,
    copied_on_average,
    source_melodies,
)
from songrnn.store.creating import create_run

THEIRS = "X:1\nM:4/4\nL:1/8\nK:G\nGABc d2ef|gfed B2A2|GBdg fdBA|G8|\n"
# The same tune a tone higher, and one that only shares its first bar.
HIGHER = "X:1\nM:4/4\nL:1/8\nK:A\nABcd e2fg|agfe c2B2|Acea gecB|A8|\n"
OWN = CorpusReference(name="mine", sha256="a" * 64)
BEFORE = CorpusReference(name="folk", sha256="b" * 64)
STEPS = st.binary(min_size=0, max_size=24).map(lambda raw: bytes(126 + byte % 5 for byte in raw))


def steps(text: str, key: str) -> bytes:
    return intervals(melody(text, key))


def naive(song: bytes, melodies: list[bytes]) -> list[int]:
    """The longest piece from each place that occurs in a melody, by trying them all."""
    return [
        max(
            (n for n in range(len(song) - at + 1) if any(song[at : at + n] in m for m in melodies)),
            default=0,
        )
        for at in range(len(song))
    ]


@given(STEPS, st.lists(STEPS, min_size=1, max_size=5))
def test_matches_are_those_found_by_trying_all(song: bytes, melodies: list[bytes]) -> None:
    assert SourceMelodies(tuple(melodies))._matches(song).tolist() == naive(song, melodies)


def test_a_transposed_copy_is_found_whole() -> None:
    found = SourceMelodies((steps(THEIRS, "G"),)).look_up(HIGHER)
    notes = len(steps(THEIRS, "G")) + 1
    assert found.source_longest_notes == notes
    assert found.source_seen_notes == 1.0


def test_a_short_song_has_no_share() -> None:
    found = SourceMelodies((steps(THEIRS, "G"),)).look_up("X:1\nK:G\nGAB|\n")
    assert len(melody("GAB|", "G")) < NOTES
    assert found.source_seen_notes is None
    assert found.source_longest_notes == 3
    assert copied_on_average(SourceMelodies((b"",)), []) == {}


def test_only_what_the_sources_learned_from_counts(tmp_path: Path) -> None:
    config = RunConfig(
        name="tuned", model=ModelConfig(), corpus=OWN,
        source=SourceReference(name="best", weights_sha256="c" * 64),
    )  # fmt: skip
    run = create_run(config, Vocabulary.of("ab"), checkpoints=tmp_path)
    own, theirs = b"\x80\x82\x84", steps(THEIRS, "G")
    parts = (
        LearnedPart(run="best", corpus=BEFORE, tunes=1),
        LearnedPart(run="tuned", corpus=OWN, tunes=1),
    )
    write_learned(run.path, Learned(parts, (theirs, own)))
    found = source_melodies(run)
    assert found is not None
    assert found.melodies == (theirs,)
    assert copied_from_sources(run, THEIRS).keys() == MEANINGS.keys()
    plain = create_run(
        RunConfig(name="plain", model=ModelConfig(), corpus=OWN), Vocabulary.of("ab"),
        checkpoints=tmp_path,
    )  # fmt: skip
    assert source_melodies(plain) is None
    assert copied_from_sources(plain, THEIRS) == {}
