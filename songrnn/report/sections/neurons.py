"""What single neurons do: the ones with the best scores, on a text, with evidence and effect."""

import math
from collections.abc import Sequence

import numpy as np

from songrnn.corpus.tunebook import Tune
from songrnn.inspection.ablation import Effect, VerdictWords, effect, verdicts
from songrnn.inspection.activations import activations
from songrnn.inspection.clearest import clearest
from songrnn.inspection.cross_corpus import CrossCorpusCheck
from songrnn.inspection.deciding import learn_deciding
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.labelling import LEAST, RATE, NeuronLabel
from songrnn.inspection.properties import PROPERTIES, Property, property_number
from songrnn.inspection.units import Unit
from songrnn.notation.reader import read
from songrnn.report.document import Block, Figure, Heading, Paragraph, table_of
from songrnn.report.figures.heatmap import COLUMNS, heatmap
from songrnn.report.inline import plain
from songrnn.report.material import Material
from songrnn.report.numbers import fixed, listed, signed
from songrnn.report.sections import stricter_rule
from songrnn.statistics import Interval

MOST_NEURONS = 3
# Characters of a tune that are drawn, at most.
_DRAWN = 5 * COLUMNS
# Enough to place an effect among those of other neurons, and seconds of work.
_TUNES, _RANDOM_SETS = 40, 60


def neurons(material: Material) -> list[Block]:
    """Heatmaps with scales for the neurons that follow a property best."""
    run, index = material.main, material.index_of(material.main)
    if index is None or material.engine is None:
        return [
            Paragraph(
                f"The neurons of `{run.name}` have not been scored; to score them: "
                f"`songrnn neurons {run.name} rank`."
                if run.has_weights
                else f"`{run.name}` has no weights, so there is nothing to look into."
            )
        ]
    checks = material.checks_of(run)
    shown = shown_neurons(index, checks)
    return [
        Paragraph(_method(index)),
        *([Paragraph(stricter_rule.of_run(index.memory))] if index.memory is not None else []),
        _scores(index, checks, shown),
        *_each(material, index, checks, shown),
    ]


def shown_neurons(index: NeuronIndex, checks: Sequence[CrossCorpusCheck]) -> list[NeuronLabel]:
    """The clearest labels, each label once; filled up by score where there are fewer than three."""
    found = clearest(index.labels, checks, MOST_NEURONS)
    if len(found) < MOST_NEURONS:
        taken = {(label.layer, label.neuron) for label in found}
        rest = sorted(
            (label for label in index.labels if label.quantity == "hidden"),
            key=lambda label: (-label.score, label.layer, label.neuron),
        )
        found += [label for label in rest if (label.layer, label.neuron) not in taken]
    return found[:MOST_NEURONS]


def _method(index: NeuronIndex) -> str:
    labels = [label for label in index.labels if label.label is not None]
    return (
        f"Each of {len(index.labels):,} activations (hidden and cell state counted apart) was "
        f"compared with {len(index.properties)} musical properties on {index.characters:,} "
        "characters. The score is R² on tunes that the line was not fitted on. A label needs an R² "
        f"of at least {LEAST:g} and a false-discovery rate of at most {RATE:.0%} against properties "
        f"shifted in time; {len(labels)} activations earn one. A network of the same shape that "
        f"never learned earns {index.untrained_labels} of {index.untrained_neurons}, since the "
        "character just read shows in any state: labels that begin with “reads” are weak evidence, "
        "those that begin with “remembers” are stronger."
    )


def _scores(
    index: NeuronIndex, checks: Sequence[CrossCorpusCheck], shown: Sequence[NeuronLabel]
) -> Block:
    def elsewhere(label: NeuronLabel) -> list[str]:
        found = [check.of(label.quantity, label.layer, label.neuron) for check in checks]
        return [fixed(None if each is None else each.score_there, 2) for each in found]

    return table_of(
        "neurons-shown",
        f"The neurons shown, chosen by score: {_checked(checks)}; each label once, memories before "
        "readings, then the larger R².",
        (
            *("Neuron", "Label", "R²", "n", "Next best", "Its R²", "AUROC", "Mutual information"),
            *(f"R² on {check.corpus}" for check in checks),
        ),
        [
            (
                _name(label),
                plain(label.words),
                fixed(label.score, 2),
                f"{label.n:,}",
                label.runner_up,
                fixed(label.runner_up_score, 2),
                fixed(label.auroc, 2),
                f"{label.mutual_information:.2f} bits",
                *elsewhere(label),
            )
            for label in shown
        ],
        words=(0, 1, 4),
    )


def _checked(checks: Sequence[CrossCorpusCheck]) -> str:
    """Which labels were left out; without a check on another corpus none were."""
    if not checks:
        return "their labels were checked on no other corpus"
    return f"those whose label holds on {listed([check.corpus for check in checks])} too"


def _name(label: NeuronLabel) -> str:
    return f"{label.neuron}, layer {label.layer + 1}"


