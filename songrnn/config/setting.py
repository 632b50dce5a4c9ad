"""A setting is declared once, with its field; all who show it read it from there.

The command line (`--hidden`), the form (Units), a run's name (`-rate-0.01`), sweeps and messages
take type, default, bounds and words of a setting from its `Setting`.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

import annotated_types
from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

Value = str | int | float


@dataclass(frozen=True)
class Setting:
    """What is known about a setting.

    name: of its field. option: on the command line, without dashes. label: in forms and tables.
    help: what changes when it is turned, in a sentence or two. short: in names of runs; None for
    one that no name tells. kind: int, float, bool, or str for one of `choices`. low, high: the least and
    the largest value; None where there is no bound. open_low, open_high: whether the bound itself
    is left out. step, decimals: for a control that turns it.
    """

    name: str
    option: str
    label: str
    help: str
    short: str | None
    kind: type[int] | type[float] | type[bool] | type[str]
    default: Value
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    open_low: bool = False
    open_high: bool = False
    step: float = 1
    decimals: int = 0


def declare(
    default: Any,
    *,
    label: str,
    help: str,
    option: str | None = None,
    short: str | None = None,
    step: float = 1,
    decimals: int = 0,
    **bounds: Any,
) -> Any:
    """A field of a document that is a setting, see `Setting`; bounds: pydantic's ge, gt, le, lt."""
    words: dict[str, Any] = {"option": option, "short": short, "step": step, "decimals": decimals}
    return Field(default, title=label, description=help, json_schema_extra=words, **bounds)


def settings_of(document: type[BaseModel]) -> dict[str, Setting]:
    """Field -> setting, for the fields of a document made by `declare`, in their order."""
    return {
        name: _setting(name, field)
        for name, field in document.model_fields.items()
        if isinstance(field.json_schema_extra, dict) and "option" in field.json_schema_extra
    }


def _setting(name: str, field: FieldInfo) -> Setting:
    words: dict[str, Any] = dict(field.json_schema_extra)  # type: ignore[arg-type]
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    bounds: dict[str, Any] = {}
    for rule in field.metadata:
        match rule:
            case annotated_types.Ge(ge):
                bounds["low"] = ge
            case annotated_types.Gt(gt):
                bounds |= {"low": gt, "open_low": True}
            case annotated_types.Le(le):
                bounds["high"] = le
            case annotated_types.Lt(lt):
                bounds |= {"high": lt, "open_high": True}
    return Setting(
        name=name,
        option=words["option"] or name.replace("_", "-"),
        label=str(field.title),
        help=str(field.description),
        short=words["short"],
        kind=str if choices else field.annotation,  # type: ignore[arg-type]
        default=field.default,
        choices=choices,
        step=words["step"],
        decimals=words["decimals"],
        **bounds,
    )
