"""The forms that a run's songs take, on disk: `forms.json` in its folder."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, BaseModel, Field

from songrnn.config import CorpusReference
from songrnn.disk import replace_file
from songrnn.errors import DamagedRunError
from songrnn.generation.forms.form import Form, Forms, parsed
from songrnn.store.documents import Document, now
from songrnn.store.runs import Run

FILE = "forms.json"
FORMAT_VERSION = 1
_MOST_BARS = 64
_MOST_SAID = 4000  # characters of a form's bars


class StoredForm(BaseModel):
    """meter: quarter notes of a bar, "" in a free meter. bars: as `Form.said` writes them."""

    # Digits alone: a Fraction of "1e999999999" would be worked out.
    meter: Annotated[str, Field(max_length=20, pattern=r"^[\d/]*$")]
    rhythm: Annotated[str, Field(max_length=100)]
    opened: bool
    bars: Annotated[str, Field(max_length=_MOST_SAID)]

    def form(self) -> Form:
        """Raises ValueError, ZeroDivisionError."""
        meter = Fraction(self.meter) if self.meter else None
        bars = parsed(self.bars)
        if len(bars) > _MOST_BARS or any(bar.length < 0 for bar in bars):
            raise ValueError("no tune has such bars")
        return Form(meter, self.rhythm, self.opened, bars)


class FormsDocument(Document):
    """tunes: training tunes that were looked at; those whose bars are regular have a form."""

    largest: ClassVar[int] = 1 << 23

    format_version: Annotated[int, Field(ge=1)] = FORMAT_VERSION
    corpus: CorpusReference
    tunes: Annotated[int, Field(ge=1)]
    created: AwareDatetime
    forms: tuple[StoredForm, ...]


def write_forms(run: Run, forms: Sequence[Form], tunes: int) -> None:
    """Keep the forms with a run: those that are read again, of very many as many as are. Raises
    StorageError."""
    document = FormsDocument(
        corpus=run.config.corpus,
        tunes=tunes,
        created=now(),
        forms=tuple(
            StoredForm(
                meter="" if form.meter is None else str(form.meter),
                rhythm=form.rhythm[:100],
                opened=form.opened,
                bars=form.said(),
            )
            for form in forms
            if len(form.said()) <= _MOST_SAID
        ),
    )
    # Compact: a field a line would be most of it.
    written = document.model_dump_json().encode() + b"\n"
    if len(written) > FormsDocument.largest:
        fewer = int(len(forms) * 0.9 * FormsDocument.largest / len(written))
        write_forms(run, [forms[n * len(forms) // fewer] for n in range(fewer)], tunes)
        return
    replace_file(run.path / FILE, written, most=FormsDocument.largest)


def read_forms(run: Run) -> Forms | None:
    """The forms that a run's songs can take; None when it has none. Raises DamagedRunError."""
    path = run.path / FILE
    try:
        document = FormsDocument.read(path)
    except FileNotFoundError:
        return None
    try:
        return Forms([stored.form() for stored in document.forms])
    except (ValueError, ZeroDivisionError) as error:
        raise DamagedRunError(
            f"{path}: it holds a form that is none ({error}); make it again with "
            f"`songrnn typicality {run.name}`."
        ) from error
