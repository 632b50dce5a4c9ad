"""From a tune as a file has it to the tune a network reads, without a note changed."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songrnn.corpus.cleaning import clean
from songrnn.errors import CorpusError
from songrnn.notation.chord_symbols import is_chord

RAW = """X: 12
T: "The Enchanted Valley"
T: Another name
Z: Somebody, mail@example.org
N: "Slow" "collected by J. O'Neill"
R:reel
M: 2/4
L: 1/16
K: Gm % the key
u"4"G3"_mf"-A "Gm"(Bcd=e) | f4 (g2dB) |\\
%%directive
M:3/4
w: some lyrics
[P:A]G6[K:D]A6 ||

free text
"""


def test_the_header_and_the_music_stay_and_people_go() -> None:
    assert clean(RAW).text == (
        "X:1\nT:The Enchanted Valley\nR:reel\nM:2/4\nL:1/16\nK:Gm\n"
        'uG3-A "Gm"(Bcd=e) | f4 (g2dB) |\nM:3/4\nG6[K:D]A6 ||\n'
    )


def test_what_goes_is_named_as_what_it_is() -> None:
    assert set(clean(RAW).changes) == {
        "further titles",
        "names, notes and sources",
        "comments",
        "directives",
        "lyrics",
        "names of parts",
        "annotations",
        "text in quotes that is not a chord symbol",
    }


def test_the_number_in_the_source_is_kept_beside_the_text() -> None:
    assert clean(RAW).number == "12"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("X:1\nT:a\nCDE\n", "no key"),
        ("X:1\nK:C\n|: z4 :|\n", "no notes"),
        ("X:1\nK:C\n" + "C" * 3000, "too many"),
    ],
)
def test_what_cannot_be_used_says_why(raw: str, reason: str) -> None:
    with pytest.raises(CorpusError, match=reason):
        clean(raw)


@pytest.mark.parametrize(
    "symbol",
    [
        *[
            "A",
            "Bb",
            "F#m",
            "Gmin",
            "Am7",
            "A7sus4",
            "Dsus2",
            "Cmaj7",
            "CM7",
            "E+",
            "Bdim7",
            "Gaug",
        ],
        *[
            "C/e",
            "C/E",
            "D/F#",
            "D/f+",
            "(G)",
            "G(Em)",
            "a",
            "c#m",
            "E♭",
            "F♯m7",
            "Cadd9",
            "C6/9",
            "B°",
            "Dm7b5",
        ],
        *["E7#9", "A-7", "Fø", "D/f+", "Am(maj7)", "Cno3"],
    ],
)
def test_every_legal_chord_symbol_is_kept(symbol: str) -> None:
    assert f'"{symbol}"' in clean(f'X:1\nK:C\n"{symbol}"CD|\n').text


@pytest.mark.parametrize(
    "words",
    [
        "Fine",
        "D.C.",
        "Allegro",
        "Coda",
        "1",
        "Bass",
        "Andante",
        "dal segno",
        "Gently",
        "G minor",
        "^A",
        "",
    ],
)
def test_words_in_quotes_are_no_chord_symbols(words: str) -> None:
    assert not is_chord(words)


@pytest.mark.parametrize("line", ["B:|", "A:|: c", "d:|", "E::"])
def test_music_that_looks_like_a_field_is_kept(line: str) -> None:
    assert f"\n{line}\n" in clean(f"X:1\nK:C\nCDEF|\n{line}\n").text


def test_signs_that_a_dropped_text_stood_between_stay_apart() -> None:
    assert clean('X:1\nK:C\nA"x"2|"y"|:C"z"D|\n').body == "A 2| |:CD|"


def test_an_unclosed_quote_takes_the_rest_of_its_line_as_the_reader_does() -> None:
    assert clean('X:1\nK:C\nCD "Am EF|\nGA|\n').body == "CD\nGA|"


def test_an_empty_key_is_a_key_without_signature() -> None:
    assert clean("X:1\nK:\nCD|\nK:\nE|\n").text == "X:1\nK:none\nCD|\nK:none\nE|\n"


def test_of_two_meters_in_the_header_the_last_counts() -> None:
    assert "\nM:3/4\nK" in clean("X:1\nM:4/4\nM:3/4\nK:C\nCDE|\n").text


@settings(deadline=None)
@given(st.text(alphabet='XTKM:C\n"%|[]AB \\1', max_size=60))
def test_cleaning_anything_ends_in_a_tune_or_a_reason(text: str) -> None:
    with suppress(CorpusError):
        text = clean("X:" + text).text
        assert clean(text).text == text, "cleaning twice is cleaning once"
