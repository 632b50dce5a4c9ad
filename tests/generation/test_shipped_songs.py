"""Songs of every shipped run in whole bars and with recall: none fails, each ends, no bar is wrong."""

import os
from pathlib import Path

import pytest

from songrnn.config import SampleConfig
from songrnn.generation.composer import compose_each
from songrnn.generation.forms.stored import read_forms
from songrnn.model.engine import Engine
from songrnn.notation.bars import right_bars
from songrnn.notation.reader import read
from songrnn.recall.stored import read_gate
from songrnn.store.runs import open_run

SHIPPED = Path(__file__).parents[2] / "checkpoints"
RUNS = sorted(
    folder.parent.name
    for folder in SHIPPED.glob("*/weights.safetensors")
    if not folder.parent.name.startswith(("unet", "segment"))
)
FORMED = [name for name in RUNS if (SHIPPED / name / "forms.json").is_file()]
TEMPERATURES = (0.5, 0.75, 1.0, 1.25, 1.5)
LIMIT = 400
# Songs of each run at each temperature, 10,000 in all; SONGS says otherwise.
MANY = int(os.environ.get("SONGS", -(-10_000 // (len(RUNS) * len(TEMPERATURES)))))


@pytest.mark.parametrize(
    ("name", "temperature", "songs"),
    [
        *((name, 1.5, 2) for name in ("lstm-50", "rnn-150")),
        *(
            pytest.param(
                name, temperature, MANY, marks=[pytest.mark.long, pytest.mark.timeout(7200)]
            )
            for name in RUNS
            for temperature in TEMPERATURES
        ),
    ],
)
def test_each_song_ends_and_all_its_bars_are_right(
    name: str, temperature: float, songs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(SHIPPED))
    gate = read_gate(open_run(name))
    config = SampleConfig(
        temperature=temperature, whole_bars=True, recall=0.6 if gate else 0.0, limit=LIMIT
    )
    _written_right(name, config, songs)


@pytest.mark.parametrize(
    ("temperature", "songs"),
    [
        (1.5, 2),
        *(
            pytest.param(temperature, MANY, marks=[pytest.mark.long, pytest.mark.timeout(7200)])
            for temperature in TEMPERATURES
        ),
    ],
)
def test_in_the_form_of_a_tune_it_is_so_too(
    temperature: float, songs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(SHIPPED))
    config = SampleConfig(temperature=temperature, whole_bars=True, form=True, limit=LIMIT)
    for name in FORMED:
        _written_right(name, config, songs)


def _written_right(name: str, config: SampleConfig, songs: int) -> None:
    run = open_run(name)
    written = compose_each(
        Engine.of(run),
        run.vocabulary,
        prime="X:1\n",
        config=config,
        gate=read_gate(run),
        forms=read_forms(run),
        seeds=range(songs),
    )
    count = 0
    for song in written:
        assert song.stopped_by in ("end", "length"), (name, config.temperature, song.seed)
        assert len(song.text) < LIMIT, song.text  # by its own END, which a limit may have asked for
        right, measured = right_bars(read(song.text))
        assert right == measured > 0, (name, config.temperature, song.seed, song.text)
        count += 1
    assert count == songs
