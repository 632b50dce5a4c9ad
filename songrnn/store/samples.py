"""samples.jsonl: a song after some of the epochs, always from the same seed.

So one hears the training and not the dice. Lines are appended; of two songs after one epoch (a
training that was killed does an epoch again) the later counts.
"""

from pathlib import Path

from pydantic import ValidationError

from songrnn.disk import Journal, read_bytes
from songrnn.store.documents import Amount, Document

FILE = "samples.jsonl"
# Songs kept of a training, at most.
MOST = 40


class SampleSong(Document):
    """text: of the song by the weights after `epoch`, at temperature 0.7 with seed 1,
    begun with "X:1" and a newline (older ones with nothing)."""

    epoch: Amount
    text: str


def wanted_after(epoch: float, epochs: int) -> bool:
    """Whether a song is kept after an epoch: after each, or every few of a long training."""
    every = -(-epochs // MOST)
    return epoch == epochs or epoch % every == 0


def add_sample(folder: Path, sample: SampleSong) -> None:
    """Append a song. Raises StorageError."""
    journal = Journal(folder / FILE)
    try:
        journal.append(sample.model_dump_json().encode())
    finally:
        journal.close()


def read_samples(folder: Path) -> dict[float, str]:
    """Epoch -> song, in order; what cannot be read is left out."""
    try:
        lines = read_bytes(folder / FILE).splitlines()
    except OSError:
        return {}
    found = {}
    for line in lines:
        try:
            sample = SampleSong.model_validate_json(line)
        except ValidationError:
            continue
        found[sample.epoch] = sample.text
    return dict(sorted(found.items()))
