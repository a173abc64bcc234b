"""The pages of the documentation, taken apart: what they show and what they have the reader type.

The language of a fenced block says what becomes of it:

* `sh`: a test types it, command by command, in the order of the page (`TYPED` says which);
* `console`: it is shown only, because it starts services, names another server or belongs
  into another shell; `SHOWN` says which test runs the same;
* any language with a file name behind it: the file is written before the page goes on.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[1]
TYPED = {
    "README.md": "tests/acceptance/test_docs.py",
    "docs/tutorial/your-own-csv-in-ten-minutes.md": "tests/acceptance/test_docs.py",
    "docs/how-to/add-a-product.md": "tests/acceptance/test_docs.py",
    "docs/how-to/back-up-and-restore.md": "tests/acceptance/test_docs.py",
    "docs/how-to/use-your-own-training-code.md": "tests/acceptance/test_docs.py",
    "docs/how-to/decide-a-release.md": "tests/acceptance/test_demo.py",
    "docs/people/auditor.md": "tests/acceptance/test_demo.py",
    "docs/people/data-team.md": "tests/acceptance/test_demo.py",
    "docs/people/operator.md": "tests/acceptance/test_demo.py",
    "docs/people/product-owner.md": "tests/acceptance/test_demo.py",
    "docs/how-to/publish-the-dashboard.md": "tests/acceptance/test_docs.py",
}
"""Which test types the commands of a page."""

_DECISIONS = "tests/unit/cli/test_decide.py"
_REAL_SERVER = "tests/integration/databases/test_debian.py"
_NO_GO = "tests/acceptance/test_real_data_telco.py"
_BENCH = "tests/unit/bench/test_timing.py"
_ELSEWHERE = "export AIPO_HOME=~/.local/share/aipo-own"
_SERVER = "postgresql://aipo_admin:choose-one@db.example.com:5432/postgres"
_REJECT = (
    'aipo reject fraud_prevention 2 --by "Farah Aziz" '
    '--reason "The desk cannot look at more cases."'
)
_RESOLVE = (
    'aipo resolve INCIDENT --by "Dev Patel" '
    '--reason "The column is deleted, and the CRM sends it no more."'
)
_DEMO = "tests/acceptance/test_demo.py"
_ADOPTING = "tests/unit/cli/test_adopt.py"
_DRAFTING = "tests/unit/cli/test_init_again.py"
_CONTRIBUTING = "tests/unit/test_contributing.py"
SHOWN = {
    "aipo check products": _ADOPTING,
    "aipo adopt customer_churn": _ADOPTING,
    'aipo adopt customer_churn --by "Ada Okafor" --reason "Agreed in May."': _ADOPTING,
    'aipo adopt customer_churn --reject --by "Ada Okafor" --reason "Not yet."': _ADOPTING,
    "aipo init churn --data 'deliveries/*.csv' --label churned": _DRAFTING,
    "aipo init churn --without refund --without closed_on": _DRAFTING,
    "make": _CONTRIBUTING,
    ". .venv/bin/activate": _CONTRIBUTING,
    "make demo": "tests/acceptance/test_demo.py",
    "make up": "tests/acceptance/test_up.py",
    "make test": "tests/unit/test_project.py",
    "make bench": _BENCH,
    ".venv/bin/python -m bench --quick": _BENCH,
    ".venv/bin/python -m bench --only monitor --json": _BENCH,
    "aipo up": "tests/acceptance/test_up.py",
    "aipo -v up": "tests/acceptance/test_up.py",
    _ELSEWHERE: "tests/acceptance/test_demo.py",
    f"export AIPO_DATABASE_URL={_SERVER}": _REAL_SERVER,
    "aipo status": _REAL_SERVER,
    f"SERVER={_SERVER.removesuffix('/postgres')}": _REAL_SERVER,
    **dict.fromkeys(
        (
            command.format(name=f"aipo_{name}")
            for name in ("ledger", "dagster", "mlflow")
            for command in (
                "pg_dump --format=custom --file={name}.dump $SERVER/{name}",
                "pg_restore --clean --if-exists --dbname=$SERVER/{name} {name}.dump",
            )
        ),
        _REAL_SERVER,
    ),
    "python verify_ledger.py": "tests/acceptance/test_docs.py",
    **dict.fromkeys(
        (
            "pip install 'aipo-pipelines[s3]'",
            "export AWS_ACCESS_KEY_ID=... AWS_SECRET_ACCESS_KEY=...",
            "export AWS_ENDPOINT_URL=https://storage.example.com",
        ),
        "tests/unit/resources/feeds/test_feeds_remote.py",
    ),
    "pip install 'aipo-pipelines[delta]'": "tests/unit/resources/feeds/test_feeds_delta.py",
    "AIPO_WORKSPACE=workspace.yaml aipo up": "tests/acceptance/test_docs.py",
    "export APPRISE_PLUGIN_PATH=/srv/team/pager.py": "tests/unit/test_project_docs.py",
    _REJECT: _DECISIONS,
    _RESOLVE: _DEMO,
    **dict.fromkeys(
        (
            (
                'aipo stop fraud_prevention --by "Farah Aziz" '
                '--reason "It holds every payment from abroad."'
            ),
            'aipo stop fraud_prevention --confirm --by "Elin Berg" --reason "Seen in the queue."',
        ),
        _DEMO,
    ),
    **dict.fromkeys(
        (
            (
                'aipo restore fraud_prevention --by "Farah Aziz" '
                '--reason "The alias was moved by mistake."'
            ),
        ),
        "tests/unit/cli/test_override.py",
    ),
    "aipo status telco_churn": _NO_GO,
    "aipo incidents telco_churn": _NO_GO,
    "aipo decisions telco_churn --all": _NO_GO,
}
"""Which test runs what a page only shows."""

PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    *(str(path.relative_to(REPOSITORY)) for path in sorted((REPOSITORY / "docs").rglob("*.md"))),
]

_FENCE = re.compile(r"^ *```(\w*) ?(.*?)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block of a page: language, name of the file it shows (or empty), text."""

    language: str
    file: str
    text: str


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in its order."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    return [Block(*parts) for parts in _FENCE.findall(text)]


def commands(text: str) -> list[str]:
    """The commands of a block, without comments; a backslash at the end joins two lines."""
    lines = text.replace("\\\n", " ").splitlines()
    stripped = (re.sub(r"(^|\s)#.*", "", line).strip() for line in lines)
    return [line for line in stripped if line]


def commands_of(page: str, language: str) -> list[str]:
    """The commands of all blocks of a language, in the order of the page."""
    return [
        command
        for block in blocks(page)
        if block.language == language and not block.file
        for command in commands(block.text)
    ]
