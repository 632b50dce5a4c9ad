"""Songs in the form of a tune: how forms are read, and that a song which takes one has it."""

import random
from copy import copy
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songrnn.config import SampleConfig
from songrnn.corpus.sources import load
from songrnn.corpus.vocabulary import END, Vocabulary
from songrnn.errors import ConfigError, DamagedRunError, SamplingError
from songrnn.generation.composer import compose, compose_each
from songrnn.generation.forms import stored
from songrnn.generation.forms.form import (
    Form,
    Forms,
    PlannedBar,
    parsed,
    prepared,
    ways_to_write,
)
from songrnn.generation.forms.leading import FormedSong
from songrnn.generation.forms.reading import form_of
from songrnn.generation.forms.stored import read_forms, write_forms
from songrnn.generation.forms.written_bars import WrittenBars
from songrnn.generation.whole_bars.grammar import grammar_of
from songrnn.model.engine import Engine
from songrnn.notation.bars import right_bars
from songrnn.notation.reader import read
from songrnn.store.runs import Run, open_run

HEADER = "X:1\nT:a\nR:Jig\nM:6/8\nL:1/8\nK:D\n"
TUNE = (
    HEADER
    + "A|d2d def|gfe dcB|d2d def|edc d2A|d2d def|gfe dcB|ABc def|edc d2:|\n"
    + "|:g|fdf ecA|B2c dAF|fdf ecA|GFE D2g|fdf ecA|B2c dAF|ABc def|edc d2:|\n"
)
LIMIT = 1500


@pytest.fixture(scope="module")
def tunes() -> list[str]:
    return [tune.text for tune in load("folk").split("train")[::12]]


@pytest.fixture(scope="module")
def forms(tunes: list[str]) -> Forms:
    return Forms([form for text in tunes if (form := form_of(text)) is not None])


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return open_run("lstm-150").vocabulary


def test_the_form_of_a_tune_says_its_bars_and_what_they_say_again() -> None:
    form = form_of(TUNE)
    assert form is not None
    assert (form.meter, form.rhythm, form.opened) == (3, "jig", False)
    assert [str(bar.length) for bar in form.bars] == ["1/2", *["3"] * 7, "5/2"] * 2
    assert [bar.border for bar in form.bars] == ["|"] * 8 + ["::"] + ["|"] * 8 + [":|"]
    assert [bar.like for bar in form.bars if bar.share == 1] == [1, 3, 2, 10, 12, 11, 7, 8]
    partly = form.bars[4]  # edc d2A begins as no earlier bar does; the last bar does as it
    assert (partly.like, partly.share) == (None, 0)
    whole = ((Fraction(0), Fraction(5, 2)),)
    assert form.bars[8] == PlannedBar(Fraction(5, 2), "::", 4, 0, Fraction(3, 2), True, whole)


@pytest.mark.parametrize(
    ("bar", "like", "same"),
    [
        ("gfa dcB", 1, "0-1,3/2-3"),  # of the bars that it is like, the one with most in common
        ("gfe def", 2, "1-3"),  # the latest of such
        ("g>f e dcB", 1, "1-3"),  # a broken rhythm is one piece
        ("(3gfe f dcB", 1, "3/2-3"),
        ("[ge]fe dcA", 1, "1-5/2"),
        ("gab cdc", None, ""),  # one note that begins the bar is too little
        ("ABc fed", None, ""),  # no two notes
    ],
)
def test_a_bar_is_like_an_earlier_one_where_both_have_the_same(
    bar: str, like: int | None, same: str
) -> None:
    body = f"d2d def|gfe dcB|g2e def|{bar}|" + "FGA Bcd|" * 4 + "d6|]\n"
    form = form_of(HEADER + body)
    assert form is not None
    assert form.bars[3].like == like
    assert ",".join(f"{start}-{end}" for start, end in form.bars[3].same) == same
    assert form.bars[3].share == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "K:C\n",
        HEADER + "abc def|gab abc|]",  # too short
        TUNE.replace("|:g", "K:G\n|:g"),  # a field in the body
        TUNE.replace("gfe dcB|d2d", "gfe dcBA|d2d"),  # a bar too long
        TUNE.replace("edc d2:|\n", "edc d2|3\n", 1),  # a third ending
        HEADER + "|abc def" * 60 + "|]",  # too long
    ],
)
def test_what_whole_bars_cannot_follow_has_no_form(text: str) -> None:
    assert form_of(text) is None


