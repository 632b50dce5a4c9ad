"""How tunes are played: swing, accents, articulation, ornaments, dynamics, and what stays plain."""

import random
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from songrnn.corpus.tunebook import Tunebook
from songrnn.notation.performance import perform
from songrnn.notation.playing.rendition import PlayedNote, rendition
from songrnn.notation.reader import read

HEAD = "X:1\nM:{meter}\nL:1/8\nR:{rhythm}\nK:{key}\n"


def played(
    body: str, rhythm: str = "polka", meter: str = "4/4", key: str = "C"
) -> list[PlayedNote]:
    text = HEAD.format(meter=meter, rhythm=rhythm, key=key) + body + "\n"
    (notes,) = rendition(read(text)).voices()
    return notes


def onsets(notes: Iterable[PlayedNote]) -> list[Fraction]:
    return [note.onset for note in notes]


# Swing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rhythm", "meter", "body", "low", "high"),
    [
        ("hornpipe", "C|", "GABc dBGB|", 2.0, 2.0),
        ("hornpipe", "C|", "G>AB>c d>BG>B|", 2.0, 2.0),
        ("reel", "C|", "GABc dBGB|", 1.1, 1.3),
        ("polka", "2/4", "GABc|dBGB|", 1.0, 1.0),
        ("strathspey", "C", "G>AB>c d>BG>B|", 3.0, 3.0),
    ],
)
def test_pairs_swing_as_their_dance_does(
    rhythm: str, meter: str, body: str, low: float, high: float
) -> None:
    at = onsets(played(body, rhythm, meter))
    ratios = [(b - a) / (c - b) for a, b, c in zip(at[::2], at[1::2], at[2::2], strict=False)]
    assert ratios
    assert all(low <= ratio <= high for ratio in ratios)
    assert at[2::2] == [Fraction(n) for n in range(1, len(at[2::2]) + 1)]  # beats stay


def test_the_first_quaver_of_three_in_a_jig_is_the_longest() -> None:
    at = [float(onset) for onset in onsets(played("GAB cBA|G6|", "jig", "6/8"))]
    first, second, third = (b - a for a, b in pairwise(at[:4]))
    assert first > third > second
    assert 0.35 < first / 1.5 < 0.4


def test_a_hornpipe_has_the_onsets_that_abc2midi_gives_it(
    oracle: ModuleType, tmp_path: Path
) -> None:
    text = HEAD.format(meter="4/4", rhythm="hornpipe", key="G") + "GABc d2 (3efg|G>ABc dcBA|G8|]\n"
    theirs = sorted(start for start, _, _ in oracle.played_by_abc2midi(text, tmp_path).notes or [])
    (notes,) = rendition(read(text)).voices()
    ours = [round(note.onset * oracle.TICKS) for note in notes]
    assert len(ours) == len(theirs)
    assert all(abs(a - b) <= oracle.TOLERANCE for a, b in zip(ours, theirs, strict=True))


def test_a_pickup_and_four_semiquavers_are_not_swung_astray() -> None:
    notes = played("GA|B/c/d/B/ GA B2 D2|", "hornpipe", "C|")
    assert [float(onset) for onset in onsets(notes)][:7] == pytest.approx(
        [0, 2 / 3, 1, 1.25, 1.5, 1.75, 2]
    )


# Accents and loudness --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rhythm", "meter", "body", "beats", "between"),
    [
        ("reel", "C|", "GABc dBGB|", [0, 2, 4, 6], [1, 3, 5, 7]),
        ("jig", "6/8", "GAB cBA|", [0, 3], [1, 2, 4, 5]),
        ("waltz", "3/4", "GABcdB|", [0], [2, 4]),
    ],
)
def test_beats_are_louder_than_what_is_between(
    rhythm: str, meter: str, body: str, beats: list[int], between: list[int]
) -> None:
    notes = played(body, rhythm, meter)
    assert min(notes[n].velocity for n in beats) > max(notes[n].velocity for n in between)
    assert notes[0].velocity == max(note.velocity for note in notes)


def test_after_a_pickup_the_bar_is_accented() -> None:
    notes = played("D|G2G2 G2G2|", "reel", "C|")
    assert notes[1].velocity == max(note.velocity for note in notes) > notes[0].velocity


def test_dynamics_hold_until_the_next_and_hairpins_lead_there() -> None:
    notes = played("!p!C2C2C2C2|!f!C2C2C2C2|!crescendo(!C2C2C2!crescendo)!C2|!ff!C8|")
    bars = [[note.velocity for note in notes[n : n + 4]] for n in (0, 4, 8)]
    assert max(bars[0]) < min(bars[1])
    assert bars[2][2] > bars[1][2]
    assert notes[12].velocity > max(bars[1])
    accented = played("C2!accent!C2 C2LC2|")
    plain = played("C2C2 C2C2|")
    assert [a.velocity > b.velocity for a, b in zip(accented, plain, strict=True)] == [
        *(False, True, False, True),
    ]


