"""Train many runs side by side: one process a run, one thread a process, one process a core.

A sweep holds nothing that a file does not hold too. What remains to be done with a run is read
from its folder, so a sweep that was stopped, killed or started twice resumes where the runs are.
"""

import abc
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from songrnn.config import SEED, SETTINGS, RunConfig, setting_values
from songrnn.disk import read_bytes, storing
from songrnn.errors import RunError, RunNotFoundError, SongRNNError
from songrnn.paths import checkpoints_directory
from songrnn.store.documents import RunStatus
from songrnn.store.runs import open_run
from songrnn.training.child import child_environment
from songrnn.tuning.study import configuration_hash

State = Literal["waiting", "running", "elsewhere", "finished", "stopped", "failed"]

# Seconds that a run just created by another process may take until it says "running".
_SETTING_UP = 10.0


@dataclass(frozen=True)
class Progress:
    """Where one run of a sweep stands.

    state: `elsewhere` is a run that another process trains. epoch: epochs done, of `epochs`.
    bits: best validation loss so far in bits per character. seconds: spent training.
    """

    name: str
    state: State
    epoch: float
    epochs: int
    bits: float | None = None
    characters_per_second: float | None = None
    seconds: float = 0.0
    message: str = ""

    @property
    def seconds_left(self) -> float | None:
        """Until the run ends, at its own pace; None while that is unknown."""
        if not (self.epoch and self.seconds):
            return None
        return self.seconds / self.epoch * (self.epochs - self.epoch)


class Launcher(abc.ABC):
    """Runs to be trained somewhere, and where each stands by what its folder says.

    Call `step()` again and again until it returns False; `progress()` tells where all runs
    stand. Finished runs are left as they are, a failed run does not stop the others. Runs that
    another process is training are waited for.

    workers: how many runs can be trained at once at the moment. notice: a sentence on what keeps
    the runs waiting, or "".
    """

    def __init__(
        self, runs: Sequence[RunConfig], *, workers: int, checkpoints: Path | None = None
    ) -> None:
        self.runs = list(runs)
        self.workers = max(workers, 1)
        self.checkpoints = checkpoints or checkpoints_directory()
        self.notice = ""
        self._finished: dict[str, Progress] = {}
        # Runs this sweep leaves alone from now on: failed or stopped by someone, and why.
        self._left: dict[str, tuple[State, str]] = {}
        self._stopping = False

    @abc.abstractmethod
    def step(self) -> bool:
        """Notice what ended, start what fits; False when nothing runs and nothing is left."""

    @abc.abstractmethod
    def stop(self) -> None:
        """End all that this launcher started and keep the runs; again does nothing."""

    @abc.abstractmethod
    def _trains(self, name: str) -> bool:
        """Whether this launcher trains that run at this moment."""

    def progress(self) -> list[Progress]:
        """Where all runs stand, in the order they were given."""
        return [self._progress(config) for config in self.runs]

    def _state(self, config: RunConfig) -> State:
        """What the run's folder says; a run that cannot be used counts as failed, with reason."""
        if not os.path.lexists(self.checkpoints / config.name):
            return "waiting"
        try:
            run = open_run(config.name, checkpoints=self.checkpoints)
            if configuration_hash(run.config) != configuration_hash(config):
                return self._leave(
                    config,
                    f"a run of this name has other settings ({_differences(run.config, config)}); "
                    "rename or delete it",
                )
            status = run.status
        except RunNotFoundError:
            return "waiting"
        except RunError as error:  # damaged, or a run of another kind
            return self._leave(config, str(error))
        if status.status == "finished":
            start = Progress(config.name, "finished", 0.0, config.training.epochs)
            self._finished[config.name] = with_status(start, status)
            return "finished"
        age = (datetime.now(UTC) - status.heartbeat).total_seconds()
        setting_up = status.status == "created" and age < _SETTING_UP
        return "elsewhere" if status.status == "running" or setting_up else "stopped"

    def _leave(self, config: RunConfig, reason: str) -> State:
        self._left[config.name] = ("failed", reason)
        return "failed"

    def _progress(self, config: RunConfig) -> Progress:
        state: State = "running" if self._trains(config.name) else self._state(config)
        if state == "finished":
            return self._finished[config.name]
        if state == "stopped" and not self._stopping:
            # Stopped before, and its turn to resume has not come yet.
            state = "waiting"
        message = ""
        if config.name in self._left:
            state, message = self._left[config.name]
        progress = Progress(config.name, state, 0.0, config.training.epochs, message=message)
        try:
            status = open_run(config.name, checkpoints=self.checkpoints).status
        except SongRNNError:
            return progress
        return with_status(progress, status)