@given(st.text(alphabet="ABcdz24/|:[]12 \n\"'(>~{}K-^", max_size=120))
@settings(max_examples=300, deadline=None)
def test_reading_a_form_never_fails_and_what_it_says_is_read_again(body: str) -> None:
    for text in (HEADER + body, TUNE + body, TUNE.replace("gfe", body[:9], 1)):
        form = form_of(text)
        if form is not None:
            assert parsed(form.said()) == form.bars
            assert ways_to_write(form) is not None


def test_a_fermata_before_a_repeat_is_no_field() -> None:
    held = form_of(TUNE.replace("edc d2:|", "edc d2 H:|"))
    assert held is not None
    assert [bar.border for bar in held.bars] == ["|"] * 8 + ["::"] + ["|"] * 8 + [":|"]


def test_the_forms_that_are_shipped_are_those_of_the_training_tunes(forms: Forms) -> None:
    kept = read_forms(open_run("best-512"))
    assert kept is not None
    assert set(forms.forms) <= set(kept.forms)


def test_most_real_tunes_have_a_form(tunes: list[str], forms: Forms) -> None:
    assert len(forms.forms) > 0.75 * len(tunes)
    for form in forms.forms:
        assert parsed(form.said()) == form.bars


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4",
        "4|=0",
        "4| 4|=1",
        "4| x",
        "4|  4|",
        "4|~0*",
        "4| 4|~0@",
        "4| 4|~0@2-1",
        "4| 4|~0@0-5",
        "4| 4|~0@1-2,0-1",
        "4| 4|~0@1/0-2",
        "4/0|",
        "4|^1/0h",
    ],
)
def test_what_is_no_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="form"):
        parsed(text)


def test_bars_are_cut_as_they_are_written() -> None:
    bars = WrittenBars('|: A2 "C|D"B2 |\n| (c2[1A]d2) :|\n|: e4 |[1 f4 ')
    assert bars.contents == ('A2 "C|D"B2', "(c2[1A]d2)", "e4")
    assert (bars.border, bars.content, bars.in_border, bars.lost) == ("|[1", "f4 ", False, False)
    for other in ("K:G", "r:note", "I:linebreak", "s:+p+", "% a comment"):
        assert WrittenBars(f"A2 B2|{other}\nAB|").lost
    for whole in ('A2 B2:|"100 %"z:|', "A2 HB2:|c2 S:|d2 T::e2 H:|"):  # decorations
        assert not WrittenBars(whole).lost
    for other in ("A2\nK:G\nAB|", "[M:3/4]A3|"):
        assert WrittenBars(other).lost


def written(
    vocabulary: Vocabulary, forms: Forms, seed: int, prime: str = "", limit: int = LIMIT
) -> tuple[str, FormedSong, Form | None]:
    """A song by somebody who draws any character that is allowed, notes more often than others."""
    rng = random.Random(seed)
    rules = FormedSong(grammar_of(vocabulary).song(limit), forms, vocabulary)
    names = [vocabulary.decode([symbol]) for symbol in range(vocabulary.size)]
    text, taken = "", None
    for character in prime:
        rules.advance(character)
        text += character
    while len(text) < limit:
        allowed = np.flatnonzero(rules.allowed()).tolist()
        taken = rules.form or taken
        weights = [
            9
            if names[s] in "ABcdefgz2"
            else 30
            if names[s] in " |" or s == END
            else 0.2 * (names[s] != '"')  # a text in quotes would hold anything
            for s in allowed
        ]
        symbol = rng.choices(allowed, weights)[0]
        if symbol == END:
            return text, rules, taken
        rules.advance(names[symbol])
        text += names[symbol]
    return text, rules, taken


