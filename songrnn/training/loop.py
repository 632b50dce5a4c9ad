"""train(): a generator of history rows that trains a run and keeps its folder up to date.

Teacher forcing with truncated back-propagation through time: windows follow one another in B
parallel streams, the recurrent state is carried from window to window and cut off from its
gradient. It knows nothing of terminals and pages; they show the rows as they come.

Per step it does nothing but the step: losses are summed where they are computed and looked at
only when a row is due.
"""

import itertools
import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Literal, cast

import numpy as np
import torch
from torch import Tensor, nn

from songrnn.config import RunConfig
from songrnn.corpus.augmentation import Transpositions
from songrnn.corpus.batches import steps_per_epoch, stream, symbols_of
from songrnn.corpus.sources import check_build
from songrnn.corpus.tunebook import Tunebook
from songrnn.errors import CorpusError, RunError, SongRNNError, StorageError, TrainingError
from songrnn.metrics import bits
from songrnn.model.device import autocast, one_thread, pick_device, pick_precision, seed_everything
from songrnn.model.network import CharRNN, NetworkState, detach
from songrnn.store.documents import HistoryRow
from songrnn.store.runs import Run
from songrnn.training.averaging import WeightAverage
from songrnn.training.evaluation import Examination
from songrnn.training.folder import TrainingFolder, rounded
from songrnn.training.interruption import alone_with, interrupts
from songrnn.training.resume import (
    Checkpoint,
    Position,
    generators_state,
    order_state,
    read_checkpoint,
    restore_generators,
    restore_order,
    write_checkpoint,
)
from songrnn.training.schedule import learning_rate

# Steps a row of split "train" is the mean of.
ROW_STEPS = 20

