"""Composing and reading with the engine: one song against torch, many songs, whole texts."""

import numpy as np
import torch
from measuring import Result, Work, benchmark, compare, measure_rate, measure_time

from songrnn.config import Cell, ModelConfig, SampleConfig
from songrnn.corpus.vocabulary import END, Vocabulary
from songrnn.generation.composer import compose, compose_many
from songrnn.model.device import one_thread
from songrnn.model.engine import Engine
from songrnn.model.network import CharRNN

VOCABULARY = Vocabulary.of([map(chr, range(32, 126))])


def network(cell: Cell, layers: int, hidden: int) -> CharRNN:
    """Random weights that never end a song, so that every song has the length asked for."""
    one_thread()
    torch.manual_seed(0)
    config = ModelConfig(cell=cell, layers=layers, hidden_size=hidden)
    net = CharRNN(config, VOCABULARY.size).eval()
    with torch.no_grad():
        net.readout.bias[END] = -100
    return net


def engine(net: CharRNN) -> Engine:
    weights = {name: weight.numpy() for name, weight in net.state_dict().items()}
    return Engine(net.config, net.vocabulary_size, weights)


def torch_loop(net: CharRNN, characters: int) -> None:
    """What one would write in torch: embedding, one step, readout, one draw."""
    with torch.no_grad():
        state, ids = None, torch.zeros(1, 1, dtype=torch.long)
        for _ in range(characters):
            x, state = net.recurrent(net.embedding(ids), state)
            p = torch.softmax(net.readout(x[:, -1]), -1)
            ids = torch.multinomial(p, 1)


def one_song(cell: Cell, layers: int, hidden: int, at_least: float) -> Result:
    net = network(cell, layers, hidden)
    reader = engine(net)
    n = 2000 if hidden < 300 else 300
    config = SampleConfig(limit=n)
    return compare(
        Work(lambda: compose(reader, VOCABULARY, config=config), n),
        Work(lambda: torch_loop(net, 150), 150),
        at_least=at_least,
        unit="characters",
        against="torch step loop",
    )


@benchmark("engine: one song, lstm-150")
def one_song_lstm() -> Result:
    return one_song("lstm", 1, 150, 12)


@benchmark("engine: one song, gru-150")
def one_song_gru() -> Result:
    return one_song("gru", 1, 150, 10)


@benchmark("engine: one song, rnn-150")
def one_song_rnn() -> Result:
    return one_song("rnn", 1, 150, 10)


@benchmark("engine: one song, lstm-512x2")
def one_song_large() -> Result:
    return one_song("lstm", 2, 512, 1)


@benchmark("engine: 64 songs at once, lstm-150")
def many_songs() -> Result:
    reader = engine(network("lstm", 1, 150))
    config = SampleConfig(limit=500)
    return measure_rate(
        Work(lambda: compose_many(reader, VOCABULARY, config=config, seeds=range(64)), 64 * 500),
        at_least=200_000,
        unit="characters",
    )


@benchmark("engine: 64 songs at once, lstm-512x2, against one")
def many_songs_large() -> Result:
    reader = engine(network("lstm", 2, 512))
    config = SampleConfig(limit=100)
    return compare(
        Work(lambda: compose_many(reader, VOCABULARY, config=config, seeds=range(64)), 6400),
        Work(lambda: compose(reader, VOCABULARY, config=config), 100),
        at_least=2,
        unit="characters",
        against="one song",
    )


def reading(cell: Cell, layers: int, hidden: int, at_most: float) -> Result:
    """A text of 500 characters, every quantity of every layer and unit."""
    reader = engine(network(cell, layers, hidden))
    ids = np.random.default_rng(0).integers(2, VOCABULARY.size, 500)
    return measure_time(Work(lambda: reader.read(ids, internals=True)), at_most=at_most)


@benchmark("engine: read 500 characters with all internals, lstm-150")
def reading_small() -> Result:
    return reading("lstm", 1, 150, 0.030)


@benchmark("engine: read 500 characters with all internals, lstm-512x2")
def reading_large() -> Result:
    return reading("lstm", 2, 512, 0.300)