def test_a_song_that_takes_a_form_has_it(vocabulary: Vocabulary, forms: Forms) -> None:
    made: list[FormedSong] = []

    def rules() -> FormedSong:
        made.append(FormedSong(grammar_of(vocabulary).song(LIMIT), forms, vocabulary))
        return made[-1]

    config = SampleConfig(temperature=1.0, whole_bars=True, limit=LIMIT)
    songs = compose_each(
        Engine.of(open_run("lstm-150")), vocabulary, prime="X:1\n", config=config,
        constraint=rules, seeds=range(40), together=1,
    )  # fmt: skip
    took = 0
    said: list[bool] = []
    for song, led in zip(songs, made, strict=False):
        right, measured = right_bars(read(song.text))
        assert right == measured > 0, song.text
        if led.form is None:
            continue
        took += 1
        assert not led.left
        body = song.text[song.text.index("\n", song.text.index("\nK:") + 1) + 1 :]
        contents = WrittenBars(body + "|").contents
        contents = contents[: len(led.form.bars)]
        assert len(contents) == len(led.form.bars), song.text
        again = [
            contents[number] == contents[bar.like]
            for number, bar in enumerate(led.form.bars)
            if bar.like is not None and bar.share == 1 and number
        ]
        said += again
        first = body[: body.index("|")]
        assert "  " in first or "  " not in body[len(first) :].rstrip(), song.text
        read_back = form_of(song.text + "\n")
        if read_back is not None:
            assert [bar.length for bar in read_back.bars] == [b.length for b in led.form.bars]
            assert [bar.border for bar in read_back.bars[:-1]] == [
                bar.border for bar in led.form.bars[:-1]
            ]
    assert took >= 20
    assert sum(said) >= 0.9 * len(said)  # not behind a tie or in an open slur


def test_whoever_draws_the_rules_of_whole_bars_hold(vocabulary: Vocabulary, forms: Forms) -> None:
    took = 0
    for seed in range(60):
        text, _, form = written(vocabulary, forms, seed, HEADER + "A|" if seed % 2 else HEADER)
        right, measured = right_bars(read(text))
        assert right == measured > 0, text
        took += form is not None
    assert took >= 20


_TIMES = st.tuples(st.integers(0, 5), st.integers(1, 6)).filter(lambda span: span[0] < span[1])
_WORDS = st.tuples(
    st.sampled_from(["|"] * 5 + ["||", ":|", "|:", "::", "1", "2"]),
    st.one_of(st.none(), st.just("="), _TIMES),
    st.integers(0, 20),
    st.one_of(st.none(), st.tuples(st.integers(0, 5), st.sampled_from("ht"))),
)


