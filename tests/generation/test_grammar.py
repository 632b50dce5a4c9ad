"""Whole bars: what may follow, what may not, and that every way leads to a proper end."""

import random

import numpy as np
import pytest

from songrnn.config import ModelConfig, SampleConfig
from songrnn.corpus.vocabulary import END, Vocabulary
from songrnn.errors import SamplingError
from songrnn.generation.composer import compose, compose_many
from songrnn.generation.whole_bars.grammar import SHORTEST, Grammar
from songrnn.model.engine import Engine
from songrnn.model.shapes import parameter_shapes
from songrnn.notation.bars import bars, right_bars
from songrnn.notation.reader import read

VOCABULARY = Vocabulary.of(["\n", *map(chr, range(32, 127))])
GRAMMAR = Grammar(VOCABULARY)
JIG = "X:1\nT:A jig\nM:6/8\nL:1/8\nK:D\n"
REEL = "X:1\nT:A reel\nM:C|\nL:1/8\nK:G\n"
NO_LIMIT = 100_000
STOP = "END"
BEGUN = JIG + "DGG BAG|"

# Tunes with what the corpora write: pickups, repeats, endings, chords, grace notes, tuplets, slurs.
PROPER = {
    "a pickup completed at each repeat": JIG + "D|DGG BAG|AFD FDC|DGG BAG|Add cA:|\n"
    "D|DGG G2A|DFF F2G|FED F2G|Add cA:|\n",
    "two parts without pickups": REEL + "|:G2BG DGBG|ABcd edcB|c2ec B2dB|A2AB c2BA:|\n"
    "|:g2bg dgbg|agfe dcBA|G2BG FGAF|G4 G4:|\n",
    "endings": REEL + "G2BG DGBG|ABcd edcB|c2ec B2dB|1 A2AB c2BA:|2 A2AF G4||\n"
    "g2bg dgbg|agfe dcBA|G2BG FGAF|G4 G4|]\n",
    "chords, grace notes, tuplets, slurs, ties, broken rhythm, decorations": REEL
    + "[GB]2 (3ABc {g}a>b .c~d|(ABcd) e2-e2|((3ABc) d2 z4|{ga}b4 [Bd]4||\n"
    "A>Bc<d e4|A,2B,2 c'2d'2|Tf4 uev^d=c_B|G4 G4|]\n",
    "lines begun with the barline": JIG + "(D/E/)\n| DGG BAG | AFD FDC |\n| DGG BAG | Add cA ||\n"
    "(D/E/)\n| DGG G2A | DFF F2G | FED F2G | Add cA |]\n",
    "chord symbols, another key": JIG + '"D"DFA "G"BGB|AFA d3|DFA BGB|AFE D3||\nK:A\n'
    '"A"ceA ceA|"E7"BcB e3|ceA ceA|BcB A3|]\n',
    "no barline at the end": JIG + "DFA BGB|AFA d3|DFA BGB|AFE D3|\n"
    "DFA BGB|AFA d3|DFA BGB|AFE D3\n",
}


def choices(text: str, limit: int = NO_LIMIT) -> set[str]:
    """What may follow a text."""
    song = GRAMMAR.song(limit)
    for character in text:
        song.advance(character)
    return {
        STOP if symbol == END else VOCABULARY.decode([symbol])
        for symbol in song.allowed().nonzero()[0].tolist()
    }


def walk(seed: int, limit: int, prime: str = "") -> tuple[str, bool]:
    """A text of allowed characters drawn evenly, and whether it ended by itself."""
    rng, song, text = random.Random(seed), GRAMMAR.song(limit), prime
    for character in prime:
        song.advance(character)
    while len(text) < limit:
        allowed = song.allowed().nonzero()[0].tolist()
        assert allowed, f"nothing may follow {text!r}"
        symbol = rng.choice(allowed)
        if symbol == END:
            return text, True
        text += VOCABULARY.decode([symbol])
        song.advance(text[-1])
    return text, False


