"""Random contracts and tables: every rule of the standard about cells, limits hit exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from differential import standard
from differential.cases import Case, Cell, Promise, Question, Trait

_ROWS = (0, 1, 7, 20, 50, 100, 200, 1000)
_WEIGHTS = (1, 1, 3, 4, 4, 4, 3, 2)
_FIRST_DAY = date(2026, 1, 5)
_WORDS = ("a", "b", "c", "ab", "abc", "b a", "A", "ä", "N/A", "-")
_PATTERNS = ("^a", "b$", "^[a-z]+$", "b", "^.{1,2}$", "a|b")
_UPPER = ("mustBeLessThan", "mustBeLessOrEqualTo", "mustBeBetween")
_LOWER = (
    "mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustNotBeBetween",
)  # fmt: skip
_KINDS = ("string", "string", "integer", "number", "date", "timestamp", "boolean")
_PHYSICAL = {
    "string": "VARCHAR(20)", "integer": "BIGINT", "number": "DECIMAL(10,2)", "date": "DATE",
    "timestamp": "TIMESTAMP", "boolean": "BOOLEAN",
}  # fmt: skip


def cases(seed: int, count: int) -> list[Case]:
    """This many cases; the same seed gives the same cases."""
    return [_Maker(Random(f"{seed}/{number}"), number).case() for number in range(count)]  # noqa: S311 - data for a test


class _Maker:
    """Makes one case."""

    def __init__(self, random: Random, number: int) -> None:
        self.random = random
        self.number = number
        self.rows = random.choices(_ROWS, _WEIGHTS)[0]
        self.traits: dict[str, frozenset[Trait]] = {}
        self.table: dict[str, tuple[Cell, ...]] = {}
        self.columns: list[dict[str, Any]] = []
        self.rules = 0

    def case(self) -> Case:
        """The case with its rules, which need the counts of the table."""
        if self.rows == 0:
            self.traits[""] = frozenset({Trait.EMPTY})
        for position in range(self.random.randint(2, 5)):
            self._column(f"c{position}", self.random.choice(_KINDS))
        if self._chance(0.3):
            for column in self.columns[:2]:
                column["primaryKey"] = True
        # Limits lie at the counts of the table, so that the table has to exist before the rules.
        bare = self._made(())
        for column in self.columns:
            self._quality(bare, column)
        quality = [*self._of_table(bare)]
        return self._made(quality)

    def _made(self, quality: Sequence[Mapping[str, Any]]) -> Case:
        table = {"name": "records", "properties": self.columns, "quality": [*quality]}
        contract = {
            "apiVersion": "v3.2.0",
            "kind": "DataContract",
            "id": f"case-{self.number}",
            "version": "1.0.0",
            "status": "active",
            "schema": [table],
        }
        return Case(
            number=self.number,
            contract=contract,
            table=self.table,
            questions=tuple(_questions(self.columns, quality)),
            traits=self.traits,
        )

    def _chance(self, share: float) -> bool:
        return _chance(self.random, share)

    def _column(self, name: str, kind: str) -> None:
        cells = [_CELLS[kind](self.random) for _ in range(self.rows)]
        column: dict[str, Any] = {"name": name, "logicalType": kind}
        options = _OPTIONS[kind](self.random, cells)
        traits = self._special(kind, cells, options)
        gaps = self.random.choice((0.0, 0.0, 0.05, 0.3))
        self.table[name] = tuple(None if self._chance(gaps) else cell for cell in cells)
        if options:
            column["logicalTypeOptions"] = options
        if self._chance(0.3):
            column["physicalType"] = _PHYSICAL[kind]
        if self._chance(0.4):
            column["required"] = True
        if self._chance(0.2):
            column["unique"] = True
        if kind in ("string", "integer") and self._chance(0.3):
            column["enum"] = [{"value": value} for value in self._values(kind, cells)]
        if {"exclusiveMinimum", "exclusiveMaximum"} <= {*options}:
            traits.add(Trait.BOTH_EXCLUDED)
        self.traits[name] = frozenset(traits)
        self.columns.append(column)

    def _special(self, kind: str, cells: list[str], options: dict[str, Any]) -> set[Trait]:
        """Writes some cells as files in the wild do, and says so."""
        # Seldom, because for some of these cells the other program drops all rules of the table.
        if not cells or not self._chance(0.15):
            return set()
        at = self.random.randrange(len(cells))
        if kind == "integer":
            trait = self.random.choice((Trait.WORD, Trait.FRACTION, Trait.EXPONENT))
            cells[at] = {Trait.WORD: "many", Trait.FRACTION: "12.4", Trait.EXPONENT: "1e3"}[trait]
            return {trait}
        if kind == "string":
            if self._chance(0.5):
                cells[:] = [f"{self.random.randrange(1000):05}" for _ in cells]
                options.clear()
                options["pattern"] = "^[0-9]{5}$"
                return {Trait.ZEROS}
            cells[at] = f" {cells[at]} "
            return {Trait.BLANKS}
        if kind == "date":
            options["format"] = "dd-MM-yyyy"
            cells[:] = [f"{cell[8:]}-{cell[5:7]}-{cell[:4]}" for cell in cells]
            return {Trait.DAY_FIRST}
        return set()

    def _values(self, kind: str, cells: Sequence[str]) -> list[Any]:
        present = sorted({*cells}) or ["1"]
        chosen = self.random.sample(present, self.random.randint(1, len(present)))
        if kind == "integer":
            return sorted({int(cell) for cell in chosen if cell.lstrip("-").isdecimal()}) or [1]
        return chosen

    def _quality(self, bare: Case, column: dict[str, Any]) -> None:
        kind, name = column["logicalType"], column["name"]
        makers = [self._nulls, self._missing, self._invalid, self._duplicates]
        chosen = [
            make(kind, name) for make in self.random.sample(makers, self.random.randint(0, 2))
        ]
        # Seldom for the same reason.
        if chosen and self._chance(0.02):
            chosen.append(dict(chosen[0]))
            self.traits[name] |= {Trait.SAME_METRIC}
        if chosen:
            column["quality"] = [self._limited(bare, rule, (name,)) for rule in chosen]

    def _nulls(self, _kind: str, _name: str) -> dict[str, Any]:
        return {"metric": "nullValues"}

    def _duplicates(self, _kind: str, _name: str) -> dict[str, Any]:
        return {"metric": "duplicateValues"}

    def _missing(self, kind: str, _name: str) -> dict[str, Any]:
        words: list[Any] = [None, "N/A", "-"] if kind == "string" else [None]
        if kind == "integer":
            words.append(self.random.choice((3, "3")))
        return {"metric": "missingValues", "arguments": {"missingValues": words}}

    def _invalid(self, kind: str, name: str) -> dict[str, Any]:
        if kind == "string" and self._chance(0.5):
            arguments: dict[str, Any] = {"pattern": self.random.choice(_PATTERNS)}
        else:
            filled = [cell for cell in self.table[name] if cell is not None]
            values: list[Any] = self._values(kind, filled)
            if kind == "boolean":
                values = [self._chance(0.5)]
            elif kind == "number":
                values = [float(value) for value in values] if filled else [1.5]
            elif kind in ("date", "timestamp"):
                values = values if filled else ["2026-01-05"]
            arguments = {"validValues": values}
        return {"metric": "invalidValues", "arguments": arguments}

    def _limited(
        self, bare: Case, rule: dict[str, Any], columns: tuple[str, ...]
    ) -> dict[str, Any]:
        """The rule with a limit at, just below or just above what it counts."""
        self.rules += 1
        named = {"id": f"q{self.rules}", "name": f"q{self.rules}", "type": "library", **rule}
        counted = standard.count(bare, _question(named, columns))
        if rule["metric"] != "rowCount" and self._chance(0.4):
            return {**named, "mustBe": 0}
        operator = self.random.choice(_UPPER if self._chance(0.6) else _LOWER)
        share = rule["metric"] != "rowCount" and self._chance(0.7)
        step = 0.1 if share else 1
        at: float = round(counted * 100 / bare.rows, 1) if share and bare.rows else counted
        limit = max(0, _tidy(at + self.random.choice((-step, 0, 0, step))))
        if operator.endswith("Between"):
            # Mostly from 0: this package refuses a lower bound on wrong cells.
            low = self.random.choice((0, 0, limit))
            return {**named, operator: [low, _tidy(limit + 2 * step)], **_unit(share=share)}
        return {**named, operator: limit, **_unit(share=share)}

    def _of_table(self, bare: Case) -> list[dict[str, Any]]:
        rules = []
        if self._chance(0.5):
            rules.append(self._limited(bare, {"metric": "rowCount"}, ()))
        if self._chance(0.3):
            names = [column["name"] for column in self.columns[:2]]
            rule = {"metric": "duplicateValues", "arguments": {"properties": names}}
            rules.append(self._limited(bare, rule, tuple(names)))
        return rules


def _chance(random: Random, share: float) -> bool:
    return random.random() < share


def _unit(*, share: bool) -> dict[str, str]:
    return {"unit": "percent"} if share else {}


def _tidy(number: float) -> float:
    """A number as people write it: without the dust of floating point, whole where it is."""
    rounded = round(number, 1)
    return int(rounded) if rounded == int(rounded) else rounded


def _question(rule: Mapping[str, Any], columns: tuple[str, ...]) -> Question:
    return Question(promise=Promise(rule["metric"]), columns=columns, rule=rule)


def _questions(
    columns: Sequence[Mapping[str, Any]], quality: Sequence[Mapping[str, Any]]
) -> list[Question]:
    keys = tuple(column["name"] for column in columns if column.get("primaryKey"))
    questions = [
        Question(promise=promise, columns=(column["name"],))
        for column in columns
        for promise, is_promised in _IS_PROMISED.items()
        if is_promised(column)
    ]
    if len(keys) > 1:
        questions.append(Question(promise=Promise.KEY, columns=keys))
    return [
        *questions,
        *(
            _question(rule, tuple(rule.get("arguments", {}).get("properties", ())))
            for rule in quality
        ),
        *(
            _question(rule, (column["name"],))
            for column in columns
            for rule in column.get("quality", ())
        ),
    ]


_IS_PROMISED: Mapping[Promise, Callable[[Mapping[str, Any]], bool]] = {
    Promise.TYPE: lambda column: column["logicalType"] != "string",
    Promise.REQUIRED: lambda column: bool(column.get("required") or column.get("primaryKey")),
    Promise.UNIQUE: lambda column: bool(column.get("unique")),
    Promise.RANGE: lambda column: any(
        "inimum" in option or "aximum" in option for option in column.get("logicalTypeOptions", ())
    ),
    Promise.LENGTH: lambda column: any(
        "Length" in option for option in column.get("logicalTypeOptions", ())
    ),
    Promise.PATTERN: lambda column: "pattern" in column.get("logicalTypeOptions", ()),
    Promise.ENUM: lambda column: "enum" in column,
}


def _text_options(random: Random, _cells: Sequence[str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if _chance(random, 0.3):
        options["pattern"] = random.choice(_PATTERNS)
    if _chance(random, 0.3):
        options |= {"minLength": random.randint(0, 2), "maxLength": random.randint(2, 3)}
    return options


def _bounds(random: Random, cells: Sequence[str], read: Callable[[str], Any]) -> dict[str, Any]:
    """Bounds at values that are there, some of them excluded."""
    if not cells or _chance(random, 0.4):
        return {}
    values = sorted(read(cell) for cell in cells)
    low, high = values[len(values) // 10], values[-1 - len(values) // 10]
    given: dict[str, Any] = {}
    if _chance(random, 0.7):
        given[random.choice(("minimum", "exclusiveMinimum"))] = low
    if _chance(random, 0.7):
        names = ("maximum",) if "exclusiveMinimum" in given else ("maximum", "exclusiveMaximum")
        given[random.choice(names)] = high
    if _chance(random, 0.03):  # seldom: the other program judges nothing then
        given = {"exclusiveMinimum": low, "exclusiveMaximum": high}
    return given


def _day(random: Random) -> str:
    return (_FIRST_DAY + timedelta(days=random.randrange(40))).isoformat()


_CELLS: Mapping[str, Callable[[Random], str]] = {
    "string": lambda random: random.choice(_WORDS),
    "integer": lambda random: str(random.randint(-3, 20)),
    "number": lambda random: random.choice(("0.1", "0.3", "2", "-1.25", "10.50", "1e3", "7.0")),
    "date": _day,
    "timestamp": lambda random: f"{_day(random)}T{random.randrange(24):02}:30:00",
    "boolean": lambda random: random.choice(("true", "false")),
}
_OPTIONS: Mapping[str, Callable[[Random, Sequence[str]], dict[str, Any]]] = {
    "string": _text_options,
    "integer": lambda random, cells: _bounds(random, cells, int),
    "number": lambda random, cells: _bounds(random, cells, float),
    "date": lambda random, cells: _bounds(random, cells, str),
    "timestamp": lambda random, cells: _bounds(random, cells, str),
    "boolean": lambda _random, _cells: {},
}
