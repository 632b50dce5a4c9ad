"""Names of a song's files: safe anywhere, and no two songs share one."""

import re

from hypothesis import given
from hypothesis import strategies as st

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
