"""The report as people see it: the answer first, usable by keyboard, small, dark, on paper."""

import os
from pathlib import Path

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error

from tests import report_inputs
from validation.report.matrix.as_html import format_html
from validation.report.matrix.content import make_report

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs/images"
WIDE, SMALL = {"width": 1280, "height": 800}, {"width": 360, "height": 800}


def ids(page):
    return page.locator("#table tbody tr:not([hidden]) th [data-k=id]").all_inner_texts()


def sort_by(page, key):
    page.locator(f"#table thead button[data-key={key}]").click()


def column(page, key):
    cells = page.locator(f"#table tbody [data-k={key}]")
    return cells.evaluate_all("all => all.map(one => one.dataset.v ?? one.textContent)")


def in_first_viewport(locator):
    box = locator.bounding_box()
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= 800


# --- the answer in ten seconds


def test_which_images_to_move_stands_in_the_first_viewport(open_page, example_page, shots):
    page = open_page(example_page)
    page.screenshot(path=shots / "first-viewport.png")
    heading = page.locator("h1")
    assert heading.inner_text() == "Move 3 of 15 images before the next review on 1 January 2027."
    assert in_first_viewport(heading)
    steps = page.locator(".steps .step.move")
    assert steps.count() == 2
    for step in steps.all():
        assert in_first_viewport(step)
    first = steps.first.inner_text()
    assert "10 days" in first
    assert "nvidia/cuda:12.9.2-runtime-ubuntu24.04" in first
    assert "ubuntu:24.04" in first
    for name in ("train-cu129-torch2.9.1-py3.12-runtime-ubuntu24.04", "cpu-torch2.13.0"):
        assert any(name in step.inner_text() for step in steps.all())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_committed_picture_is_of_this_page(open_page, example_page, shots, scheme):
    page = open_page(example_page, color_scheme=scheme)
    name = "report.png" if scheme == "light" else "report-dark.png"
    taken = page.screenshot(path=shots / name)
    if os.environ.get("PICTURES") == "write":
        IMAGES.mkdir(parents=True, exist_ok=True)
        (IMAGES / name).write_bytes(taken)
    committed = (IMAGES / name).read_bytes()
    # Pixels differ between releases of fonts and browsers; size and scheme do not.
    assert committed[16:24] == taken[16:24]
    assert 0.5 < len(committed) / len(taken) < 2


# --- sorting and filters


def test_a_heading_sorts_versions_as_versions_and_back(open_page, example_page):
    page = open_page(example_page)
    sort_by(page, "torch")
    found = [tuple(map(int, each.split("."))) for each in column(page, "torch") if each]
    assert found == sorted(found)
    assert (2, 11, 0) in found
    head = page.locator("th", has=page.locator("button[data-key=torch]"))
    assert head.get_attribute("aria-sort") == "ascending"
    sort_by(page, "torch")
    assert head.get_attribute("aria-sort") == "descending"
    assert next(each for each in column(page, "torch") if each) == "2.13.0"
    assert page.locator("th[aria-sort]").count() == 1


@pytest.mark.parametrize("key", ["days", "size", "build", "passed", "loss", "onnx"])
def test_numbers_sort_as_numbers_and_what_is_unknown_comes_last(open_page, example_page, key):
    page = open_page(example_page)
    for order in ("ascending", "descending"):
        sort_by(page, key)
        values = column(page, key)
        known = [float(each) for each in values if each]
        assert known == sorted(known, reverse=order == "descending")
        assert values[: len(known)] == [each for each in values if each]


def test_search_and_choices_narrow_the_table_together(open_page, example_page):
    page = open_page(example_page)
    assert page.locator("#shown").inner_text() == "15 of 15 images"
    page.locator("#search").fill("ubuntu24.04 2.9.1")
    assert len(ids(page)) == 4
    page.locator("select[data-filter=verdict]").select_option("deletion-due")
    assert ids(page) == ["train-cu129-torch2.9.1-py3.12-runtime-ubuntu24.04"]
    assert page.locator("#shown").inner_text() == "1 of 15 images"
    page.locator("#search").fill("no such image")
    assert ids(page) == []
    page.locator("#clear").click()
    assert len(ids(page)) == 15


def test_a_filter_survives_sorting(open_page, example_page):
    page = open_page(example_page)
    page.locator("select[data-filter=family]").select_option("wheels")
    sort_by(page, "size")
    assert len(ids(page)) == 4
    assert all(name.startswith("wheels-") for name in ids(page))


# --- keyboard, screen readers


