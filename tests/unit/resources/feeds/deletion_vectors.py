"""Deletion vectors for tests, by the protocol of Delta Lake: the library does not write any."""

from __future__ import annotations

import struct
import uuid
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.unit.resources.feeds.delta_tables import asking_for, rewrite

_SIGNS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


def delete_by_vector(folder: Path, rows: Sequence[int], *, in_file: bool) -> None:
    """Deletes rows of every file of the first version of a table."""
    bitmap = _bitmap(rows)
    vector: dict[str, Any] = {"sizeInBytes": len(bitmap), "cardinality": len(rows)}
    if in_file:
        name = uuid.uuid4()
        place = folder / "ab" / f"deletion_vector_{name}.bin"
        place.parent.mkdir()
        checksum = struct.pack(">I", zlib.crc32(bitmap))
        place.write_bytes(b"\x01" + struct.pack(">I", len(bitmap)) + bitmap + checksum)
        vector |= {"storageType": "u", "pathOrInlineDv": f"ab{_z85(name.bytes)}", "offset": 1}
    else:
        padded = bitmap + b"\0" * (-len(bitmap) % 4)
        vector |= {"storageType": "i", "pathOrInlineDv": _z85(padded)}
    rewrite(folder, asking_for("deletionVectors"))
    rewrite(folder, lambda action: action.get("add", {}).update(deletionVector=vector))


def _bitmap(rows: Sequence[int]) -> bytes:
    """A roaring bitmap array with one bitmap of one container, a sorted array."""
    container = struct.pack("<HH", 0, len(rows) - 1) + struct.pack("<I", 16)
    bitmap = struct.pack("<II", 12346, 1) + container + struct.pack(f"<{len(rows)}H", *rows)
    return struct.pack("<IQI", 1681511377, 1, 0) + bitmap


def _z85(data: bytes) -> str:
    words = [int.from_bytes(data[start : start + 4]) for start in range(0, len(data), 4)]
    return "".join(_SIGNS[word // 85**place % 85] for word in words for place in (4, 3, 2, 1, 0))
