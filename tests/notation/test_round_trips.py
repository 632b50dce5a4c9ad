"""Text to a reading, to MusicXML, to music21 and back; there and back in another key; every voice
against abc2midi. The music is well formed: full bars, ties that lead somewhere."""

import re
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from music21 import converter

from songrnn.notation.chord_symbols import parse_chord
from songrnn.notation.files.tune_file import TuneFile
from songrnn.notation.performance import perform
from songrnn.notation.reader import read
from songrnn.notation.reading import Kind, Reading
from songrnn.notation.score import to_musicxml
from songrnn.notation.sounding import sounds_of
from songrnn.notation.tables import NATURAL_SEMITONES
from songrnn.notation.transpose import transpose

# Music ------------------------------------------------------------------------------------------

LETTERS = "CDEFGABcdefgab"
SIGNS = st.sampled_from(["", "", "", "", "^", "_", "="])
NOTES = st.builds(
    "{}{}{}".format, SIGNS, st.sampled_from(LETTERS), st.sampled_from(["", "", "", ","])
)
CHORDS = st.lists(st.sampled_from("CDEFGABcdef"), min_size=2, max_size=3, unique=True).map(
    lambda letters: "[" + "".join(letters) + "]"
)
SOUNDS = NOTES | NOTES | NOTES | CHORDS
# What fills a quarter note, in eighths (L:1/8).
BEATS = st.one_of(
    SOUNDS.map("{}2".format),
    st.just("z2"),
    st.builds("{}{}".format, SOUNDS, SOUNDS),
    st.builds("{}>{}".format, NOTES, NOTES),
    st.builds("{}<{}".format, NOTES, NOTES),
    st.builds("(3{}{}{}".format, SOUNDS, SOUNDS, SOUNDS),
    st.builds("{0}/{1}/{0}".format, NOTES, SOUNDS),
    st.builds("{}3/2{}/".format, SOUNDS, SOUNDS),
)
# Two beats at once, some with a tie: the second note has no accidental, it keeps the first's.
TIES = st.builds("{0}3-{0}".format, NOTES.map(lambda note: note.lstrip("^_="))) | CHORDS.map(
    "{0}2-{0}2".format
)
HALVES = st.builds("{} {}".format, BEATS, BEATS) | TIES | SOUNDS.map("{}4".format)
BARS = st.builds("{} {}".format, HALVES, HALVES)


def _section(bars: list[str], ending: tuple[str, str] | None, repeated: bool) -> str:
    music = "|".join(bars)
    if not repeated:
        return music + "||\n"
    if ending is None:
        return "|:" + music + ":|\n"
    return f"|:{music}|1{ending[0]}:|2{ending[1]}||\n"


SECTIONS = st.builds(
    _section,
    st.lists(BARS, min_size=1, max_size=2),
    st.none() | st.tuples(BARS, BARS),
    st.booleans(),
)
KEYS = st.sampled_from(
    [
        "C",
        "G",
        "D",
        "A",
        "E",
        "B",
        "F",
        "Bb",
        "Eb",
        "Ab",
        "Db",
        "Am",
        "Em",
        "F#m",
        "Gm",
        "Dmix",
        "Ador",
    ]
)
BODIES = st.lists(SECTIONS, min_size=1, max_size=3).map("".join)


def head(key: str) -> str:
    return f"X:1\nM:4/4\nL:1/8\nK:{key}\n"


TUNES = st.builds(lambda key, body: head(key) + body, KEYS, BODIES)
# The same number of bars in every voice: written a voice after the other, or bar by bar.
VOICES = st.integers(2, 3).flatmap(
    lambda count: st.lists(st.tuples(*[BARS] * count), min_size=1, max_size=4)
)


def in_voices(key: str, rows: list[tuple[str, ...]], interleaved: bool) -> str:
    count = len(rows[0])
    declared = "".join(f"V:{voice + 1}\n" for voice in range(count))
    if interleaved:
        lines = [f"[V:{voice + 1}]{bar}|" for row in rows for voice, bar in enumerate(row)]
    else:
        lines = [
            f"V:{voice + 1}\n" + "|".join(row[voice] for row in rows) + "|"
            for voice in range(count)
        ]
    return head(key).replace("K:", declared + "K:") + "\n".join(lines) + "\n"


SCORES = st.builds(in_voices, KEYS, VOICES, st.booleans())


# What is heard ------------------------------------------------------------------------------------

Heard = list[tuple[Fraction, Fraction, int]]


def written(reading: Reading) -> Heard:
    """(onset, duration, pitch) in the order of the text, ties joined, repeats not played."""
    places = [(index, event.onset) for index, event in enumerate(reading.events)]
    return sorted(
        (note.onset_quarters, note.duration_quarters, pitch)
        for note in sounds_of(reading.events, places)
        for pitch in note.pitches
    )


def played(reading: Reading) -> Heard:
    return sorted(
        (note.onset_quarters, note.duration_quarters, pitch)
        for note in perform(reading).notes
        for pitch in note.pitches
    )


def of_part(part: Any) -> Heard:
    """The same of a part of music21."""
    found: Heard = []
    going: dict[int, int] = {}  # pitch -> where the note is that a tie goes on from
    for item in part.flatten().notes:
        if "ChordSymbol" in item.classes:
            continue
        for note in item.notes if item.isChord else [item]:
            pitch, length = note.pitch.midi, Fraction(item.quarterLength).limit_denominator(960)
            if note.tie is not None and note.tie.type != "start" and pitch in going:
                onset, duration, _ = found[going[pitch]]
                found[going[pitch]] = (onset, duration + length, pitch)
            else:
                going[pitch] = len(found)
                found.append((Fraction(item.offset).limit_denominator(960), length, pitch))
    return sorted(found)


