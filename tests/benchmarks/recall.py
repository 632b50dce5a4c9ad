"""What recall costs while a song is written: at most twice the time of the network alone."""

from measuring import CannotRunError, Result, Work, benchmark, compare

from songrnn.config import SampleConfig
from songrnn.errors import SongRNNError
from songrnn.generation.composer import compose_each
from songrnn.model.engine import Engine
from songrnn.recall.stored import read_gate
from songrnn.store.runs import open_run

SONGS = 8
TEMPERATURE = 0.8


def speed(name: str) -> Result:
    """Songs of a run with recall against the same number without, whole bars in both."""
    try:
        run = open_run(name)
        gate, engine = read_gate(run), Engine.of(run)
    except SongRNNError as error:
        raise CannotRunError(str(error)) from error
    if gate is None:
        raise CannotRunError(f"{name} has no recall; songrnn recall {name} fits it")

    def write(recall: float) -> int:
        config = SampleConfig(temperature=TEMPERATURE, whole_bars=True, recall=recall)
        songs = compose_each(
            engine, run.vocabulary, config=config, gate=gate if recall else None, seeds=range(SONGS)
        )
        return sum(len(song.text) for song in songs)

    return compare(
        Work(lambda: write(1.0), write(1.0)),
        Work(lambda: write(0.0), write(0.0)),
        at_least=0.5,
        unit="characters",
        against="without",
    )


@benchmark("recall: songs in whole bars with it against without, best")
def speed_of_best() -> Result:
    return speed("best")


@benchmark("recall: songs in whole bars with it against without, lstm-150")
def speed_of_lstm_150() -> Result:
    return speed("lstm-150")
