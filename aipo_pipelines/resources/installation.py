"""What the installation allows charters to use: three environment variables and a file.

The file `allowed.txt` in the home has an entry per line, and `#` begins a remark:

    data: /srv/data
    variable: SHOP_PASSWORD
    module: team_models
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from aipo_pipelines.charter.reading.allowed import ALLOWED_FILE, DATA, MODULES, VARIABLES, Allowed
from aipo_pipelines.errors import HomeError
from aipo_pipelines.resources.home import Home, resolve_home

_KINDS = ("data", "variable", "module")
_EXPECTED = "`data: /a/folder`, `variable: NAME` or `module: name`"
_HEAD = """\
# What charters may use besides what lies in their own folders: one thing a line.
# data: /a/folder    variable: NAME    module: name
"""


def allowed_here(environ: Mapping[str, str]) -> Allowed:
    """What these environment variables allow and, if they name a home, its file.

    Raises:
        HomeError: A place is no absolute path, or the file cannot be read or understood.
    """
    home = Path(environ["AIPO_HOME"]) if environ.get("AIPO_HOME") else None
    listed = [*_lines(home / ALLOWED_FILE)] if home else []

    def given(kind: str, setting: str, sign: str) -> tuple[str, ...]:
        """Values of one kind: those of the variable, then those of the file."""
        words = [word.strip() for word in environ.get(setting, "").split(sign)]
        return tuple(filter(None, [*words, *(value for name, value in listed if name == kind)]))

    return Allowed(
        modules=given("module", MODULES, ","),
        variables=given("variable", VARIABLES, ","),
        places=tuple(map(_absolute, given("data", DATA, os.pathsep))),
        home=home,
    )


def allowed_in(environ: Mapping[str, str]) -> Allowed:
    """The same for a command: the home is the folder in `AIPO_HOME`, or the usual folder."""
    variables = dict(environ)
    # A command such as `aipo check` works without a home; then no file allows anything.
    with suppress(HomeError):
        variables["AIPO_HOME"] = str(resolve_home(environ).path)
    return allowed_here(variables)


def lend(home: Home, things: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Adds things to the file of the home that it does not list yet.

    Args:
        home: The home; its folder is made if it is missing.
        things: Kind and value of each.

    Returns:
        The lines added.

    Raises:
        HomeError: The file cannot be read or written.
    """
    path = home.create().path / ALLOWED_FILE
    listed = frozenset(_lines(path))
    lines = [
        f"{kind}: {value}"
        for kind, value in things
        # A line break in a value would be a line, and so a permission, of its own.
        if (kind, value) not in listed and value.isprintable()
    ]
    if not lines:
        return ()
    try:
        with path.open("a+", encoding="utf-8") as file:
            file.seek(0)
            text = file.read()
            start = "" if text.endswith("\n") else "\n" if text else _HEAD
            file.write(start + "".join(f"{line}\n" for line in lines))
    except OSError as error:
        raise _unusable(path, error) from None
    return tuple(lines)


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    try:
        text = path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        # The list is optional, and so is the home of a command that only checks.
        return
    except UnicodeDecodeError:
        raise HomeError(f"{path} is no text in UTF-8; expected {_EXPECTED} a line") from None
    except OSError as error:
        raise _unusable(path, error) from None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        kind, _, value = (part.strip() for part in line.partition(":"))
        if kind not in _KINDS or not value:
            raise HomeError(
                f"{path} cannot be used: expected {_EXPECTED} in line {number}, found another "
                "text; correct it"
            )
        yield kind, value


def _absolute(path: str) -> Path:
    # A relative place would depend on the working folder of each process.
    if not os.path.isabs(path):  # noqa: PTH117 - the text itself is shown
        raise HomeError(
            f"{DATA} or {ALLOWED_FILE} lists the place {path!r}; expected an absolute path"
        )
    return Path(path)


def _unusable(path: Path, error: OSError) -> HomeError:
    reason = (error.strerror or type(error).__name__).lower()
    return HomeError(f"{path} cannot be read or written ({reason}); correct its owner or mode")
