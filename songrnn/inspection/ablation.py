"""Cause, not only correlation: what a network loses when neurons are switched off.

Neurons are held at their mean, at zero or at a value of choice while the network reads tunes as
they are (teacher-forced); the change in bits per character says what they were good for. Any unit
is good for something, so the change is placed among those of random sets of as many units of the
same layers, and "causal" is said only above `CAUSAL` per cent of them.

K sets of units, T characters of a tune, V symbols.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.errors import ConfigError
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.properties import FIRST_COLUMN, PROPERTIES, properties
from songrnn.model.engine import Engine
from songrnn.model.intervention import Held, Intervention, Place
from songrnn.model.shapes import products_per_symbol
from songrnn.model.state import State
from songrnn.notation.reader import read
from songrnn.statistics import Interval, bootstrap_interval

Floats = NDArray[np.float64]
Mode = Literal["mean", "zero"]

# Percent of random sets that a change must exceed; how many there are; how many tunes are read.
CAUSAL = 95.0
RANDOM_SETS = 100
TUNES = 100
# Multiplications that all random sets together may take: under half a minute of one core, so that
# a label's top 1, 2, 4, 8 and 16 units take about two.
_MOST_WORK = 1.0e12
_ROWS = 256
# tanh(cell) is 1 only for an infinite cell.
_MOST_SQUASHED = 0.999999


class Unit(NamedTuple):
    """A neuron in the hidden or the cell state; layer and neuron count from 0."""

    quantity: Held
    layer: int
    neuron: int


class Labelled(Protocol):
    """What is needed of a neuron's label."""

    @property
    def quantity(self) -> str: ...
    @property
    def layer(self) -> int: ...
    @property
    def neuron(self) -> int: ...
    @property
    def label(self) -> str | None: ...
    @property
    def score(self) -> float: ...


def units_of(labels: Sequence[Labelled], label: str, quantity: Held = "hidden") -> tuple[Unit, ...]:
    """The units that carry a label in a quantity, the highest score first.

    Raises ConfigError when none does.
    """
    found = [each for each in labels if each.label == label and each.quantity == quantity]
    if not found:
        known = sorted({each.label for each in labels if each.label and each.quantity == quantity})
        raise ConfigError(
            f"No neuron has the label {label!r} in its {quantity} state; labels there: "
            f"{', '.join(known) or 'none'}."
        )
    found.sort(key=lambda each: -each.score)
    return tuple(Unit(quantity, each.layer, each.neuron) for each in found)


def means_of(index: NeuronIndex) -> dict[Unit, float]:
    """Mean activation of every unit over the corpus that an index was made of."""
    return {
        Unit("cell" if each.quantity == "cell" else "hidden", each.layer, each.neuron): float(mean)
        for each, (mean, _) in zip(index.labels, index.moments, strict=True)
    }


def interventions(
    units: Sequence[Unit],
    value: Mode | float,
    means: Mapping[Unit, float],
    place: Place = "recurrence",
) -> tuple[Intervention, ...]:
    """What holds these units at their mean, at zero, or all at one value.

    means: unit -> mean activation over a corpus, needed for "mean" only. Values of the cell state
    are of tanh(cell), as everywhere in inspection, and lie between −1 and 1.
    """
    grouped: dict[tuple[Held, int], dict[int, float]] = defaultdict(dict)
    for unit in units:
        held = 0.0 if value == "zero" else means[unit] if value == "mean" else float(value)
        if unit.quantity == "cell":
            held = math.atanh(min(max(held, -_MOST_SQUASHED), _MOST_SQUASHED))
        grouped[unit.quantity, unit.layer][unit.neuron] = held
    return tuple(
        Intervention(quantity, layer, tuple(held), tuple(held.values()), place)
        for (quantity, layer), held in grouped.items()
    )


@dataclass(frozen=True)
class Effect:
    """What holding `units` does to the bits per character, + being worse.

    overall, where, elsewhere: mean change with a bootstrap interval over tunes: of all
    predictions; of those made where the label holds; of the others. None without a label, or when
    it holds nowhere. place_overall, place_where: percent of random sets that change less, ties
    counting half. random_overall, random_where: those sets' changes, on `placed` of the tunes.
    """

    units: tuple[Unit, ...]
    label: str | None
    overall: Interval
    where: Interval | None
    elsewhere: Interval | None
    place_overall: float
    place_where: float | None
    random_overall: tuple[float, ...]
    random_where: tuple[float, ...]
    tunes: int
    placed: int
    characters: int

    @property
    def causal(self) -> bool:
        """Whether the units matter where the label holds (or, without one, at all): more than
        CAUSAL per cent of random sets do, and more than nothing."""
        change = self.overall if self.where is None else self.where
        place = self.place_overall if self.place_where is None else self.place_where
        return place > CAUSAL and change.low > 0


