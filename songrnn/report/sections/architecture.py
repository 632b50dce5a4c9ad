"""The architecture, from the main run's own settings."""

from songrnn.cells import CELLS
from songrnn.config import MODEL_SETTINGS
from songrnn.model.shapes import RUNNING
from songrnn.report.document import Block, Figure, Formula, Paragraph, table_of
from songrnn.report.figures.architecture import architecture as drawing
from songrnn.report.figures.architecture import stages
from songrnn.report.material import Material

# Cell -> its equations, as LaTeX and in a line. σ is the logistic function, ⊙ goes unit by unit.
EQUATIONS = {
    "rnn": [
        Formula(
            r"h_t = \tanh(W x_t + U h_{t-1} + b)",
            "h(t) = tanh(W·x(t) + U·h(t−1) + b)",
        )
    ],
    "gru": [
        Formula(
            r"r_t = \sigma(W_r x_t + U_r h_{t-1} + b_r),\quad "
            r"z_t = \sigma(W_z x_t + U_z h_{t-1} + b_z)",
            "r(t) = σ(Wr·x(t) + Ur·h(t−1) + br),  z(t) = σ(Wz·x(t) + Uz·h(t−1) + bz)",
        ),
        Formula(
            r"n_t = \tanh(W_n x_t + b_n + r_t \odot (U_n h_{t-1} + c_n)),\quad "
            r"h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}",
            "n(t) = tanh(Wn·x(t) + bn + r(t)⊙(Un·h(t−1) + cn)),  h(t) = (1 − z(t))⊙n(t) + z(t)⊙h(t−1)",
        ),
    ],
    "lstm": [
        Formula(
            r"i_t, f_t, o_t = \sigma(W_{i,f,o}\, x_t + U_{i,f,o}\, h_{t-1} + b_{i,f,o}),\quad "
            r"g_t = \tanh(W_g x_t + U_g h_{t-1} + b_g)",
            "i(t), f(t), o(t) = σ(W·x(t) + U·h(t−1) + b),  g(t) = tanh(Wg·x(t) + Ug·h(t−1) + bg)",
        ),
        Formula(
            r"c_t = f_t \odot c_{t-1} + i_t \odot g_t,\quad h_t = o_t \odot \tanh(c_t)",
            "c(t) = f(t)⊙c(t−1) + i(t)⊙g(t),  h(t) = o(t)⊙tanh(c(t))",
        ),
    ],
}


def architecture(material: Material) -> list[Block]:
    """A drawing, the cell's equations, and every array of weights."""
    run = material.main
    model, size = run.config.model, run.vocabulary.size
    title = CELLS[model.cell].title
    parts = " → ".join(stage.name for stage in stages(model, size))
    layers = f"{model.layers} layers" if model.layers > 1 else "one layer"
    equations: list[Block] = list(EQUATIONS.get(model.cell, []))
    if equations:
        equations.insert(0, Paragraph(f"A layer's step ({title}), x being its input, h its state:"))
    return [
        Paragraph(
            f"The run `{run.name}` has {layers} of {model.hidden_size} {title} units and "
            f"{run.parameters:,} trained numbers. A character is looked up in an embedding of "
            f"{model.embedding_size} numbers; the readout turns the last layer's output into one "
            f"logit for each of {size} symbols, and softmax turns those into probabilities."
        ),
        Figure(
            f"{run.name}-architecture",
            f"The network `{run.name}` at three steps: data goes up, the state goes from step to "
            "step.",
            f"From the input up, at each step: {parts}. Each {title} layer also passes its state to "
            "the next step.",
            drawing(model, size),
        ),
        *equations,
        table_of(
            "settings-of-the-network",
            f"Settings of the network of `{run.name}`.",
            ("Setting", "Value", "What it changes"),
            [
                (setting.label, f"{getattr(model, name)}".replace("_", " "), setting.help)
                for name, setting in MODEL_SETTINGS.items()
            ],
            words=(0, 1, 2),
        ),
        table_of(
            "weights",
            "The arrays of weights; those learned make up the sum above.",
            ("Array", "Shape", "Numbers"),
            [
                (f"`{name}`", " × ".join(map(str, shape)), f"{_product(shape):,}")
                for name, shape in run.shapes.items()
                if name not in RUNNING
            ],
            words=(0, 1),
        ),
    ]  # fmt: skip


def _product(shape: tuple[int, ...]) -> int:
    total = 1
    for side in shape:
        total *= side
    return total