# Lengths ---------------------------------------------------------------------------------------


def test_notes_are_short_of_the_next_but_for_slurs() -> None:
    notes = played("C2(D2E2)F2|.G2 A2 G4|")
    gaps = [b.onset - a.onset - a.duration for a, b in pairwise(notes)]
    assert gaps[1] == 0  # legato, to the slur's last note
    assert all(gap > 0 for n, gap in enumerate(gaps) if n != 1)
    assert notes[4].duration == Fraction(1, 2)  # staccato
    assert gaps[4] > 2 * gaps[5]


# Ornaments -------------------------------------------------------------------------------------


def test_grace_notes_take_their_time_from_their_own_note() -> None:
    notes = played("C4 {DE}D4|")
    assert [note.pitch for note in notes] == [60, 62, 64, 62]
    assert notes[1].onset == 2  # on the beat: the note before keeps its length
    assert notes[1].onset + notes[1].duration == notes[2].onset
    main = notes[3]
    assert main.onset == notes[2].onset + notes[2].duration
    assert 2 < main.onset < Fraction(5, 2)
    assert main.onset + main.duration <= 4
    plain = played("C4 D4|")
    assert notes[0] == plain[0]


def test_a_roll_is_the_note_with_a_cut_and_a_tap() -> None:
    notes = played("~G3 A3|", "jig", "6/8", "G")
    assert [note.pitch for note in notes] == [67, 69, 67, 66, 67, 69]
    assert notes[1].duration < notes[0].duration / 3
    assert [note.pitch for note in played("~G2A2 B4|", "reel", "C|", "G")][:4] == [69, 67, 66, 67]
    assert [note.pitch for note in played("~GABc dBGB|", "reel", "C|", "G")][:3] == [69, 67, 69]


def test_a_trill_alternates_with_the_note_above_in_the_key() -> None:
    pitches = [note.pitch for note in played("TF4 G4|", key="Eb", meter="4/4")][:-1]
    assert set(pitches) == {65, 67}
    assert len(pitches) % 2 == 1
    assert len(pitches) >= 7


def test_ornaments_fill_their_note_and_no_more() -> None:
    for mark in ("~", "T", "M", "P", "!turn!", "{c}~"):
        notes = played(f"{mark}G4 A4|")
        at = [note.onset for note in notes if note.pitch == 69][-1]
        assert at == 2, mark
        assert all(a.onset + a.duration <= b.onset for a, b in pairwise(notes))


# All of it -------------------------------------------------------------------------------------


def test_real_tunes_last_as_long_and_nothing_changes_its_order(folk: Tunebook) -> None:
    for tune in random.Random(16).sample(folk.tunes, 25):
        reading = read(tune.text)
        as_written, styled = rendition(reading, "plain"), rendition(reading)
        before, after = as_written.timeline(), styled.timeline()
        assert [line[1:] for line in before] == [line[1:] for line in after]
        assert [line[0] for line in after] == sorted(line[0] for line in after)
        quarters = [
            line[-1][0] * each.quarters_per_minute / 60
            for line, each in ((before, as_written), (after, styled))
        ]
        assert quarters[0] == pytest.approx(quarters[1])
        (notes, *_) = styled.voices()
        assert (
            max(note.onset + note.duration for note in notes) <= as_written.performances[0].quarters
        )


def test_the_cursor_is_where_the_note_sounds() -> None:
    reading = read(HEAD.format(meter="C|", rhythm="hornpipe", key="G") + "GABc dBGB|G8|]\n")
    styled = rendition(reading)
    (notes,) = styled.voices()
    sounding = [styled.seconds_of(note.onset) for note in notes]
    assert [line[0] for line in styled.timeline()[:-1]] == pytest.approx(sounding)


def test_plain_is_what_is_written(folk: Tunebook) -> None:
    for tune in random.Random(7).sample(folk.tunes, 10):
        reading = read(tune.text)
        as_written, performance = rendition(reading, "plain"), perform(reading)
        assert as_written.timeline() == performance.timeline()
        assert as_written.quarters_per_minute == performance.quarters_per_minute
        assert [note[:3] for note in as_written.voices()[0]] == [
            (note.onset_quarters, note.duration_quarters, pitch)
            for note in performance.notes
            if not note.grace
            for pitch in note.pitches
        ]
