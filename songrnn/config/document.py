"""Documents that check themselves and say in a sentence what is wrong with them."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from songrnn.errors import ConfigError


class CheckedDocument(BaseModel):
    """Frozen, without unknown fields, and with validation errors a person can read."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise ConfigError(_sentence(error)) from error
        except UnicodeEncodeError as error:  # half of a character, as in names that are not UTF-8
            raise ConfigError(
                "A text holds half of a character, which no file can hold."
            ) from error

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """From plain data as read from JSON; ConfigError names the field that is wrong."""
        return cls(**data)


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ").removesuffix(".")
    if not field:  # a rule on the whole says itself what is wrong
        return f"{message[:1].upper()}{message[1:]}."
    name, given = field.replace("_", " "), first["input"]
    simple = isinstance(given, str | int | float)
    if message.startswith("Input should be "):
        message = message.replace("Input should be", "must be")
        return f"{name} {message}{f', not {given}' if simple else ''}."
    return f"{name}: {message}{f' (got {given})' if simple else ''}."
