import random
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from songrnn.corpus.tunebook import Tunebook
from songrnn.notation.position import Position
from songrnn.notation.reader import read
from songrnn.notation.reading import Reading
from songrnn.notation.stream import StreamingReader

HEADER = "X:1\nL:1/4\nM:4/4\nK:C\n"


def at(body: str) -> Position:
    return StreamingReader(HEADER + body).position


def beat(reading: Reading) -> Fraction:
    """Quarter notes since the last barline, by the reader of whole texts."""
    barlines = [barline for barline in reading.barlines if barline.text != "["]
    events = [event for event in reading.events if event.kind != "grace"]
    start = barlines[-1].onset if barlines else Fraction(0)
    return max(Fraction(0), events[-1].onset + events[-1].duration - start) if events else start


def assert_agrees(text: str) -> None:
    stream = StreamingReader()
    for end in range(len(text) + 1):
        if end:
            stream.feed(text[end - 1])
        reading, position = read(text[:end]), stream.position
        if reading.voice != (stream.pulse.voice or ""):
            continue  # the voice declared first stays empty so far, and `read` takes another
        assert position.beat == beat(reading), text[:end]
        assert position.expected == reading.meters[-1].value.length, text[:end]


def test_every_beginning_of_real_tunes_is_where_the_reader_is(folk: Tunebook) -> None:
    for tune in random.Random(1).sample(folk.tunes, 8):
        assert_agrees(tune.text)


SCRAPS = st.sampled_from(
    [*"ABcdzZx^_=,'23/()[]{}<>|:-\"!+.~% \n\\&`KMLVXwy", "\nK:G\n", "[M:3/4]", "\nV:2\n", "[V:1]",
     "\nL:1/4\n", "[K", "!f!", "!tri", "(3", "|1", ":|2", "\nX:2\n", "\n\n", "{a}", "[CE]2", "+a+", "+C2E2+",
     "\r\n", "&d2|", "Z2|", "\nZ:by me\n", "\nA:|", "\n%%begintext\n", "\n%%endtext\n", "\nP:B\n",
     "\nplain words\n", "(10:8:10", "^/", "(&", "&)", "^3/2A", "\nP:A\n"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["", HEADER, "M:6/8\n", "X:1\nM:6/8\nV:2\nV:1\n", "T:x\nwords\n"]),
    st.lists(SCRAPS, max_size=25),
)
def test_every_beginning_of_any_text_is_where_the_reader_is(head: str, body: list[str]) -> None:
    assert_agrees(head + "".join(body))


def test_the_position_counts_an_unfinished_note() -> None:
    assert at("A3").beat == 3
    assert at("A3/").beat == Fraction(3, 2)
    assert at("A3/").extensible
    assert not at("A3/ ").extensible


def test_it_tells_what_it_is_inside() -> None:
    assert StreamingReader("X:1\n").position.inside == "header"
    assert StreamingReader("T:Th").position.field == "T"
    assert at('"A').inside == "quote"
    assert at("[CE").inside == "chord"
    assert at("{c").inside == "grace"
    assert at("!tr").inside == "decoration"
    assert at("%x").inside == "comment"
    assert at("[K:").field == "K"
    assert at("A\n\nB").inside == "ended"
    assert at("A").inside == "music"


def test_it_counts_what_is_open() -> None:
    position = at("|:((A (3B")
    assert (position.slurs, position.tuplet_left, position.repeat) == (2, 2, True)
    assert at("A>").broken
    assert at("|:A|1").ending
    assert not at("|:A:|B").repeat


def test_copies_go_their_own_way() -> None:
    one = StreamingReader(HEADER + "A")
    other = one.copy()
    other.feed("2")
    assert (one.position.beat, other.position.beat) == (1, 2)


def test_equal_keys_whatever_came_before() -> None:
    assert StreamingReader(HEADER + "A4|B").key() == StreamingReader(HEADER + "c2d2|B").key()
    assert StreamingReader(HEADER + "A4|B").key() != StreamingReader(HEADER + "A4|B2").key()
