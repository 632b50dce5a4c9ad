"""Note by note against abc2midi on a sample; `make bench` runs all of the corpus."""

import random
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from songrnn.corpus.tunebook import Tunebook
from songrnn.notation.reader import read


def plays(oracle: ModuleType, text: str, folder: Path) -> bool:
    verdict = oracle.played_by_abc2midi(text, folder)
    assert verdict.notes is not None, verdict.log
    return bool(oracle.identical(oracle.played_by_us(read(text)), verdict.notes))


def test_real_tunes_are_played_as_abc2midi_plays_them(
    oracle: ModuleType, folk: Tunebook, tmp_path: Path
) -> None:
    """As they stand, or with what the standard says of repeats and tuplets written into them."""
    compared = same = 0
    for tune in random.Random(3).sample(folk.tunes, 300):
        text = oracle.cleaned(tune.text)
        verdict = oracle.played_by_abc2midi(text, tmp_path)
        if verdict.complains:
            continue
        compared += 1
        reading = read(text)
        ours = oracle.played_by_us(reading)
        if oracle.identical(ours, verdict.notes):
            same += 1
            continue
        understood = oracle.played_by_abc2midi(oracle.as_understood(reading), tmp_path)
        assert oracle.identical(ours, understood.notes), text
    assert compared > 250
    assert same / compared > 0.97


# The forms that tunebooks give their sections; # stands for a bar.
FORMS = st.sampled_from(
    [
        "|:#:|", "#:|", "#||", "|:#|1#:|2#||", "#|1#:|2#||", "#|1#:|2#|]", "|:#|1#:|[2#|]",
        "#|[1#:|[2#||", "|:#|1#:|2#:|", "|:#::#:|", "#|#||", "|:#|#|1#|#:|2#|#|]",
        "|:#|1#:|2#:|3#||", "#|#|",
    ]
)  # fmt: skip
BARS = st.sampled_from(["C2", "D E", "F", "(3GAB c", "d-d", "[eg]2", "z a"])


def _filled(forms: list[str], bars: list[str]) -> str:
    places = "".join(forms).split("#")
    return (
        "".join(place + bars[index % len(bars)] for index, place in enumerate(places[:-1]))
        + places[-1]
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(forms=st.lists(FORMS, min_size=1, max_size=3), bars=st.lists(BARS, min_size=1, max_size=7))
def test_sections_of_every_form_are_played_alike(
    forms: list[str], bars: list[str], oracle: ModuleType, tmp_path: Path
) -> None:
    """As they stand, or with the repeats that the standard supplies written out."""
    text = f"X:1\nM:none\nL:1/4\n%%MIDI chordattack 0\nK:C\n{_filled(forms, bars)}\n"
    reading = read(text)
    ours = oracle.played_by_us(reading)
    verdict = oracle.played_by_abc2midi(text, tmp_path)
    if not verdict.complains and not oracle.identical(ours, verdict.notes):
        understood = oracle.played_by_abc2midi(oracle.as_understood(reading), tmp_path)
        assert oracle.identical(ours, understood.notes)


# The table "Where abc2midi plays something else" of docs/notation.md: (text, abc2midi, here).
ELSEWHERE = [
    ("|:CD|1EF:|2GA||AB:|", "CDEFCDGAABCDAB", "CDEFCDGAABAB"),
    ("|:CD|1EF:|2GA:|", "CDEFCDGACD", "CDEFCDGA"),
    ("|:C|1D:|2E:|:F:|", "CDCECF", "CDCEFF"),
    ("C|1D:|2E||F|1G:|2A||", "CDCEFA", "CDCEFGFA"),
    ("C||:D::E:|", "CDCDEE", "CDDEE"),
    ("|::C::|", "CC", "CCC"),
]


@pytest.mark.parametrize(("body", "theirs", "here"), ELSEWHERE)
def test_where_abc2midi_plays_something_else(
    body: str, theirs: str, here: str, oracle: ModuleType, tmp_path: Path
) -> None:
    text = f"X:1\nM:none\nL:1/4\nK:C\n{body}\n"
    reading = read(text)

    def letters(notes: list[tuple[int, int, int]]) -> str:
        return "".join("C D EF G A B"[pitch % 12] for _, _, pitch in sorted(notes))

    assert letters(oracle.played_by_us(reading)) == here
    verdict = oracle.played_by_abc2midi(text, tmp_path)
    assert letters(verdict.notes) == theirs
    if "::" not in body[:4]:  # it plays nothing three times
        understood = oracle.played_by_abc2midi(oracle.as_understood(reading), tmp_path)
        assert oracle.identical(oracle.played_by_us(reading), understood.notes)


@pytest.mark.parametrize(
    "body",
    [
        "^FfFf|FfFf|",
        "^F2-|F2F2|",
        "A>B c<d A>>B A >B A> B|",
        "[C2E2G2] [C4E2] [CE]2|",
        "C2 z2 x2 D2|Z2|D8|",
        "(3ABc (3A2B2c2 (2AB (4ABcd|",
        "A/ A// A/4 A3/2 A3/ z/ A4|",
        "ABcd:|",
        "|:AB|1c2:|2d2|]",
        "|:A2[1,3B2:|[2c2:|[4d2|]e2|",
        "AB::cd:|",
        "A2:|B2||c2:|",
        "A2|B2||c2:|d2:|",
        "A2B2||c2:|",
        "A2 [L:1/4]A [M:3/4]B[K:D]F|F3|",
        "A`B``c d|",
        "A,,B,c'd''|",
        "[d3-d'3-][dd'] z4|",
    ],
)
@pytest.mark.parametrize("key", ["C", "Ador", "F#m", "Bb", "EbLydian", "HP", "D =c ^g"])
def test_small_tunes_sound_the_same(
    body: str, key: str, oracle: ModuleType, tmp_path: Path
) -> None:
    text = f"X:1\nM:4/4\nL:1/8\n%%MIDI chordattack 0\nK:{key}\n{body}\n"
    assert plays(oracle, text, tmp_path)


@pytest.mark.parametrize("meter", ["2/2", "C", "C|", "2/4", "3/4", "6/8", "9/8", "3/8", "none"])
def test_the_meter_decides_the_unit_length(meter: str, oracle: ModuleType, tmp_path: Path) -> None:
    assert plays(oracle, f"X:1\nM:{meter}\nK:C\nABc2d4|\n", tmp_path)


@pytest.mark.parametrize("mark", ["(2AB", "(3ABc", "(4ABcd", "(5ABcde", "(7ABcdefg", "(9ABcdefgab"])
@pytest.mark.parametrize("meter", ["6/8", "9/8", "4/4", "2/4"])
def test_tuplets_take_the_time_the_meter_gives_them(
    mark: str, meter: str, oracle: ModuleType, tmp_path: Path
) -> None:
    assert plays(oracle, f"X:1\nM:{meter}\nL:1/8\nK:C\n{mark} c2|\n", tmp_path)
