"""Small inputs of real tunebooks and bug reports, each with what is right: heard, or said."""

from fractions import Fraction
from xml.etree import ElementTree

import pytest
from music21 import converter

from songrnn.notation.chord_symbols import parse_chord
from songrnn.notation.performance import perform
from songrnn.notation.reader import read
from songrnn.notation.reading import Reading
from songrnn.notation.score import to_musicxml
from songrnn.notation.transpose import transpose

HEAD = "X:1\nL:1/4\n"


def heard(reading: Reading) -> list[int]:
    """The pitches of the first voice as they are played, one after the other."""
    return [pitch for note in perform(reading).notes if not note.grace for pitch in note.pitches]


def codes(text: str) -> set[str]:
    return {problem.code for problem in read(text).problems}


@pytest.mark.parametrize(
    ("text", "pitches"),
    [
        # Blocks, header lines and fields that are no music
        ("K:C\nCD|\n%%begintext\nBad egg\n%%endtext\nEF|\n", [60, 62, 64, 65]),
        ("%%begintext\nBad egg\n%%endtext\nK:C\nCD|\n", [60, 62]),
        ("K:C\nCD|\n%%begintext\nBad egg\n", [60, 62]),
        ("K:C\nCD|\n%%beginps\nBad\n\negg\n%%endps\nEF|\n", [60, 62, 64, 65]),
        ("H:A history\nBad egg\nof several lines\nK:C\nCD|\n", [60, 62]),
        ("J:unknown\na:unknown\nK:C\nCD|\n", [60, 62]),
        ("K:C\nCD|\nZ:Bad egg\nB:Bad egg\nEF|\n", [60, 62, 64, 65]),
        ("K:C\nCD|\nA:|\nE2:|\n", [60, 62, 69, 60, 62, 69, 64, 64]),
        # Parts
        ("P:ABA\nK:C\nP:A\nCD|\nP:B\nEF|\n", [60, 62, 64, 65, 60, 62]),
        ("P:(AB)2A\nK:C\nP:A\nC|\nP:B\nE|\n", [60, 64, 60, 64, 60]),
        ("P:((AB)2C2)2A\nK:C\nP:A\nC|\nP:B\nD|\nP:C\nE|\n", [60, 62, 60, 62, 64, 64] * 2 + [60]),
        ("P:AB\nK:C\nG|\nP:B\nE|\nP:A\n|:C:|\n", [67, 60, 60, 64]),
        ("P:AXB\nK:C\nP:A\nC|\nP:B\nE|\n", [60, 64]),
        ("P:AB\nK:C\n[P:A]C[P:B]E|[P:C]F|\n", [60, 64]),
        ("K:C\nP:B\nE|\nP:A\nC|\n", [64, 60]),
        # Repeats and endings
        ("K:C\nC|[1-2-3 C|\n", [60, 60]),
        ("K:C\n|:C|1,3D:|2,4E:|\n", [60, 62, 60, 64, 60, 62, 60, 64]),
        ("K:C\n|:C|1-3D:|4E:|\n", [60, 62, 60, 62, 60, 62, 60, 64]),
        ("K:C\nC:|D::E:|\n", [60, 60, 62, 62, 64, 64]),
        ("K:C\n|:C|:D:|\n", [60, 60, 62, 62]),
        ("K:C\nC|:D:|E:|\n", [60, 62, 62, 64, 64]),
        ("K:C\n|::C::|\n", [60, 60, 60]),
        # Accidentals, keys, clefs and transposition
        ("%%propagate-accidentals not\nK:D\n=F F|\n", [65, 66]),
        ("I:propagate-accidentals not\nK:D\n=F F|\n", [65, 66]),
        ("K:D\n[I:propagate-accidentals not]=F F|\n", [65, 66]),
        ("K:B♭\nB E|\n", [70, 63]),
        ("K:F♯m\nF G|\n", [66, 68]),
        ("%%MIDI transpose 3\nK:C\nC|\n", [63]),
        ("K:C\nI:MIDI transpose 3\nC|[I:MIDI=transpose 2]C|\n", [63, 62]),
        ("K:C\n%%MIDI rtranspose 3\nC|\n%%MIDI rtranspose 1\nC|\n", [63, 64]),
        ("K:C treble-8\nC|\n", [48]),
        ("K:C clef=treble+8\nC|\n", [72]),
        ("K:C treble^8\nC|\n", [60]),
        ("K:C bass octave=-1 transpose=2\nC|\n", [50]),
        ("K:C bass3 middle=d stafflines=4\nC|\n", [60]),
        ("V:1 transpose=-2 clef=bass-8\nK:C\nV:1\nC|\n", [46]),
        ("K:C transpose=-2\nC|\nK:D\nC|\n", [58, 59]),
        ("K:C octave=-1\nV:1 octave=1\nC|\nV:2\nC|\n", [72]),
        # Voices
        ("V:1\nV:2\nK:C\n[V:2]EF|\n[V:1]GA|\n", [67, 69]),
        ("K:C\nV:2\nEF|\nV:1\nGA|\n", [64, 65]),
        ("K:C\nCD|\nV:2\nEF|\nV:1\nGA|\n", [60, 62, 67, 69]),
        ("K:C\nV:1\nF|\nV:2\n[K:D][L:1/8][M:3/4]F|\nV:1\nF|\n", [65, 65]),
        ("V:1\nV:2\nK:C\nV:2\nEF|\n", [64, 65]),
        ("K:C\nCD & EF|G2|\n", [60, 62, 67]),
        ("K:C\n(& CD|EF & GA|Bc &)|c2|\n", [60, 62, 64, 65, 72]),
        ("V:1\nV:2\nK:C\n[V:1](& CD & EF|G2\n[V:1]D2|\n", [60, 62, 62]),
        # Chords as they were written before [CEG]
        ("K:C\n+CEG+ D +trill+E +ff+F|\n", [60, 64, 67, 62, 64, 65]),
        # Tuplets
        ("K:C\n(1:2:1c c|\n", [72, 72]),
    ],
)
def test_what_is_heard(text: str, pitches: list[int]) -> None:
    assert heard(read(HEAD + text)) == pitches


