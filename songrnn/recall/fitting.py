"""Learning a gate from training tunes, by gradient descent on the loss of the mixture.

The network stays as it is. It has seen these tunes, and is surer of them than of others; when
its training used dropout, it reads them with dropout here too, which makes it about as sure as it
is of tunes it has never seen. The loss has one minimum up to what leaves all shares the same, so
the result depends on the seed in the last digits only.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.errors import CorpusError
from songrnn.model.engine import Engine
from songrnn.recall.gate import WEIGHTS, Gate, entries
from songrnn.recall.memory import SOURCES, memories
from songrnn.recall.stored import write_gate
from songrnn.store.runs import Run

if TYPE_CHECKING:
    import torch

# Training tunes that a gate is learned from at most: more make no difference.
TUNES = 1200
EPOCHS = 5
_TOGETHER = 32  # tunes read side by side
_BATCH = 8192  # predictions a step
_RATE = 5e-2
_DECAY = 1e-6

Progress = Callable[[str, float], None]


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a mixture needs to know of N predictions that have a source, and of all others.

    entries (N, S, tables): as `gate.entries`; −1 where a source has no proposal. hits (N, S): the
    proposal was right. network (N,): log p of the truth by the network. without: log p, in nats,
    of the predictions without a source.
    """

    entries: NDArray[np.int64]
    hits: NDArray[np.bool_]
    network: NDArray[np.float64]
    without: NDArray[np.float64]


def network_probabilities(
    read: Callable[[NDArray[np.int64]], NDArray[np.floating]],
    vocabulary: Vocabulary,
    texts: Sequence[str],
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """(index of a text, its (T + 1, V) probabilities), the shortest texts first.

    read: ids (B, T) -> logits (B, T, V), each row from the zero state.
    """
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    for first in range(0, len(order), _TOGETHER):
        rows = order[first : first + _TOGETHER]
        longest = len(texts[rows[-1]])
        ids = np.full((len(rows), longest + 1), END)
        for row, index in enumerate(rows):
            ids[row, 0] = START
            ids[row, 1 : 1 + len(texts[index])] = vocabulary.encode(texts[index])
        logits = read(ids)
        for row, index in enumerate(rows):
            own = logits[row, : len(texts[index]) + 1].astype(np.float64)
            weights = np.exp(own - own.max(-1, keepdims=True))
            yield index, weights / weights.sum(-1, keepdims=True)


def by_engine(engine: Engine) -> Callable[[NDArray[np.int64]], NDArray[np.floating]]:
    """How `network_probabilities` reads with an engine."""

    def read(ids: NDArray[np.int64]) -> NDArray[np.floating]:
        logits: NDArray[np.floating] = engine.read(ids if len(ids) > 1 else ids[0])[0]
        return logits.reshape(len(ids), ids.shape[1], -1)

    return read


def with_dropout(run: Run) -> Callable[[NDArray[np.int64]], NDArray[np.floating]]:
    """The same by torch, with the dropout of the run's training drawn from seed 0."""
    import torch

    from songrnn.model.network import CharRNN

    network = CharRNN(run.config.model, run.vocabulary.size)
    network.load_state_dict(
        {name: torch.from_numpy(array) for name, array in run.weights().items()}
    )
    network.train()
    generator = torch.Generator().manual_seed(0)

    def read(ids: NDArray[np.int64]) -> NDArray[np.floating]:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(torch.randint(2**31, (), generator=generator)))
            logits: NDArray[np.floating] = network(torch.from_numpy(ids))[0].numpy()
        return logits

    return read


