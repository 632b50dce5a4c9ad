"""Reading, judging, transposing, engraving and sounding tunes: how fast, how well, how hardy.

Times are of one core's work. The corpus is folk, built into SONGRNN_DATA when missing.
"""

import gc
import importlib
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import psutil
from measuring import CannotRunError, Result, Work, benchmark, compare, measure_time

from songrnn.corpus.sources import load
from songrnn.corpus.tunebook import Tune
from songrnn.errors import SongRNNError
from songrnn.notation.bars import right_bars
from songrnn.notation.engraving import engrave_musicxml
from songrnn.notation.reader import read
from songrnn.notation.reading import Reading
from songrnn.notation.score import to_midi, to_musicxml
from songrnn.notation.transpose import transpose

TESTS = Path(__file__).resolve().parents[1] / "notation"
DAMAGED = 20_000


@cache
def folk() -> tuple[Tune, ...]:
    return load("folk").tunes


def sample(count: int, seed: int = 4) -> list[Tune]:
    return random.Random(seed).sample(folk(), count)


def beside(name: str) -> ModuleType:
    """A module of the tests, whose checks are run here on more."""
    if str(TESTS) not in sys.path:
        sys.path.insert(0, str(TESTS))
    return importlib.import_module(name)


# Speed ------------------------------------------------------------------------------------------


@benchmark("reader: all of folk")
def reading_folk() -> Result:
    texts = [tune.text for tune in folk()]
    start = time.process_time()
    for text in texts:
        read(text)
    seconds = time.process_time() - start
    return Result(f"{seconds:.2f} s", f"{len(texts):,} tunes", 4 / seconds, "≤ 4 s", seconds <= 4)


@benchmark("reader: against music21's ABC reader")
def reading_against_music21() -> Result:
    from music21 import converter

    texts = [tune.text for tune in sample(200)]
    few: list[str] = []
    for text in texts:
        try:
            converter.parseData(text, format="abc")
        except Exception:
            continue
        few.append(text)
        if len(few) == 12:
            break

    def ours() -> None:
        for text in texts:
            read(text)

    def theirs() -> None:
        for text in few:
            converter.parseData(text, format="abc")

    return compare(
        Work(ours, len(texts)),
        Work(theirs, len(few)),
        at_least=10,
        unit="tunes",
        against="music21",
        pairs=5,
    )


