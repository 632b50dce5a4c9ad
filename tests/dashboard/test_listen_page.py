"""The Listen page: nothing is shown before the answer, all of it after, and it counts once."""

import io
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


def press(page: AppTest, label: str) -> AppTest:
    return next(one for one in page.button if one.label == label).click().run()


def words(page: AppTest) -> str:
    return "\n".join(str(one.value) for one in [*page.markdown, *page.subheader, *page.caption])


def test_an_answer_reveals_both_and_is_kept_once(lab: Any, app: Open) -> None:
    page = press(app("listen"), "Begin")
    assert not page.exception
    assert "a real tune" not in words(page)
    assert not (lab.data / FILE).exists()
    page = press(page, "A is the machine's")
    assert "a real tune" in words(page)
    assert "Written by lstm-8-embedding-4" in words(page)
    (answer,) = kept(lab.data)
    assert answer.guessed_first
    machine = "A" if answer.machine_first else "B"
    assert f"{'Right' if answer.right else 'No'}: the machine's was {machine}" in words(page)
    assert "is the machine's" not in " ".join(button.label for button in page.button)
    assert page.table[0].value.loc["lstm-8-embedding-4", "Right"] == f"{int(answer.right)} of 1"
    page = press(page, "Next pair")
    assert "a real tune" not in words(page)
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
    page = press(app("listen"), "Begin")
    assert "the synthesizer is gone" in page.error[0].value
    page = press(page, "B is the machine's")
    assert [error.value for error in page.error] == [
        "The answer could not be kept: the disk is full"
    ]
    assert not page.exception
