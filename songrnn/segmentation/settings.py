"""What a segmentation run is: the network's settings, the training's, and what it learns from."""

from typing import Literal, Self

from pydantic import Field, model_validator

from songrnn.config import SourceReference, check_run_name
from songrnn.config.document import CheckedDocument
from songrnn.config.setting import Setting, declare, settings_of

NetInitialization = Literal["kaiming", "xavier_uniform", "xavier_normal"]
NetNormalization = Literal["batch", "none"]
ClassWeights = Literal["none", "balanced"]
NetPrecision = Literal["auto", "fp32", "bf16"]
NetSchedule = Literal["one-cycle", "cosine", "constant"]


class UNetSettings(CheckedDocument):
    """The shape of a U-Net, without its inputs and classes."""

    depth: int = declare(
        4,
        ge=1,
        le=6,
        short="depth",
        label="Depth",
        help="How often the picture is halved on the way down. Deeper sees more of the page around "
        "a pixel, and has more weights.",
    )
    base_width: int = declare(
        16,
        ge=1,
        le=128,
        option="width",
        short="width",
        label="Width",
        help="Channels at full size; they double at each halving. More tell finer differences apart; "
        "time and weights grow with their square.",
    )
    widest: int = declare(
        96,
        ge=1,
        le=2048,
        short="widest",
        label="Most channels",
        help="No level has more channels than this. Fewer keep a deep network small.",
    )
    normalization: NetNormalization = declare(
        "batch",
        short="norm",
        label="Normalization",
        help="batch brings each channel to mean 0 and spread 1 over the crops of a step (Ioffe and "
        "Szegedy 2015), which makes higher learning rates safe; none leaves them.",
    )
    initialization: NetInitialization = declare(
        "kaiming",
        short="init",
        label="Initialization",
        help="How weights are drawn before training: Kaiming (He et al. 2015), made for ReLU, or "
        "Xavier (Glorot and Bengio 2010). It changes how well the first steps learn.",
    )


class SegmentationSettings(CheckedDocument):
    """How a U-Net is trained."""

    epochs: int = declare(
        20,
        ge=1,
        le=10_000,
        short="epochs",
        label="Epochs",
        help="How often as many crops are read as pictures × crops a picture. More take longer and "
        "lower the loss.",
    )
    crops: int = declare(
        10,
        ge=1,
        le=1000,
        short="crops",
        label="Crops a picture",
        help="Crops in an epoch for each picture. More make epochs longer and validations rarer.",
    )
    batch_size: int = declare(
        4,
        ge=1,
        le=512,
        option="batch",
        short="batch",
        label="Batch size",
        help="Crops in a step. More make each step's gradient steadier, and take as much longer.",
    )
    crop: int = declare(
        128,
        ge=16,
        le=2048,
        short="crop",
        label="Crop",
        help="Height and width of a crop in pixels. Larger ones show more of the surroundings.",
    )
    learning_rate: float = declare(
        5e-3,
        gt=0,
        le=10,
        option="rate",
        short="rate",
        step=0.001,
        decimals=5,
        label="Learning rate",
        help="The largest learning rate that the schedule reaches. Higher learns faster; too high, "
        "and the loss rises instead.",
    )
    schedule: NetSchedule = declare(
        "cosine",
        short="schedule",
        label="Schedule",
        help="How the learning rate changes. one-cycle: up for three tenths of the training, then "
        "down to almost 0. cosine: a short warm-up, then down to 0. constant: a short warm-up, then "
        "level.",
    )
    weight_decay: float = declare(
        1e-4,
        ge=0,
        le=10,
        short="decay",
        step=0.0001,
        decimals=5,
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
        help="The largest norm of the whole gradient; a longer one is scaled down to it; 0 is off.",
    )
    averaging: float = declare(
        0.99,
        ge=0,
        lt=1,
        short="averaging",
        step=0.01,
        decimals=4,
        label="Averaging",
        help="Decay per step of a moving average of the weights, which is then what is evaluated and "
        "kept. Nearer 1 averages over more steps: 0.99 over about 100; 0 is off.",
    )
    minutes: float = declare(
        0.0,
        ge=0,
        short="minutes",
        label="Minutes",
        help="The training is finished after the first epoch that ends so many minutes of training "
        "later, however many epochs are left. How far it gets depends on the machine; 0 is no limit.",
    )
    class_weights: ClassWeights = declare(
        "none",
        option="class-weights",
        short="weights",
        label="Class weights",
        help="balanced lets a pixel of a rare class count more in the loss, by the root of its "
        "rareness; rare classes are found more often, and falsely found more often.",
    )
    dice: float = declare(
        0.5,
        ge=0,
        le=10,
        short="dice",
        step=0.1,
        decimals=2,
        label="Dice",
        help="How much of the Dice loss (Milletari et al. 2016) is added to the cross entropy. It "
        "counts each class alike, however few pixels it has; 0 is off.",
    )
    rare: float = declare(
        0.5,
        ge=0,
        le=1,
        short="rare",
        step=0.1,
        decimals=2,
        label="Balanced crops",
        help="Share of the crops cut around a pixel of a class drawn at random, each as often as any "
        "other. Higher shows rare classes more often.",
    )
    scans: float = declare(
        0.4,
        ge=0,
        le=1,
        short="scans",
        step=0.1,
        decimals=2,
        label="Scans",
        help="Share of the crops that look scanned: turned, warped, blurred, with uneven ink. Higher "
        "helps with old books and costs a little on clean pages. Music only.",
    )
    flip: bool = declare(
        False,
        label="Flip",
        help="Mirror every other crop, left to right. Right for photographs, wrong for music.",
    )
    jitter: float = declare(
        0.0,
        ge=0,
        le=1,
        short="jitter",
        step=0.1,
        decimals=2,
        label="Colour jitter",
        help="How far brightness, contrast and saturation of a crop are changed at random.",
    )
    precision: NetPrecision = declare(
        "auto",
        label="Precision",
        help="Numbers of 32 bits (fp32), or of 16 where that is safe (bf16). auto takes bf16 on a "
        "processor that has instructions for it.",
    )