@dataclass(frozen=True)
class LabelledText:
    """A tune to read. ids: (T,); holds: (T + 1,) whether the label holds where a prediction is made."""

    ids: NDArray[np.int64]
    holds: NDArray[np.bool_]


def effect(
    engine: Engine,
    vocabulary: Vocabulary,
    tunes: Sequence[Tune],
    units: Sequence[Unit],
    rng: np.random.Generator,
    *,
    means: Mapping[Unit, float],
    label: str | None = None,
    value: Mode | float = "mean",
    place: Place = "recurrence",
    random_sets: int = RANDOM_SETS,
    most_tunes: int = TUNES,
    progress: Callable[[float], None] | None = None,
) -> Effect:
    """Hold `units` and measure, on tunes drawn from `tunes`, what that costs.

    label: the name of a property. A prediction is made where it holds when the character just
    read has it (of a yes-no property), or has a value at all (of others); the one after START
    never. Raises ConfigError without a unit, a tune that the network can read, or such a property.
    """
    units = tuple(dict.fromkeys(units))
    if not units:
        raise ConfigError("Choose at least one neuron to switch off.")
    texts = draw_texts(tunes, vocabulary, label, most_tunes, rng)

    def held(chosen: Sequence[Unit]) -> tuple[Intervention, ...]:
        return interventions(chosen, value, means, place)

    before, after = read_bits(engine, [text.ids for text in texts], [(), held(units)])
    change = [b - a for a, b in zip(before, after, strict=True)]  # each (T + 1,)
    sums = change_by_tune(change, texts)  # (tunes, 4)

    placed = _affordable(engine, texts, random_sets)
    sets = [held(each) for each in random_units(units, engine, random_sets, rng)]
    others = read_bits(engine, [text.ids for text in texts[:placed]], sets, progress=progress)
    of_sets = np.array([
        change_by_tune([b - a for a, b in zip(before[:placed], bits, strict=True)], texts[:placed]).sum(0)
        for bits in others
    ]).reshape(-1, 4)  # fmt: skip
    of_units = sums[:placed].sum(axis=0)
    is_labelled = bool(sums[:, 1].sum() > 0)
    where_placed = is_labelled and of_units[1] > 0
    random_where = of_sets[:, 0] / of_units[1] if where_placed else np.empty(0)
    whole = np.stack([sums[:, 0] + sums[:, 2], sums[:, 1] + sums[:, 3]], axis=1)
    random_overall = (of_sets[:, 0] + of_sets[:, 2]) / whole[:placed, 1].sum()
    return Effect(
        units=units,
        label=label,
        overall=interval_over_tunes(whole, rng),
        where=interval_over_tunes(sums[:, :2], rng) if is_labelled else None,
        elsewhere=interval_over_tunes(sums[:, 2:], rng)
        if is_labelled and sums[:, 3].sum() > 0
        else None,
        place_overall=_place(whole[:placed, 0].sum() / whole[:placed, 1].sum(), random_overall),
        place_where=_place(of_units[0] / of_units[1], random_where) if where_placed else None,
        random_overall=tuple(random_overall.tolist()),
        random_where=tuple(random_where.tolist()),
        tunes=len(texts),
        placed=placed,
        characters=int(whole[:, 1].sum()),
    )


