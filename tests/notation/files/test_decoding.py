"""Encodings are found out, and what is no text is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songrnn.errors import TuneFileError
from songrnn.notation.files.decoding import REPLACED, decode, normalized

TUNE = "X:1\nT:Port na bPúcaí\nK:Dmin\nA2|d3 c AG|\n"


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with byte-order mark"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16 without byte-order mark"),
        ("utf-16-be", "UTF-16 without byte-order mark"),
        ("utf-32", "UTF-32"),
        ("latin-1", "Windows-1252"),
    ],
)
def test_each_encoding_gives_the_same_text(codec: str, name: str) -> None:
    assert decode(TUNE.encode(codec))[:2] == (TUNE, name)


def test_windows_quotes_and_what_windows_leaves_open() -> None:
    assert decode("The Piper’s Chair\n".encode("cp1252")).text == "The Piper’s Chair\n"
    assert decode(b"caf\xe9 \x81\n").text == "café \x81\n"


def test_plain_ascii_is_named_so() -> None:
    assert decode(b"X:1\n") == ("X:1\n", "ASCII", "")


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_line_ends_become_newlines(end: str) -> None:
    assert decode(TUNE.replace("\n", end).encode())[0] == TUNE


def test_a_few_bad_bytes_do_not_turn_utf8_into_latin1() -> None:
    text, encoding, notice = decode("áéíóú ".encode() + b"\xff" + "ñ".encode())
    assert "damaged" in notice
    assert text == f"áéíóú {REPLACED}ñ"
    assert encoding == "UTF-8 with damaged bytes"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"%PDF-1.7 ...", "is a PDF"),
        (b"\x89PNG\r\n\x1a\n", "is a picture"),
        (b"MThd\0\0\0\6", "is a MIDI file"),
        (b"X:1\nK:C\nC\0D\n", "holds NUL"),
        (bytes(range(1, 256)) * 4, "are controls"),
        (b"\xff\xfea\0\x00\xd8b\0", "begins like UTF-16 but is none"),
        (b"\xff\xfe\0\0abc", "begins like UTF-32 but is none"),
        ("Reel".encode("utf-16-le") * 50 + b"\x00\xd8\x41\x00", "is not text"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(TuneFileError, match=reason):
        decode(data)


@given(st.binary(max_size=300))
def test_any_bytes_give_text_or_a_reason(data: bytes) -> None:
    try:
        text, encoding, _ = decode(data)
    except TuneFileError:
        return
    assert "\r" not in text
    assert "\0" not in text
    assert encoding


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=200))
def test_any_text_survives_utf8(text: str) -> None:
    assert decode(b"\xef\xbb\xbf" + text.encode())[0] == text


@given(st.text(max_size=100))
def test_normalizing_twice_changes_nothing_more(text: str) -> None:
    once = normalized(text)
    assert normalized(once) == once


def test_newlines_stay_and_other_controls_go() -> None:
    assert normalized("a\n\tb\x1a\x7f\u2028c") == "a\n\tb c"


def book_of(title: str) -> str:
    return f"X:1\nT:{title}\nM:4/4\nK:C\nCDEF|\n"


@pytest.mark.parametrize("directive", ["%%abc-charset iso-8859-2", "I:abc-charset iso-8859-2"])
def test_a_declared_charset_is_taken(directive: str) -> None:
    text = f"{directive}\n\n{book_of('Łódź')}"
    assert decode(text.encode("iso8859-2")) == (text, "iso-8859-2, as declared", "")


def test_utf8_that_declares_something_else_is_utf8_and_said_so() -> None:
    text = "%%abc-charset iso-8859-1\n\n" + book_of("Łódź")
    decoded = decode(text.encode())
    assert decoded.text == text
    assert "iso-8859-1" in decoded.notice


@pytest.mark.parametrize("charset", ["hex", "rot13", "idna", "no-such-charset", "utf-8"])
def test_a_charset_that_cannot_be_is_guessed_instead(charset: str) -> None:
    text = f"%%abc-charset {charset}\n\n{book_of('Café')}"
    assert decode(text.encode("cp1252")).text == text


@pytest.mark.parametrize(
    ("title", "codec"),
    [
        ("Café", "mac_roman"),
        ("Café", "cp1252"),
        ("Łódź", "iso8859-2"),
        ("Łódź", "cp1250"),
        ("Gånglåt från Älvdalen", "mac_roman"),
        ("Schöne Mädchen", "mac_roman"),
        ("Seán Ó Dálaigh", "latin-1"),
        ("The Piper’s Chair", "cp1252"),
        ("Csárdás, szép őszi nap", "cp1250"),
        ("Калинка", "cp1251"),
        ("Ελληνικός χορός", "cp1253"),
        ("Port na bPúcaí", "utf-16"),
        ("Port na bPúcaí", "utf-16-be"),
    ],
)
def test_titles_come_through_old_encodings(title: str, codec: str) -> None:
    assert decode(book_of(title).encode(codec)).text == book_of(title)


def test_a_guess_is_reported_and_what_is_certain_is_not() -> None:
    assert "MacRoman was guessed" in decode(book_of("Café").encode("mac_roman")).notice
    assert decode(book_of("Café").encode()).notice == ""
