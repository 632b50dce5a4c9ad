import pytest
from hypothesis import given
from hypothesis import strategies as st

from songrnn.notation.files.opening import opening_of

TUNE = "X:1\nT:One\nK:D\nDFA|\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "X:1\n",
        "X:1\nM:6/8\nK:D\n",
        "X:1\nK:D\n|:DF",
        TUNE,
        TUNE.rstrip("\n"),
        "CDE|",
        "K:",
        "X:1\nK:D\nso it wrote|\n",
    ],
)
def test_a_beginning_stays_as_it_is(text: str) -> None:
    assert opening_of(text) == (text, ())


@pytest.mark.parametrize(
    "pasted",
    [
        TUNE.replace("\n", "\r\n"),
        "Hello Abe,\nhere it is:\n\n" + TUNE + "\n-- \nYours\n",
        "".join(f"    {line}\n" for line in TUNE.splitlines()),
        TUNE.replace("DFA", "DF\u200bA"),
        TUNE + "\nX:2\nT:Two\nK:G\nGBd|\n",
        f"<html><body><pre>{TUNE}</pre></body></html>",
    ],
)
def test_of_a_file_the_first_tune_is_taken(pasted: str) -> None:
    assert opening_of(pasted).text == TUNE


def test_what_was_left_out_is_said() -> None:
    notices = opening_of("Hello\n\n" + TUNE + "\n" + TUNE.replace("X:1", "X:2")).notices
    assert any("free text" in notice for notice in notices)
    assert any("first is taken" in notice for notice in notices)


@given(st.text())
def test_an_opening_is_an_opening_of_itself(text: str) -> None:
    once = opening_of(text).text
    assert opening_of(once).text == once
