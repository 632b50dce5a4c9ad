"""Colours mean the same everywhere, in both themes, and are those of the app's settings."""

import tomllib
from pathlib import Path

import pytest

from dashboard.charts.theme import (
    DARK,
    LIGHT,
    Palette,
    diverging,
    mix,
    palette,
    run_colours,
    value_colours,
    visible,
)
from songrnn.notation.files.tune_file import MOST_MEBIBYTES

CONFIG = Path(__file__).resolve().parents[3] / "dashboard" / ".streamlit" / "config.toml"


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    a, b = sorted((luminance(first), luminance(second)))
    return (b + 0.05) / (a + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_palette_is_that_of_the_apps_settings(colours: Palette) -> None:
    theme = tomllib.loads(CONFIG.read_text())["theme"][colours.name]
    assert theme["backgroundColor"] == colours.paper
    assert theme["secondaryBackgroundColor"] == colours.panel
    assert theme["textColor"] == colours.ink
    assert theme["primaryColor"] == colours.accent


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_and_lines_stand_out_from_the_paper(colours: Palette) -> None:
    assert contrast(colours.ink, colours.paper) > 10
    assert contrast(colours.quiet, colours.paper) > 4.5
    assert contrast(colours.accent, colours.paper) > 4.5
    for darkest, lightest in colours.cells.values():
        assert contrast(darkest, colours.paper) > 3
        assert contrast(mix(darkest, lightest, 0.5), colours.paper) > 2.4
    for colour in (*colours.kinds, *value_colours(colours, range(7))):
        assert contrast(colour, colours.paper) > 3, colour
    assert len(set(colours.kinds)) == 8


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_a_character_can_be_read_on_any_colour_of_the_activation_scale(colours: Palette) -> None:
    other = [
        mix(end, colours.middle, share)
        for end in (colours.red, colours.blue)
        for share in (0.0, 0.25, 0.5, 0.75)
    ]
    for colour in [*(colour for _, colour in diverging(colours)), *other]:
        assert contrast(colours.ink, colour) > 4.5, colour


def test_the_app_listens_and_reports_to_nobody_else() -> None:
    settings = tomllib.loads(CONFIG.read_text())
    assert settings["server"]["address"] == "127.0.0.1"
    assert settings["server"]["showEmailPrompt"] is False
    assert settings["server"]["maxUploadSize"] == MOST_MEBIBYTES
    assert settings["browser"]["gatherUsageStats"] is False


def test_runs_of_one_cell_share_its_hue_in_different_shades() -> None:
    found = run_colours(LIGHT, [("lstm-150", "lstm"), ("rnn-150", "rnn"), ("lstm-250", "lstm")])
    assert len(set(found.values())) == 3
    assert found["lstm-150"] == LIGHT.cells["lstm"][0]
    assert found["lstm-250"] == LIGHT.cells["lstm"][1]


def test_a_single_lstm_is_okabe_and_itos_blue() -> None:
    assert run_colours(LIGHT, [("lstm-150", "lstm")]) == {"lstm-150": "#0072B2"}


def test_zero_is_the_middle_of_the_activation_scale() -> None:
    scale = dict(diverging(LIGHT))
    assert scale[0.5] == LIGHT.middle
    assert scale[0.0] == LIGHT.purple
    assert scale[1.0] == LIGHT.orange


def test_newline_and_space_leave_a_mark() -> None:
    assert [visible(c) for c in "a \n"] == ["a", "␣", "↵"]


def test_an_unknown_theme_is_light() -> None:
    assert palette(None) is LIGHT
    assert palette("dark") is DARK
