"""The accompaniment against abc2midi's track of chords, and what abc2midi leaves silent."""

import io
from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from songrnn.notation.accompaniment import (
    PATTERNS,
    accompaniment,
    default_pattern,
    has_chord_symbols,
    pitches,
    steps,
)
from songrnn.notation.audio import with_program
from songrnn.notation.chord_symbols import parse_chord
from songrnn.notation.chord_track import NAME
from songrnn.notation.midi import to_midi
from songrnn.notation.reader import read
from tests.notation.abc2midi import BINARY, TICKS, Notes, accompanied_by_abc2midi, identical

needs_abc2midi = pytest.mark.skipif(BINARY is None, reason="abc2midi is not installed")
TYPES = (
    *("", "m", "7", "m7", "m7b5", "maj7", "M7", "6", "m6", "aug", "+", "aug7", "dim", "dim7"),
    *("9", "m9", "maj9", "11", "dim9", "sus", "sus2", "7sus2", "7sus4", "5"),
)


def tune(body: str, meter: str = "4/4", directives: str = "", key: str = "C") -> str:
    return f"X:1\nM:{meter}\nL:1/4\n%%MIDI chordattack 0\n{directives}K:{key}\n{body}\n"


def ours(text: str) -> Notes:
    return [
        (round(note.onset * TICKS), round(note.duration * TICKS), note.pitch)
        for note in accompaniment(read(text)).notes
    ]


def compare(text: str, folder: Path) -> None:
    log, theirs = accompanied_by_abc2midi(text, folder)
    assert "Error" not in log, log
    assert theirs
    assert identical(ours(text), theirs), text


@needs_abc2midi
@pytest.mark.parametrize("quality", TYPES)
def test_a_chord_type_has_abc2midis_notes(quality: str, tmp_path: Path) -> None:
    compare(tune(f'"C{quality}"C4|"Eb{quality}"C4|"F#{quality}/E"C4|'), tmp_path)


@needs_abc2midi
@pytest.mark.parametrize("meter", [*PATTERNS, "C", "C|", "none"])
def test_a_meter_has_abc2midis_pattern(meter: str, tmp_path: Path) -> None:
    length = read(tune("C", meter)).meter.length or Fraction(4)
    compare(tune(f'"C"C{length}|"G7"C{length}|C{length}|', meter), tmp_path)


@needs_abc2midi
@pytest.mark.parametrize(
    "body",
    [
        '"C"C2"G"G2|"F/A"C4|"Am/C"A4|"G7/F"G4|',
        '"B"C4|"Bb"C4|"Cb"C4|"a"A4|"c#"C4|',
        'c|"C"C4|"Am"E3:|',
        '|:"C"C4|1 "G"C4:|2 "F"F4|]',
        '"C"C3C3|"G"C2||C2|C2|]',
        '"C"C4|Z2|"G"G4|',
        '"C""G"C4|"^loud"C4|',
        '"C"C4|[M:3/4]"G"G3|G3|',
        '"C"C4|[K:D transpose=2]"G"G4|',
        '"C"C4|\n%%MIDI gchord fcfc\n"G"C4|\n%%MIDI gchordoff\nC4|\n%%MIDI gchordon\nC4|',
        '"C"C4|[I:MIDI gchord c4]"F"C4|',
        '"C7"C4|\n%%MIDI gchord ghijGHIJ\nC4|',
        '"C"(3CDE F G|"Dm"A>B c d|',
    ],
)
def test_what_stands_in_a_tune_is_played_as_abc2midi_plays_it(body: str, tmp_path: Path) -> None:
    compare(tune(body), tmp_path)


@needs_abc2midi
@pytest.mark.parametrize(
    "directives",
    [
        "%%MIDI chordprog 24 octave=1\n%%MIDI bassprog 32 octave=-1\n",
        "%%MIDI gchord f2c2b4\n%%MIDI transpose 2\n",
        "%%begintext\n%%MIDI gchord ffff\n%%endtext\n",
    ],
)
def test_directives_of_the_header_are_obeyed(directives: str, tmp_path: Path) -> None:
    compare(tune('"C"C4|"G"G4|', directives=directives), tmp_path)


NAMES = st.sampled_from(["C", "G7", "Am", "F/A", "Dm7/C", "Bb", "E7", "F#m", "d"])


