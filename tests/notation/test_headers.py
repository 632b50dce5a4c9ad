from fractions import Fraction

import pytest

from songrnn.notation.headers import (
    default_unit,
    parse_key,
    parse_meter,
    parse_tempo,
    parse_unit,
)
from songrnn.notation.reading import Key


def key(text: str) -> Key:
    found = parse_key(text).key
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "fifths", "mode"),
    [
        ("C", 0, "major"),
        ("G", 1, "major"),
        ("Bb", -2, "major"),
        ("F#", 6, "major"),
        ("Am", 0, "minor"),
        ("A minor", 0, "minor"),
        ("A Min", 0, "minor"),
        ("EMIN", 1, "minor"),
        ("Bbm", -5, "minor"),
        ("Ador", 1, "dorian"),
        ("A Dorian", 1, "dorian"),
        ("D mix", 1, "mixolydian"),
        ("DMixolydian", 1, "mixolydian"),
        ("Ephr", 0, "phrygian"),
        ("F lydian", 0, "lydian"),
        ("Bloc", 0, "locrian"),
        ("C ionian", 0, "major"),
        ("A aeolian", 0, "minor"),
        ("G clef=treble", 1, "major"),
        ("none", 0, "none"),
        ("", 0, "none"),
    ],
)
def test_keys_in_all_their_spellings(text: str, fifths: int, mode: str) -> None:
    assert (key(text).fifths, key(text).mode) == (fifths, mode)
    assert parse_key(text).problem is None


def test_explicit_accidentals_change_the_signature() -> None:
    assert key("D =c ^g").alterations == (0, 0, 0, 1, 1, 0, 0)


def test_exp_uses_only_the_accidentals_named() -> None:
    assert key("D exp _b _e").alterations == (0, 0, -1, 0, 0, 0, -1)


def test_the_pipes_sound_f_and_c_sharp() -> None:
    assert key("HP").alterations == key("Hp").alterations == (1, 0, 0, 1, 0, 0, 0)


def test_a_clef_alone_leaves_the_key() -> None:
    assert parse_key("clef=bass").key is None
    assert parse_key("treble octave=-1").key is None


def test_an_unknown_key_is_read_as_c_major_and_said() -> None:
    assert key("Hmm").fifths == 0
    assert "not a key" in (parse_key("Hmm").problem or "")


@pytest.mark.parametrize(
    ("text", "length"),
    [("4/4", 4), ("6/8", 3), ("C", 4), ("C|", 4), ("2/4", 2), ("(2+3)/8", Fraction(5, 2))],
)
def test_meters_have_a_length(text: str, length: int) -> None:
    assert parse_meter(text)[0].length == length


@pytest.mark.parametrize("text", ["none", "", "1/0", "x", "0/4", "999/1", "4"])
def test_other_meters_are_free(text: str) -> None:
    assert parse_meter(text)[0].length is None


def test_compound_meters_beat_in_dotted_notes() -> None:
    assert parse_meter("6/8")[0].beat == Fraction(3, 2)
    assert parse_meter("3/4")[0].beat == 1
    assert not parse_meter("3/8")[0].compound


def test_units_in_quarters() -> None:
    assert parse_unit("1/8")[0] == Fraction(1, 2)
    assert parse_unit("1")[0] == 4
    assert parse_unit("0/8")[0] is None
    assert default_unit(parse_meter("2/4")[0]) == Fraction(1, 4)


@pytest.mark.parametrize(
    ("text", "quarters"),
    [
        ("1/4=120", 120),
        ("3/8=100", 150),
        ("1/4 3/8 1/4 3/8=40", 200),
        ('"Allegro" 1/4=90', 90),
        ('1/2=60 "Slow"', 120),
        ("120", 60),
        ("C=120", 60),
        ("C3=40", 60),
        ('"Allegro"', 138),
    ],
)
def test_tempi_in_their_forms(text: str, quarters: int) -> None:
    tempo = parse_tempo(text, Fraction(1, 2))[0]
    assert tempo is not None
    assert tempo.quarters_per_minute == quarters


def test_a_tempo_nobody_can_play_is_bounded() -> None:
    tempo, problem = parse_tempo("1/4=999999", Fraction(1, 2))
    assert tempo is not None
    assert tempo.quarters_per_minute == 1000
    assert problem is not None
