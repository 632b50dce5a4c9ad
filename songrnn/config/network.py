"""The settings of a network."""

from typing import TYPE_CHECKING, Literal

from songrnn.cells import CELLS
from songrnn.config.document import CheckedDocument
from songrnn.config.setting import declare

if TYPE_CHECKING:
    Cell = str
else:  # one of the registered cells; a type checker wants literals written out
    Cell = Literal[tuple(CELLS)]
Initialization = Literal["default", "xavier_uniform", "xavier_normal", "kaiming", "orthogonal"]
Normalization = Literal["none", "layer", "batch"]


class ModelConfig(CheckedDocument):
    """The shape of a network, without its vocabulary."""

    cell: Cell = declare(
        "lstm",
        label="Cell",
        help="What carries the memory from one character to the next. The gates of LSTM and GRU let "
        "them remember longer; the RNN has none.",
    )
    layers: int = declare(
        1,
        ge=1,
        le=8,
        label="Layers",
        help="Recurrent layers, each reading the output of the one below. More can learn longer "
        "patterns; training and composing take as many times longer.",
    )
    hidden_size: int = declare(
        150,
        ge=1,
        le=4096,
        option="hidden",
        label="Units",
        help="Units in each layer. More remember more; time and weights grow with their square, and "
        "a large network overfits sooner.",
    )
    embedding_size: int = declare(
        64,
        ge=1,
        le=4096,
        option="embedding",
        short="embedding",
        label="Embedding size",
        help="How many numbers describe a character to the first layer. More can tell characters "
        "apart more finely and add weights.",
    )
    dropout: float = declare(
        0.0,
        ge=0.0,
        lt=1.0,
        short="dropout",
        step=0.05,
        decimals=2,
        label="Dropout",
        help="Share of values set to 0 at random while training: of the embedding, between layers "
        "and before the readout. Higher guards against overfitting and slows learning (Zaremba et "
        "al. 2014).",
    )
    weight_drop: float = declare(
        0.0,
        ge=0.0,
        lt=1.0,
        short="drop",
        step=0.05,
        decimals=2,
        label="Weight drop",
        help="Share of the weights from state to state set to 0 at random, the same ones throughout "
        "a window. Higher guards against overfitting in the memory itself (Merity et al. 2018).",
    )
    initialization: Initialization = declare(
        "default",
        short="init",
        label="Initialization",
        help="How the weights of the recurrent layers and the readout are drawn before training: as "
        "torch does, Xavier (Glorot and Bengio 2010), Kaiming (He et al. 2015) or orthogonal. "
        "It changes how well the first steps learn.",
    )
    normalization: Normalization = declare(
        "none",
        short="norm",
        label="Normalization",
        help="Brings the last layer's output to mean 0 and spread 1 before the readout: over its "
        "units (layer, Ba et al. 2016) or each unit over the window (batch, Ioffe and Szegedy "
        "2015).",
    )
