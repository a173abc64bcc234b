"""The data contract of the benchmarked product: about 45 expectations."""

from __future__ import annotations

from typing import Any

from bench.feed import CATEGORIES, COUNTS, NUMBERS

YES_NO = ("no", "yes")


def contract(name: str) -> dict[str, Any]:
    """The contract of a product in the form of the Open Data Contract Standard."""
    allowed = {**CATEGORIES, "senior": YES_NO, "left": YES_NO}
    columns = [
        _column(
            "record_id",
            "string",
            unique=True,
            logicalTypeOptions={"pattern": "^R[0-9]{11}$", "minLength": 12, "maxLength": 12},
        ),
        _column("day", "date", logicalTypeOptions={"minimum": "2020-01-01"}),
        *(_column(number, "number", logicalTypeOptions=_range(-100, 200)) for number in NUMBERS),
        *(_column(count, "integer", logicalTypeOptions=_range(0, 100)) for count in COUNTS),
        *(
            _column(column, "string", quality=[_among(values)])
            for column, values in allowed.items()
        ),
    ]
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": name,
        "version": "1.0.0",
        "status": "active",
        "schema": [
            {
                "name": "records",
                "logicalType": "object",
                "properties": columns,
                "quality": [
                    {"type": "library", "metric": "rowCount", "mustBeBetween": [100, 10_000_000]}
                ],
            }
        ],
    }


def _column(name: str, kind: str, **more: object) -> dict[str, Any]:
    return {"name": name, "logicalType": kind, "required": True, **more}


def _range(low: float, high: float) -> dict[str, float]:
    return {"minimum": low, "maximum": high}


def _among(values: tuple[str, ...]) -> dict[str, Any]:
    arguments = {"validValues": list(values)}
    return {"type": "library", "metric": "invalidValues", "mustBe": 0, "arguments": arguments}
