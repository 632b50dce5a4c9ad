import random
from types import ModuleType

import pytest

from songrnn.corpus.tunebook import Tunebook
from songrnn.notation.bars import RightBars, bars, right_bars, right_bars_of
from songrnn.notation.reader import read

HEADER = "X:1\nL:1/4\nM:4/4\nK:C\n"


def roles(body: str, header: str = HEADER) -> list[str]:
    return [bar.role for bar in bars(read(header + body))]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("A4|B4|", ["whole", "whole"]),
        ("A|B4|c3|]", ["pickup", "whole", "part"]),
        ("A|B4|c4|]", ["pickup", "whole", "whole"]),
        ("A4|B4|c3|]", ["whole", "whole", "short"]),
        ("A4|B3|c4|]", ["whole", "short", "whole"]),
        ("A4|B5|c4|]", ["whole", "long", "whole"]),
        ("|:A|B4|c3:|", ["pickup", "whole", "part"]),
        ("|:A|B4|c3::d|e4|f3:|", ["pickup", "whole", "part", "part", "whole", "part"]),
        ("|:A|B4|c4:|", ["pickup", "whole", "long"]),
        ("|:A|B4|c2:|", ["pickup", "whole", "short"]),
        ("A4|B2||c2|d4|]", ["whole", "part", "part", "whole"]),
        ("|:A4|1B4:|2c4|]", ["whole", "whole", "whole"]),
        ("|:A4|B2[1c2:|[2d2|]", ["whole", "whole", "whole"]),
        ("|:A|B4|1c3:|2d3|]", ["pickup", "whole", "part", "part"]),
        ("A4|Z3|B4|", ["whole", "whole", "whole"]),
        ("A4||\n|:B4:|", ["whole", "whole"]),
    ],
)
def test_bars_are_judged_as_musicians_judge_them(body: str, expected: list[str]) -> None:
    assert roles(body) == expected


def test_a_free_meter_is_not_measured() -> None:
    assert roles("A4|B|", "M:none\nK:C\n") == ["free", "free"]
    assert right_bars_of([read("M:none\nK:C\nA|")]) is None


def test_a_new_meter_holds_from_its_place() -> None:
    assert roles("A4|[M:3/4]B3|c3|") == ["whole", "whole", "whole"]


def test_the_share_counts_all_bars_of_all_tunes() -> None:
    tunes = [read(HEADER + "A4|B4|"), read(HEADER + "A4|B5|c4|d4|")]
    assert right_bars(tunes[1]) == (3, 4)
    assert right_bars_of(tunes) == RightBars(share=5 / 6, bars=6, tunes=2)


def test_a_pickup_that_comes_on_top_is_said() -> None:
    problems = read(HEADER + "|:A|B4|c4:|\n").problems
    assert [p.message for p in problems] == [
        "Bar 3 lasts 4/4, with the pickup played after it 5/4, where 4/4 belong."
    ]


def test_planted_errors_are_found(planting: ModuleType, folk: Tunebook) -> None:
    rng = random.Random(5)
    planted = found = 0
    for tune in rng.sample(folk.tunes, 500):
        damaged = planting.plant(tune.text, rng)
        if damaged is None:
            continue
        right, measured = right_bars(read(damaged[0]))
        planted += 1
        found += right < measured
    assert planted > 300
    assert found / planted >= 0.99


def test_people_write_nearly_all_bars_right(folk: Tunebook) -> None:
    found = right_bars_of(read(tune.text) for tune in folk.tunes[::20])
    assert found is not None
    assert 0.97 < found.share < 1