@st.composite
def tunes(draw: st.DrawFn) -> str:
    """Whole bars with chords at any note, with repeats and endings."""
    meter = draw(st.sampled_from(["4/4", "3/4", "6/8", "2/4", "9/8", "5/4"]))
    unit = "1/8" if meter.endswith("8") else "1/4"
    whole = int(meter.split("/")[0])

    def bar() -> str:
        left, written = whole, ""
        while left:
            length = draw(st.integers(1, min(left, 4)))
            chord = draw(st.one_of(st.none(), NAMES))
            written += (f'"{chord}"' if chord else "") + f"C{length}"
            left -= length
        return written

    def bars() -> str:
        return "|".join(bar() for _ in range(draw(st.integers(1, 3))))

    repeated = draw(st.sampled_from(["", "|:{}:|", "|:{}|1 {}:|2 {}||"]))
    body = f'"C"{bars()}|{bars()}' + (repeated.format(bars(), bars(), bars()) or "|")
    return f"X:1\nM:{meter}\nL:{unit}\n%%MIDI chordattack 0\nK:C\n{body}{bars()}|]\n"


@needs_abc2midi
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=tunes())
def test_any_tune_is_accompanied_as_abc2midi_does_it(text: str, tmp_path: Path) -> None:
    compare(text, tmp_path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Csus4", (0, (0, 5, 7))),
        ("Cmin7", (0, (0, 3, 7, 10))),
        ("C-7", (0, (0, 3, 7, 10))),
        ("C°", (0, (0, 3, 6))),
        ("C13", (0, (0, 4, 7, 10, 14, 21))),
        ("C(add9)", (0, (0, 4, 7, 14))),
        ("F♯m/E", (4, (6, 9, 13))),
        ("(G)", (7, (7, 11, 14))),
    ],
)
def test_more_types_are_known_than_abc2midi_has(
    name: str, expected: tuple[int, tuple[int, ...]]
) -> None:
    chord = parse_chord(name)
    assert chord is not None
    assert pitches(chord) == expected


@pytest.mark.parametrize("meter", ["3/2", "4/8", "15/8", "12/16", "1/4", "9/4"])
def test_every_meter_has_a_pattern(meter: str) -> None:
    pattern = steps(default_pattern(read(tune("C", meter)).meter))
    assert pattern[0] == ("f", 1)
    assert len(pattern) > 1


def test_a_tune_without_chord_symbols_has_no_accompaniment() -> None:
    text = tune('"Fine"CDEF|"^C"GABc|')
    assert not has_chord_symbols(read(text))
    assert ours(text) == []


def test_the_chords_may_stand_in_another_voice() -> None:
    text = tune('V:1\nCDEF|\nV:2\n"G"C4|')
    assert {note.pitch for note in accompaniment(read(text)).notes} == {43, 55, 59, 62}


# In a MIDI file --------------------------------------------------------------------------------

SONG = '"C"CDEF|"G7"G4|"C/E"C4|]'


def tracks(midi: bytes) -> dict[str, list[tuple[int, int, int]]]:
    """Name of a track -> its notes: (tick, channel, pitch)."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    for track in mido.MidiFile(file=io.BytesIO(midi)).tracks:
        now = 0
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                found.setdefault(track.name, []).append((now, message.channel, message.note))
    return found


def test_a_midi_file_has_it_only_when_asked_for() -> None:
    reading = read(tune(SONG))
    plain, whole = tracks(to_midi(reading)), tracks(to_midi(reading, accompanied=True))
    melody = [pitch for _, _, pitch in plain.popitem()[1]]
    assert not plain
    chords = whole.pop(NAME)
    assert [pitch for _, _, pitch in whole.popitem()[1]] == melody
    assert sorted((start, pitch) for start, _, pitch in chords) == sorted(
        (round(note.onset * TICKS), note.pitch) for note in accompaniment(reading).notes
    )


def test_without_chord_symbols_the_file_is_the_same() -> None:
    reading = read(tune("CDEF|"))
    assert to_midi(reading) == to_midi(reading, accompanied=True)


@pytest.mark.parametrize(("directive", "programs"), [("", {0}), ("%%MIDI chordprog 24\n", {0, 24})])
def test_the_instrument_is_the_melodys_alone(directive: str, programs: set[int]) -> None:
    midi = to_midi(read(tune(SONG, directives=directive)), accompanied=True)
    played = mido.MidiFile(file=io.BytesIO(with_program(midi, 40)))
    last: dict[int, int] = {}
    for message in (each for track in played.tracks for each in track):
        if message.type == "program_change":
            last[message.channel] = message.program
    chords = {channel for _, channel, _ in tracks(midi)[NAME]}
    assert {last[channel] for channel in chords} == programs
    assert {program for channel, program in last.items() if channel not in chords} == {40}


def test_a_pattern_over_several_bars_is_named_as_not_obeyed() -> None:
    text = tune('"C"C4|', directives="%%MIDI gchordbars 2\n")
    assert ["gchordbars" in each.message for each in read(text).problems] == [True]
