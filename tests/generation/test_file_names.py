"""Names of a song's files: safe anywhere, and no two songs share one."""

import re

from hypothesis import given
from hypothesis import strategies as st

from songrnn.config import SampleConfig
from songrnn.generation.export import Provenance, file_stem, song_files
from songrnn.generation.file_names import song_stem


@given(st.text())
def test_a_name_is_safe_on_every_disk(title: str) -> None:
    stem = song_stem(title, "lstm-150", 0.8, 3, "abcdef012345")
    assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*-lstm-150-t0\.8-seed-3-abcdef", stem)
    assert len(stem) < 100


def test_two_beginnings_never_collide() -> None:
    marks = ["1f2e3d4c5b6a", "1f2e3d4c5b6b"]
    names = {song_stem("A Reel", "best", 1, 0, mark[::-1]) for mark in marks}
    assert len(names) == 2


def test_songs_from_two_openings_have_names_of_their_own_and_a_composer() -> None:
    made = Provenance("lstm-150", SampleConfig(temperature=0.8), 3, "end")
    texts = [f"X:1\nT:The Reel\nM:2/4\nL:1/8\nK:D\n{bar}|\n" for bar in ("DFAF", "AFDF")]
    stems = [file_stem(text, made) for text in texts]
    assert len(set(stems)) == 2
    assert all(stem.startswith("the-reel-lstm-150-t0.8-seed-3-") for stem in stems)
    written = song_files(texts[0], made, ("musicxml",)).files["musicxml"].decode()
    assert '<creator type="composer">SongRNN Lab, run lstm-150</creator>' in written
    unsaid = Provenance("", SampleConfig(), 0, "")
    assert "Music21<" not in song_files(texts[0], unsaid, ("musicxml",)).files["musicxml"].decode()
