"""A key of the session, with the type of what is held under it."""

from typing import Generic, TypeVar

T = TypeVar("T")


class Key(str, Generic[T]):
    """A session key, which is the query parameter too where a value is part of the address."""

    __slots__ = ()

    def of(self, *parts: object) -> "Key[T]":
        """The key of one of several alike.

        >>> Key("star").of("lstm-150", 7)
        'star-lstm-150-7'
        """
        return Key("-".join([self, *map(str, parts)]))
