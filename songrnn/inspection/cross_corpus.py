"""Labels checked on tunes of a corpus that they were not chosen on.

A label was the best of many properties on its own corpus, and its score may flatter it there. Here
property and kind are fixed beforehand and the same score is formed again: lines fitted on every
second tune of the other corpus, R² measured on the rest. Stored next to the index, as
neurons-<corpus>.json, since the other corpus may be one that not everybody has.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.disk import read_bytes, replace_file
from songrnn.errors import ConfigError, DamagedRunError
from songrnn.inspection.collectors import ScoreSums
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.labelling import LEAST
from songrnn.inspection.memory.elsewhere import CheckedMemory, check_memories
from songrnn.inspection.progress import part_of
from songrnn.inspection.properties import FIRST_COLUMN, property_number
from songrnn.inspection.recording import annotate_texts, record_batches
from songrnn.inspection.scoring import Kind
from songrnn.inspection.sums import Floats
from songrnn.model.engine import Engine

FORMAT_VERSION = 1


@dataclass(frozen=True)
class CheckedLabel:
    """score: held-out R² where the label was chosen, on n characters. score_there: that on the
    other corpus, on n_there characters; None where it cannot be formed. Layer, neuron from 0."""

    quantity: str
    layer: int
    neuron: int
    label: str
    kind: Kind
    score: float
    n: int
    score_there: float | None
    n_there: int

    @property
    def holds(self) -> bool:
        """Whether the score on the other corpus would earn the label again."""
        return self.score_there is not None and self.score_there >= LEAST


@dataclass(frozen=True)
class CrossCorpusCheck:
    """All labels of an index on another corpus, in the index's order.

    tunes: how many were read, skipped: how many have characters that the run does not know.
    characters: of the tunes read, held_out: of those the scores were measured on. weights: sha256
    of the weights that both were made of. memories: what neurons remember by the stricter rule,
    None when that was not asked.
    """

    corpus: str
    split: str
    tunes: int
    skipped: int
    characters: int
    held_out: int
    weights: str
    labels: tuple[CheckedLabel, ...]
    memories: tuple[CheckedMemory, ...] | None = None

    @property
    def holding(self) -> int:
        """How many labels the other corpus would earn again."""
        return sum(label.holds for label in self.labels)

    def of(self, quantity: str, layer: int, neuron: int) -> CheckedLabel | None:
        """The label of a neuron; None when it has none."""
        for label in self.labels:
            if (label.quantity, label.layer, label.neuron) == (quantity, layer, neuron):
                return label
        return None

    def memory_of(self, layer: int, neuron: int) -> CheckedMemory | None:
        """What a neuron remembers, hidden and cell state together; None when it remembers nothing
        or that was not asked."""
        for memory in self.memories or ():
            if (memory.layer, memory.neuron) == (layer, neuron):
                return memory
        return None

    def write(self, folder: Path) -> None:
        """Replace the check of this corpus in a run's folder. Raises StorageError."""
        document = {"format_version": FORMAT_VERSION, **asdict(self)}
        text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
        replace_file(folder / file_of(self.corpus), text.encode())

    @classmethod
    def read(cls, folder: Path, corpus: str) -> "CrossCorpusCheck | None":
        """The check of a run on a corpus; None when there is none. Raises DamagedRunError."""
        path = folder / file_of(corpus)
        try:
            data = json.loads(read_bytes(path))
            return _Document.model_validate(
                {"format_version": data["format_version"], "check": data}
            ).check
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise DamagedRunError(
                f"{path} cannot be read; make it again with: "
                f"songrnn neurons {folder.name} check {corpus}"
            ) from error


class _Document(BaseModel):
    """The file: a check, its numbers finite and of the right types, and the format."""

    model_config = ConfigDict(allow_inf_nan=False)

    format_version: Literal[1]
    check: CrossCorpusCheck


def file_of(corpus: str) -> str:
    """The name of the file that a check on a corpus is kept in."""
    return f"neurons-{corpus}.json"


def check_labels(
    engine: Engine,
    vocabulary: Vocabulary,
    index: NeuronIndex,
    tunes: Sequence[Tune],
    corpus: str,
    split: str,
    *,
    own: Sequence[Tune] = (),
    progress: Callable[[float], None] | None = None,
) -> CrossCorpusCheck:
    """Score every label of the index on `tunes` of another corpus.

    own: training tunes of the run's own corpus, on which what neurons remember is fitted; without
    any, and for an index without verdicts, that is left out.

    Raises ConfigError when the network cannot read two of the tunes.
    """
    texts = annotate_texts(vocabulary, tunes)
    if len(texts) < 2:
        raise ConfigError(
            f"The run knows all characters of {len(texts)} of the {len(tunes)} tunes of {corpus}; "
            "a check needs two."
        )
    sums = ScoreSums(texts)
    asked = index.memory if own else None
    ids, half = [text.ids for text in texts], 0.5 if asked is not None else 1.0
    for batch in record_batches(engine, ids, progress=part_of(progress, 0.0, half)):
        sums.add(batch)
    memories = None
    if asked is not None:
        fitted, told = annotate_texts(vocabulary, own), part_of(progress, half, 1.0)
        memories = check_memories(engine, asked, fitted, texts, progress=told)
    held = [text for text in texts if not text.fitted]
    n = np.sum([np.isfinite(text.table[:, FIRST_COLUMN]).sum(0) for text in held], axis=0)
    return CrossCorpusCheck(
        corpus=corpus,
        split=split,
        tunes=len(texts),
        skipped=len(tunes) - len(texts),
        characters=sum(len(text.ids) for text in texts),
        held_out=sum(len(text.ids) for text in held),
        weights=index.weights,
        labels=_checked(index, sums.scores(), n),
        memories=memories,
    )


def _checked(
    index: NeuronIndex, found: Mapping[Kind, Floats], n: NDArray[np.int64]
) -> tuple[CheckedLabel, ...]:
    """found: (properties, N) scores of each kind; n: (properties,) characters of each."""
    labels = []
    for row, label in enumerate(index.labels):
        if label.label is None or label.kind is None:
            continue
        place = property_number(label.label)
        score = float(found[label.kind][place, row])
        labels.append(
            CheckedLabel(
                quantity=label.quantity,
                layer=label.layer,
                neuron=label.neuron,
                label=label.label,
                kind=label.kind,
                score=label.score,
                n=label.n,
                score_there=score if np.isfinite(score) else None,
                n_there=int(n[place]),
            )
        )
    return tuple(labels)
