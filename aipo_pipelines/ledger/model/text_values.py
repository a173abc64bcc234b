"""Values that are a text in JSON: parsed when they are read, written as their text."""

from __future__ import annotations

from typing import Any, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


class TextValue:
    """A frozen dataclass whose form in JSON is a text; `str` writes what `parse` reads."""

    # Subclasses have slots, which a base class with a dictionary would undo.
    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads the text of a value.

        Args:
            text: As `str` writes it.
        """
        raise NotImplementedError

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: object, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """How pydantic reads and writes the value."""
        return core_schema.no_info_plain_validator_function(
            cls._read, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def _read(cls, value: Any) -> Self:
        if isinstance(value, cls):
            return value
        if not isinstance(value, str):
            # Pydantic reports a ValueError as invalid data; a TypeError would pass to the caller.
            raise ValueError(f"expected text, found {type(value).__name__}")  # noqa: TRY004
        return cls.parse(value)
