"""train(): a generator of history rows that trains a run and keeps its folder up to date.

Teacher forcing with truncated back-propagation through time: windows follow one another in B
parallel streams, the recurrent state is carried from window to window and cut off from its
gradient. It knows nothing of terminals and pages; they show the rows as they come.
"""

import time
from collections.abc import Callable, Generator, Iterator
from typing import Protocol, TypeVar

import torch

from songrnn.config import RunConfig
from songrnn.corpus.augmentation import Transpositions
from songrnn.corpus.batches import steps_per_epoch
from songrnn.corpus.sources import check_build
from songrnn.corpus.tunebook import Tunebook
from songrnn.errors import (
    CorpusError,
    QuotaError,
    RunError,
    SongRNNError,
    StorageError,
    TooLargeError,
    TrainingError,
)
from songrnn.lineage.kin import kin, melodies_of
from songrnn.lineage.learned import learned_by, stored_learned, write_learned
from songrnn.model.device import one_thread, pick_device
from songrnn.store.documents import HistoryRow, State
from songrnn.store.runs import Run
from songrnn.training.course import Training
from songrnn.training.evaluation import Evaluator
from songrnn.training.folder import F, R, RunFiles, RunFolder, TrainingFolder
from songrnn.training.interruption import TimeAllowed, interrupts
from songrnn.training.resume import Checkpoint, Position, read_checkpoint
from songrnn.training.run_lock import run_lock

# Steps after which a checkpoint is written, besides those at the end of every epoch.
CHECKPOINT_STEPS = 200

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Course(Protocol[T_co]):
    """A training under way, whatever it learns."""

    def rows(self, stop: Callable[[], bool], checkpoint_steps: int) -> Iterator[T_co]:
        """Train to the end or until `stop`; the run's folder is complete when this returns."""
        ...

    def checkpoint(self) -> None:
        """Write all that is needed to resume from here."""
        ...


def train(
    config: RunConfig,
    *,
    tunebook: Tunebook,
    run: Run,
    resume: bool = False,
    stop: Callable[[], bool] | None = None,
    checkpoint_steps: int = CHECKPOINT_STEPS,
    device: torch.device | None = None,
) -> Generator[HistoryRow, None, None]:
    """Train `run` to its end, yielding each row once it is in the history.

    resume: from the last checkpoint, bit-identically; without one from the beginning.
    stop: asked after every step; once it is true, or after Ctrl-C, or when the time that a training
    may take is over, a checkpoint is written, the run is marked "stopped" and the generator ends.
    Closing the generator does the same.
    checkpoint_steps: the most steps that a kill can cost. One thread is used.

    Raises RunError when the run is finished, cannot be resumed or is being trained; CorpusError when
    the tunes are not those of the run; TrainingError when the loss is not a number any more or
    something unexpected happens (status "failed"); StorageError when the disk is full: the files
    then are as they were at the last moment that they could be written.
    """
    if config != run.config:
        raise RunError(f"The settings given are not those of the run {run.name}.")
    check_build(tunebook, config.corpus)
    device = device or pick_device()
    one_thread()
    with interrupts() as interrupted, run_lock(run):
        checkpoint = starting_point(run, run.status.status) if resume else None
        tunes = [tune.text for tune in tunebook.split("train")]
        if not tunes:
            raise CorpusError(f"The corpus {tunebook.name!r} has no tunes to train on.")
        settings = config.training
        texts = Transpositions(tunes, run.vocabulary, settings.transposition)
        folder = TrainingFolder(
            run,
            device=device.type,
            steps_per_epoch=steps_per_epoch(texts.originals, settings.batch_size, settings.window),
        )
        try:
            folder.begin(checkpoint)
            evaluator = _evaluator(run, tunebook)
            at = checkpoint.position if checkpoint else Position()

            def begin() -> Training:
                training = Training(folder, texts, evaluator, at, device)
                if checkpoint is not None:
                    training.restore(checkpoint)
                return training

            stops = _stops(folder, interrupted, stop)
            yield from drive(folder, at, begin, stops, checkpoint_steps)
        finally:
            folder.close()


def _stops(
    folder: TrainingFolder, interrupted: Callable[[], bool], stop: Callable[[], bool] | None
) -> Callable[[], bool]:
    """Whether the training is to stop after this step; the folder knows why, if nobody asked for it."""
    over = TimeAllowed(time.monotonic)

    def stops() -> bool:
        if over():
            folder.why_stopped = over.reason
        return interrupted() or (stop is not None and stop()) or over.reason is not None

    return stops


def _evaluator(run: Run, book: Tunebook) -> Evaluator:
    """The validation tunes; those that are kin of what the run and its sources learn are marked.

    What is learned is noted in the run's folder, if it is not yet.
    """
    learned = learned_by(run, [book])
    if stored_learned(run.path) != learned:
        write_learned(run.path, learned)
    tunes = book.split("validation")
    return Evaluator(tunes, run.vocabulary, kin(learned.melodies, melodies_of(tunes)).tolist())


def drive(
    folder: RunFolder[R, F],
    at: Position,
    begin: Callable[[], Course[T]],
    stop: Callable[[], bool],
    checkpoint_steps: int,
) -> Iterator[T]:
    """Yield the rows of a training; whatever happens, its folder says how it ended.

    begin: makes the course, at the position that `at` says and will go on saying.
    """
    try:
        training = begin()
        try:
            yield from training.rows(stop, checkpoint_steps)
        except GeneratorExit:
            # We are at a yield, so between two steps: everything is consistent.
            training.checkpoint()
            folder.end("stopped", at)
            raise
    except KeyboardInterrupt:
        folder.end("stopped", at, "Stopped within a step; it resumes from its last checkpoint.")
        raise
    except (StorageError, QuotaError, TooLargeError) as error:
        folder.end("failed", at, str(error), careful=True)
        raise
    except SongRNNError as error:
        folder.end("failed", at, str(error))
        raise
    except Exception as error:
        message = f"The training failed: {type(error).__name__}: {error}"
        folder.end("failed", at, message, careful=True)
        raise TrainingError(message) from error


def starting_point(run: RunFiles, status: State) -> Checkpoint | None:
    """Where the run stopped; None when it never began. Raises RunError when it cannot resume."""
    if status == "finished":
        raise RunError(f"The run {run.name} is finished; there is nothing to resume.")
    checkpoint = read_checkpoint(run.path)
    if checkpoint is not None and checkpoint.run != run.name:
        raise RunError(f"The checkpoint in {run.path} is that of the run {checkpoint.run}.")
    return checkpoint
