"""How the runs were trained: teacher forcing, the loss, the optimizer."""

import math

from songrnn.config import TRAINING_SETTINGS
from songrnn.report.document import Block, Formula, Heading, Paragraph, table_of
from songrnn.report.material import Material

_SCHEDULES = {
    "one-cycle": "rises for three tenths of the training and then falls to almost 0 (one-cycle, "
    "Smith and Topin 2019)",
    "cosine": "warms up shortly and then falls to 0 along a cosine",
    "constant": "warms up shortly and then stays level",
}


def training(material: Material) -> list[Block]:
    """What every training did, with the main run's settings."""
    run = material.main
    settings = run.config.training
    return [
        Heading("Teacher forcing"),
        Paragraph(
            "At every step the network is given the true character before, not the one it would "
            "have written itself: the input is START and the tune, the target the tune and END. "
            f"The tunes of an epoch lie end to end in {settings.batch_size} streams; a step reads "
            f"{settings.window} characters of each, and the gradient reaches back no further "
            "(truncated back-propagation through time). The state is carried from window to window."
        ),
        Heading("Loss"),
        Formula(
            r"\mathcal{L} = -\frac{1}{N} \sum_{n=1}^{N} \ln p(s_n \mid \text{the tune before } s_n)",
            "loss = −(1/N) Σ ln p(symbol | the tune before it)",
        ),
        Paragraph(
            "N counts all characters of all tunes of a split and the END of each. For figures every "
            "tune is read once, with an empty memory at its start and nothing sampled, so the same "
            "weights give the same loss always. Bits per character are nats ÷ ln 2; guessing among "
            f"all {run.vocabulary.size - 1} symbols that can come would cost "
            f"{math.log2(run.vocabulary.size - 1):.2f} bits. The weights kept are those of the "
            "epoch with the lowest validation loss."
        ),
        Heading("Optimizer"),
        Paragraph(_optimizer(material)),
        table_of(
            "settings-of-the-training",
            f"Settings of the training of `{run.name}`.",
            ("Setting", "Value", "What it changes"),
            [
                (setting.label, f"{getattr(settings, name)}", setting.help)
                for name, setting in TRAINING_SETTINGS.items()
            ],
            words=(0, 1, 2),
        ),
    ]


def _optimizer(material: Material) -> str:
    """AdamW as the main run was trained with it, and how long that took."""
    run, settings = material.main, material.main.config.training
    summary = run.summary
    decay = f", decoupled weight decay {settings.weight_decay:g}" if settings.weight_decay else ""
    clip = (
        f"a gradient longer than {settings.clip:g} is scaled down to that length"
        if settings.clip
        else "gradients are not clipped"
    )
    average = (
        " What is evaluated and kept is a moving average of the weights (decay "
        f"{settings.averaging:g} a step)."
        if settings.averaging
        else ""
    )
    took = (
        f" `{run.name}` took {summary.steps:,} steps in {summary.epochs:g} epochs, "
        f"{summary.duration_seconds / 60:.0f} minutes."
        if summary is not None
        else ""
    )
    return (
        f"AdamW (Kingma and Ba 2015; Loshchilov and Hutter 2019){decay}. The learning rate "
        f"{_SCHEDULES.get(settings.schedule, settings.schedule)}; at its largest it is "
        f"{settings.learning_rate:g}. For each step {clip}.{average}{took}"
    )
