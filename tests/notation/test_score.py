import io
import re
from fractions import Fraction
from xml.etree import ElementTree

import mido
import pytest
from music21 import converter

from songrnn.errors import ScoreError
from songrnn.notation.performance import perform
from songrnn.notation.reader import read
from songrnn.notation.score import to_midi, to_musicxml, to_score

HEAD = "X:1\nT:A tune\nM:4/4\nL:1/8\nK:G\n"


def xml(abc: str) -> ElementTree.Element:
    return ElementTree.fromstring(to_musicxml(read(abc)))


def note_ons(data: bytes) -> list[tuple[int, int]]:
    """(tick, pitch) of every note of a MIDI file."""
    found = []
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity:
                found.append((tick, message.note))
    return sorted(found)


def test_midi_has_the_onsets_of_the_performance_repeats_unrolled() -> None:
    reading = read(HEAD + "|:G2 (3ABc d>e|1 d8:|2 g8|]\n")
    expected = sorted(
        (round(note.onset_quarters * 480), pitch)
        for note in perform(reading).notes
        for pitch in note.pitches
    )
    assert len(expected) == 14
    assert note_ons(to_midi(reading)) == expected


def test_midi_lasts_as_long_as_the_performance_says_at_any_tempo() -> None:
    reading = read(HEAD + "Q:1/4=90\nGABc dedB|dedB dedB|\n")
    own = mido.MidiFile(file=io.BytesIO(to_midi(reading))).length
    slow = mido.MidiFile(file=io.BytesIO(to_midi(reading, tempo=45))).length
    assert own == pytest.approx(perform(reading).seconds, abs=1e-4)
    assert slow == pytest.approx(8 * 60 / 45, abs=1e-4)


def test_midi_carries_the_program_asked_for() -> None:
    file = mido.MidiFile(file=io.BytesIO(to_midi(read(HEAD + "G8|\n"), program=73)))
    assert [m.program for t in file.tracks for m in t if m.type == "program_change"] == [73]


def test_a_pitch_struck_again_is_ended_first() -> None:
    file = mido.MidiFile(file=io.BytesIO(to_midi(read(HEAD + "G4 {G}G4|\n"))))
    sounding: set[int] = set()
    for message in file:
        if message.type == "note_on" and message.velocity:
            assert message.note not in sounding
            sounding.add(message.note)
        elif message.type in ("note_on", "note_off"):
            sounding.discard(message.note)
    assert not sounding


def test_quarter_tones_are_bent_in_midi_and_altered_in_musicxml() -> None:
    reading = read("X:1\nM:none\nL:1/4\nK:C\n^/F F [_/BD] ^3/2F|F|\n")
    file = mido.MidiFile(file=io.BytesIO(to_midi(reading)))
    bends = {m.channel: m.pitch / 4096 for t in file.tracks for m in t if m.type == "pitchwheel"}
    heard = [
        m.note + bends.get(m.channel, 0)
        for t in file.tracks
        for m in t
        if m.type == "note_on" and m.velocity
    ]
    assert heard == [65.5, 65.5, 62, 70.5, 66.5, 65]
    again = converter.parseData(to_musicxml(reading), format="musicxml")
    assert [pitch.ps for pitch in again.pitches] == [65.5, 65.5, 62, 70.5, 66.5, 65]


def test_grace_notes_end_where_their_main_note_begins() -> None:
    assert note_ons(to_midi(read(HEAD + "G4 {B}A4|\n"))) == [(0, 67), (900, 71), (960, 69)]


def test_the_id_of_a_note_is_its_characters() -> None:
    text = HEAD + "G2 ^A2 z2 [Bd]2|\n"
    start = text.index("^A2")
    ids = [note.get("id") for note in xml(text).iter("note")]
    chord = text.index("[Bd]2")
    assert f"n{start}-{start + 3}-0" in ids
    assert [f"n{chord}-{chord + 5}-{k}" for k in (0, 1)] == ids[-2:]
    assert len(set(ids)) == len(ids)


def test_a_long_note_is_split_and_tied_with_an_id_for_each_part() -> None:
    text = HEAD + "G5 A3|\n"
    notes = list(xml(text).iter("note"))
    start = text.index("G5")
    assert [n.get("id") for n in notes[:2]] == [f"n{start}-{start + 2}-{k}" for k in (0, 1)]
    assert [n.findtext("type") for n in notes] == ["half", "eighth", "quarter"]
    assert [[t.get("type") for t in n.findall("tie")] for n in notes] == [["start"], ["stop"], []]
    assert notes[2].find("dot") is not None


def test_ties_of_the_text_go_over_the_barline() -> None:
    notes = list(xml(HEAD + "G8-|G8|\n").iter("note"))
    assert [[t.get("type") for t in n.findall("tie")] for n in notes] == [["start"], ["stop"]]


@pytest.mark.parametrize(
    ("body", "beamed"),
    [
        ("GABc dedB|", ["begin", "continue", "continue", "end"] * 2),
        ("GA Bc de dB|", ["begin", "end"] * 4),
        ("G A B c d e d B|", [None] * 8),
        ("GA`Bc d4|", ["begin", "continue", "continue", "end", None]),
    ],
)
def test_beams_are_as_the_text_spaces_them(body: str, beamed: list[str | None]) -> None:
    assert [note.findtext("beam") for note in xml(HEAD + body).iter("note")] == beamed


