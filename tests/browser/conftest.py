"""A real browser on the report: Chromium of this machine, in CI fetched where there is none."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests import report_inputs
from validation.report.matrix.as_html import format_html
from validation.report.matrix.content import make_report

from . import chromium

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "out/browser"
# What a policy forbids, and what else goes wrong, is told by the page itself.
LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation",
  (event) => window.violations.push(`${event.violatedDirective}: ${event.blockedURI}`));
"""


@pytest.fixture(scope="session")
def browser():
    program = chromium.installed()
    if program is None:
        if not os.environ.get("CI"):
            pytest.skip("no Chromium on PATH: apt-get install chromium")
        program = chromium.fetched(chromium.cache_folder())
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--headless"]
        )
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def example_page(tmp_path_factory):
    """The example fleet's report as a file."""
    path = tmp_path_factory.mktemp("example") / "report.html"
    path.write_text(format_html(make_report(report_inputs.committed())), "utf-8")
    return path


@pytest.fixture(scope="session")
def large_page(tmp_path_factory):
    """A report of 500 images with 20 proofs each, as a file."""
    root = tmp_path_factory.mktemp("large")
    (root / "matrix.yaml").write_text(report_inputs.MANY)
    path = root / "report.html"
    path.write_text(format_html(make_report(report_inputs.given_of(root, images=500, each=20))))
    return path


@pytest.fixture
def open_page(browser):
    """Open a file in a fresh context; what it wrote to the console or threw fails the test."""
    contexts, said = [], []

    def opened(path, *, width=1280, height=800, **options):
        context = browser.new_context(
            viewport={"width": width, "height": height}, **{"color_scheme": "light", **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.add_init_script(LISTEN)
        page.goto(path.as_uri())
        return page

    opened.said = said
    yield opened
    for context in contexts:
        for page in context.pages:
            said.extend(page.evaluate("window.violations ?? []"))
        context.close()
    assert said == []


@pytest.fixture(scope="session")
def shots():
    """Where screenshots are kept as the tests' output."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    return SHOTS
