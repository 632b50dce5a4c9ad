"""What stands above and below a staff: a tune's title, rhythm, composer, and its words."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from songrnn.notation.engraving import engrave, engrave_musicxml
from songrnn.notation.reader import read
from songrnn.notation.score import to_musicxml

SVG = "{http://www.w3.org/2000/svg}"
TUNE = (
    "X:1\nT:Cat & <Mouse>\nT:The Other Name\nC:Anna\nO:Gotland\nR:jig\nM:6/8\nL:1/8\nK:D\n"
    "DFA d2f|\nw:one two\nW:The first verse\nW:\nW:and one that is {}\n"
).format("so long that it has to be broken " * 6)


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path))


def lines(svg: str, name: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    groups = [group for group in root.findall(f"{SVG}g") if group.get("class") == name]
    return [text.text or "" for group in groups for text in group.findall(f"{SVG}text")]


def test_titles_rhythm_and_composer_stand_above() -> None:
    svg = engrave(read(TUNE))
    above = ["Cat & <Mouse>", "The Other Name", "jig", "Anna (Gotland)"]
    assert lines(svg, "heading") == above


def test_the_words_stand_below_and_are_broken_where_the_page_ends() -> None:
    wide, narrow = (lines(engrave(read(TUNE), width=width), "verses") for width in (860, 330))
    assert wide[:2] == narrow[:2] == ["The first verse", ""]
    assert len(narrow) > len(wide) > 3
    assert " ".join(wide) == " ".join(narrow)


def test_the_staff_stands_between_them_unchanged() -> None:
    reading = read(TUNE)
    alone, whole = engrave_musicxml(to_musicxml(reading)), engrave(reading)
    size = [float(number) for number in ElementTree.fromstring(alone).attrib["viewBox"].split()]
    box = [float(number) for number in ElementTree.fromstring(whole).attrib["viewBox"].split()]
    assert box[:3] == size[:3]
    (staff,) = ElementTree.fromstring(whole).findall(f"{SVG}svg")
    assert [float(staff.attrib[name]) for name in ("width", "height")] == size[2:]
    assert 0 < float(staff.attrib["y"]) < box[3] - size[3]


def test_a_tune_without_any_is_left_as_it_is() -> None:
    reading = read("X:1\nK:C\nCDE|\n")
    assert engrave(reading) == engrave_musicxml(to_musicxml(reading))
