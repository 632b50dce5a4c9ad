"""Other ways to give a network a memory of its tune, beside the gate that is mixed on top.

    python tests/benchmarks/recall_variants.py VARIANT [--epochs 20] [--seed 0] [--songs 200]

An LSTM of 150 units is trained on folk like the baseline, for as many steps, and read on the
validation tunes, alone and with a gate mixed on top. VARIANT:

    plain       nothing else, but whole tunes in place of windows of 128 characters: what a window as
                long as the tune brings
    inputs      the characters that the sources of `songrnn/recall/memory.py` name are embedded, with
                how many characters agree, and join the input of the LSTM and of the readout
    attention   the hidden states where those characters had just been read are weighed by attention
                (scaled dot product with the present state, an own bias for each source and for how
                much agrees, and one for none of them) and join the input of the readout
    both        inputs and attention

A line of JSON: bits per character on validation, processor minutes, the settings and, with songs, how well
a judge tells them from the validation tunes. B tunes side by side, T + 1 predictions of the longest, S sources.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from songrnn.corpus.sources import load
from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.model.device import one_thread
from songrnn.quality.traits import table
from songrnn.quality.two_sample import two_sample_auc
from songrnn.recall.fitting import TUNES, fit, network_probabilities, predictions
from songrnn.recall.gate import AGREEING, Recall
from songrnn.recall.memory import SOURCES, TuneMemory, memories

VARIANTS = ("plain", "inputs", "attention", "both")
SYMBOLS_A_STEP = 64 * 128  # as the baseline's
S = len(SOURCES)
SOURCE_WIDTH = 16
# Of the songs.
PRIME, TEMPERATURE, LIMIT = "X:1\n", 0.8, 1000


class Tune:
    """ids (T + 1,) from START on, targets (T + 1,) to END; what each source names before each
    prediction: symbols (T + 1, S), 0 for none; places (T + 1, S), −1 for none; agreeing, bucketed."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        own = vocabulary.encode(text)
        self.ids = np.append(START, own)
        self.targets = np.append(own, END)
        shape = (len(self.ids), S)
        self.symbols, self.agreeing = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        self.places = np.full(shape, -1)
        for t, memory in enumerate(memories(text)):
            for proposal in memory.proposals():
                self.symbols[t, proposal.source] = own[proposal.place]
                self.places[t, proposal.source] = proposal.place
                self.agreeing[t, proposal.source] = np.searchsorted(
                    AGREEING, proposal.agreeing, side="right"
                )

    def __len__(self) -> int:
        return len(self.ids)


def padded(tunes: Sequence[Tune]) -> dict[str, torch.Tensor]:
    """Tunes as one batch; behind a tune's end targets are −100, which the loss leaves out."""
    longest = max(map(len, tunes))
    fill = {"ids": END, "targets": -100, "symbols": 0, "places": -1, "agreeing": 0}
    found = {}
    for name, value in fill.items():
        rows = [getattr(tune, name) for tune in tunes]
        whole = np.full((len(rows), longest, *rows[0].shape[1:]), value)
        for row, one in enumerate(rows):
            whole[row, : len(one)] = one
        found[name] = torch.from_numpy(whole)
    return found


