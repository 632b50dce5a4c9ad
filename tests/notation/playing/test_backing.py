"""Generated chords, and the instruments that accompany."""

import io
import random
from fractions import Fraction

import mido
import pytest

from songrnn.corpus.tunebook import Tunebook
from songrnn.notation.accompaniment import accompaniment
from songrnn.notation.playing.backing import BACKINGS, DRUM_KEYS, PROGRAMS, backing
from songrnn.notation.playing.harmony import harmonize
from songrnn.notation.playing.rendition import rendition
from songrnn.notation.reader import read
from songrnn.notation.score import to_midi

SCALE = "X:1\nM:4/4\nL:1/4\nK:{key}\n{body}\n"


def chords(body: str, key: str = "C") -> list[str]:
    found = harmonize(read(SCALE.format(key=key, body=body)))
    return [chord.root[0] + {1: "#", -1: "b"}.get(chord.root[1], "") + chord.quality
            for chord in found.values()]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "body", "expected"),
    [
        ("C", "C E G E|F A c A|G B d B|C E C2|]", ["C", "F", "G", "C"]),
        ("Am", "A c e c|A c e c|G B d B|A c A2|]", ["Am", "G", "Am"]),
        ("Dmix", "D F A F|D F A F|C E G E|D F D2|]", ["D", "C", "D"]),
        ("C", "C E G E|C E G E|C E C2|]", ["C"]),  # nothing calls for a change
        ("C", "C E G E|d B G2:|C E C2|]", ["C", "G", "C"]),  # tonic only where the tune allows it
    ],
)
def test_chords_hold_what_sounds_and_end_at_home(key: str, body: str, expected: list[str]) -> None:
    assert chords(body, key) == expected


def test_real_tunes_get_chords_of_their_key_and_mostly_end_on_the_tonic(folk: Tunebook) -> None:
    home = held = total = 0.0
    tunes = random.Random(3).sample(folk.tunes, 30)
    for tune in tunes:
        reading = read(tune.text)
        found = harmonize(reading)
        assert found
        home += list(found.values())[-1].root[0] == reading.key.tonic
        made = accompaniment(reading, chords=found)
        changes = sorted(
            (note.onset, note.pitch % 12) for note in made.notes if note.part == "chord"
        )
        for onset in {onset for onset, _ in changes}:
            classes = {pitch for at, pitch in changes if at == onset}
            for note in rendition(reading, "plain").voices()[0]:
                if note.onset <= onset < note.onset + note.duration:
                    total += 1
                    held += note.pitch % 12 in classes
    assert home >= 0.85 * len(tunes)
    assert held / total > 0.6


@pytest.mark.parametrize("kind", BACKINGS)
def test_what_accompanies_is_on_its_own_instrument_and_in_time(kind: str) -> None:
    reading = read("X:1\nM:C|\nL:1/8\nR:hornpipe\nK:G\n|:GABc dBGB|d2B2 G4:|\n")
    midi = to_midi(reading, style="musician", backing_by=kind)  # type: ignore[arg-type]
    file = mido.MidiFile(file=io.BytesIO(midi))
    tracks = [track for track in file.tracks if track.name == "Accompaniment"]
    assert bool(tracks) == (kind != "none")
    played = rendition(reading)
    notes = backing(played, kind).notes  # type: ignore[arg-type]
    assert all(0 <= note.onset < 16 for note in notes)
    if kind == "bodhran":
        struck = [m for m in tracks[0] if m.type == "note_on" and m.velocity]
        assert {message.channel for message in struck} == {9}
        assert {message.note for message in struck} == set(DRUM_KEYS.values())
        strokes = {note.onset % 1 for note in notes}
        assert strokes == {Fraction(0), Fraction(2, 3)} | {
            onset for onset in strokes if onset not in (0, Fraction(2, 3))
        }
        assert Fraction(2, 3) in strokes  # swung with the tune
    elif tracks:
        programs = {m.channel: m.program for m in tracks[0] if m.type == "program_change"}
        used = {m.channel for m in tracks[0] if m.type == "note_on" and m.velocity}
        assert {programs[channel] for channel in used} == {PROGRAMS[kind]}


def test_chord_symbols_come_before_chords_of_our_own() -> None:
    reading = read('X:1\nM:4/4\nL:1/4\nK:C\n"F"C C C C|\n')
    assert {note.pitch % 12 for note in backing(rendition(reading), "piano").notes} == {0, 5, 9}
    bouzouki = {note.pitch % 12 for note in backing(rendition(reading), "bouzouki").notes}
    assert bouzouki == {0, 5}  # root and fifth


def test_the_drone_is_tonic_and_fifth_for_all_of_the_tune() -> None:
    reading = read("X:1\nM:4/4\nL:1/4\nK:D\nD E F G|A B c d|]\n")
    notes = backing(rendition(reading), "drone").notes
    assert {(note.pitch % 12, note.onset, note.duration) for note in notes} == {
        (2, 0, 8),
        (9, 0, 8),
    }