@pytest.mark.parametrize("text", PROPER.values(), ids=PROPER)
def test_a_proper_tune_may_be_written(text: str) -> None:
    assert right_bars(read(text))[0] == len(bars(read(text)))
    song = GRAMMAR.song(NO_LIMIT)
    for place, character in enumerate(text):
        assert song.allowed()[VOCABULARY.encode(character)[0]], (
            f"{character!r} after {text[:place]!r}"
        )
        song.advance(character)
    assert song.allowed()[END]


@pytest.mark.parametrize("prime", ["", "X:1\n", JIG, REEL, "X:1\nT:x\nM:9/8\nL:1/16\nK:Em\n"])
@pytest.mark.parametrize("limit", [250, 600])
def test_every_way_leads_to_a_proper_end(prime: str, limit: int) -> None:
    for seed in range(2):
        text, ended = walk(seed, limit, prime)
        reading = read(text)
        right, measured = right_bars(reading)
        assert ended, text
        assert right == measured, text
        assert not {p.code for p in reading.problems} - {"no-music"}, text


def test_no_note_goes_beyond_the_bar() -> None:
    after = choices(BEGUN + "DGG BA")
    assert {"G", "z", "^", "("} <= after
    assert not {"|", ":", STOP} & after
    assert "|" in choices(BEGUN + "DGG BAG")
    assert "A" not in choices(BEGUN + "DGG BAG ")


def test_a_length_may_only_fill_what_is_left() -> None:
    after = choices(BEGUN + "DGG A")
    assert {"2", "3", "/"} <= after
    assert not {"0", "1", "4", "6", "8"} & after
    assert {"5", "7"} <= after  # of 5/2 and 7/4
    assert choices(BEGUN + "DGG A5") == {"/"}


def test_half_a_note_left_over_is_still_filled() -> None:
    assert "|" not in choices(BEGUN + "DGG BA/c")
    assert choices(BEGUN + "DGG BAB/c") == {"/", "'", ","}


def test_the_second_half_of_a_broken_rhythm_stays_in_the_bar() -> None:
    assert ">" in choices(BEGUN + "DGG BA")
    assert ">" not in choices(BEGUN + "DGG BAG")
    assert "|" not in choices(BEGUN + "DGG BA>")


def test_a_tuplet_is_whole_before_the_barline() -> None:
    assert "3" in choices(REEL + "G4 G4|G2BG A2 (")
    assert "|" not in choices(REEL + "G4 G4|G2BG A2 (3AB")
    assert "|" in choices(REEL + "G4 G4|G2BG A2 (3ABc")


def test_the_last_bar_of_a_repeat_completes_its_pickup() -> None:
    section = JIG + "D|DGG BAG|AFD FDC|DGG BAG|Add c"
    assert ":" in choices(section + "A")
    assert ":" not in choices(section + "AG")
    assert "|" in choices(section + "AG")


def test_a_repeat_that_was_begun_is_ended_before_the_tune() -> None:
    tune = REEL + "|:" + 8 * "G2BG DGBG|"
    assert STOP not in choices(tune + "\n")
    assert STOP in choices(tune[:-1] + ":|\n")


def test_brackets_are_closed_before_the_bar() -> None:
    assert "|" not in choices(JIG + "DGG BA[GB")
    assert "]" in choices(JIG + "DGG BA[GB")
    assert "}" in choices(JIG + "DGG BA{g")
    assert "|" not in choices(JIG + "DGG BAG{g")


def test_a_slur_is_closed_before_the_tune_ends() -> None:
    tune = JIG + 7 * "DGG BAG|" + "(DGG BA"
    assert ":" not in choices(tune + "G")
    assert ")" in choices(tune + "G")
    assert "]" in choices(tune + "G)|")


def test_a_tie_leads_to_the_same_note() -> None:
    assert choices(JIG + "DGG B2c'-") & set("ABCDEFGabcdefgz") == set()
    assert choices(JIG + "DGG BA,-") & set("ABCDEFGabcdefgz") == {"A"}
    assert choices(JIG + "DGG BA,-A") == {","}