class Sweep(Launcher):
    """Trains the given runs here, at most `workers` at a time, in their order.

    Unfinished runs resume where they stopped. Runs that another process is training count as
    workers.
    """

    def __init__(
        self,
        runs: Sequence[RunConfig],
        *,
        workers: int,
        checkpoints: Path | None = None,
        trainer: Sequence[str] = (sys.executable, "-m", "songrnn", "train", "--end-with-parent"),
    ) -> None:
        super().__init__(runs, workers=workers, checkpoints=checkpoints)
        self.trainer = tuple(trainer)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def step(self) -> bool:
        """Notice what ended, start what fits; False when nothing runs and nothing is left."""
        for config in self.runs:
            process = self._processes.get(config.name)
            if process is not None and process.poll() is not None:
                _close(self._processes.pop(config.name))
                self._note_end(config, process.returncode)
        waiting, elsewhere = [], 0
        for config in self.runs:
            if config.name in self._processes | self._finished | self._left:
                continue
            state = self._state(config)
            if state == "elsewhere":
                elsewhere += 1
            elif state in ("waiting", "stopped"):
                waiting.append(config)
        if self._stopping:
            return bool(self._processes)
        free = self.workers - len(self._processes) - elsewhere
        for config in waiting[: max(free, 0)]:
            self._start(config)
        return bool(self._processes or waiting or elsewhere)

    def _note_end(self, config: RunConfig, code: int) -> None:
        """Leave a run alone whose process ended without finishing it."""
        if self._stopping or self._state(config) not in ("waiting", "stopped"):
            return
        with contextlib.suppress(SongRNNError):
            status = open_run(config.name, checkpoints=self.checkpoints).status
            if status.status == "stopped":
                self._left[config.name] = (
                    "stopped",
                    "stopped by someone; sweep again to resume it",
                )
                return
        log = self._log(config.name)
        reason = why_it_ended(self.checkpoints / config.name, log, code)
        self._left[config.name] = ("failed", reason)

    def stop(self, patience: float = 60.0) -> None:
        """Ask all own processes to stop and keep their runs; kill those that do not in time.

        patience: seconds. A killed run loses at most the work since its last checkpoint.
        """
        self._stopping = True
        for process in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + patience
        for process in self._processes.values():
            try:
                process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _close(process)
        self._processes.clear()

    def _start(self, config: RunConfig) -> None:
        folder = self.checkpoints / config.name
        if (folder / "resume.pt").exists():
            arguments = ["--resume", config.name]
        else:
            arguments = train_arguments(config)
            if folder.exists():
                # It stopped before its first checkpoint: nothing is lost by starting over.
                arguments.append("--overwrite")
        log = self._log(config.name)
        with storing(log):
            log.parent.mkdir(parents=True, exist_ok=True)
            log.unlink(missing_ok=True)
        with log.open("xb") as output:
            self._processes[config.name] = subprocess.Popen(
                [*self.trainer, *arguments],
                # It ends when this pipe does, so also when the sweep is killed.
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=child_environment(self.checkpoints),
                # Ctrl-C in the terminal reaches the sweep alone; it passes it on once.
                start_new_session=True,
            )

    def _trains(self, name: str) -> bool:
        return name in self._processes

    def _log(self, name: str) -> Path:
        return self.checkpoints / ".logs" / f"{name}.txt"


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()


def why_it_ended(run: Path, log: Path, code: int, *, log_stays: bool = True) -> str:
    """Why a training's process failed: its status' message, or the last line it wrote.

    run: the folder of the run. log_stays: the log can be looked at later, so it is named.
    """
    try:
        message = open_run(run.name, checkpoints=run.parent).status.message
    except SongRNNError:
        message = None
    if message:
        return message
    with contextlib.suppress(OSError):
        text = read_bytes(log).decode("utf-8", "replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if lines:
            where = f" (see {log})" if log_stays else ""
            return lines[-1].removeprefix("Error: ") + where
    return f"its process ended with code {code}"


def with_status(progress: Progress, status: RunStatus) -> Progress:
    """The progress with the figures of a run's status."""
    return replace(
        progress,
        epoch=min(status.epoch, progress.epochs),
        bits=status.best.bits_per_character if status.best else None,
        characters_per_second=status.characters_per_second,
        seconds=status.seconds,
    )


def time_left(standing: Sequence[Progress], workers: int) -> float | None:
    """Seconds until all runs end, each at its own pace or else at the mean one; None at first."""
    paces = [one.seconds / one.epoch for one in standing if one.epoch and one.seconds]
    if not paces:
        return None
    mean = sum(paces) / len(paces)
    left = [
        one.seconds_left if one.seconds_left is not None else mean * one.epochs
        for one in standing
        if one.state in ("waiting", "running", "elsewhere")
    ]
    return max(sum(left) / workers, max(left, default=0.0))


def train_arguments(config: RunConfig) -> list[str]:
    """The options of `songrnn train` that start this run."""
    values = setting_values(config.model, config.training)
    options: dict[str, Any] = {
        "run": config.name,
        "study": config.study,
        SEED.option: config.seed,
        "corpus": config.corpus.name,
        **{setting.option: values[name] for name, setting in SETTINGS.items()},
    }
    return [
        text
        for name, value in options.items()
        if value is not None
        for text in (f"--{name}", str(value))
    ]


def cores() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _differences(found: RunConfig, wanted: RunConfig) -> str:
    """`epochs 5 instead of 20, …`: where two configurations differ."""
    parts = []
    for part in ("model", "training", "corpus"):
        ours, theirs = getattr(found, part).model_dump(), getattr(wanted, part).model_dump()
        parts += [
            "another build of the corpus"
            if key == "sha256"
            else f"{key} {ours[key]} instead of {theirs[key]}"
            for key in ours
            if ours[key] != theirs[key]
        ]
    if found.seed != wanted.seed:
        parts.append(f"seed {found.seed} instead of {wanted.seed}")
    return ", ".join(parts).replace("_", " ")
