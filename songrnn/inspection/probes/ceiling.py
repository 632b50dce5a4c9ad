"""A ceiling for probes: what a network tells of each character that sees the whole tune.

A one-dimensional U-Net reads the text forwards and backwards at once, and is trained on every
character of the training tunes whose family is not set aside, all tasks together. What it tells
beyond the state is in the text, but not in what the run has read, or not kept of it. It is a ceiling
only as far as its training goes: where a probe tells more, the network has learned less. The
network itself is given: this module trains any torch module from (B, V, T) to (B, K, T).

B tunes, V symbols, T characters, K numbers: the classes of all tasks, one for each number.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from songrnn.inspection.probes.outcomes import Outcome, score
from songrnn.inspection.probes.samples import Part, Sample
from songrnn.inspection.probes.tasks import TASKS

if TYPE_CHECKING:
    from torch import Tensor, nn

EPOCHS = 8
_TOGETHER = 16
_LEARNING_RATE = 5e-3
# Batches of training tunes that are put together by length, so that little is padded.
_SORTED = 12


def outputs() -> int:
    """K: numbers that the network makes of each character."""
    return sum(max(len(task.classes), 1) for task in TASKS)


def measure_ceiling(
    network: "nn.Module",
    samples: Mapping[Part, Sample],
    symbols: int,
    *,
    seed: int = 0,
    epochs: int = EPOCHS,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Outcome]:
    """Task -> outcome on the held-out tunes. Trained on the fitted part, best one with every character
    (`samples.draw_all`); of the epochs the one is taken that does best on those set aside.
    Deterministic for a network drawn with a seed."""
    import torch

    torch.manual_seed(seed)
    fitted = samples["fitted"].truth
    scale = np.ones((2, len(TASKS)), np.float32)  # mean and deviation of numbers
    for number, task in enumerate(TASKS):
        if not task.classes:
            scale[:, number] = np.nanmean(fitted[:, number]), np.nanstd(fitted[:, number])
    optimizer = torch.optim.Adam(network.parameters(), lr=_LEARNING_RATE)
    steps = -(-len(samples["fitted"].texts) // _TOGETHER)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, _LEARNING_RATE, total_steps=max(epochs * steps, 2)
    )
    rng = np.random.default_rng(seed)
    best, kept = np.inf, {}
    for epoch in range(epochs):
        network.train()
        for done, chosen in enumerate(_shuffled(samples["fitted"], rng)):
            loss = _loss(network, samples["fitted"], chosen, symbols, scale)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            if progress is not None:
                progress((epoch + (done + 1) / steps) / epochs)
        aside = _mean_loss(network, samples["aside"], symbols, scale)
        if aside < best:
            best = aside
            kept = {name: each.clone() for name, each in network.state_dict().items()}
    network.load_state_dict(kept)
    return _outcomes(network, samples["held"], symbols, scale)


def _rows(sample: Sample, chosen: list[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n,) the tune among the chosen ones, and the character, of each chosen character."""
    sizes = [len(sample.rows[i]) for i in chosen]
    return np.repeat(np.arange(len(chosen)), sizes), np.concatenate(
        [sample.rows[i] for i in chosen]
    )


def _guess(
    network: "nn.Module", sample: Sample, chosen: list[int], symbols: int
) -> "tuple[Tensor, NDArray[np.float32]]":
    """(n, K) of the chosen characters of some tunes, and their truth (n, tasks)."""
    import torch

    texts = [sample.texts[i] for i in chosen]
    x = torch.zeros(len(texts), symbols, max(map(len, texts)))
    for row, ids in enumerate(texts):
        x[row, torch.from_numpy(ids), torch.arange(len(ids))] = 1
    owner, at = _rows(sample, chosen)
    found = network(x)[torch.from_numpy(owner), :, torch.from_numpy(at)]
    starts = np.concatenate([[0], np.cumsum([len(rows) for rows in sample.rows])])
    rows = [np.arange(starts[i], starts[i + 1]) for i in chosen]
    return found, sample.truth[np.concatenate(rows)]


def _loss(
    network: "nn.Module",
    sample: Sample,
    chosen: list[int],
    symbols: int,
    scale: NDArray[np.float32],
) -> "Tensor":
    """Cross-entropy of classes and squared error of numbers, added up over the tasks."""
    import torch
    from torch.nn import functional

    guess, truth = _guess(network, sample, chosen, symbols)
    total: Any = torch.zeros(())
    first = 0
    for number, task in enumerate(TASKS):
        K = max(len(task.classes), 1)
        there = np.flatnonzero(np.isfinite(truth[:, number]))
        if len(there):
            mine, known = guess[there, first : first + K], truth[there, number]
            if task.classes:
                wanted = torch.from_numpy(known.astype(np.int64))
                total = total + functional.cross_entropy(mine, wanted)
            else:
                scaled = (known - scale[0, number]) / max(float(scale[1, number]), 1e-6)
                total = total + functional.mse_loss(mine[:, 0], torch.from_numpy(scaled))
        first += K
    return total


def _shuffled(sample: Sample, rng: np.random.Generator) -> list[list[int]]:
    """Batches of tunes in a random order, in each batch tunes of like length."""
    order = rng.permutation(len(sample.texts)).tolist()
    found = []
    for begin in range(0, len(order), _TOGETHER * _SORTED):
        near = sorted(
            order[begin : begin + _TOGETHER * _SORTED], key=lambda i: len(sample.texts[i])
        )
        found += [near[at : at + _TOGETHER] for at in range(0, len(near), _TOGETHER)]
    return [found[i] for i in rng.permutation(len(found))]


def _parts(sample: Sample) -> list[list[int]]:
    """Tunes that are read together, those of like length."""
    order = sorted(range(len(sample.texts)), key=lambda i: len(sample.texts[i]))
    return [order[begin : begin + _TOGETHER] for begin in range(0, len(order), _TOGETHER)]


def _mean_loss(
    network: "nn.Module", sample: Sample, symbols: int, scale: NDArray[np.float32]
) -> float:
    import torch

    network.eval()
    with torch.no_grad():
        losses = [
            _loss(network, sample, chosen, symbols, scale).item() for chosen in _parts(sample)
        ]
    return float(np.mean(losses))


def _outcomes(
    network: "nn.Module", sample: Sample, symbols: int, scale: NDArray[np.float32]
) -> dict[str, Outcome]:
    import torch

    network.eval()
    guesses, truths, owners = [], [], []
    with torch.no_grad():
        for chosen in _parts(sample):
            scores, known = _guess(network, sample, chosen, symbols)
            guesses.append(scores.numpy())
            truths.append(known)
            owners.append(np.array(chosen)[_rows(sample, chosen)[0]])
    guess, truth = np.concatenate(guesses), np.concatenate(truths)
    owner, found, first = np.concatenate(owners), {}, 0
    for number, task in enumerate(TASKS):
        K = max(len(task.classes), 1)
        there = np.isfinite(truth[:, number])
        mine = guess[there, first : first + K]
        if task.classes:
            told = mine.argmax(axis=1).astype(np.float32)
        else:
            told = mine[:, 0] * scale[1, number] + scale[0, number]
        first += K
        if there.any():
            known = truth[there, number]
            found[task.name] = score(
                told, known, owner[there], len(sample.texts), len(task.classes)
            )
    return found