def again(text: str) -> list[Any]:
    return list(converter.parseData(to_musicxml(read(text)), format="musicxml").parts)


@settings(max_examples=20, deadline=None)
@given(TUNES)
def test_music21_reads_the_notes_that_the_text_has(text: str) -> None:
    (part,) = again(text)
    assert of_part(part) == written(read(text))


@settings(max_examples=12, deadline=None)
@given(TUNES)
def test_music21_plays_the_repeats_that_the_text_has(text: str) -> None:
    (part,) = again(text)
    assert of_part(part.expandRepeats()) == played(read(text))


@settings(max_examples=12, deadline=None)
@given(SCORES)
def test_music21_reads_every_voice(text: str) -> None:
    reading = read(text)
    assert [of_part(part) for part in again(text)] == [written(v) for v in reading.all_voices]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=SCORES)
def test_every_voice_is_a_track_of_abc2midi(text: str, oracle: ModuleType, tmp_path: Path) -> None:
    header, _, body = text.partition("K:")
    # It strikes the notes of chords one after the other unless each voice is told not to.
    body = re.sub(r"^\[?(V:[0-9])\]?", r"\1\n%%MIDI chordattack 0\n", body, flags=re.MULTILINE)
    verdict = oracle.played_by_abc2midi(f"{header}K:{body.replace(chr(10) * 2, chr(10))}", tmp_path)
    sounding = [voice for voice in map(oracle.played_by_us, read(text).all_voices) if voice]
    assert len(verdict.tracks) == len(sounding)
    for ours, theirs in zip(sounding, verdict.tracks, strict=True):
        assert oracle.identical(ours, theirs)


@pytest.mark.parametrize("file", ["miscFolk/americanfifeopus.abc", "airdsAirs/book6.abc"])
def test_voices_of_real_tunes_are_tracks_of_abc2midi(
    file: str, oracle: ModuleType, tmp_path: Path
) -> None:
    from music21 import corpus

    path = Path(corpus.__file__).parent / file
    tunes = [tune.text for tune in TuneFile.from_bytes(path.read_bytes()).tunes]
    several = [read(oracle.cleaned(text)) for text in tunes if "V:2" in text][:8]
    assert several
    compared = 0
    for reading in several:
        verdict = oracle.played_by_abc2midi(oracle.as_understood(reading), tmp_path)
        if verdict.complains:
            continue
        compared += 1
        for voice, theirs in zip(reading.all_voices, verdict.tracks, strict=True):
            assert oracle.identical(oracle.played_by_us(voice), theirs), reading.text
    assert compared


SYMBOLS = st.builds(
    '"{}{}{}{}"'.format,
    st.sampled_from("CDEFGAB"),
    st.sampled_from(["", "", "#", "b"]),
    st.sampled_from(["", "m", "7", "maj7", "sus4", "dim"]),
    st.sampled_from(["", "", "/C", "/F#", "/Bb", "/g"]),
)
WITH_SYMBOLS = st.builds(
    lambda key, symbols, body: head(key) + "".join(map("{}C2".format, symbols)) + "|\n" + body,
    KEYS,
    st.lists(SYMBOLS, min_size=1, max_size=4),
    BODIES,
)
_SPELLED = (Kind.NOTE, Kind.ACCIDENTAL, Kind.OCTAVE, Kind.CHORD_SYMBOL, Kind.FIELD_VALUE)


def but_for_spelling(reading: Reading) -> list[str]:
    """All characters of a text that say nothing of pitches."""
    return [c for c, kind in zip(reading.text, reading.kinds, strict=True) if kind not in _SPELLED]


def chords(reading: Reading) -> list[tuple[int, str, int | None]]:
    """Root and bass of each chord symbol, from 0 to 11, and its type."""
    found = []
    for mark in reading.marks:
        name = parse_chord(mark.text)
        assert name is not None
        root, bass = (
            None if note is None else (NATURAL_SEMITONES[note[0]] + note[1]) % 12
            for note in (name.root, name.bass)
        )
        assert root is not None
        found.append((root, name.quality, bass))
    return found


@settings(max_examples=40, deadline=None)
@given(WITH_SYMBOLS, st.integers(-11, 11))
def test_there_and_back_in_another_key(text: str, semitones: int) -> None:
    here = read(text)
    there = read(transpose(here, semitones))
    back = read(transpose(there, -semitones))
    pitches = [event.pitches for event in here.events]
    assert [tuple(p - semitones for p in e.pitches) for e in there.events] == pitches
    assert [event.pitches for event in back.events] == pitches
    assert but_for_spelling(back) == but_for_spelling(here)
    moved = [
        ((root + semitones) % 12, quality, None if bass is None else (bass + semitones) % 12)
        for root, quality, bass in chords(here)
    ]
    assert chords(there) == moved
    assert chords(back) == chords(here)
    assert (back.key.fifths - here.key.fifths) % 12 == 0


@settings(max_examples=60, deadline=None)
@given(KEYS, st.text(alphabet="CDEFGABcdefgab 234|", min_size=1, max_size=40), st.integers(-11, 11))
def test_a_tune_in_its_key_comes_back_to_the_letter(key: str, body: str, semitones: int) -> None:
    text = f"X:1\nL:1/8\nK:{key}\nC{body}\n"
    assert transpose(read(transpose(read(text), semitones)), -semitones) == text
