"""A group of records: those with one value of an attribute."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """A group, `region=north` as the subject of a figure.

    Attributes:
        name: The value of the attribute, or another name if the value is rare.
    """

    attribute: str
    name: str

    def __str__(self) -> str:
        return f"{self.attribute}={self.name}"


def is_group_of(subject: str, attribute: str) -> bool:
    """Whether a subject is a group of an attribute."""
    # No parser: names of attributes may contain the separator, so the text alone is ambiguous.
    return subject.startswith(str(Group(attribute, "")))
