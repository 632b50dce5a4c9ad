"""The log: a JSON line an event, whoever writes, and never in the way."""

import json
import threading
from pathlib import Path

import pytest

from songrnn import event_log
from songrnn.event_log import LOG, MOST_A_MINUTE, MOST_CHARACTERS, log_event


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(LOG, str(tmp_path / "log.jsonl"))
    return tmp_path / "log.jsonl"


def test_an_event_is_a_line(log: Path) -> None:
    log_event("slow", "page", name="compose", seconds=2.34567, left_out=None)
    (line,) = map(json.loads, log.read_text().splitlines())
    assert line["time"].endswith("+00:00")
    assert {name: line[name] for name in ("event", "what", "name", "seconds")} == {
        "event": "slow",
        "what": "page",
        "name": "compose",
        "seconds": 2.346,
    }
    assert "left_out" not in line


def test_what_is_too_long_to_be_a_name_is_cut_and_stays_on_its_line(log: Path) -> None:
    log_event("failed", "page", reason="X:1\n\u2028" * 1000)
    (line,) = log.read_bytes().splitlines()
    assert len(json.loads(line)["reason"]) == MOST_CHARACTERS


def test_lines_of_many_writers_never_mix(log: Path) -> None:
    def write(number: int) -> None:
        for _ in range(50):
            log_event("start", "training", name="x" * 100, seconds=number)

    writers = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len([json.loads(line) for line in log.read_text().splitlines()]) == 400


def test_without_the_setting_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(LOG, raising=False)
    log_event("start", "app")
    assert capfd.readouterr() == ("", "")


def test_the_terminal_can_have_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(LOG, "stderr")
    log_event("start", "app")
    assert json.loads(capfd.readouterr().err)["event"] == "start"


@pytest.mark.parametrize("place", ["missing/folder/log", "."])
def test_a_log_that_cannot_be_written_is_in_nobodys_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv(LOG, str(tmp_path / place))
    log_event("start", "app")


def test_what_anybody_can_bring_about_does_not_fill_the_disk(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [600.0]
    monkeypatch.setattr(event_log.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(event_log, "_met", {})
    for _ in range(3 * MOST_A_MINUTE):
        log_event("failed", "login")
        log_event("start", "training")
    lines = [json.loads(line)["event"] for line in log.read_text().splitlines()]
    assert lines.count("failed") == MOST_A_MINUTE
    assert lines.count("start") == 3 * MOST_A_MINUTE
    now[0] += 61
    log_event("failed", "login")
    log_event("failed", "login")
    *_, first, second = map(json.loads, log.read_text().splitlines())
    assert first["left_out"] == 2 * MOST_A_MINUTE
    assert "left_out" not in second