@benchmark("reader: time when the text doubles")
def reading_twice_as_much() -> Result:
    """The worst of several long texts.

    Judged without Python's garbage collector, whose passes depend on all that the process holds;
    the figure with it stands beside.
    """
    tune = sample(1)[0].text
    body = tune[tune.index("\nK:") :].split("\n", 2)[2].replace("\n\n", "\n")
    pieces = [body, "A", "#", "[CE]", "(3ABc", "|:A", '"', "[", "A-", "{", "(A", "|1A:|2B|"]

    def seconds(text: str) -> float:
        start = time.process_time()
        read(text)
        return time.process_time() - start

    def ratio(piece: str) -> float:
        text = "K:C\n" + piece * (100_000 // len(piece))
        twice = text + text[4:]
        return statistics.median(seconds(twice) / seconds(text) for _ in range(5))

    collected = max(ratio(piece) for piece in pieces)
    gc.disable()
    try:
        worst = max(ratio(piece) for piece in pieces)
    finally:
        gc.enable()
    return Result(
        f"{worst:.2f} ×",
        f"with garbage collection {collected:.2f} ×; {len(pieces)} texts of 100k",
        2.3 / worst,
        "≤ 2.3 ×",
        worst <= 2.3,
    )


def _seconds_of_all() -> float:
    """What this process and its workers used of a core; theirs comes in steps of 10 ms."""
    return time.process_time() + sum(
        sum(child.cpu_times()[:2]) for child in psutil.Process().children()
    )


@benchmark("engraving: a tune, worker warm")
def engraving_a_tune() -> Result:
    """From the text to the SVG, nothing kept from before."""
    tunes: Iterator[Tune] = iter(sample(85))
    with tempfile.TemporaryDirectory() as folder:

        def ten() -> None:
            for tune in itertools.islice(tunes, 10):
                engrave_musicxml(to_musicxml(read(tune.text)), cache=Path(folder))

        return measure_time(Work(ten, 10, _seconds_of_all), at_most=0.060, repeats=7)


# How well ---------------------------------------------------------------------------------------


@benchmark("bars: right bars of folk, the human ceiling")
def people() -> Result:
    right = measured = 0
    for tune in folk():
        of_tune = right_bars(read(tune.text))
        right, measured = right + of_tune[0], measured + of_tune[1]
    share = right / measured
    return Result(f"{share:.2%}", f"{measured:,} bars", share / 0.97, "≥ 97%", share >= 0.97)


@benchmark("bars: planted errors found")
def planted() -> Result:
    """One error in each tune of folk whose bars are all right."""
    plant = beside("planting").plant
    rng = random.Random(5)
    found = named = count = 0
    for tune in folk():
        damaged = plant(tune.text, rng)
        if damaged is None:
            continue
        reading = read(damaged[0])
        right, measured = right_bars(reading)
        count += 1
        found += right < measured
        named += any(
            problem.code.startswith("bar-") and problem.span[0] <= damaged[1] <= problem.span[1] + 1
            for problem in reading.problems
        )
    share = found / count
    return Result(
        f"{share:.2%}, in the right bar {named / count:.2%}",
        f"{count:,} planted",
        share / 0.99,
        "≥ 99%",
        share >= 0.99,
    )


def pitches(reading: Reading) -> list[tuple[int, ...]]:
    return [event.pitches for event in reading.events]


@benchmark("transposition: folk to 12 keys and back")
def there_and_back() -> Result:
    same = count = 0
    for tune in folk():
        reading = read(tune.text)
        own = pitches(reading)
        for semitones in range(-5, 7):
            there = read(transpose(reading, semitones))
            moved = [tuple([pitch + semitones for pitch in chord]) for chord in own]
            back = read(transpose(there, -semitones))
            count += 1
            same += pitches(there) == moved and pitches(back) == own
    share = same / count
    return Result(f"{share:.3%} same", f"{count:,} moves", share, "= 100%", same == count)


# Hardiness --------------------------------------------------------------------------------------


@benchmark(f"toughness: {DAMAGED:,} damaged texts")
def damaged_texts() -> Result:
    """Every form of the reading; an exception counts."""
    toughness = beside("test_toughness")
    rng = random.Random(11)
    tunes = folk()
    raised = 0
    for _ in range(DAMAGED):
        text = toughness.damaged(rng.choice(tunes).text, rng)
        try:
            toughness.assert_survives(text)
        except Exception as error:
            raised += 1
            print(f"{type(error).__name__}: {error}: {text[:200]!r}")
    share = 1 - raised / DAMAGED
    return Result(f"{raised} exceptions", "", share, "none", raised == 0)


def staff_of(reading: Reading) -> str:
    with tempfile.TemporaryDirectory() as folder:
        return engrave_musicxml(to_musicxml(reading), cache=Path(folder))


@benchmark("toughness: score, staff and MIDI of 300 damaged texts, or a reason")
def damaged_downstream() -> Result:
    toughness = beside("test_toughness")
    rng = random.Random(12)
    counts = {"made": 0, "reason": 0, "raised": 0}
    for _ in range(300):
        reading = read(toughness.damaged(rng.choice(folk()).text, rng))
        for make in (to_midi, staff_of):
            try:
                make(reading)
                counts["made"] += 1
            except SongRNNError:
                counts["reason"] += 1
            except Exception as error:
                counts["raised"] += 1
                print(f"{type(error).__name__}: {error}: {reading.text[:200]!r}")
    figure = ", ".join(f"{count} {name}" for name, count in counts.items())
    return Result(figure, "", 1 - counts["raised"] / 600, "0 raised", counts["raised"] == 0)


# Sound ------------------------------------------------------------------------------------------


def sounding(synth: str) -> Result:
    from songrnn.notation.synths import available_synths

    if synth not in available_synths():
        raise CannotRunError(f"{synth} is not usable here: see packages.txt")
    partials = beside("partials")
    with tempfile.TemporaryDirectory() as folder:
        shares = [
            partials.share_in_tune(read(tune.text), synth, Path(folder)) for tune in sample(100)
        ]
    good = sum(share >= partials.ENOUGH for share in shares)
    return Result(
        f"{good} of {len(shares)} tunes",
        f"notes in tune: {statistics.mean(shares):.2%}, worst tune {min(shares):.1%}",
        good / len(shares),
        "all",
        good == len(shares),
    )


@benchmark("audio: strongest partials are the notes', fluidsynth")
def sounding_fluidsynth() -> Result:
    return sounding("fluidsynth")


@benchmark("audio: strongest partials are the notes', embedded synth")
def sounding_embedded() -> Result:
    return sounding("embedded")