def predictions(
    read: Callable[[NDArray[np.int64]], NDArray[np.floating]],
    vocabulary: Vocabulary,
    texts: Sequence[str],
    progress: Progress | None = None,
) -> Predictions:
    """Read texts, all of known characters, and note what each prediction could recall."""
    found, hits, network, without = [], [], [], []
    tables = 0
    for done, (index, probabilities) in enumerate(network_probabilities(read, vocabulary, texts)):
        if progress is not None:
            progress("Reading training tunes", done / len(texts))
        ids = [*vocabulary.encode(texts[index]).tolist(), END]
        for memory, truth, own in zip(memories(texts[index]), ids, probabilities, strict=True):
            proposals = memory.proposals()
            log_p = float(np.log(own[truth] + 1e-300))
            if not proposals:
                without.append(log_p)
                continue
            symbols = vocabulary.encode("".join(memory.text[p.place] for p in proposals)).tolist()
            rows = entries(memory, proposals, symbols, own)
            tables = len(rows[0])
            at = np.full((len(SOURCES), tables), -1)
            hit = np.zeros(len(SOURCES), bool)
            for proposal, symbol, row in zip(proposals, symbols, rows, strict=True):
                at[proposal.source] = row
                hit[proposal.source] = symbol == truth
            found.append(at)
            hits.append(hit)
            network.append(log_p)
    if not found:
        raise CorpusError("No tune says anything twice, so there is nothing to learn recall from.")
    return Predictions(np.stack(found), np.stack(hits), np.array(network), np.array(without))


def fit(noted: Predictions, *, seed: int = 0, progress: Progress | None = None) -> Gate:
    """The gate under which what was noted is likeliest. Deterministic for a seed."""
    import torch

    at = torch.from_numpy(noted.entries)
    there = at[:, :, 0] >= 0
    hits, network = torch.from_numpy(noted.hits), torch.from_numpy(noted.network)
    weights = torch.zeros(WEIGHTS, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([weights], _RATE)
    steps = EPOCHS * -(-len(network) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps)
    generator = torch.Generator().manual_seed(seed)
    step = 0
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(network), generator=generator).split(_BATCH):
            if progress is not None:
                progress("Fitting the gate", step / steps)
            optimizer.zero_grad()
            nats = _loss(weights, at[rows], there[rows], hits[rows], network[rows])
            (nats + _DECAY * weights.square().sum()).backward()
            optimizer.step()
            schedule.step()
            step += 1
    return Gate(weights.detach().numpy().round(4))


def _loss(
    weights: "torch.Tensor",
    at: "torch.Tensor",
    there: "torch.Tensor",
    hits: "torch.Tensor",
    network: "torch.Tensor",
) -> "torch.Tensor":
    """Mean −log P of the truth, in nats."""
    import torch

    scores = weights[at.clamp(min=0)].sum(-1).masked_fill(~there, -torch.inf)  # (B, S)
    shares = torch.log_softmax(torch.cat([torch.zeros_like(scores[:, :1]), scores], 1), 1)
    right = shares[:, 1:].masked_fill(~hits, -torch.inf)
    return -torch.logsumexp(torch.cat([shares[:, :1] + network[:, None], right], 1), 1).mean()


def fit_and_keep(run: Run, texts: Sequence[str], *, progress: Progress | None = None) -> Gate:
    """Fit a gate to a run's weights and keep it with the run, with how many tunes it learned from.

    Raises HistoryOnlyError, DamagedRunError, StorageError, and CorpusError when nothing can be
    learned from.
    """
    gate = fit_run(run, texts, progress=progress)
    write_gate(run, gate, len(learned_from(run, texts)))
    return gate


def learned_from(run: Run, texts: Sequence[str]) -> list[str]:
    """Of training tunes those that a gate is learned from: at most `TUNES` that the run can read."""
    known = [text for text in texts if not run.vocabulary.unknown(text)]
    return known[:: max(len(known) // TUNES, 1)][:TUNES]


def fit_run(run: Run, texts: Sequence[str], *, progress: Progress | None = None) -> Gate:
    """A gate for a run's weights, from training tunes. Tunes it cannot read are left out.

    Raises HistoryOnlyError, DamagedRunError, and CorpusError when nothing can be learned from.
    """
    chosen = learned_from(run, texts)
    if not chosen:
        raise CorpusError("Recall is learned from training tunes, and the run can read none.")
    model = run.config.model
    dropped = model.dropout > 0 or model.weight_drop > 0
    read = with_dropout(run) if dropped else by_engine(Engine.of(run))
    return fit(predictions(read, run.vocabulary, chosen, progress), progress=progress)