class DataReference(CheckedDocument):
    """What a run learns from.

    source: `engraved:CORPUS` or `voc:FOLDER`. sha256: of the corpus, or of the lists and sizes of
    the folder's files. pages: how many the training has (engraved only).
    """

    source: str
    sha256: str
    pages: int | None = None


class SegmentationConfig(CheckedDocument):
    """All that decides a training but the machine it runs on."""

    name: str
    study: str | None = None
    seed: int = declare(
        0,
        ge=0,
        lt=2**31,
        short="seed",
        label="Seed",
        help="Decides the first weights and the crops. Runs that differ in the seed alone show how "
        "much is chance.",
    )
    model: UNetSettings = Field(default_factory=UNetSettings)
    training: SegmentationSettings = Field(default_factory=SegmentationSettings)
    data: DataReference
    source: SourceReference | None = None

    @model_validator(mode="after")
    def _name_is_a_folder_name(self) -> Self:
        check_run_name(self.name)
        return self


NET_SETTINGS: dict[str, Setting] = settings_of(UNetSettings)
SEGMENTATION_TRAINING: dict[str, Setting] = settings_of(SegmentationSettings)
SEGMENTATION_SETTINGS = NET_SETTINGS | SEGMENTATION_TRAINING
SEGMENTATION_SEED = settings_of(SegmentationConfig)["seed"]


def default_net_name(
    model: UNetSettings, training: SegmentationSettings | None = None, seed: int = 0
) -> str:
    """`unet[-<setting>-<value>]…[-seed-<n>]`, defaults left out.

    >>> default_net_name(UNetSettings(depth=3), seed=1)
    'unet-depth-3-seed-1'
    """
    name = "unet"
    values = model.model_dump() | (training or SegmentationSettings()).model_dump()
    for field, value in values.items():
        setting = SEGMENTATION_SETTINGS[field]
        if setting.short and value != setting.default:
            name += f"-{setting.short}-{value}"
    return name + (f"-seed-{seed}" if seed else "")
