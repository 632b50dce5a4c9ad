"""Streams of windows for teacher forcing with truncated back-propagation through time.

The tunes of an epoch are shuffled and laid end to end: inputs START t₁ … tₙ, targets t₁ … tₙ END.
The line is cut into B parallel streams, and each step takes the next window of all of them, so the
state after one step is the state before the next. START is never a target, END never an input.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from songrnn.corpus.vocabulary import END, START


def steps_per_epoch(tunes: Sequence[np.ndarray], batch_size: int, window: int) -> int:
    """How many steps `stream` makes of these tunes: at least 1 unless there are none."""
    return -(-_stream_length(symbols_of(tunes), batch_size) // window)


def symbols_of(tunes: Sequence[np.ndarray]) -> int:
    """How many predictions an epoch of these tunes makes: their characters and their ENDs."""
    return sum(len(tune) + 1 for tune in tunes)


def stream(
    tunes: Sequence[np.ndarray],
    batch_size: int,
    window: int,
    rng: np.random.Generator,
    *,
    symbols: int | None = None,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (inputs, targets), each (B, T) int64, through one epoch.

    tunes: the ids of each tune, without START and END. T is `window` but in the last step, which
    takes what is left; at most batch_size − 1 symbols at the end of the epoch are dropped. When
    there are fewer symbols than streams, B is smaller. symbols: as many as the epoch has, however
    many the tunes make: what is over is left out, what is missing is taken from the beginning. So
    epochs of tunes in changing keys have equally many steps.

    All randomness is drawn at the first step: the generator's state at the start of an epoch and
    the number of steps taken say where a training is.
    """
    order = rng.permutation(len(tunes))
    inputs = np.concatenate([part for i in order for part in ([START], tunes[i])]).astype(np.int64)
    targets = np.concatenate([part for i in order for part in (tunes[i], [END])]).astype(np.int64)
    wanted = len(inputs) if symbols is None else symbols
    length = _stream_length(wanted, batch_size)
    streams = wanted // length
    inputs = np.resize(inputs, (streams, length))  # cuts, or begins again
    targets = np.resize(targets, (streams, length))
    for start in range(0, length, window):
        yield inputs[:, start : start + window], targets[:, start : start + window]


def _stream_length(symbols: int, batch_size: int) -> int:
    return max(symbols // batch_size, 1)
