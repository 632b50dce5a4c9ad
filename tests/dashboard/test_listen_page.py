"""The Listen page: nothing is shown before the answer, all of it after, and it counts once."""

import io
import re
import wave
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import loaders
from songrnn.errors import SongRNNError
from songrnn.quality import listening
from songrnn.quality.listening import FILE, kept

Open = Callable[..., AppTest]


def silence() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(1600))
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sounds that need no synthesizer, and tunes short enough for the small lab."""
    monkeypatch.setattr(loaders.music, "song_file", lambda *_: silence())
    monkeypatch.setattr(listening, "FEWEST_BARS", 1)


def press(page: AppTest, key: str) -> AppTest:
    return page.button(key=key).click().run()


def titles_shown(page: AppTest, lab: Any) -> list[str]:
    """The titles of real tunes that the page names."""
    said = "\n".join(str(one.value) for one in [*page.markdown, *page.subheader, *page.caption])
    return [tune.title for tune in lab.book.tunes if tune.title in said]


def asks(page: AppTest) -> bool:
    return any(str(button.key).startswith("guess-") for button in page.button)


def test_an_answer_reveals_both_and_is_kept_once(lab: Any, app: Open) -> None:
    page = press(app("listen"), "next-pair")
    assert not page.exception
    assert asks(page)
    assert titles_shown(page, lab) == []
    assert not (lab.data / FILE).exists()
    page = press(page, "guess-A")
    (answer,) = kept(lab.data)
    assert answer.guessed_first
    assert titles_shown(page, lab) == [lab.book.find(answer.tune).title]
    machine = "A" if answer.machine_first else "B"
    assert page.subheader[0].value.endswith(f" {machine}")
    assert not asks(page)
    row = page.table[0].value.loc["lstm-8-embedding-4"]
    assert [f"{int(answer.right)}", "1"] in [re.findall(r"\d+", str(cell)) for cell in row]
    page = press(page, "next-pair")
    assert titles_shown(page, lab) == []
    assert len(kept(lab.data)) == 1


def test_a_tune_without_sound_and_an_answer_without_a_disk_are_told(
    lab: Any, app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_sound(*_: object) -> bytes:
        raise SongRNNError("the synthesizer is gone")

    def no_disk(*_: object) -> None:
        raise SongRNNError("the disk is full")

    monkeypatch.setattr(loaders.music, "song_file", no_sound)
    monkeypatch.setattr(listening, "keep", no_disk)
    page = press(app("listen"), "next-pair")
    assert "the synthesizer is gone" in page.error[0].value
    page = press(page, "guess-B")
    (error,) = page.error
    assert "the disk is full" in error.value
    assert not page.exception
