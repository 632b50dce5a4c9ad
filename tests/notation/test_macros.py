"""Macros (ABC 2.1, 9): what they stand for is heard, and is where they are used."""

import pytest

from songrnn.corpus.cleaning import clean
from songrnn.corpus.written_out import notes_of
from songrnn.notation.macros import written_out
from songrnn.notation.performance import perform
from songrnn.notation.reader import read
from songrnn.notation.score import to_musicxml
from songrnn.notation.transpose import transpose

HEAD = "X:1\nL:1/8\n"


def played(text: str) -> list[int]:
    return [pitch for note in perform(read(text)).notes for pitch in note.pitches]


@pytest.mark.parametrize(
    ("macros", "music", "written"),
    [
        ("m:~G3=G{A}G{F}G", "~G3 ~g3 ~G2 ~G3/2", "G{A}G{F}G ~g3 ~G2 ~G3/2"),
        ("m: ~n3 = n{o}n{m}n", "~G3 ~B,3 ~b3", "G{A}G{F}G B,{C}B,{A,}B, b{c'}b{a}b"),
        ("m:~n2={o}n{m}n", "~^F2 [~G2E]", "{G}^F{E}^F [{A}G{F}GE]"),
        ("m:On=[nn,]\nm:On/=[n/n,/]", "OG OG/ OC", "[GG,] [G/G,/] [CC,]"),
        ("m:~n=n{m}n\nm:~n2=n2", "~G ~G2", "G{F}G G2"),
        ("m:~G3=G{A}G{F}G", '"~G3"~G2 !~G3!C % ~G3', '"~G3"~G2 !~G3!C % ~G3'),
        ("U:O=!open!\nm:~G=OG", "~G", "OG"),
        ("m:~G=G", "~G|[m:~G=A]~G", "G|A"),
        ("m:~G=G", "~G|\nm:~G=A\n~G", "G|\nA"),
    ],
)
def test_uses_are_replaced_in_the_music_alone(macros: str, music: str, written: str) -> None:
    found = written_out(f"{HEAD}{macros}\nK:C\n{music}|\n")
    assert found is not None
    assert found.text.partition("K:C\n")[2] == written + "|\n"
    assert len(found.origins) == len(found.text) + 1


@pytest.mark.parametrize(
    "value",
    ["~G", "=G", "~G=G|G", "~G=[K:D]G", "~nn=n", "~n=!trill!n", "~G=" + "G" * 201, "~G=G\\"],
)
def test_what_is_no_macro_is_said_and_left_as_it_is(value: str) -> None:
    reading = read(f"{HEAD}m:{value}\nK:C\n~G|\n")
    assert [problem.code for problem in reading.problems] == ["macro-skipped"]
    assert [event.pitches for event in reading.events] == [(67,)]


TUNE = HEAD + "m:~n3=n{o}n{m}n\nM:3/8\nK:G\n~G3|~F3-|F3|(3~A3BC|]\n"


def test_what_a_macro_plays_is_where_it_is_used() -> None:
    reading = read(TUNE)
    assert reading.text == TUNE
    assert played(TUNE)[:10] == [67, 69, 67, 66, 67, 66, 67, 66, 64, 66]
    assert [TUNE[slice(*event.span)] for event in reading.events[:6]] == ["~G3"] * 5 + ["~F3"]
    assert {TUNE[slice(*bar.span)] for bar in reading.barlines} == {"|", "|]"}
    assert "macro-skipped" not in {problem.code for problem in reading.problems}


def test_every_note_of_a_macro_has_its_own_place_on_the_staff() -> None:
    ids = [part.split('"')[0] for part in to_musicxml(read(TUNE)).split('<note id="')[1:]]
    assert len(ids) == len(set(ids)) > 10


@pytest.mark.parametrize("text", [TUNE, HEAD + "m:~G=G{F}G\nP:BA\nK:D\nP:A\n~G|\nP:B\nE|\n"])
def test_cleaning_and_transposing_write_macros_out(text: str) -> None:
    cleaned = clean(text)
    assert "macros, written out" in cleaned.changes
    assert notes_of(read(cleaned.text)) == notes_of(read(text))
    assert played(transpose(read(text), 2)) == [pitch + 2 for pitch in played(text)]


def test_a_text_grows_within_bounds() -> None:
    text = f"{HEAD}m:G={'C' * 200}\nK:C\n" + "G" * 20_000 + "\n"
    found = written_out(text)
    assert found is not None
    assert len(found.text) < 21 * len(text) + 5_000