class Remembering(nn.Module):
    """The baseline's LSTM with one of the memories, or none."""

    def __init__(self, variant: str, size: int, units: int = 150, width: int = 64) -> None:
        super().__init__()
        self.inputs = variant in ("inputs", "both")
        self.attention = variant in ("attention", "both")
        self.embedding = nn.Embedding(size, width)
        more = S * SOURCE_WIDTH if self.inputs else 0
        if self.inputs:
            self.source_symbols = nn.Embedding(size, SOURCE_WIDTH, padding_idx=0)
            self.source_agreeing = nn.Embedding(len(AGREEING) + 1, SOURCE_WIDTH)
        if self.attention:
            self.query = nn.Linear(units, units, bias=False)
            self.source_bias = nn.Parameter(torch.zeros(S, len(AGREEING) + 1))
            self.none = nn.Linear(units, 1)
        self.lstm = nn.LSTM(width + more, units, batch_first=True)
        self.readout = nn.Linear(units * (1 + self.attention) + more, size)

    def forward(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        """Logits (B, T + 1, V)."""
        named = self._named(batch)
        hidden = self.lstm(torch.cat([self.embedding(batch["ids"]), *named], -1))[0]
        return self._read_out(hidden, hidden, named, batch)

    def _named(self, batch: dict[str, torch.Tensor]) -> list[torch.Tensor]:
        """What the sources name, embedded (B, T + 1, S * SOURCE_WIDTH), where that is an input."""
        if not self.inputs:
            return []
        named = self.source_symbols(batch["symbols"]) + self.source_agreeing(batch["agreeing"])
        return [(named * (batch["places"] >= 0)[..., None]).flatten(2)]

    def _read_out(
        self,
        hidden: torch.Tensor,
        known: torch.Tensor,
        named: list[torch.Tensor],
        batch: dict[str, torch.Tensor],
    ) -> torch.Tensor:
        attended = [self._attended(hidden, known, batch)] if self.attention else []
        logits: torch.Tensor = self.readout(torch.cat([hidden, *attended, *named], -1))
        return logits

    @torch.inference_mode()
    def write(self, vocabulary: Vocabulary, songs: int, seed: int) -> list[str]:
        """Songs from PRIME at TEMPERATURE, of at most LIMIT characters, no rule, all side by side."""
        draw = torch.Generator().manual_seed(seed)
        prime = vocabulary.encode(PRIME)
        memory = [TuneMemory() for _ in range(songs)]
        known = torch.zeros(songs, LIMIT + 1, self.lstm.hidden_size)
        ids, state = torch.full((songs, 1), START), None
        over = np.zeros(songs, bool)
        for step in range(LIMIT):
            batch = {"ids": ids} | _proposed(memory, vocabulary)
            named = self._named(batch)
            x = torch.cat([self.embedding(ids), *named], -1)
            hidden, state = self.lstm(x, state)
            known[:, step] = hidden[:, 0]
            logits = self._read_out(hidden, known, named, batch)[:, 0]
            if step < len(prime):
                ids = torch.full((songs, 1), int(prime[step]))
            else:
                logits[:, START] = -torch.inf
                ids = (logits / TEMPERATURE).softmax(-1).multinomial(1, generator=draw)
            for song, symbol in enumerate(ids[:, 0].tolist()):
                over[song] |= symbol == END
                if not over[song]:
                    memory[song].feed(vocabulary.decode([symbol]))
            if over.all():
                break
        return ["".join(one.text) for one in memory]

    def _attended(
        self, hidden: torch.Tensor, known: torch.Tensor, batch: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        B, T, H = hidden.shape
        there = batch["places"] >= 0  # (B, T + 1, S)
        # State p + 1 has just read the character at place p.
        at = (batch["places"] + 1).clamp(min=0).flatten(1)[..., None].expand(-1, -1, H)
        named = known.gather(1, at).view(B, T, S, H)
        scores = (named @ self.query(hidden)[..., None])[..., 0] / math.sqrt(H)
        scores = scores + self.source_bias[torch.arange(S), batch["agreeing"]]
        scores = scores.masked_fill(~there, -torch.inf)
        shares = torch.cat([scores, self.none(hidden)], -1).softmax(-1)[..., :S]
        return (shares[..., None] * named).sum(-2)


def _proposed(memory: Sequence[TuneMemory], vocabulary: Vocabulary) -> dict[str, torch.Tensor]:
    """What the sources name before the next prediction of each song, as `padded` has it, (B, 1, S)."""
    found = {
        "symbols": np.zeros((len(memory), 1, S), np.int64),
        "places": np.full((len(memory), 1, S), -1),
        "agreeing": np.zeros((len(memory), 1, S), np.int64),
    }
    for song, one in enumerate(memory):
        for proposal in one.proposals():
            where = song, 0, proposal.source
            found["symbols"][where] = vocabulary.encode(one.text[proposal.place])[0]
            found["places"][where] = proposal.place
            agreeing = np.searchsorted(AGREEING, proposal.agreeing, side="right")
            found["agreeing"][where] = agreeing
    return {name: torch.from_numpy(values) for name, values in found.items()}


def batches(tunes: Sequence[Tune], order: np.random.Generator) -> Iterator[list[Tune]]:
    """All tunes once, those of like length together, about as many symbols each time."""
    jitter = order.uniform(0.9, 1.1, len(tunes))
    by_length = sorted(range(len(tunes)), key=lambda i: len(tunes[i]) * jitter[i])
    found: list[list[Tune]] = [[]]
    for index in by_length:
        if found[-1] and (len(found[-1]) + 1) * len(tunes[index]) > 1.2 * SYMBOLS_A_STEP:
            found.append([])
        found[-1].append(tunes[index])
    for place in order.permutation(len(found)):
        yield found[int(place)]


def train(network: Remembering, tunes: Sequence[Tune], epochs: int, seed: int) -> int:
    """Adam with the baseline's one-cycle schedule; the number of steps."""
    order = np.random.default_rng(seed)
    steps = epochs * sum(1 for _ in batches(tunes, np.random.default_rng(0)))
    optimizer = torch.optim.AdamW(network.parameters(), 6e-3, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=steps + epochs)
    done = 0
    for epoch in range(epochs):
        for some in batches(tunes, order):
            batch = padded(some)
            loss = nn.functional.cross_entropy(
                network(batch).flatten(0, 1), batch["targets"].flatten()
            )
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            if done < steps + epochs - 1:
                schedule.step()
            done += 1
        print(f"epoch {epoch + 1}: {loss.item() / math.log(2):.3f} bits", file=sys.stderr)
    return done


def main() -> int:
    """Train and read one variant."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("variant", choices=VARIANTS)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--songs", type=int, default=0)
    given = parser.parse_args()
    one_thread()
    torch.manual_seed(given.seed)
    book = load("folk")
    vocabulary = Vocabulary.of(book.characters)
    texts = {split: [tune.text for tune in book.split(split)] for split in ("train", "validation")}
    tunes = [Tune(text, vocabulary) for text in texts["train"]]
    network = Remembering(given.variant, vocabulary.size)
    began = time.process_time()
    steps = train(network, tunes, given.epochs, given.seed)
    minutes = (time.process_time() - began) / 60
    network.eval()

    def read(ids: NDArray[np.int64]) -> NDArray[np.floating]:
        rows = []
        for row in ids:
            ends = np.flatnonzero(row == END)
            own = row[1 : int(ends[0]) if ends.size else len(row)]
            rows.append(Tune(vocabulary.decode(own), vocabulary))
        with torch.inference_mode():
            logits: NDArray[np.floating] = network(padded(rows)).numpy()
        return logits

    gate = fit(
        predictions(read, vocabulary, texts["train"][:: len(texts["train"]) // TUNES][:TUNES])
    )
    names = ["", "", *vocabulary.characters]
    symbol_of = {name: symbol for symbol, name in enumerate(names) if name}
    alone, mixed, n = 0.0, 0.0, 0
    for index, found in network_probabilities(read, vocabulary, texts["validation"]):
        recall = Recall(gate, names, symbol_of, 1.0)
        ids = [*vocabulary.encode(texts["validation"][index]).tolist(), END]
        for truth, log_p in zip(ids, np.log(np.maximum(found, 1e-300)), strict=True):
            alone -= log_p[truth]
            mixed -= recall.mix(log_p)[truth]
            recall.feed(truth)
        n += len(ids)
    heard = {}
    if given.songs:
        held = book.split("validation")
        written = network.write(vocabulary, given.songs, given.seed)
        real = table([tune.text for tune in held])
        auc = two_sample_auc(table(written), real, [tune.family for tune in held])
        heard = {"songs": given.songs, "auc": auc.estimate, "low": auc.low, "high": auc.high}
    print(
        json.dumps(
            heard
            | {
                "variant": given.variant,
                "seed": given.seed,
                "epochs": given.epochs,
                "steps": steps,
                "parameters": sum(p.numel() for p in network.parameters()),
                "bits": alone / n / math.log(2),
                "bits_with_gate": mixed / n / math.log(2),
                "predictions": n,
                "processor_minutes": minutes,
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
