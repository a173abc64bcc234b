"""The part of a location that is shown to people."""

from __future__ import annotations

import pytest

from aipo_pipelines.charter.model.addresses import public_address


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("in/*.csv", "in/*.csv"),
        ("${FEED}", "${FEED}"),
        ("s3://shop/feed/part-?/*.csv", "s3://shop/feed/part-?/*.csv"),
        ("sftp://ada:hunter2@host/in/*.csv", "sftp://…@host/in/*.csv"),
        ("postgresql://${A}:${B}@host/db", "postgresql://…@host/db"),
        ("postgresql://host/db?user=ada&password=hunter2", "postgresql://host/db"),
        ("https://host/a.csv?hunter2", "https://host/a.csv"),
        ("https://host/a.csv#hunter2", "https://host/a.csv"),
        ("az://box/a.csv?sig=hun/ter2=", "az://box/a.csv"),
    ],
)
def test_a_location_is_shown_without_its_secrets(location: str, shown: str) -> None:
    assert public_address(location) == shown
