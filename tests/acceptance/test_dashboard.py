"""The pages in a real browser: nothing on its console, nothing fetched, nothing cut off."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from aipo_pipelines.reports.publishing import publish_portfolio, publish_product
from tests.unit.reports.telling import HOSTILE, lively, report_of

pytestmark = [pytest.mark.acceptance, pytest.mark.xdist_group("dashboard")]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--enable-logging=stderr",
)
PAGES = ("portfolio", "churn", "churn-charter", "churn-model")
SECONDS = 90


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a product with something in every part, and hostile words in all of them."""
    out = tmp_path_factory.mktemp("pages")
    report = report_of(tmp_path_factory.mktemp("product"), lively(HOSTILE, words=HOSTILE))
    publish_product(out, report, portfolio=True)
    publish_portfolio(out, [report.answer], report.answer.as_of)
    return out


@pytest.fixture(scope="module")
def browse(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[str, str]]:
    """Opens a page and returns its document after loading, and what the browser logged."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        pytest.skip(f"no browser is installed: none of {', '.join(BROWSERS)} is on the path")

    def open_page(page: Path, *more: str) -> tuple[str, str]:
        profile = tmp_path_factory.mktemp("profile")
        command = [browser, *FLAGS, f"--user-data-dir={profile}", *more, page.as_uri()]
        ended = subprocess.run(command, capture_output=True, timeout=SECONDS, check=True)
        return ended.stdout.decode("utf-8"), ended.stderr.decode("utf-8", "replace")

    return open_page


def console(logged: str) -> list[str]:
    return re.findall(r"CONSOLE.*", logged)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_loads_without_a_word_on_the_console(
    browse: Callable[..., tuple[str, str]], folder: Path, page: str
) -> None:
    document, logged = browse(folder / f"{page}.html", "--dump-dom")
    assert "<main" in document
    assert "<script" not in document
    assert console(logged) == []


def test_the_console_of_a_page_that_runs_something_is_seen(
    browse: Callable[..., tuple[str, str]], folder: Path
) -> None:
    text = (
        (folder / "churn.html").read_text("utf-8").replace("</main>", "<script>1</script></main>")
    )
    (folder / "broken.html").write_text(text, "utf-8")
    _, logged = browse(folder / "broken.html", "--dump-dom")
    assert any("Content Security Policy" in line for line in console(logged))


def test_the_charter_of_a_product_fits_on_two_printed_pages(
    browse: Callable[..., tuple[str, str]], folder: Path, tmp_path: Path
) -> None:
    paper = tmp_path / "charter.pdf"
    browse(folder / "churn-charter.html", "--no-pdf-header-footer", f"--print-to-pdf={paper}")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", paper.read_bytes())) == 2
