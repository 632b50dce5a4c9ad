"""The settings of a training: teacher forcing with truncated back-propagation through time."""

from typing import Literal

from songrnn.config.document import CheckedDocument
from songrnn.config.setting import declare

Precision = Literal["auto", "fp32", "bf16"]
Schedule = Literal["one-cycle", "cosine", "constant"]
Trainable = Literal["all", "readout"]


class TrainConfig(CheckedDocument):
    """How a network is trained."""

    epochs: int = declare(
        20,
        ge=1,
        le=10_000,
        short="epochs",
        label="Epochs",
        help="How many times all training tunes are read. More take longer and lower the loss until "
        "the network overfits.",
    )
    batch_size: int = declare(
        64,
        ge=1,
        le=4096,
        option="batch",
        short="batch",
        label="Batch size",
        help="How many streams of tunes a step reads side by side. More make each step's gradient "
        "steadier, and there are fewer steps in an epoch.",
    )
    window: int = declare(
        128,
        ge=1,
        le=8192,
        short="window",
        label="Window",
        help="How many characters of each stream a step reads, and so how far back its gradient "
        "reaches. Longer teaches a longer memory; it takes more working memory, and there are fewer "
        "steps in an epoch.",
    )
    learning_rate: float = declare(
        6e-3,
        ge=0,
        le=10,
        option="rate",
        short="rate",
        step=0.001,
        decimals=5,
        label="Learning rate",
        help="The largest learning rate that the schedule reaches. Higher learns faster; too high, and the "
        "loss rises instead.",
    )
    schedule: Schedule = declare(
        "one-cycle",
        short="schedule",
        label="Schedule",
        help="How the learning rate changes. one-cycle: up for three tenths of the training, then "
        "down to almost 0. cosine: a short warm-up, then down to 0. constant: a short warm-up, then "
        "level.",
    )
    weight_decay: float = declare(
        0.0,
        ge=0,
        le=10,
        short="decay",
        step=0.01,
        decimals=3,
        label="Weight decay",
        help="How strongly each step pulls the weights towards 0 (AdamW, Loshchilov and Hutter "
        "2019). Higher guards against overfitting; 0 is off.",
    )
    clip: float = declare(
        1.0,
        ge=0,
        short="clip",
        step=0.5,
        decimals=2,
        label="Clip",
        help="The largest norm of the whole gradient; a longer one is scaled down to it. Lower keeps "
        "single steps from going astray; 0 is off.",
    )
    averaging: float = declare(
        0.0,
        ge=0,
        lt=1,
        short="averaging",
        step=0.001,
        decimals=4,
        label="Averaging",
        help="Decay per step of a moving average of the weights, which is then what is evaluated and "
        "kept. Nearer 1 averages over more steps: 0.998 over about 500; 0 is off.",
    )
    patience: int = declare(
        0,
        ge=0,
        short="patience",
        label="Patience",
        help="Training stops early after so many epochs without a better validation loss. 0 never "
        "stops early.",
    )
    transposition: float = declare(
        0.0,
        ge=0,
        le=1,
        short="transposition",
        step=0.1,
        decimals=2,
        label="Transposition",
        help="Share of the tunes that each epoch reads in another key, drawn from those common in "
        "their mode. Higher gives more different tunes to learn from.",
    )
    precision: Precision = declare(
        "auto",
        label="Precision",
        help="Numbers of 32 bits (fp32), or of 16 where that is safe (bf16): coarser, and faster on "
        "processors made for it. auto chooses by the processor and the network's shape.",
    )
    trainable: Trainable = declare(
        "all",
        short="trainable",
        label="Layers that learn",
        help="all, or the readout alone: then the memory stays that of the run one starts from, "
        "which is quicker and keeps more of it, and adapts less.",
    )