def test_a_song_does_not_end_before_eight_bars() -> None:
    assert STOP not in choices(JIG + (SHORTEST - 1) * "DGG BAG|" + "\n")
    assert STOP in choices(JIG + SHORTEST * "DGG BAG|" + "\n")


def test_the_header_comes_in_order() -> None:
    assert choices("") == {"X"}
    assert choices("X:1\n") >= {"T", "M"}
    assert "K" not in choices("X:1\nT:One\n")
    assert choices("X:1\nM:6/8\n") == {"L", "K"}
    assert choices("X:1\nM:6/8\nL:1/") == {"1", "2", "3", "4", "8"}


def test_near_the_limit_the_way_to_the_end_is_kept_free() -> None:
    for limit in (len(JIG) + 60, len(JIG) + 100):
        text, ended = walk(1, limit, JIG)
        assert ended
        assert len(text) < limit


def test_what_somebody_else_wrote_wrong_is_left_behind() -> None:
    text, ended = walk(3, 400, JIG + "DGG BAGGG|AB")
    assert ended
    wrong = [bar for bar in bars(read(text)) if not bar.right]
    assert len(wrong) <= 1 or all(bar.span[0] < len(JIG) + 14 for bar in wrong)


@pytest.mark.parametrize(
    "prime", ["ABC|", "[CEG", '"Am', "{g", "!tri", "X:1\nQ:1/4=", "%", "\n\nA"]
)
def test_any_beginning_leaves_something_allowed(prime: str) -> None:
    walk(0, 120, prime)


def test_a_vocabulary_without_barlines_is_refused() -> None:
    with pytest.raises(SamplingError, match="lacks"):
        Grammar(Vocabulary.of(["ABC\n"]))


def engine() -> Engine:
    """Random weights: every character is about as likely as any other."""
    config = ModelConfig(cell="gru", layers=1, hidden_size=8, embedding_size=4)
    rng = np.random.default_rng(0)
    shapes = parameter_shapes(config, VOCABULARY.size)
    weights = {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}
    return Engine(config, VOCABULARY.size, weights)


@pytest.mark.parametrize(("limit", "ends"), [(300, {"length"}), (1000, {"length", "end"})])
def test_whole_bars_are_kept_alone_and_in_a_batch_alike(limit: int, ends: set[str]) -> None:
    """Led to its end by the limit or not, a song has a proper one, and says which it was."""
    config = SampleConfig(whole_bars=True, limit=limit)
    reader = engine()
    together = compose_many(reader, VOCABULARY, prime=JIG, config=config, seeds=range(3))
    for seed, song in enumerate(together):
        right, measured = right_bars(read(song.text))
        assert right == measured > 0
        assert len(song.text) < limit
        assert STOP in choices(song.text)
        assert 0 < song.share_withheld < 1
        alone = compose(reader, VOCABULARY, prime=JIG, config=config, seed=seed)
        assert alone.text == song.text
        assert alone.stopped_by == song.stopped_by
    assert {song.stopped_by for song in together} == ends


def test_nothing_is_withheld_without_whole_bars() -> None:
    song = compose(engine(), VOCABULARY, prime=JIG, config=SampleConfig(limit=80))
    assert song.share_withheld == 0


def test_a_repeat_begun_at_a_double_bar_has_its_own_first_bar() -> None:
    # The tune begins with a pickup; the section after ||: does not, so its endings are whole.
    tune = "X:1\nM:2/4\nL:1/8\nK:D\nF|F4|E4|F4||:B2cg|F2A2|c4|1 A2"
    assert ":" not in choices(tune)
    assert ":" in choices(tune + "A2")


def test_a_note_right_after_a_chord_is_not_in_it() -> None:
    assert {"|", " "} <= choices(JIG + "DGG BAG|D[GB]G BAG")


