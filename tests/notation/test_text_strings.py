import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songrnn.corpus.cleaning import clean
from songrnn.notation.files.tune_file import TuneFile
from songrnn.notation.reader import read
from songrnn.notation.score import to_musicxml
from songrnn.notation.text_strings import text_of


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"Caf\'e", "Café"),
        (r"\`a \^e \~n \"u \cc \AA", "à ê ñ ü ç Å"),
        (r"\vs \Ho \ua \/o \ss \ae \DH \th", "š ő ă ø ß æ Ð þ"),
        ("Caf&eacute; &amp; Bar", "Café & Bar"),
        (r"\u0141\'od\'z \U0001d11e", "Łódź 𝄞"),
        (r"a\\b \% \&eacute;", r"a\b % &eacute;"),
        (r"R&B, AT&T; \n \' \u00", r"R&B, AT&T; \n \' \u00"),
        (r"\u0000 \ud800", r"\u0000 \ud800"),
    ],
)
def test_escapes_are_the_characters_they_stand_for(written: str, meant: str) -> None:
    assert text_of(written) == meant


@given(st.text())
def test_texts_without_escapes_stay(text: str) -> None:
    plain = text.replace("\\", "").replace("&", "")
    assert text_of(plain) == plain


@given(st.sampled_from("áéíóúýÁÉÍÓÚÝàèìòùâêîôûäëïöüÿñãõčšžőű"))
def test_a_letter_and_its_mark_are_one_character(letter: str) -> None:
    base, mark = unicodedata.normalize("NFD", letter)
    sign = {"\u0301": "'", "\u0300": "`", "\u0302": "^", "\u0308": '"', "\u0303": "~"}
    sign |= {"\u030c": "v", "\u030b": "H"}
    assert text_of(f"\\{sign[mark]}{base}") == letter


TUNE = "X:1\nT:Caf\\'e &amp; Bar\nK:C\n\"^tr\\`es\"CD|\nw:\\'e-t\\'e\n"


def test_every_entry_shows_the_title_in_plain_characters() -> None:
    assert read(TUNE).header["T"] == "Café & Bar"
    assert TuneFile.from_text(TUNE).tunes[0].title == "Café & Bar"
    assert clean(TUNE).title == "Café & Bar"
    assert "T:Café & Bar\n" in clean(TUNE).text


def test_words_of_the_score_are_in_plain_characters() -> None:
    written = to_musicxml(read(TUNE))
    assert all(word in written for word in ("Café &amp; Bar", "très", ">é<", ">té<"))
