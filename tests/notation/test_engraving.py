import os
import re
import signal
import threading
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from songrnn.errors import EngravingError
from songrnn.notation import engraving
from songrnn.notation.engraving import engrave, engrave_musicxml
from songrnn.notation.reader import read
from songrnn.notation.score import to_musicxml

TUNE = "X:1\nT:Jig\nM:6/8\nL:1/8\nK:D\n|:A|DFA d2f|edB A2{c}B:|[Ac]3 d5 z|\n"


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path))


def test_every_note_is_on_the_staff_under_its_id() -> None:
    reading = read(TUNE)
    svg = engrave(reading)
    for event in reading.events:
        if event.pitches:
            assert f'id="n{event.span[0]}-{event.span[1]}-0"' in svg


def test_the_ink_is_that_of_the_page_and_nothing_is_fetched() -> None:
    svg = engrave(read(TUNE))
    assert 'fill="currentColor"' in svg
    assert not re.search(r'(fill|stroke|color)="(black|#000)', svg)
    assert set(re.findall(r'https?://[^"\s]+', svg)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert "<script" not in svg
    assert ElementTree.fromstring(svg).get("viewBox", "").startswith("0 0 ")


def test_a_narrow_staff_has_more_lines() -> None:
    reading = read(TUNE + "DFA d2f|edB A2B|" * 4)

    def height(width: int) -> float:
        box = ElementTree.fromstring(engrave(reading, width=width)).get("viewBox", "")
        return float(box.split()[3])

    assert height(350) > 2 * height(1400)


def test_a_second_engraving_comes_from_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    first = engrave(read(TUNE))

    def never(*_: object) -> str:
        raise AssertionError("the engraver was asked again")

    monkeypatch.setattr(engraving._worker, "ask", never)
    assert engrave(read(TUNE)) == first


def test_after_the_worker_was_killed_the_next_tune_gets_a_new_one() -> None:
    engrave(read(TUNE))
    process = engraving._worker._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert "<svg" in engrave(read(TUNE.replace("DFA", "FAd")))


def test_a_worker_that_dies_over_a_score_is_an_error_with_a_reason() -> None:
    engrave(read(TUNE))
    process = engraving._worker._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)  # it takes the score and never answers

    def kill() -> None:
        time.sleep(0.3)
        os.kill(process.pid, signal.SIGKILL)

    threading.Thread(target=kill).start()
    with pytest.raises(EngravingError, match="broke down"):
        engrave(read(TUNE.replace("DFA", "AFD")))


def test_a_worker_that_takes_too_long_is_ended() -> None:
    engrave(read(TUNE))
    process = engraving._worker._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    with pytest.raises(EngravingError, match="did not finish"):
        engrave(read(TUNE.replace("DFA", "fdA")), timeout=0.2)
    assert process.poll() is not None
    assert "<svg" in engrave(read(TUNE.replace("DFA", "fdA")))


def test_an_interrupted_request_leaves_no_answer_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = engraving._Worker()
    process = worker._running()

    def interrupted(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(worker, "_line", interrupted)
    with pytest.raises(KeyboardInterrupt):
        worker.ask({}, 1)
    assert process.poll() is not None


@pytest.mark.parametrize("rubbish", ["", "no score", "<score-partwise/>", "\x00"])
def test_rubbish_is_refused(rubbish: str) -> None:
    with pytest.raises(EngravingError):
        engrave_musicxml(rubbish)


def test_text_of_the_tune_stays_text() -> None:
    svg = engrave(read(TUNE.replace("|:A|", '|:"^<script>x</script>"A|')))
    assert "<script" not in svg
    assert "script" in "".join(ElementTree.fromstring(svg).itertext())


def test_musicxml_of_the_same_tune_is_kept_under_one_name(tmp_path: Path) -> None:
    for _ in range(2):
        engrave_musicxml(to_musicxml(read(TUNE)), cache=tmp_path / "kept")
    assert len(list((tmp_path / "kept").iterdir())) == 1