def test_accidentals_are_written_where_the_signature_and_the_bar_differ() -> None:
    notes = list(xml(HEAD + "F2 =F2 F2 ^F2|F8|\n").iter("note"))
    assert [n.findtext("accidental") for n in notes] == [None, "natural", None, "sharp", None]
    assert [n.findtext("pitch/alter") for n in notes] == ["1", "0", None, "1", "1"]


def test_slurs_are_drawn_only_where_closed() -> None:
    open_one = xml(HEAD + "(GABc dedB|\n")
    closed = xml(HEAD + "(GABc) dedB|\n")
    assert list(open_one.iter("slur")) == []
    assert [slur.get("type") for slur in closed.iter("slur")] == ["start", "stop"]


def test_repeats_and_endings_stand_at_their_bars() -> None:
    score = xml(HEAD + "|:G8|1 A8:|2 B8|]\n")
    measures = list(score.iter("measure"))
    assert [[r.get("direction") for r in m.iter("repeat")] for m in measures] == [
        ["forward"],
        ["backward"],
        [],
    ]
    assert [[e.get("number") for e in m.iter("ending")] for m in measures] == [
        [],
        ["1", "1"],
        ["2", "2"],
    ]


def test_a_tuplet_has_its_bracket_and_ratio() -> None:
    notes = list(xml(HEAD + "(3GAB c2 d4|\n").iter("note"))
    assert [n.findtext("time-modification/actual-notes") for n in notes[:4]] == ["3"] * 3 + [None]
    assert [[t.get("type") for t in n.iter("tuplet")] for n in notes[:3]] == [
        ["start"],
        [],
        ["stop"],
    ]


def test_music21_reads_back_the_pitches_and_lengths() -> None:
    reading = read(HEAD + '|:"G"G2 (3ABc d>e d2|[GB]4 z2 ^c3/2_e/2:|\n')
    again = converter.parseData(to_musicxml(reading), format="musicxml")
    notes = [
        (tuple(p.midi for p in n.pitches), Fraction(n.quarterLength))
        for n in again.flatten().notesAndRests
        if not n.isRest or n.quarterLength
        if "ChordSymbol" not in n.classes
    ]
    assert notes == [(e.pitches, e.duration) for e in reading.events]


def test_text_for_the_score_cannot_break_its_xml() -> None:
    reading = read('X:1\nT:<b>&"\x00\ud800 tune\nK:C\n"^<script>"CDEF|\n')
    root = ElementTree.fromstring(to_musicxml(reading))
    assert root.findtext(".//words") == "<script>"


@pytest.mark.parametrize("text", ["", "X:1\nK:C\n", "X:1\nK:C\nz4|\n", "1 2 3"])
def test_without_notes_there_is_a_reason_instead(text: str) -> None:
    with pytest.raises(ScoreError, match="no notes"):
        to_musicxml(read(text))
    with pytest.raises(ScoreError, match="no notes"):
        to_midi(read(text))


def test_a_length_no_note_values_make_up_is_a_reason() -> None:
    with pytest.raises(ScoreError, match="note values"):
        to_score(read("X:1\nL:1/8\nK:C\nC2 D3/1024 E|\n"))


def test_a_tie_within_a_bar_has_both_its_ends() -> None:
    notes = list(xml(HEAD + "G2-G2 A4|\n").iter("note"))
    assert [[t.get("type") for t in n.findall("tie")] for n in notes] == [["start"], ["stop"], []]


def test_rhythm_and_the_words_below_go_through_musicxml() -> None:
    text = "X:1\nT:A\nR:jig\nL:1/8\nK:D\nDFA|\nW:Caf\\'e & <bar>\nW:\nW:the end\n"
    read_back = converter.parseData(to_musicxml(read(text)), format="musicxml")
    assert [str(rhythm) for rhythm in read_back.metadata.getCustom("rhythm")] == ["jig"]
    boxes = [box.content for box in read_back.recurse().getElementsByClass("TextBox")]
    assert boxes == ["jig", "Café & <bar>\n\nthe end"]


def test_without_rhythm_and_words_nothing_stands_on_the_page() -> None:
    assert "<credit" not in to_musicxml(read("X:1\nT:A\nR:\nK:D\nDFA|\nW:\n"))


def test_pickups_have_no_number_and_the_bars_after_them_are_counted_as_musicians_count() -> None:
    """MusicXML 4.0: a pickup is implicit; notation programs then number the first whole bar 1."""
    tune = "A|DFA dfa|d3 d2:|\nf|gfe dcB|D3 D2:|\n"
    written = to_musicxml(read(f"X:1\nM:6/8\nL:1/8\nK:D\n{tune}"))
    measures = re.findall(r'<measure implicit="(\w+)" number="(\w+)"', written)
    assert measures == [
        ("yes", "0"), ("no", "1"), ("no", "2"), ("yes", "2X"), ("no", "3"), ("no", "4"),
    ]  # fmt: skip
    without = to_musicxml(read("X:1\nM:6/8\nL:1/8\nK:D\nDFA dfa|d6|\n"))
    assert re.findall(r'implicit="(\w+)" number="(\w+)"', without) == [("no", "1"), ("no", "2")]
    # Two staves that do not agree on it number every bar.
    staves = to_musicxml(read("X:1\nM:2/4\nL:1/4\nK:C\nV:1\nC|DE|\nV:2\nzC|DE|\n"))
    assert "yes" not in re.findall(r'implicit="(\w+)"', staves)