def test_all_of_it_works_by_keyboard(open_page, example_page):
    page = open_page(example_page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("failed,")
    page.keyboard.press("Escape")
    assert len(ids(page)) == 15
    page.locator("button[data-key=size]").focus()
    page.keyboard.press("Enter")
    values = [float(each) for each in column(page, "size") if each]
    assert values == sorted(values)
    page.keyboard.press("Space")
    values = [float(each) for each in column(page, "size") if each]
    assert values == sorted(values, reverse=True)
    page.locator(".step details summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".step details").first.evaluate("one => one.open")


@pytest.mark.parametrize("viewport", [WIDE, SMALL], ids=["wide", "small"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page, example_page, viewport, scheme):
    page = open_page(example_page, **viewport, color_scheme=scheme)
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    results = Axe().run(page)
    told = [
        (each["id"], node["html"][:200])
        for each in results.response["violations"]
        for node in each["nodes"]
    ]
    assert told == []


# --- schemes, sizes, paper


def test_dark_follows_the_system_and_the_switch_overrides_it(open_page, example_page):
    page = open_page(example_page, color_scheme="dark")

    def background():
        return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")

    dark = background()
    button = page.locator("#theme")
    button.click()
    assert button.inner_text() == "Theme: light"
    light = background()
    assert light != dark
    button.click()
    assert (button.inner_text(), background()) == ("Theme: dark", dark)
    page.emulate_media(color_scheme="light")
    assert background() == dark
    button.click()
    assert (button.inner_text(), background()) == ("Theme: system", light)


def test_360_pixels_are_enough(open_page, example_page, shots):
    page = open_page(example_page, **SMALL)
    page.screenshot(path=shots / "small.png", full_page=True)
    assert in_first_viewport(page.locator("h1"))
    assert in_first_viewport(page.locator(".step.move").first)
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.locator("#sort").select_option("size")
    values = [float(each) for each in column(page, "size") if each]
    assert values == sorted(values)
    label = "getComputedStyle(document.querySelector('[data-k=torch]'), '::before').content"
    assert page.evaluate(label) == '"torch"'


def test_paper_shows_everything_and_no_controls(open_page, example_page, shots):
    page = open_page(example_page, color_scheme="dark")
    page.emulate_media(media="print")
    assert not page.locator("#filters").is_visible()
    assert not page.locator("#theme").is_visible()
    background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert background == "rgb(255, 255, 255)"
    paper = shots / "report.pdf"
    page.pdf(path=paper, prefer_css_page_size=True)
    assert paper.read_bytes().startswith(b"%PDF")
    page.set_viewport_size({"width": 1040, "height": 700})  # A4 landscape less its margins
    table = page.locator(".cards")
    assert table.evaluate("one => one.scrollWidth - one.clientWidth") <= 0


def test_without_a_script_all_of_it_is_there(browser, example_page):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(example_page.as_uri())
    assert page.locator("#table tbody tr").count() == 15
    assert not page.locator("#filters").is_visible()
    context.close()


# --- safety, speed


def test_the_policy_is_in_force(open_page, example_page):
    page = open_page(example_page)
    with pytest.raises(Error, match="TrustedHTML"):
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<i>x</i>')")
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.evaluate("fetch('https://example.com').catch(() => 0)")
    found = page.evaluate("window.violations.splice(0)")
    assert any(each.startswith("style-src") for each in found)
    assert any(each.startswith("connect-src") for each in found)
    open_page.said.clear()  # this test is about what the console says of it


def test_what_receipts_and_matrix_carry_is_only_text(open_page, tmp_path, shots):
    payload = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"
    given = report_inputs.committed()
    report = make_report(
        msgspec.structs.replace(
            given,
            matrix=msgspec.structs.replace(given.matrix, repository=payload),
            left_out=(payload,),
        )
    )
    images = [msgspec.structs.replace(row, failures=(payload,)) for row in report.images]
    path = tmp_path / "hostile.html"
    path.write_text(format_html(msgspec.structs.replace(report, images=tuple(images))))
    page = open_page(path)
    page.screenshot(path=shots / "hostile.png")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#notes li").first.inner_text() == f"Left out: {payload}"
    assert page.locator("script").count() == 1


def test_500_images_load_within_a_second(browser, large_page, shots):
    """The page's own time: what its thread computed until it was loaded, other work left out."""
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(large_page.as_uri())
    metrics = session.send("Performance.getMetrics")["metrics"]
    seconds = next(each["value"] for each in metrics if each["name"] == "TaskDuration")
    page.screenshot(path=shots / "500-images.png")
    assert page.locator("#table tbody tr").count() == 500
    assert 0 < seconds < 1
    sort_by(page, "size")
    page.locator("#search").fill("debian12")
    assert 0 < len(ids(page)) < 500
    metrics = session.send("Performance.getMetrics")["metrics"]
    assert next(each["value"] for each in metrics if each["name"] == "TaskDuration") < 2
    context.close()
