"""Which dance a tune is played as: rhythm, then title, then meter."""

from pathlib import Path

import pytest

from songrnn.notation.playing.choosing import style_of
from songrnn.notation.playing.styles import ALSO_CALLED, BY_METER, STYLES, TITLE_METERS
from songrnn.notation.reader import read


def tune(meter: str, *, rhythm: str = "", title: str = "", body: str = "GABc dBGB|") -> str:
    head = f"X:1\n{f'T:{title}' if title else ''}\n{f'R:{rhythm}' if rhythm else ''}\nM:{meter}\n"
    return "\n".join(line for line in head.split("\n") if line) + f"\nL:1/8\nK:G\n{body}\n"


@pytest.mark.parametrize("said", ["slipjig", "slip jig", "Slip Jigs", "slip-jig"])
def test_a_slip_jig_has_168_crotchets_however_it_is_spelled(said: str) -> None:
    style = style_of(read(tune("9/8", rhythm=said)))
    assert (style.name, style.quarters_a_minute) == ("slip jig", 168)


@pytest.mark.parametrize(
    ("meter", "title", "name", "tempo"),
    [
        ("C", "Lord Gordon's Reel", "reel", 200),
        ("C", "The Reel of Tulloch", "reel", 200),
        ("6/8", "The Reel of Tulloch", "jig", 168),  # no reel is in 6/8
        ("C", "Money in Both Pockets", "unnamed", 120),
        ("3/4", "The Fairy Queen", "unnamed", 120),  # "air" within a word is none
        ("6/8", "Planxty Irwin", "planxty", 132),
        ("C|", "A Highland Fling", "highland fling", 128),
        ("12/8", "", "slide", 198),
    ],
)
def test_without_a_rhythm_the_title_and_the_meter_speak(
    meter: str, title: str, name: str, tempo: float
) -> None:
    style = style_of(read(tune(meter, title=title)))
    assert (style.name, style.quarters_a_minute) == (name, tempo)


def test_the_rhythm_has_the_first_word() -> None:
    assert style_of(read(tune("C", rhythm="hornpipe", title="The Reel"))).name == "hornpipe"


def test_a_reel_in_semiquavers_is_as_fast_as_one_in_quavers() -> None:
    quavers = style_of(read(tune("C|", rhythm="reel")))
    halved = style_of(read(tune("2/4", rhythm="reel", body="G/A/B/c/ d/B/G/B/|")))
    assert halved.quarters_a_minute == quavers.quarters_a_minute / 2
    assert halved.pulse == quavers.pulse / 2


def test_every_name_of_the_tables_has_a_row_with_its_reason() -> None:
    names = {*ALSO_CALLED.values(), *(name for name, _ in BY_METER.values())}
    names |= {ALSO_CALLED.get(word, word) for word in TITLE_METERS}
    assert names <= set(STYLES)
    page = Path("docs/playing.md").read_text(encoding="utf-8")
    for style in STYLES.values():
        (row,) = [line for line in page.split("\n") if line.startswith(f"| {style.name} |")]
        assert f"= {style.beats_a_minute} |" in row
        assert row.endswith(f"| {style.reason} |")
