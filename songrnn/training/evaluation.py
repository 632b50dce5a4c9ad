"""The exact figures of a network on tunes: one definition, no randomness.

Each tune is read once from the zero state. A tune of T characters makes T + 1 predictions: the
input is START + text, the target text + END. The loss is the mean of -log p over all predictions
of all tunes, in nats. Nothing is carried from one tune to the next, nothing is sampled, so the
same weights give the same figures always.

B tunes at once, T predictions of the longest, N predictions of all tunes, V symbols.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from songrnn.corpus.tunebook import Split, Tune, Tunebook
from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.errors import CorpusError, UnknownCharacterError
from songrnn.lineage.kin import kin, melodies_of
from songrnn.lineage.learned import learned_by
from songrnn.metrics import (
    accuracy,
    bits,
    intersection_over_union,
    mean_intersection_over_union,
)
from songrnn.model.engine import Engine
from songrnn.store.documents import RegionMetrics
from songrnn.store.runs import Run
from songrnn.training.regions import END_PART, kind_names, kinds_of, regions_of
from songrnn.training.scorers import scorer

if TYPE_CHECKING:
    from songrnn.model.network import CharRNN

# Tunes read side by side, and characters of each read at once: enough to keep the kernels busy,
# few enough for the logits to stay in the cache.
_BATCH = 64
_CHUNK = 256


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a network makes of tunes.

    loss: nats; bits_per_character: loss / ln 2. accuracy: share of predictions whose most
    probable symbol was right. mean_iou: for each symbol the predictions where both the guess and
    the truth are it over those where either is, averaged over the symbols that occur (`iou`).
    characters: predictions, ENDs included. skipped: tunes with characters the network lacks.
    regions: the same figures by header field ("K"), "body" and "end"; kinds: by what a character
    is ("note", "barline", …), END being "end".
    kin: how many of the tunes are kin of those that the network learned from; without_kin: the
    figures on the others, None where there are none or no kin.
    losses: (characters,) nats of each prediction. tune_losses: (tunes,) their sums by tune;
    tune_characters: (tunes,) a tune's predictions.
    """

    loss: float
    bits_per_character: float
    accuracy: float
    mean_iou: float
    characters: int
    tunes: int
    skipped: int
    iou: Mapping[str, float]
    regions: Mapping[str, RegionMetrics]
    kinds: Mapping[str, RegionMetrics]
    losses: np.ndarray
    tune_losses: np.ndarray
    tune_characters: np.ndarray
    kin: int = 0
    without_kin: RegionMetrics | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON, the losses of single predictions and tunes left out."""
        return {
            "loss": self.loss,
            "bits_per_character": self.bits_per_character,
            "accuracy": self.accuracy,
            "mean_iou": self.mean_iou,
            "characters": self.characters,
            "tunes": self.tunes,
            "skipped": self.skipped,
            "kin": self.kin,
            "without_kin": self.without_kin.model_dump() if self.without_kin else None,
            "regions": {name: part.model_dump() for name, part in self.regions.items()},
            "kinds": {name: part.model_dump() for name, part in self.kinds.items()},
            "iou": dict(self.iou),
        }


class Evaluator:
    """Tunes made ready to be read by one network after another, as a training does each epoch."""

    def __init__(
        self, tunes: Sequence[Tune], vocabulary: Vocabulary, kin: Sequence[bool] | None = None
    ) -> None:
        """kin: of each tune, whether it is kin of those that the network learned from.

        Raises CorpusError when no tune can be read with that vocabulary.
        """
        self.vocabulary = vocabulary
        self.skipped = 0
        texts, targets, known = [], [], []
        for tune, of_kin in zip(
            tunes, kin if kin is not None else [False] * len(tunes), strict=True
        ):
            try:
                ids = vocabulary.encode(tune.text)
            except UnknownCharacterError:
                self.skipped += 1
                continue
            texts.append(tune.text)
            targets.append(np.append(ids, END))
            known.append(of_kin)
        if not texts:
            raise CorpusError(
                "There is no tune to evaluate on"
                + (f": all {self.skipped} have characters the run lacks." if self.skipped else ".")
            )
        self.targets = np.concatenate(targets)  # (N,)
        self.lengths = np.array([len(target) for target in targets])  # (tunes,)
        self.kin = np.array(known)  # (tunes,)
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])
        self.inputs = np.concatenate([[START], self.targets[:-1]])
        self.inputs[self.starts] = START
        self.regions, self.region_of = _numbered([r for text in texts for r in regions_of(text)])
        names = kind_names()
        self.kinds = [*names, END_PART]
        of_end = np.array([len(names)], dtype=np.uint8)
        self.kind_of = np.concatenate([a for text in texts for a in (kinds_of(text), of_end)])

    def evaluate(self, model: Union[Engine, "CharRNN"]) -> Evaluation:
        """Read all tunes with `model`, a CharRNN (on any device) or an Engine."""
        losses, guesses = self._read(model)
        V = self.vocabulary.size
        whole = _metrics(losses, guesses, self.targets, V)
        iou = intersection_over_union(guesses, self.targets, V)
        names = ["START", "END", *self.vocabulary.characters]
        return Evaluation(
            loss=whole.loss,
            bits_per_character=whole.bits_per_character,
            accuracy=whole.accuracy,
            mean_iou=whole.mean_iou,
            characters=len(self.targets),
            tunes=len(self.lengths),
            skipped=self.skipped,
            iou={names[c]: float(iou[c]) for c in np.flatnonzero(~np.isnan(iou))},
            regions=self._parts(self.regions, self.region_of, losses, guesses),
            kinds=self._parts(self.kinds, self.kind_of, losses, guesses),
            kin=int(self.kin.sum()),
            without_kin=self._without_kin(losses, guesses),
            losses=losses,
            tune_losses=np.add.reduceat(losses, self.starts),
            tune_characters=self.lengths,
        )

    def _without_kin(self, losses: np.ndarray, guesses: np.ndarray) -> RegionMetrics | None:
        if self.kin.all() or not self.kin.any():
            return None
        at = np.repeat(~self.kin, self.lengths)  # (N,)
        return _metrics(losses[at], guesses[at], self.targets[at], self.vocabulary.size)

    def _parts(
        self, names: Sequence[str], part_of: np.ndarray, losses: np.ndarray, guesses: np.ndarray
    ) -> dict[str, RegionMetrics]:
        parts = {}
        for number in np.unique(part_of):
            at = part_of == number
            parts[names[number]] = _metrics(
                losses[at], guesses[at], self.targets[at], self.vocabulary.size
            )
        return parts

    def _read(self, model: Union[Engine, "CharRNN"]) -> tuple[np.ndarray, np.ndarray]:
        """-log p of each target (N,) float64 and the most probable symbols (N,)."""
        score = scorer(model)
        losses = np.empty(len(self.targets), np.float64)
        guesses = np.empty(len(self.targets), np.int64)
        # Long ones first: the tunes not at their end are then always the first rows of a batch.
        order = np.argsort(-self.lengths, kind="stable")
        for first in range(0, len(order), _BATCH):
            rows = order[first : first + _BATCH]
            lengths, state = self.lengths[rows], None
            for begin in range(0, lengths[0], _CHUNK):
                going = int(np.count_nonzero(lengths > begin))
                end = min(begin + _CHUNK, lengths[0])
                at = self.starts[rows[:going], None] + np.arange(begin, end)  # (B, T)
                real = np.arange(begin, end) < lengths[:going, None]
                # Behind a tune's end anything may be read: nothing of it is used.
                at_or_last = np.minimum(at, len(self.targets) - 1)
                loss, guess, state = score(
                    self.inputs[at_or_last], self.targets[at_or_last], state, going
                )
                losses[at[real]] = loss[real]
                guesses[at[real]] = guess[real]
        return losses, guesses


def evaluate(
    model: Union[Engine, "CharRNN"],
    tunes: Sequence[Tune],
    vocabulary: Vocabulary,
    kin: Sequence[bool] | None = None,
) -> Evaluation:
    """The figures of `model` on `tunes`; see the module. Raises CorpusError without tunes."""
    return Evaluator(tunes, vocabulary, kin).evaluate(model)


def evaluate_run(run: Run, book: Tunebook, split: Split) -> Evaluation:
    """The figures of a stored run's best weights on a split, by the engine.

    Kin of what the run and its sources learned from are counted. Raises HistoryOnlyError,
    DamagedRunError, CorpusError.
    """
    tunes = book.split(split)
    of_kin = kin(learned_by(run, [book]).melodies, melodies_of(tunes))
    return evaluate(Engine.of(run), tunes, run.vocabulary, of_kin.tolist())


def _metrics(
    losses: np.ndarray, guesses: np.ndarray, targets: np.ndarray, size: int
) -> RegionMetrics:
    loss = math.fsum(losses.tolist()) / len(losses)
    return RegionMetrics(
        loss=loss,
        bits_per_character=bits(loss),
        accuracy=accuracy(guesses, targets),
        mean_iou=mean_intersection_over_union(guesses, targets, size),
        characters=len(losses),
    )


def _numbered(names: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """The different names in order of appearance, and for each name its number."""
    distinct = list(dict.fromkeys(names))
    number = {name: n for n, name in enumerate(distinct)}
    return distinct, np.array(
        [number[name] for name in names], dtype=np.min_scalar_type(len(distinct))
    )
