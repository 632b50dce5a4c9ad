"""A run that begins with another run's weights: what it takes over, and what has to be said first.

Shape and vocabulary come from the source (`warm_start.py`), the tunes and the course of the
training are its own. Its folder holds the weights it begins with, so the source may change or go
before the training begins.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from songrnn.config import (
    MODEL_SETTINGS,
    ModelConfig,
    RunConfig,
    SourceReference,
    TrainConfig,
)
from songrnn.config.recipes import FREE
from songrnn.corpus.tunebook import Tunebook
from songrnn.disk import read_bytes
from songrnn.errors import ConfigError, RunError
from songrnn.lineage.kin import kin, melodies_of
from songrnn.lineage.learned import Learned, learned_by, write_learned
from songrnn.recall.stored import FILE as RECALL
from songrnn.store.creating import create_run
from songrnn.store.jobs import Wishes, write_wishes
from songrnn.store.runs import INITIAL, Run
from songrnn.store.weights import write_weights
from songrnn.training.warm_start import WarmStart, warm_start

_LARGEST = 1 << 34


@dataclass(frozen=True, eq=False)
class FineTuning:
    """A source and tunes that fit together.

    kin: how many of the validation tunes are kin of tunes that the source, or one of its own
    sources, learned from.
    """

    source: Run
    reference: SourceReference
    start: WarmStart
    learned: Learned
    validation: int
    kin: int

    @property
    def remarks(self) -> list[str]:
        """What a person should know before the training, a sentence each."""
        said = []
        if self.start.resembles:
            rows = ", ".join(
                f"{new!r} like {alike!r}" if len(alike) == 1 else f"{new!r} like others of its kind"
                for new, alike in self.start.resembles.items()
            )
            said.append(
                f"{len(self.start.resembles)} characters are new to {self.source.name}; they begin "
                f"so: {rows}."
            )
        if self.kin:
            said.append(
                f"{self.kin} of the {self.validation} validation tunes are kin of tunes that "
                f"{self.source.name} learned from; every figure is given without them as well."
            )
        if self.learned.unknown:
            said.append(
                f"What {', '.join(self.learned.unknown)} learned from is not known here, so kin "
                "among the validation tunes cannot be told."
            )
        return said


def prepare_fine_tuning(source: Run, book: Tunebook) -> FineTuning:
    """Read all that a fine-tuning takes from its source.

    Raises HistoryOnlyError and DamagedRunError when the source has no weights or damaged ones,
    RunError while it is being trained.
    """
    if source.status.status == "running":
        raise RunError(
            f"The run {source.name} is being trained; start from it when it has finished, or stop "
            "it first."
        )
    weights = source.weights()
    data = read_bytes(source.path / "weights.safetensors", most=_LARGEST)
    validation = book.split("validation")
    learned = learned_by(source, [book])
    return FineTuning(
        source=source,
        reference=SourceReference(
            name=source.name, weights_sha256=hashlib.sha256(data).hexdigest()
        ),
        start=warm_start(
            source.vocabulary,
            weights,
            [tune.text for tune in book.split("train")],
            book.characters,
        ),
        learned=learned,
        validation=len(validation),
        kin=int(kin(learned.melodies, melodies_of(validation)).sum()),
    )


def check_shape(source: Run, model: ModelConfig) -> None:
    """Raise ConfigError unless a network is of the source's shape, naming what differs."""
    theirs, ours = source.config.model.model_dump(), model.model_dump()
    differing = [name for name in theirs if name not in FREE and theirs[name] != ours[name]]
    if differing:
        words = "; ".join(
            f"{MODEL_SETTINGS[name].label} is {theirs[name]} there, not {ours[name]}"
            for name in differing
        )
        raise ConfigError(
            f"A fine-tuning keeps the shape of its source {source.name}: {words}. Leave these "
            "settings out, or train from nothing."
        )


def create_fine_tuned(
    tuning: FineTuning,
    book: Tunebook,
    *,
    name: str,
    model: ModelConfig,
    training: TrainConfig,
    seed: int = 0,
    study: str | None = None,
    neurons: bool = False,
    checkpoints: Path | None = None,
    overwrite: bool = False,
) -> Run:
    """Make the folder of the run, with the weights it begins with and what its source learned from.

    Its recall is fitted after the training when the source has recall; neurons: and the neurons
    labelled. Raises ConfigError when `model` is not of the source's shape, and what `create_run` raises.
    """
    check_shape(tuning.source, model)
    config = RunConfig(
        name=name,
        study=study,
        seed=seed,
        model=model,
        training=training,
        corpus=book.reference,
        source=tuning.reference,
    )

    def prepare(folder: Path) -> None:
        write_weights(folder / INITIAL, tuning.start.weights)
        write_learned(folder, tuning.learned)
        has_recall = (tuning.source.path / RECALL).is_file()
        write_wishes(folder, Wishes(recall=has_recall, neurons=neurons))

    return create_run(
        config,
        tuning.start.vocabulary,
        checkpoints=checkpoints,
        overwrite=overwrite,
        prepare=prepare,
    )