@given(st.lists(_WORDS, min_size=2, max_size=12), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_whatever_a_form_asks_for_the_rules_of_whole_bars_hold(
    vocabulary: Vocabulary, words: list[tuple[str, object, int, tuple[int, str] | None]], seed: int
) -> None:
    said = []
    for number, (border, again, like, cadence) in enumerate(words):
        word = f"3{border if number < len(words) - 1 else '|'}"
        if number and again is not None:
            start, end = again if isinstance(again, tuple) else (0, 0)
            same = f"~{like % number}@{start}/2-{end}/2"
            word += same if end else f"={like % number}"
        said.append(word if cadence is None else f"{word}^{cadence[0]}/2{cadence[1]}")
    form = Form(Fraction(3), "jig", False, parsed(" ".join(said)))
    text, _, _ = written(vocabulary, Forms([form]), seed, HEADER + "d2d def|", limit=400)
    right, measured = right_bars(read(text))
    assert right == measured > 0, text


def test_copies_of_a_song_go_on_by_themselves(vocabulary: Vocabulary, forms: Forms) -> None:
    rules = FormedSong(grammar_of(vocabulary).song(LIMIT), forms, vocabulary)
    for character in HEADER + "A|d2d def|":
        rules.advance(character)
    rules.allowed()
    other = copy(rules)
    before = rules.allowed().copy()
    for character in "gfe dcB|":
        other.advance(character)
    assert (rules.allowed() == before).all()
    assert (copy(rules).allowed() == before).all()
    assert other.form is rules.form is not None


def test_a_song_that_is_begun_takes_a_form_that_begins_so(vocabulary: Vocabulary) -> None:
    fitting, other = form_of(TUNE), form_of(TUNE.replace("d2:|\n|:g", "d2g||\n"))
    assert fitting is not None
    assert other is not None
    rules = FormedSong(grammar_of(vocabulary).song(LIMIT), Forms([other, fitting]), vocabulary)
    for character in TUNE[: TUNE.index("|:g") + 4] + "fdf ecA|":
        rules.advance(character)
    assert rules.allowed().any()
    assert rules.form == fitting


def led_by(vocabulary: Vocabulary, tune: str, text: str) -> FormedSong:
    """A song that has begun with a text, in the form of a tune."""
    form = form_of(tune)
    assert form is not None
    rules = FormedSong(grammar_of(vocabulary).song(LIMIT), Forms([form]), vocabulary)
    for character in text:
        rules.allowed()
        rules.advance(character)
    return rules


def forced(rules: FormedSong, vocabulary: Vocabulary) -> str:
    """What a song goes on with as long as it has no choice."""
    said = ""
    while len(allowed := np.flatnonzero(rules.allowed())) == 1:
        said += vocabulary.decode(allowed.tolist())
        rules.advance(said[-1])
    return said


def test_a_bar_says_again_what_it_has_in_common_and_goes_its_own_way_between(
    vocabulary: Vocabulary,
) -> None:
    """The fourth bar of the tune has the first two notes and the last three of the second."""
    tune = HEADER + "d2d def|gfe dcB|g2e def|gfa dcB|" + "FGA Bcd|" * 4 + "d6|]\n"
    rules = led_by(vocabulary, tune, HEADER + "B2B Bcd|edc BAF|G2E EFG|")
    assert rules.form is not None
    allowed = {vocabulary.decode([s]) for s in np.flatnonzero(rules.allowed()).tolist()}
    assert allowed == {" ", "\n", "e"}
    rules.advance("e")
    assert forced(rules, vocabulary) == "d"
    assert not rules.allowed()[vocabulary.encode("c")[0]]  # this is where it is another bar
    rules.advance("g")
    assert forced(rules, vocabulary).startswith(" BAF")


def test_a_section_ends_on_the_tonic_even_where_the_bar_it_says_again_does_not(
    vocabulary: Vocabulary,
) -> None:
    """The last bar of the tune says its first again, which was written before there was a form."""
    tune = HEADER + "d2d d3|gfe dcB|g2e def|gfa dcB|" + "FGA Bcd|" * 4 + "d2d d3|]\n"
    body = "B2B A3|edc BAF|G2E EFG|edf BAF|" + "GAB ABc|" * 4 + "B2B "
    rules = led_by(vocabulary, tune, HEADER + body)
    assert rules.form is not None
    assert rules.form.bars[0].cadence == Fraction(3, 2)
    allowed = {vocabulary.decode([s]) for s in np.flatnonzero(rules.allowed()).tolist()}
    assert allowed & set("ABCDEFGabcdefg") == {"D", "d"}
    assert rules.ends_section
    rules.advance("D")
    rules.allowed()
    assert not rules.ends_section


def test_a_bar_has_the_ending_of_whatever_says_it_again_however_often() -> None:
    form = Form(Fraction(4), "", False, parsed("4| 4| 4|=0 4| 4|=2 4| 4| 4||=4^3h"))
    cadences = [(bar.cadence, bar.on_tonic) for bar in prepared(form).bars]
    home, none = (Fraction(3), True), (None, False)
    assert cadences == [home, none, home, none, home, none, none, home]


def test_an_open_slur_is_closed_before_a_section_ends(vocabulary: Vocabulary) -> None:
    begun = TUNE[: TUNE.rindex("ABc def|edc d2:|")] + "ABc (def|edc d2"
    rules = led_by(vocabulary, TUNE, begun)
    symbol = vocabulary.encode(")")[0]
    assert rules.allowed()[symbol]
    assert rules.form is not None
    rules.advance(")")
    assert rules.allowed()[vocabulary.encode(":")[0]]
    assert rules.form is not None


def test_a_bar_that_outgrows_its_form_in_a_free_meter_leaves_it(vocabulary: Vocabulary) -> None:
    header = HEADER.replace("M:6/8", "M:none")
    free = header + "d2d def|gfe dcB|d2d def|edc d2A|d2d def|gfe dcB|ABc def|edc d3|]\n"
    begun = header + "d2d def|gfe dcB dcB"
    rules = led_by(vocabulary, free, begun)
    assert rules.allowed()[vocabulary.encode("|")[0]]


def test_without_a_form_that_fits_a_song_goes_on_in_whole_bars(vocabulary: Vocabulary) -> None:
    text, rules, taken = written(vocabulary, Forms([]), 3, HEADER)
    assert taken is None
    assert rules.left
    right, measured = right_bars(read(text))
    assert right == measured


def test_a_form_needs_whole_bars_and_a_run_that_has_learned_some() -> None:
    with pytest.raises(ConfigError, match="whole bars"):
        SampleConfig.parse({"form": True})
    run = open_run("lstm-50")
    config = SampleConfig(whole_bars=True, form=True)
    with pytest.raises(SamplingError, match="songrnn typicality"):
        compose(Engine.of(run), run.vocabulary, config=config)


def test_a_run_writes_in_forms_the_same_song_again(forms: Forms) -> None:
    run = open_run("lstm-150")
    config = SampleConfig(temperature=0.8, whole_bars=True, form=True)

    def sing() -> str:
        song = compose(
            Engine.of(run), run.vocabulary, prime="X:1\n", config=config, forms=forms, seed=4
        )
        return song.text

    assert sing() == sing()


def test_forms_are_kept_with_a_run(
    forms: Forms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path, open_run("lstm-150").document)
    assert read_forms(run) is None
    write_forms(run, forms.forms, 300)
    found = read_forms(run)
    assert found is not None
    assert found.forms == forms.forms
    path = tmp_path / stored.FILE
    monkeypatch.setattr(stored.FormsDocument, "largest", path.stat().st_size // 3)
    write_forms(run, forms.forms, 300)
    fewer = read_forms(run)
    assert fewer is not None
    assert len(forms.forms) / 4 < len(fewer.forms) < len(forms.forms) / 3
    assert set(fewer.forms) <= set(forms.forms)
    no_bars = [("4", bars) for bars in ("4| 4|=1", "4/0|", "", "x")]
    for meter, wrong in [*no_bars, ("1/0", "4|"), ("1e999999999", "4|"), ("-4", "4|")]:
        path.write_text(
            '{"format_version": 1, "corpus": {"name": "folk", "sha256": "0"}, "tunes": 1, "created": '
            f'"2026-11-27T00:00:00Z", "forms": [{{"meter": "{meter}", "rhythm": "", "opened": false, '
            f'"bars": "{wrong}"}}]}}'
        )
        with pytest.raises(DamagedRunError, match=r"forms\.json"):
            read_forms(run)


def test_a_form_of_more_words_than_are_read_is_not_kept(
    forms: Forms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a tune of long bars in a free meter, which have much in common here and there."""
    run = Run(tmp_path, open_run("lstm-150").document)
    length = sum(len(form.said()) for form in forms.forms) // len(forms.forms)
    monkeypatch.setattr(stored, "_MOST_SAID", length)
    write_forms(run, forms.forms, 300)
    found = read_forms(run)
    assert found is not None
    assert found.forms == tuple(form for form in forms.forms if len(form.said()) <= length)
    assert 0 < len(found.forms) < len(forms.forms)