def test_a_slur_that_cannot_be_closed_is_not_opened() -> None:
    song = FEW.song(NO_LIMIT)
    for character in "X:1\nM:6/8\nL:1/8\nK:D\nD2(":
        song.advance(character)
    found = {FEW.vocabulary.decode([symbol]) for symbol in song.allowed().nonzero()[0].tolist()}
    assert "3" in found  # tuplets may still begin
    assert not found & set("ABCDEFGabcdefg")


WEIGHTS = {
    **dict.fromkeys("ABCDEFGabcdefg", 0.3),
    **{"|": 6.0, ":": 4.0, "\n": 1.5, " ": 1.0, "2": 2.0, "3": 1.2, "1": 3.0, "[": 0.6, "]": 1.0},
    **{"(": 0.1, ">": 0.1, "/": 0.3, "-": 0.1, "z": 0.1, "4": 0.6, "6": 0.5, "8": 0.2},
}
HEADERS = [f"X:1\nM:{meter}\nL:1/8\nK:D\n" for meter in ("6/8", "2/4", "9/8", "3/4", "C", "3/8")]


# Few characters: few states, so that many songs take little time.
FEW = Grammar(Vocabulary.of(["XMKLD:/9\n", *WEIGHTS]))


def test_a_bar_shorter_than_a_note_is_led_to() -> None:
    """The repeat goes back to 8 1/4 of 9 eighths: only a bar of 3/4 of one may end it."""
    song = FEW.song(NO_LIMIT)
    for character in "X:1\nM:9/8\nL:1/8\nK:D\n|:D8E/4|" + 3 * "D8D|":
        song.advance(character)
        assert FEW.ending.steps(song._state) < 60


def song_of_barlines(seed: int) -> tuple[str, bool]:
    """A text of allowed characters, those of barlines, repeats and endings many times as likely."""
    rng = random.Random(seed)
    text, limit = rng.choice(HEADERS), rng.choice([700, 1500])
    eager = rng.choice([0.05, 1.0, 5.0])  # to end
    song = FEW.song(limit)
    for character in text:
        song.advance(character)
    while len(text) < limit:
        allowed = song.allowed().nonzero()[0].tolist()
        names = [STOP if symbol == END else FEW.vocabulary.decode([symbol]) for symbol in allowed]
        weights = [eager if name == STOP else WEIGHTS.get(name, 1e-6) for name in names]
        name = rng.choices(names, weights)[0]
        if name == STOP:
            return text, True
        text += name
        song.advance(name)
    return text, False


@pytest.mark.parametrize(
    "seeds",
    [
        range(30),
        pytest.param(
            range(30, 10_000), marks=[pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(7200)]
        ),
    ],
    ids=["quick", "long"],
)
def test_no_bar_is_wrong_and_every_song_ends(seeds: range) -> None:
    for seed in seeds:
        text, ended = song_of_barlines(seed)
        right, measured = right_bars(read(text))
        assert ended, (seed, text)
        assert right == measured >= SHORTEST, (seed, text)


@pytest.mark.parametrize("seed", [1])
def test_an_end_that_the_limit_left_no_way_around_is_not_the_models(seed: int) -> None:
    """A flat network ends soon when it may; kept from ending, it is led there by the limit."""
    model = ModelConfig(hidden_size=4)
    shapes = parameter_shapes(model, VOCABULARY.size)
    engine = Engine(
        model,
        VOCABULARY.size,
        {name: np.zeros(shape, np.float32) for name, shape in shapes.items()},
    )
    long = SampleConfig(whole_bars=True, limit=3000)
    short = SampleConfig(whole_bars=True, limit=220)
    (one,) = compose_many(engine, VOCABULARY, prime=JIG, config=short, seeds=[seed])
    assert one.text == compose(engine, VOCABULARY, prime=JIG, config=short, seed=seed).text
    assert one.stopped_by == "length"
    assert len(one.text) <= 220
    assert right_bars(read(one.text))[0] == right_bars(read(one.text))[1]
    free = compose(engine, VOCABULARY, prime=JIG, config=long, seed=seed)
    assert free.stopped_by in ("end", "length")
    assert len(free.text) > len(one.text)