# Steps after which a checkpoint is written, besides those at the end of every epoch.
CHECKPOINT_STEPS = 200


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

    resume: go on from the last checkpoint, bit-identically; without one from the beginning.
    stop: asked after every step; once it is true, or after Ctrl-C, a checkpoint is written, the
    run is marked "stopped" and the generator ends. Closing the generator does the same.
    checkpoint_steps: the most steps that a kill can cost. One thread is used.

    Raises RunError when the run is finished, cannot go on or is being trained; CorpusError when
    the tunes are not those of the run; TrainingError when the loss is no number any more or
    something unexpected happens (status "failed"); StorageError when the disk is full: the files
    then are as they were at the last moment that they could be written.
    """
    if config != run.config:
        raise RunError(f"The settings given are not those of the run {run.name}.")
    check_build(tunebook, config.corpus)
    device = device or pick_device()
    one_thread()
    with interrupts() as interrupted, alone_with(run):
        checkpoint = _starting_point(run) if resume else None
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
            yield from _train(
                folder,
                texts,
                Examination(tunebook.split("validation"), run.vocabulary),
                checkpoint,
                device,
                lambda: interrupted() or (stop is not None and stop()),
                checkpoint_steps,
            )
        finally:
            folder.close()


def _train(
    folder: TrainingFolder,
    texts: Transpositions,
    examination: Examination,
    checkpoint: Checkpoint | None,
    device: torch.device,
    stop: Callable[[], bool],
    checkpoint_steps: int,
) -> Iterator[HistoryRow]:
    """Drive a Training and see to it that the folder tells how it ended, whatever happens."""
    at = checkpoint.position if checkpoint else Position()
    try:
        training = Training(folder, texts, examination, at, device)
        if checkpoint is not None:
            training.restore(checkpoint)
        try:
            yield from training.rows(stop, checkpoint_steps)
        except GeneratorExit:
            # We are at a yield, so between two steps: everything is consistent.
            training.checkpoint()
            folder.end("stopped", at)
            raise
    except KeyboardInterrupt:
        folder.end("stopped", at, "Stopped within a step; it goes on from its last checkpoint.")
        raise
    except StorageError as error:
        folder.end("failed", at, str(error), careful=True)
        raise
    except SongRNNError as error:
        folder.end("failed", at, str(error))
        raise
    except Exception as error:
        message = f"The training failed: {type(error).__name__}: {error}"
        folder.end("failed", at, message, careful=True)
        raise TrainingError(message) from error


def _starting_point(run: Run) -> Checkpoint | None:
    """Where the run stopped; None when it never began. Raises RunError when it cannot go on."""
    if run.status.status == "finished":
        raise RunError(f"The run {run.name} is finished; there is nothing to resume.")
    checkpoint = read_checkpoint(run.path)
    if checkpoint is not None and checkpoint.run != run.name:
        raise RunError(f"The checkpoint in {run.path} is that of the run {checkpoint.run}.")
    return checkpoint


class _Sums:
    """Sums since the last row of split "train", kept on the device until the row is due.

    loss: nats over `characters`; norm: of the gradients over `steps`.
    """

    def __init__(self, device: torch.device) -> None:
        self.loss = torch.zeros((), dtype=torch.float64, device=device)
        self.norm = torch.zeros((), dtype=torch.float64, device=device)
        self.characters = 0
        self.steps = 0

    def state(self) -> dict[str, float]:
        return {
            "loss": self.loss.item(),
            "norm": self.norm.item(),
            "characters": self.characters,
            "steps": self.steps,
        }

    def load(self, state: dict[str, float]) -> None:
        self.loss.fill_(state["loss"])
        self.norm.fill_(state["norm"])
        self.characters, self.steps = int(state["characters"]), int(state["steps"])


class Training:
    """A training under way. `at` says where it is; the folder's files follow it."""

    def __init__(
        self,
        folder: TrainingFolder,
        texts: Transpositions,
        examination: Examination,
        at: Position,
        device: torch.device,
    ) -> None:
        self.folder, self.texts, self.examination = folder, texts, examination
        self.at, self.device = at, device
        run = folder.run
        self.model, self.settings = run.config.model, run.config.training
        self.total = folder.steps_per_epoch * self.settings.epochs
        if folder.precision is None:
            # A checkpoint has its precision; measuring again could choose the other one.
            folder.precision = pick_precision(
                self.settings.precision,
                self.model,
                run.vocabulary.size,
                batch_size=self.settings.batch_size,
                window=self.settings.window,
                device=device,
            ).precision
        self.precision = cast(Literal["fp32", "bf16"], folder.precision)
        self.order = seed_everything(run.config.seed)
        self.network = CharRNN(self.model, run.vocabulary.size).to(device).train()
        self.parameters = list(self.network.parameters())
        self.optimizer = _optimizer(self.network, self.settings.weight_decay)
        self.average = (
            WeightAverage(self.network, self.settings.averaging)
            if self.settings.averaging
            else None
        )
        self.memory: NetworkState | None = None
        self.sums = _Sums(device)
        self.order_at_epoch = order_state(self.order)
        self._clock = time.monotonic()
        self._row_clock, self._row_characters = self._clock, 0

    # The course of a training

    def rows(self, stop: Callable[[], bool], checkpoint_steps: int) -> Iterator[HistoryRow]:
        """Train to the end or until `stop`; the run's folder is complete when this returns."""
        at, folder, settings = self.at, self.folder, self.settings
        if at.validations == 0:
            self.checkpoint()
        while True:
            if at.validations == at.epoch:
                row = self._validate()
                self.checkpoint()
                yield row
            if at.epoch == settings.epochs:
                folder.end("finished", at)
                return
            if settings.patience and at.stale >= settings.patience:
                message = f"Stopped early: no better validation loss for {at.stale} epochs."
                folder.end("finished", at, message)
                return
            if not stop():
                yield from self._epoch(stop, checkpoint_steps)
            if at.position < folder.steps_per_epoch:
                self.checkpoint()
                folder.end("stopped", at)
                return
            at.epoch += 1
            at.position = 0
            self.memory = None
            self.order_at_epoch = order_state(self.order)

    def _epoch(self, stop: Callable[[], bool], checkpoint_steps: int) -> Iterator[HistoryRow]:
        """What is left of the epoch; ends before its end only when `stop` says so."""
        at, steps = self.at, self.folder.steps_per_epoch
        restore_order(self.order, self.order_at_epoch)
        settings = self.settings
        windows = stream(
            self.texts.draw(self.order),
            settings.batch_size,
            settings.window,
            self.order,
            symbols=symbols_of(self.texts.originals),
        )
        self._start_row_clock()
        for inputs, targets in itertools.islice(windows, at.position, None):
            self._step(inputs, targets)
            if self.sums.steps == ROW_STEPS or at.position == steps:
                yield self._train_row()
            if at.position < steps:
                if at.step % checkpoint_steps == 0:
                    self.checkpoint()
                if stop():
                    return
            self.folder.beat(at)

    def _step(self, inputs: np.ndarray, targets: np.ndarray) -> None:
        """One step of the optimizer on a window (B, T)."""
        at = self.at
        rate = learning_rate(at.step, self.total, self.settings)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        ids, wanted = self._to_device(inputs), self._to_device(targets)  # (B, T)
        with autocast(self.precision, self.device):
            logits, state = self.network(ids, self.memory)  # (B, T, V)
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten())
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.parameters, self.settings.clip or math.inf)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.memory = detach(state)
        at.step += 1
        at.position += 1
        if self.average is not None:
            self.average.update(self.network, at.step)
        self.sums.loss.add_(loss.detach(), alpha=inputs.size)
        self.sums.norm.add_(norm)
        self.sums.characters += inputs.size
        self.sums.steps += 1
        self._row_characters += inputs.size

    def _to_device(self, ids: np.ndarray) -> Tensor:
        tensor = torch.from_numpy(ids)
        if self.device.type == "cuda":
            return tensor.contiguous().pin_memory().to(self.device, non_blocking=True)
        return tensor

    # Rows

    def _train_row(self) -> HistoryRow:
        at, sums = self.at, self.sums
        loss, norm = sums.loss.item() / sums.characters, sums.norm.item() / sums.steps
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise self._broke_down(f"loss is {loss}, the gradient's norm {norm}")
        self._tick()
        elapsed = time.monotonic() - self._row_clock
        row = HistoryRow(
            step=at.step,
            epoch=at.step / self.folder.steps_per_epoch,
            split="train",
            loss=loss,
            bits_per_character=bits(loss),
            learning_rate=learning_rate(at.step - 1, self.total, self.settings),
            gradient_norm=norm,
            characters_per_second=round(self._row_characters / max(elapsed, 1e-9), 1),
            seconds=round(at.seconds, 3),
        )
        self.sums = _Sums(self.device)
        self.folder.append(row)
        self._start_row_clock()
        return row

    def _validate(self) -> HistoryRow:
        at = self.at
        network = self.average.network if self.average else self.network
        found = self.examination.evaluate(network)
        if not math.isfinite(found.loss):
            raise self._broke_down(f"validation loss is {found.loss}")
        self._tick()
        row = HistoryRow(
            step=at.step,
            epoch=float(at.epoch),
            split="validation",
            loss=found.loss,
            bits_per_character=found.bits_per_character,
            accuracy=found.accuracy,
            mean_iou=found.mean_iou,
            seconds=round(at.seconds, 3),
            regions=rounded(found.regions),
            kinds=rounded(found.kinds),
        )
        self.folder.append(row)
        weights = {name: tensor.cpu().numpy() for name, tensor in network.state_dict().items()}
        better = self.folder.keep_weights(weights, row.figures)
        at.stale = 0 if better else at.stale + 1
        at.validations += 1
        return row

    def _broke_down(self, what: str) -> TrainingError:
        advice = "" if self.settings.clip else ", or clip the gradients"
        return TrainingError(
            f"The training of {self.folder.run.name} broke down before step {self.at.step}: the "
            f"{what}. Try a learning rate below {self.settings.learning_rate:g}{advice}."
        )

    def _tick(self) -> None:
        """Count the time since the last tick as time spent training."""
        before, self._clock = self._clock, time.monotonic()
        self.at.seconds += self._clock - before

    def _start_row_clock(self) -> None:
        self._row_clock, self._row_characters = time.monotonic(), 0

    # Checkpoints

    def checkpoint(self) -> None:
        """Write all that is needed to go on from here. Raises StorageError, TrainingError."""
        if not math.isfinite(self.sums.loss.item()):
            raise self._broke_down("loss is no number any more")
        self._tick()
        folder = self.folder
        self.at.history = folder.history.sync()
        best = folder.best_weights
        checkpoint = Checkpoint(
            run=folder.run.name,
            precision=self.precision,
            position=self.at,
            network=self.network.state_dict(),
            optimizer=self.optimizer.state_dict(),
            average=self.average.network.state_dict() if self.average else None,
            best_weights=best if best is None else _tensors(best),
            memory=(self.memory,) if isinstance(self.memory, Tensor) else self.memory,
            partial=self.sums.state(),
            order=self.order_at_epoch,
            generators=generators_state(self.device),
            best=folder.best.model_dump() if folder.best else None,
            last=folder.last.model_dump() if folder.last else None,
            last_train_loss=folder.last_train_loss,
        )
        write_checkpoint(folder.run.path, checkpoint)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint; `at` is its position already."""
        self.network.load_state_dict(checkpoint.network)
        self.optimizer.load_state_dict(dict(checkpoint.optimizer))
        if self.average and checkpoint.average:
            self.average.network.load_state_dict(checkpoint.average)
        if checkpoint.memory is not None:
            memory = tuple(part.to(self.device) for part in checkpoint.memory)
            self.memory = cast(NetworkState, memory if len(memory) > 1 else memory[0])
        self.sums.load(dict(checkpoint.partial))
        self.order_at_epoch = checkpoint.order
        # Last, because building the network has drawn from them.
        restore_generators(checkpoint.generators, self.device)


def _tensors(arrays: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def _optimizer(network: nn.Module, decay: float) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter 2019), which is Adam where nothing decays; biases never do.

    The learning rate is set at each step.
    """
    parameters = list(network.parameters())
    if not decay:
        return torch.optim.AdamW(parameters, weight_decay=0.0, fused=True)
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, fused=True)
