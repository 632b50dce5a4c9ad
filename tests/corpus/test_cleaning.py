"""From a tunebook's text to clean tunes."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songrnn.corpus.cleaning import clean, raw_tunes
from songrnn.errors import CorpusError

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


def test_an_unclosed_quote_is_dropped() -> None:
    assert '"' not in clean('X:1\nK:C\nCD "Am EF|\n').text


@settings(deadline=None)
@given(st.text(alphabet='XTKM:C\n"%|[]AB \\1', max_size=60))
def test_cleaning_anything_ends_in_a_tune_or_a_reason(text: str) -> None:
    for raw in raw_tunes("X:" + text):
        with suppress(CorpusError):
            text = clean(raw).text
            assert clean(text).text == text, "cleaning twice is cleaning once"
