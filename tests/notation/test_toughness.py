"""Whatever the text, the reader returns, and in time that grows with the text alone."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songrnn.corpus.tunebook import Tunebook
from songrnn.errors import ScoreError
from songrnn.notation.annotations import annotate
from songrnn.notation.bars import bars
from songrnn.notation.performance import perform
from songrnn.notation.problems import MOST_PROBLEMS
from songrnn.notation.reader import read
from songrnn.notation.reading import Reading
from songrnn.notation.score import to_midi, to_musicxml
from songrnn.notation.stream import StreamingReader
from songrnn.notation.transpose import transpose


def assert_survives(text: str) -> None:
    reading = read(text)
    assert len(reading.kinds) == len(text)
    for event in reading.events:
        assert 0 <= event.span[0] < event.span[1] <= len(text)
        assert event.duration >= 0
        assert all(0 <= pitch <= 127 for pitch in event.pitches)
    for problem in reading.problems:
        assert 0 <= problem.span[0] <= problem.span[1] <= len(text)
    performance = perform(reading)
    moments = [line[0] for line in performance.timeline()]
    assert moments == sorted(moments)
    assert bars(reading) is not None
    assert annotate(reading).bar.shape == (len(text),)
    transpose(reading, 3)


def damaged(text: str, rng: random.Random) -> str:
    """Noise, cuts, doubled and shuffled pieces: what a network or a bad copy makes of a tune."""
    characters = list(text)
    how = rng.randrange(6)
    if how == 0:
        return text[: rng.randrange(len(text))]
    if how == 1:
        return text[rng.randrange(len(text)) :]
    if how == 2:
        return "".join(rng.sample(characters, len(characters)))
    if how == 3:
        return "".join(chr(rng.randrange(256)) for _ in characters)
    for _ in range(rng.randrange(1, 30)):
        at = rng.randrange(len(characters))
        characters[at] = rng.choice(['"', "[", "]", "{", "|", ":", "(", "\n", "/", "9", "\0", "K"])
    if how == 4:
        at = rng.randrange(len(characters))
        characters[at:at] = characters[at : at + 40] * rng.randrange(1, 8)
    return "".join(characters)


def test_damaged_tunes_are_survived(folk: Tunebook) -> None:
    rng = random.Random(11)
    for _ in range(1500):
        assert_survives(damaged(rng.choice(folk.tunes).text, rng))


@given(st.text(alphabet=st.characters(codec=None), max_size=200))
def test_any_text_is_survived(text: str) -> None:
    assert_survives(text)
    StreamingReader(text).position  # noqa: B018 - it is a computation


@pytest.mark.parametrize(
    "text",
    [
        "M:1/0\nL:0\nQ:1e9\nK:\nA",
        "Q:1/0=5\nK:C\nA",
        "Q:0\nK:C\nA",
        "M:99999999/99999999\nK:C\nA",
        "L:1/99999999999999999999\nK:C\nA",
        "K:C\nA99999999999999999999/99999999999999999",
        "K:C\nA/////////////////",
        "K:C\n(9:99:99" + "A" * 300,
        "K:C\nA" + ">" * 1000 + "B",
        "K:C\n|:A|1-99999B:|\n",
        "K:C\nZ99999999\n",
        "\ud800\udfff\x00",
        "K:\ud800\n^\ud800\n",
        "K:C\n" + "'" * 1000 + "c" + "'" * 1000,
        "K:C\nA\u2028B\x85C\x0cD",
        "V:\nV:\nK:C\nA",
        "U:=\nU:\nI:\nm:\nK:C\n%%\nA",
        "w:\n+:\n\\\n",
        "K:C\n[K:]A[M:]B[V:]c[Q:]d[L:]",
    ],
)
def test_absurd_values_are_survived(text: str) -> None:
    assert_survives(text)


@pytest.mark.parametrize(
    "bracket", ["[", "]", "(", ")", "{", "}", '"', "|:", ":|", "[1", "(3", "!"]
)
def test_ten_thousand_brackets_are_survived(bracket: str) -> None:
    assert_survives("K:C\n" + bracket * 10_000)
    assert_survives("K:C\n" + f"{bracket}A" * 10_000)


@pytest.mark.parametrize("piece", ["A", "#", "A/7B/11c/13|", "|", '"', "[CE]", "K:C ", "\\", "&"])
def test_a_megabyte_on_one_line_is_read(piece: str) -> None:
    reading = read("K:C\n" + piece * (1_000_000 // len(piece)))
    assert len(reading.problems) <= MOST_PROBLEMS
    assert all(event.onset.denominator < 10**11 for event in reading.events[-5:])


SCRAPS = st.sampled_from(
    [*"ABcz^_=,'2/()[]{}<>|:-\"!~% \n\\&", "|:", ":|", "[1", "|2", "(3", "(10:8:10", "Z4", "[C-E]",
     '"Am"', '"(G"', "\nV:2 clef=bass-8 name=x\n", "[V:1]", "\nK:D transpose=2\n", "[M:3/4]",
     "\nP:A\n", "\nP:B\n", "\nw:la-la * |_\n", "\n%%begintext\n", "\n%%endtext\n", "\nZ:x\n",
     "\n%%MIDI transpose 5\n", "\nwords\n", "{a>b}", "\n\n", "\nX:2\n"]
)  # fmt: skip
HEADS = st.sampled_from(["", "X:1\nL:1/4\nP:AB2(BA)\nK:C\n", "V:1\nV:2\nK:C\n", "T:x\nwords\n"])


@settings(deadline=None)
@given(HEADS, st.lists(SCRAPS, max_size=40))
def test_pieces_of_tunes_in_any_order_are_survived(head: str, body: list[str]) -> None:
    text = head + "".join(body)
    assert_survives(text)
    for write in (to_midi, to_musicxml):
        # No notes, or lengths that no note values make up: a reason, and not music21's.
        assert "music21" not in reason(write, text)


def reason(write: Callable[[Reading], object], text: str) -> str:
    """Why a tune cannot be written, "" when it can."""
    try:
        write(read(text))
    except ScoreError as error:
        return str(error)
    return ""