@pytest.mark.parametrize(
    "body",
    [
        "P:A\n[V:1]C|\n[V:2]E|\nP:B\n[V:1]D|\n[V:2]F|\n",
        "V:1\nP:A\nC|\nP:B\nD|\nV:2\nP:A\nE|\nP:B\nF|\n",
        "P:A\n[V:2]E|\n[V:1]C|\nP:B\n[V:2]F|\n[V:1]D|\n",
    ],
)
def test_a_part_begins_in_every_voice(body: str) -> None:
    reading = read(HEAD + "P:BA\nV:1\nV:2\nK:C\n" + body)
    assert [heard(voice) for voice in reading.all_voices] == [[62, 60], [65, 64]]


OVERLAYS = "X:1\nM:4/4\nL:1/4\nK:C\nC4|(& D4|E4 & F4|G4 & A4|B4 &)|c4|\n"


def test_overlays_of_several_bars_sound_together() -> None:
    reading = read(OVERLAYS)
    assert [heard(voice) for voice in reading.all_voices] == [[60, 62, 64, 72], [65, 67], [69, 71]]
    onsets = [[note.onset_quarters for note in perform(v).notes] for v in reading.all_voices]
    assert onsets == [[0, 4, 8, 12], [4, 8], [4, 8]]
    assert codes(OVERLAYS) == set()


def test_overlays_of_several_bars_are_written_in_their_measures() -> None:
    score = converter.parseData(to_musicxml(read(OVERLAYS)), format="musicxml")
    bars = score.parts[0].getElementsByClass("Measure")
    assert [sorted(note.pitch.midi for note in bar.recurse().notes) for bar in bars] == [
        [60],
        [62, 65, 69],
        [64, 67, 71],
        [72],
    ]


def test_ties_of_single_notes_of_a_chord_tie_those_alone() -> None:
    notes = perform(read(HEAD + "K:C\n[C-E]2 [CE]2|\n")).notes
    lengths = sorted((pitch, note.duration_quarters) for note in notes for pitch in note.pitches)
    assert lengths == [(60, 4), (64, 2), (64, 2)]


def test_a_tuplet_of_ten_in_the_time_of_eight() -> None:
    events = read(HEAD + "K:C\n(10:8:10C/2D/2E/2F/2G/2A/2B/2c/2d/2e/2|\n").events
    assert {event.duration for event in events} == {Fraction(2, 5)}
    assert {event.tuplet for event in events} == {(10, 8)}


def test_a_tuplet_of_one_lasts_as_its_general_form_says() -> None:
    assert [e.duration for e in read(HEAD + "K:C\n(1:2:1c c|\n").events] == [2, 1]


def test_rests_of_several_bars_are_as_many_measures() -> None:
    text = "X:1\nM:2/4\nL:1/4\nK:C\nCD|Z3|EF|\n"
    score = converter.parseData(to_musicxml(read(text)), format="musicxml")
    assert len(score.parts[0].getElementsByClass("Measure")) == 5


