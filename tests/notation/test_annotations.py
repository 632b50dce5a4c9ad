import math

import numpy as np
import pytest

from songrnn.corpus.tunebook import Tunebook
from songrnn.notation.annotations import annotate
from songrnn.notation.reader import read

HEADER = "X:1\nL:1/4\nM:4/4\nK:D\n"


def column(body: str, name: str) -> list[float]:
    values = getattr(annotate(read(HEADER + body)), name)
    return [value.item() for value in values[len(HEADER) :]]


def test_bars_are_counted_and_a_barline_belongs_to_the_bar_it_ends() -> None:
    assert column("A2|:BB|", "bar") == [0, 0, 0, 0, 1, 1, 1]


def test_the_position_is_that_of_the_note_and_between_notes_of_the_next() -> None:
    assert column("A2 B|c", "position") == [0, 0, 2, 2, 3, 0]


def test_beats_follow_the_meter() -> None:
    assert column("A/B/cd|", "beat") == [0, 0, 0, 0, 1, 2, 3]
    beats = annotate(read("M:6/8\nL:1/8\nK:C\nABcd|")).beat[-5:]
    assert beats.tolist() == [0, 0, 0, 1, 1]


def test_notes_have_pitch_octave_degree_and_duration_and_others_none() -> None:
    assert column("^f2 z", "pitch") == [78, 78, 78, -1, -1]
    assert column("^f2 z", "octave") == [5, 5, 5, -1, -1]
    assert column("d,E", "degree") == [1, 1, 2]
    durations = column("^f2 z", "duration")
    assert durations[:3] == [2, 2, 2]
    assert math.isnan(durations[3])
    assert durations[4] == 1


def test_the_notes_of_a_chord_have_their_own_pitches() -> None:
    assert column("[DA]2", "pitch") == [-1, 62, 69, -1, -1]
    assert column("[DA]2", "chord") == [True] * 5


def test_brackets_quotes_and_fields_are_marked() -> None:
    assert column('"D"A', "chord_symbol") == [True, True, True, False]
    assert column("{cd}A", "grace") == [True] * 4 + [False]
    assert column("A[K:C]B", "field") == [0, *[ord("K")] * 5, 0]
    header = annotate(read(HEADER)).field.tolist()
    assert header[:4] == [ord("X")] * 3 + [0]


def test_characters_and_notes_are_counted_from_the_barline() -> None:
    assert column("AB|cd", "since_bar") == [0, 1, 2, 0, 1]
    assert column("AB|cd", "notes_since_bar") == [1, 2, 2, 1, 2]


def test_repeated_parts_and_endings_are_marked() -> None:
    assert column("A|:B|1c:|2d||e", "repeated") == [0, 0, 0, *[1] * 6, *[0] * 5]
    assert column("|:B|1c:|2d||e", "ending") == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 0]
    assert column("A:|B||c", "section") == [0, 0, 0, 1, 1, 1, 2]


@pytest.mark.parametrize("text", ["", "X", "K:C", "A", "}{", "A\n\nB", "\ud800|"])
def test_any_text_has_annotations(text: str) -> None:
    assert annotate(read(text)).bar.shape == (len(text),)


def test_every_note_of_real_tunes_is_annotated(folk: Tunebook) -> None:
    for tune in folk.tunes[::200]:
        reading = read(tune.text)
        found = annotate(reading)
        for index, event in enumerate(reading.events):
            assert found.event[event.span[0]] == index
            assert found.bar[event.span[0]] == event.bar
        music = slice(reading.body, reading.end)
        assert (np.diff(found.bar[music]) >= 0).all()
        assert (found.bar[music] >= 0).all()