def read_bits(
    engine: Engine,
    texts: Sequence[NDArray[np.int64]],
    sets: Sequence[Sequence[Intervention]],
    *,
    progress: Callable[[float], None] | None = None,
) -> list[list[NDArray[np.float32]]]:
    """Bits of every prediction of every text under every set of interventions.

    texts: symbols (T,) without START and END. Returns for each of K sets and each text (T + 1,),
    the last being END's. Each text is read from the zero state, START first.
    """
    K = len(sets)
    found = [[np.empty(len(ids) + 1, np.float32) for ids in texts] for _ in sets]
    order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    together = max(1, _ROWS // max(K, 1))
    stepper = None
    for begin in range(0, len(order) if K else 0, together):
        group = order[begin : begin + together]
        m = len(group)
        if stepper is None or stepper.batch != K * m:
            stepper = engine.batch_stepper(K * m)
            stepper.hold([each for each in sets for _ in group])
        stepper.load(State.zeros(engine.config, K * m))
        longest = len(texts[group[0]]) + 1
        # Behind a text's end END is read, and nothing of it is used.
        inputs = np.full((m, longest), END, np.int64)
        targets = np.full((m, longest), END, np.int64)
        for row, i in enumerate(group):
            inputs[row, 0], inputs[row, 1 : len(texts[i]) + 1] = START, texts[i]
            targets[row, : len(texts[i])] = texts[i]
        bits = np.empty((longest, K * m), np.float32)
        for t in range(longest):
            logits = stepper.feed(np.tile(inputs[:, t], K))  # (K · m, V)
            logits -= logits.max(axis=1, keepdims=True)
            chosen = logits[np.arange(K * m), np.tile(targets[:, t], K)]
            bits[t] = np.log(np.exp(logits).sum(axis=1)) - chosen
        bits /= np.float32(math.log(2))
        for k in range(K):
            for row, i in enumerate(group):
                found[k][i][:] = bits[: len(texts[i]) + 1, k * m + row]
        if progress is not None:
            progress((begin + m) / len(order))
    return found


def random_units(
    units: Sequence[Unit], engine: Engine, count: int, rng: np.random.Generator
) -> list[tuple[Unit, ...]]:
    """`count` sets with as many units of each quantity and layer as `units`, without any of them
    where the layer has enough others."""
    taken: dict[tuple[Held, int], set[int]] = defaultdict(set)
    for unit in units:
        taken[unit.quantity, unit.layer].add(unit.neuron)
    every = set(range(engine.config.hidden_size))
    columns: list[list[list[Unit]]] = []
    for (quantity, layer), mine in taken.items():
        others = np.array(sorted(every - mine if len(every) >= 2 * len(mine) else every))
        if len(mine) == 1:  # different ones, as long as there are
            drawn = np.resize(rng.permutation(others), (count, 1))
        else:
            drawn = np.array([rng.choice(others, len(mine), replace=False) for _ in range(count)])
            drawn = drawn.reshape(count, len(mine))
        columns.append([[Unit(quantity, layer, int(n)) for n in row] for row in drawn])
    return [tuple(u for part in parts for u in part) for parts in zip(*columns, strict=True)]


def draw_texts(
    tunes: Sequence[Tune],
    vocabulary: Vocabulary,
    label: str | None,
    most: int,
    rng: np.random.Generator,
) -> list[LabelledText]:
    """At most so many of the tunes, at random, with where the label holds.

    Raises ConfigError as `effect` does.
    """
    names = [each.name for each in PROPERTIES]
    if label is not None and label not in names:
        raise ConfigError(f"There is no property {label!r}; choose one of {', '.join(names)}.")
    known = [tune for tune in tunes if not vocabulary.unknown(tune.text)]
    if not known:
        raise ConfigError("There is no tune that the network can read.")
    texts = []
    for i in rng.permutation(len(known))[:most]:
        text = known[i].text
        holds = np.zeros(len(text) + 1, np.bool_)
        if label is not None:
            number = names.index(label)
            values = properties(read(text))[:, FIRST_COLUMN[number]]
            yes_no = PROPERTIES[number].kind == "yes-no"
            holds[1:] = values > 0.5 if yes_no else np.isfinite(values)
        texts.append(LabelledText(vocabulary.encode(text), holds))
    return texts


def _affordable(engine: Engine, texts: Sequence[LabelledText], sets: int) -> int:
    """How many of the texts the random sets can be read on."""
    work = products_per_symbol(engine.config, engine.vocabulary_size)
    costs = np.cumsum([len(text.holds) for text in texts]) * float(work) * max(sets, 1)
    return max(1, int(np.searchsorted(costs, _MOST_WORK, side="right")))


def change_by_tune(change: Sequence[NDArray[np.float32]], texts: Sequence[LabelledText]) -> Floats:
    """(tunes, 4): summed change and number of predictions where the label holds, and elsewhere."""
    return np.array([
        [
            each[text.holds].sum(dtype=np.float64), text.holds.sum(),
            each[~text.holds].sum(dtype=np.float64), (~text.holds).sum(),
        ]
        for each, text in zip(change, texts, strict=True)
    ])  # fmt: skip


def interval_over_tunes(sums: Floats, rng: np.random.Generator) -> Interval:
    """Of a mean over predictions, tunes being drawn anew: sums (tunes, 2)."""
    there = sums[sums[:, 1] > 0]
    return bootstrap_interval(
        there, rng, statistic=lambda drawn: float(drawn[:, 0].sum() / drawn[:, 1].sum())
    )


def _place(change: float, others: Floats) -> float:
    """Percent of others that are less, ties counting half; NaN without others."""
    if not len(others):
        return math.nan
    return float(100 * np.mean((others < change) + 0.5 * (others == change)))
