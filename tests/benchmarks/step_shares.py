"""Where the time of a training goes: forward, backward, optimizer; validation, checkpoints, history.

On folk, as `songrnn train` does it: a validation, the weights and a checkpoint an epoch, a checkpoint
every 200 steps besides. Times are of this thread, so a busy machine does not count.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from measuring import CannotRunError, Result, benchmark

from songrnn.config import RunConfig
from songrnn.config.recipes import RECIPES
from songrnn.corpus.augmentation import Transpositions
from songrnn.corpus.batches import steps_per_epoch, stream
from songrnn.corpus.sources import load
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import CorpusError
from songrnn.model.device import one_thread
from songrnn.store.creating import create_run
from songrnn.store.documents import HistoryRow
from songrnn.training.course import Training
from songrnn.training.epochs import ROW_STEPS
from songrnn.training.evaluation import Evaluator
from songrnn.training.folder import TrainingFolder
from songrnn.training.loop import CHECKPOINT_STEPS
from songrnn.training.resume import Position

STEPS = 12
CPU = torch.device("cpu")


class Clock:
    """Seconds of this thread by what they were spent on."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        start = time.thread_time()
        yield
        self.seconds[what] += time.thread_time() - start

    def timed(self, what: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            with self.of(what):
                return function(*arguments, **named)

        return call


def shares(recipe: str, at_most: float) -> Result:
    """Shares of an epoch on folk. at_most: of validation, checkpoints and history together."""
    one_thread()
    try:
        book = load("folk")
    except CorpusError as error:
        raise CannotRunError(str(error)) from error
    model, course = RECIPES[recipe].configs(10**6)
    with tempfile.TemporaryDirectory() as folder:
        config = RunConfig(name="bench", model=model, training=course, corpus=book.reference)
        run = create_run(config, Vocabulary.of(book.characters), checkpoints=Path(folder))
        # Keys do not change the time of a step; reading the tunes for them would take a minute.
        texts = Transpositions([tune.text for tune in book.split("train")], run.vocabulary, 0.0)
        steps = steps_per_epoch(texts.originals, course.batch_size, course.window)
        kept = TrainingFolder(run, device="cpu", steps_per_epoch=steps)
        kept.begin(None)
        evaluator = Evaluator(book.split("validation"), run.vocabulary)
        training = Training(kept, texts, evaluator, Position(), CPU)
        try:
            spent = _epoch(training, texts, steps)
        finally:
            kept.close()
    whole = sum(spent.values())
    upkeep = sum(spent[name] for name in ("validation", "checkpoints", "history")) / whole
    words = ", ".join(f"{name} {seconds / whole:.1%}" for name, seconds in spent.most_common())
    return Result(
        words, f"{1000 * whole / steps:.0f} ms a step, all in all", at_most / upkeep,
        f"upkeep ≤ {at_most:.0%}", upkeep <= at_most,
    )  # fmt: skip


def _epoch(training: Training, texts: Transpositions, steps: int) -> Counter[str]:
    """Seconds that each part takes of an epoch, from a few steps and one of everything else."""
    clock, learner, settings = Clock(), training.learner, training.settings
    windows = stream(texts.originals, settings.batch_size, settings.window, training.order)
    training._step(*next(windows))  # the first one pays for what later ones find ready
    backward = torch.Tensor.backward
    torch.Tensor.backward = clock.timed("backward", backward)  # type: ignore[method-assign]
    learner.network.forward = clock.timed("forward", learner.network.forward)
    learner._optimizer.step = clock.timed("optimizer", learner._optimizer.step)
    if learner.average is not None:
        learner.average.update = clock.timed("averaging", learner.average.update)
    try:
        with clock.of("whole"):
            for _ in range(STEPS):
                training._step(*next(windows))
    finally:
        torch.Tensor.backward = backward  # type: ignore[method-assign]
    parts = {name: value for name, value in clock.seconds.items() if name != "whole"}
    parts["rest of a step"] = clock.seconds["whole"] - sum(parts.values())
    spent = Counter({name: value / STEPS * steps for name, value in parts.items()})
    with clock.of("validation"):
        training._validate()
    with clock.of("checkpoints"):
        training.checkpoint()
    row = HistoryRow(
        step=1, epoch=0.0, split="train", loss=1.0, bits_per_character=1.0, seconds=1.0
    )
    with clock.of("history"):
        for _ in range(20):
            training.folder.append(row)
    spent["validation"] = clock.seconds["validation"]
    spent["checkpoints"] = clock.seconds["checkpoints"] * (1 + steps // CHECKPOINT_STEPS)
    spent["history"] = clock.seconds["history"] / 20 * (steps / ROW_STEPS + 1)
    return spent


@benchmark("training: where the time of lstm-150 goes")
def lstm_150() -> Result:
    return shares("baseline", 0.05)


@benchmark("training: where the time of best goes")
def best() -> Result:
    return shares("best", 0.05)
