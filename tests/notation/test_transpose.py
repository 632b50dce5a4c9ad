import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songrnn.corpus.tunebook import Tunebook
from songrnn.notation.reader import read
from songrnn.notation.reading import Reading
from songrnn.notation.tables import NATURAL_SEMITONES
from songrnn.notation.transpose import transpose


def pitches(reading: Reading) -> list[tuple[int, ...]]:
    return [event.pitches for event in reading.events]


def spelled(reading: Reading) -> list[list[float]]:
    """What is heard, quarter tones too, whose two spellings have different whole numbers."""
    return [
        sorted(
            12 * octave + 12 + NATURAL_SEMITONES[letter] + sharp for letter, sharp, octave in steps
        )
        for steps in (event.steps for event in reading.events)
    ]


def moved(text: str, semitones: int) -> str:
    return transpose(read(text), semitones)


@pytest.mark.parametrize(
    ("text", "semitones", "expected"),
    [
        ("K:D\nDFA|\n", 2, "K:E\nEGB|\n"),
        ("K:D\nDFA|\n", 1, "K:Eb\nEGB|\n"),
        ("K:D\nDF^GA|\n", 3, "K:F\nFA=Bc|\n"),
        ("K:Ador\nA2\n", -2, "K:Gdor\nG2\n"),
        ("K:E Minor\ne'\n", 12, "K:E Minor\ne''\n"),
        ("K:C\nC,B,c'\n", -1, "K:B\nB,,A,b\n"),
        ('K:G\n"Em7/B"E "Fine"G\n', 2, 'K:A\n"F#m7/C#"F "Fine"A\n'),
        ("K:D % key\nD[K:G]G\n", 5, "K:G % key\nG[K:C]c\n"),
        ("CDE|\n", 2, "K:D\nDEF|\n"),
        ("K:HP\nA\n", 1, "K:Bbmix\nB\n"),
        ("K:D =c ^g\ncg\n", 2, "K:E =d ^a\nda\n"),
        ("K:D\nD^/FA_/B|\n", 2, "K:E\nE^/GB^/c|\n"),
        ("K:C\n^/F _3/2B|\n", 2, "K:D\n^/G _/c|\n"),
        ("T:A day\nK:C\nC\nw:A day\n", 2, "T:A day\nK:D\nD\nw:A day\n"),
    ],
)
def test_keys_notes_and_chord_symbols_move(text: str, semitones: int, expected: str) -> None:
    assert moved(text, semitones) == expected


def test_by_nothing_or_without_notes_the_text_is_the_same() -> None:
    assert moved("K:D\nD^F,|", 0) == "K:D\nD^F,|"
    assert moved("X:1\nK:D\n", 5) == "X:1\nK:D\n"


def test_graces_chords_and_other_voices_move_too() -> None:
    assert moved("K:C\n{d}[CE]\nV:2\nG\n", 2) == "K:D\n{e}[DF]\nV:2\nA\n".replace(
        "V:2\nA", "V:2\nA"
    )


def test_real_tunes_go_through_all_keys_and_come_back(folk: Tunebook) -> None:
    for tune in random.Random(2).sample(folk.tunes, 40):
        reading = read(tune.text)
        for semitones in range(-5, 7):
            there = read(transpose(reading, semitones))
            assert pitches(there) == [
                tuple(pitch + semitones for pitch in chord) for chord in pitches(reading)
            ]
            assert pitches(read(transpose(there, -semitones))) == pitches(reading)


@given(
    st.sampled_from(["D", "Ador", "F#m", "Gb", "HP", "none", "Bb exp _b", "D =c ^g", "Hmm"]),
    st.text(alphabet="ABcdf^_=,'23/()[]{}<>|: -\n", max_size=40),
    st.integers(-12, 12),
)
def test_whatever_is_read_sounds_the_same_elsewhere(key: str, body: str, semitones: int) -> None:
    reading = read(f"K:{key}\n{body}")
    before = spelled(reading)
    if all(25 <= pitch <= 102 for chord in before for pitch in chord):
        after = spelled(read(transpose(reading, semitones)))
        assert after == [[pitch + semitones for pitch in chord] for chord in before]
