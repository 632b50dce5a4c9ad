"""All runs of the report, so that every figure can be traced."""

from songrnn.cells import CELLS
from songrnn.report.document import Block, Paragraph, table_of
from songrnn.report.material import Material
from songrnn.report.numbers import fixed
from songrnn.store.run_table import run_table


def appendix(material: Material) -> list[Block]:
    """A row a run, and the versions they were trained with."""
    versions = sorted(
        {
            ", ".join(
                f"{name} {version}" for name, version in sorted(run.document.versions.items())
            )
            for run in material.runs
            if run.document.versions
        }
    )
    return [
        table_of(
            "runs",
            "All runs: best validation loss in bits per character and the epoch it was reached at.",
            ("Run", "Cell", "Units", "Layers", "Dropout", "Seed", "Status", "Parameters", "Bits",
             "Epoch"),
            [
                (
                    f"`{row['name']}`",
                    CELLS[str(row["cell"])].title,
                    str(row["hidden_size"]),
                    str(row["layers"]),
                    f"{row['dropout']:g}",
                    str(row["seed"]),
                    row["status"],
                    f"{row['parameters']:,}",
                    fixed(row["best_validation_bits_per_character"]),
                    "–" if row["best_epoch"] is None else f"{row['best_epoch']:g}",
                )
                for row in run_table(material.runs)
                if row["status"] != "damaged"
            ],
            words=(0, 1, 6),
        ),
        *[Paragraph(f"Trained with {each}.") for each in versions],
        Paragraph(
            "Every run can be trained again from its settings and seed: its `run.json` holds all "
            "that decides a training."
        ),
    ]  # fmt: skip