def _tune(material: Material) -> str:
    """A text that nobody trained on and that is long enough to see a pattern; the same each time."""
    book = material.book
    held: Sequence[Tune] = book.split("validation") if book is not None else ()
    known = [tune for tune in held if not material.main.vocabulary.unknown(tune.text)]
    long = [tune for tune in known if len(tune.text) >= _DRAWN] or known
    if long:
        return min(long, key=lambda tune: tune.id).text
    songs = material.main.songs()
    return songs[0].text if songs else "X:1\nM:4/4\nL:1/8\nK:G\nGABc dedB|dedB dedB|G4 G4|\n"


def _each(
    material: Material,
    index: NeuronIndex,
    checks: Sequence[CrossCorpusCheck],
    shown: Sequence[NeuronLabel],
) -> list[Block]:
    """A heatmap, the evidence and the effect of each; verdicts are formed on all of them together."""
    tune = _tune(material)
    title = plain(read(tune).header.get("T", "")) or "a tune"
    found = [_effect(material, label) for label in shown]
    measured = [each for each in found if each is not None]
    told = dict(zip(map(id, measured), verdicts(measured), strict=True))
    blocks: list[Block] = []
    for label, each in zip(shown, found, strict=True):
        rule = stricter_rule.of_neuron(index, checks, label)
        words = effect_sentence(each, told[id(each)], label) if each is not None else ""
        blocks += [
            Heading(f"Neuron {_name(label)}: {plain(label.words)}"),
            _picture(material, label, tune, title),
            Paragraph(" ".join(filter(None, (_evidence(label), rule, words)))),
        ]
    return blocks


def _picture(material: Material, label: NeuronLabel, tune: str, title: str) -> Figure:
    assert material.engine is not None
    seen = activations(material.engine, material.main.vocabulary, tune)
    values = seen.quantities["hidden"][label.layer][:_DRAWN, label.neuron]
    return Figure(
        f"{material.main.name}-layer-{label.layer + 1}-neuron-{label.neuron}",
        f"Hidden state of neuron {_name(label)}, after each character of “{title}”, which no "
        "run was trained on; purple is −1, orange +1. Each ground has seen its own character.",
        f"Activations from {values.min():.2f} to {values.max():.2f} on the first "
        f"{len(values)} characters of {title}.",
        heatmap(tune[:_DRAWN], [float(value) for value in values]),
    )


def _evidence(label: NeuronLabel) -> str:
    best = label.label or label.best
    words = (
        f"Evidence: the property `{best}` explains {label.score:.0%} of its variance on "
        f"{label.n:,} characters not fitted on; the next best, `{label.runner_up}`, explains "
        f"{max(label.runner_up_score, 0):.0%}."
    )
    if label.label is None:
        words += " That is too little for a label."
    elif label.runner_up_score > 0.8 * label.score:
        words += " The two are close, so the label may name only one side of what it does."
    return words


def _effect(material: Material, label: NeuronLabel) -> Effect | None:
    book, engine, index = material.book, material.engine, material.index_of(material.main)
    if book is None or engine is None:
        return None
    # As on the Neurons page: a number or an angle "holds" where its value decides what comes next.
    vocabulary, named = material.main.vocabulary, label.label or label.best
    deciding = learn_deciding(named, vocabulary, book.split("train"), np.random.default_rng(0))
    return effect(
        engine,
        vocabulary,
        book.split("validation"),
        [Unit("hidden", label.layer, label.neuron)],
        np.random.default_rng(0),
        label=named,
        deciding=deciding,
        means=None if index is None else index.means(),
        most_tunes=_TUNES,
        random_sets=_RANDOM_SETS,
    )


def effect_sentence(found: Effect, told: VerdictWords, label: NeuronLabel) -> str:
    """What switching a neuron off does, and what may be said of it."""
    words = (
        f"Effect: its hidden state replaced by values of other tunes, on {found.tunes} validation tunes, "
        f"the loss changes by {_change(found.overall)} bits per character over all predictions"
    )
    if found.where is not None and found.elsewhere is not None and found.specific is not None:
        place = (
            "where the label holds"
            if property_of(label).kind == "yes-no"
            else f"where `{property_of(label).name}` decides what comes next"
        )
        words += (
            f": by {_change(found.where)} {place}, by {_change(found.elsewhere)} elsewhere, a "
            f"difference of {_change(found.specific)}"
        )
    if found.place_specific is not None and not math.isnan(found.place_specific):
        words += (
            f". That is more than with {found.place_specific:.0f} % of "
            f"{len(found.random_specific)} sets of other neurons of as much influence"
        )
    verdicts_said = {
        "causal for": f"So it is causal for “{plain(label.words)}”.",
        "matters, not specifically": "So it matters, but no effect specific to the label could be "
        "shown.",
        "no effect shown": "So no effect could be shown.",
    }
    return f"{words}. {verdicts_said[told]}"


def property_of(label: NeuronLabel) -> Property:
    """The property that a label names, or comes nearest to."""
    return PROPERTIES[property_number(label.label or label.best)]


def _change(interval: Interval) -> str:
    return f"{signed(interval.estimate)} ({signed(interval.low)} to {signed(interval.high)})"