def test_fields_of_a_voice_that_is_not_the_first_change_that_voice_alone() -> None:
    reading = read(
        "X:1\nM:4/4\nL:1/4\nK:C\nV:1\nFFFF|\nV:2\n[M:3/4][L:1/8][K:D]F2F2F2|\nV:1\nFFFF|\n"
    )
    assert [event.duration for event in reading.events] == [1] * 8
    assert [placed.value.length for placed in reading.meters] == [4]
    assert [event.pitches for event in reading.voices[0].events] == [(66,)] * 3
    assert not {problem.code for problem in reading.problems} & {"bar-too-long", "bar-too-short"}


def test_a_defined_letter_stands_for_its_decoration() -> None:
    reading = read(HEAD + "U:o=!open!\nK:C\noC oD|\n")
    assert [(mark.text, mark.event) for mark in reading.marks] == [("open", 0), ("open", 1)]


@pytest.mark.parametrize(
    "body", ["{a>b}A", "A # B", "A * B;", "(3ABc", '"A7sus4"A "C/e"A "(G)"A', "oA", "A$B", "A y B"]
)
def test_legal_notation_is_never_an_error(body: str) -> None:
    text = HEAD + "U:o=!open!\nK:C\n" + body + "|\n"
    assert [p.code for p in read(text).problems if p.severity == "error"] == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("H:history\nmore of it\nK:C\nC|\n", "header-text"),
        ("J:x\nK:C\nC|\n", "unknown-field"),
        ("K:C\nC|\nZ:by me\n", "field-after-key"),
        ("K:C\nC|(& D & E|F|\n", "overlay-open"),
        ("K:C\n|:C|:D:|\n", "repeat-open"),
        ("m:~G=G|\nK:C\nC|\n", "macro-skipped"),
        ("%%MIDI ratio 3 1\nK:C\nC|\n", "directive-skipped"),
        ("K:C\nC|\n%%begintext\nBad\n", "block-open"),
    ],
)
def test_what_is_passed_over_is_said(text: str, code: str) -> None:
    assert code in codes(HEAD + text)


@pytest.mark.parametrize(
    ("symbol", "moved"),
    [
        ("C", "D"),
        ("Am7/G", "Bm7/A"),
        ("C/e", "D/f#"),
        ("(G)", "(A)"),
        ("G(Em)", "A(F#m)"),
        ("a", "b"),
        ("E♭m", "Fm"),
        ("F♯", "G♯"),
        ("A7sus4", "B7sus4"),
        ("B", "C#"),
        ("Fine", "Fine"),
        ("D.C. al Coda", "D.C. al Coda"),
        ("^above", "^above"),
    ],
)
def test_chord_symbols_move_with_the_tune(symbol: str, moved: str) -> None:
    assert f'"{moved}"' in transpose(read(f'{HEAD}K:C\n"{symbol}"C|\n'), 2)


def test_chord_symbols_and_words_are_in_musicxml() -> None:
    text = HEAD + 'K:C\n"Am"C "A7sus4"D "(G)"E "Bb/D"F|\nw:one two-three * four\nw:a~b *\n'
    root = ElementTree.fromstring(to_musicxml(read(text)))
    assert [h.findtext("root/root-step") for h in root.iter("harmony")] == ["A", "A", "B"]
    assert [h.findtext("bass/bass-step") for h in root.iter("harmony")] == [None, None, "D"]
    assert [w.text for w in root.iter("words")] == ["(G)"]
    sung = [[lyric.findtext("text") for lyric in note.iter("lyric")] for note in root.iter("note")]
    assert sung == [["one", "a b"], ["two"], ["three"], []]


def test_every_voice_is_in_musicxml_with_its_clef() -> None:
    text = HEAD + "V:1\nV:2 clef=bass-8 transpose=-2\nK:C\n[V:1]CD & EF|\n[V:2]D,E,|\n"
    score = converter.parseData(to_musicxml(read(text)), format="musicxml")
    assert [part.flatten().getElementsByClass("Clef")[0].sign for part in score.parts] == ["G", "F"]
    first, second = score.toSoundingPitch().parts
    assert sorted(note.pitch.midi for note in first.recurse().notes) == [60, 62, 64, 65]
    assert [note.pitch.midi for note in second.recurse().notes] == [36, 38]
    assert [e.pitches[0] for e in read(text).voices[1].events] == [36, 38]


@pytest.mark.parametrize(
    ("symbol", "moved", "quality"),
    [
        ("D/f+", "E/g#", ""),
        ("C6/9", "D6/9", "6/9"),
        ("F\\c", "G\\d", ""),
        ("Am(maj7)", "Bm(maj7)", "m(maj7)"),
    ],
)
def test_chord_symbols_of_old_files_are_known(symbol: str, moved: str, quality: str) -> None:
    chord = parse_chord(symbol)
    assert chord is not None
    assert chord.quality == quality
    assert f'"{moved}"' in transpose(read(f'{HEAD}K:C\n"{symbol}"C|\n'), 2)
