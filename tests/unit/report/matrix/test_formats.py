"""Every format: the same bytes again, nothing that is known left out, no markup from outside."""

import base64
import hashlib
import json
import re
import time
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import jsonschema
import msgspec
import pytest

from tests import report_inputs
from validation.cli.schema import REPORT, report_schema_text
from validation.model import Plan
from validation.report.matrix.as_github import LIMIT, format_github
from validation.report.matrix.as_html import format_html
from validation.report.matrix.as_json import format_json, read_json
from validation.report.matrix.as_markdown import format_markdown
from validation.report.matrix.as_page import format_page
from validation.report.matrix.as_terminal import format_overview, format_terminal
from validation.report.matrix.content import make_report
from validation.report.matrix.pictures.sizes import sizes_svg
from validation.report.matrix.pictures.times import sparkline

FORMATS = {
    "html": format_html,
    "json": format_json,
    "markdown": format_markdown,
    "github": format_github,
    "page": format_page,
    "terminal": lambda report: format_terminal(report, 200),
}


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_inputs_give_the_same_bytes(form):
    first, second = (FORMATS[form](make_report(report_inputs.committed())) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("form", FORMATS)
def test_every_image_and_every_combination_that_cannot_be_is_told(form, example):
    text = FORMATS[form](example)
    for each in (*example.images, *example.skipped):
        assert each.id in text


@pytest.mark.parametrize("form", FORMATS)
def test_the_answer_comes_before_any_image(form, example):
    text = FORMATS[form](example)
    if form == "json":
        assert json.loads(text)["tally"]["move"] == 3
        return
    plain = re.sub(r"<(title|style|script)>.*?</\1>|<[^>]+>", "", text, flags=re.DOTALL)
    assert plain.index("Move 3 of 15 images") < plain.index(example.images[0].id)


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_of_nothing_can_be_told(form, given):
    report = make_report(msgspec.structs.replace(given, plan=Plan(images=())))
    assert "no image" in FORMATS[form](report).lower() or form == "json"


@pytest.mark.parametrize("form", ["html", "markdown", "json", "github"])
def test_a_receipt_that_cannot_be_read_is_named(form, given):
    line = "out/receipts/x/y.json: left out, it is no JSON"
    report = make_report(msgspec.structs.replace(given, left_out=(line,)))
    assert line in FORMATS[form](report)


@pytest.mark.parametrize("form", ["terminal", "html", "markdown", "json", "github"])
@pytest.mark.parametrize("state", ["outdated", "incomplete"])
def test_why_a_proof_does_not_count_is_told(form, state, example):
    first = msgspec.structs.replace(example.images[0], state=state, why="something <b> is missing")
    report = msgspec.structs.replace(example, images=(first, *example.images[1:]))
    text = FORMATS[form](report)
    assert state in text
    plain = text.replace("\\<", "<").replace("\\>", ">").replace("&lt;", "<").replace("&gt;", ">")
    assert "something <b> is missing" in plain


# --- JSON


def test_the_json_comes_back_as_the_report(example):
    assert read_json(format_json(example).encode()) == example


def test_the_json_keeps_to_its_published_schema(example):
    schema = json.loads(REPORT.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(format_json(example)), schema)


def test_the_published_schema_is_what_the_records_make():
    remedy = "the records changed: run `python -m validation.cli.schema`"
    assert REPORT.read_text("utf-8") == report_schema_text(), remedy


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b'{"version": 99}', b"\xff"])
def test_what_is_no_report_is_an_error(text):
    with pytest.raises(ValueError, match=r"."):
        read_json(text)


def test_a_report_of_another_format_is_left_aside(example):
    text = format_json(msgspec.structs.replace(example, version=99))
    with pytest.raises(ValueError, match="format version 99"):
        read_json(text.encode())


# --- HTML


class Page(HTMLParser):
    """Collects what a policy of our own hashes would not let through."""

    def __init__(self):
        super().__init__()
        self.tags, self.bad, self.ids = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name.startswith("on") or name == "style":
                self.bad.append((tag, name))
            if name in {"src", "href", "action"} and not (value or "").startswith("#"):
                self.bad.append((tag, name, value))


def parsed(report):
    page = Page()
    page.feed(format_html(report))
    return page


def test_the_page_takes_nothing_from_anywhere(example):
    page = parsed(example)
    assert page.bad == []
    assert not {"link", "iframe", "img", "object", "base"} & set(page.tags)
    assert sorted(page.ids) == sorted(set(page.ids))


def test_the_policy_allows_these_two_texts_and_nothing_else(example):
    text = format_html(example)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
    assert policy.startswith("default-src &#39;none&#39;;")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        bodies = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert len(bodies) == 1
        digest = base64.b64encode(hashlib.sha256(bodies[0].encode()).digest()).decode()
        assert f"{tag}-src &#39;sha256-{digest.replace('+', '&#43;')}&#39;" in policy or (
            f"{tag}-src &#39;sha256-{digest}&#39;" in policy
        )


def hostile(given, text):
    """Return a report in which a receipt and the matrix carry `text` wherever they can."""
    image = given.plan.images[0]
    receipt = report_inputs.make_receipt(image, report_inputs.days_of(image, 1)[0], failed=True)
    proof = msgspec.structs.replace(receipt.proofs[-1], name=text, reason=text)
    receipt = msgspec.structs.replace(
        receipt,
        proofs=(*receipt.proofs[:-1], proof),
        base=msgspec.structs.replace(receipt.base, digest=text, how=text),
        layers=tuple(msgspec.structs.replace(layer, group=text) for layer in receipt.layers),
        gpu=text,
    )
    matrix = msgspec.structs.replace(given.matrix, repository=text)
    return make_report(
        msgspec.structs.replace(given, matrix=matrix, receipts=[receipt], left_out=(text,))
    )


PAYLOAD = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


def test_receipts_and_matrix_put_no_markup_into_the_page(given):
    page = parsed(hostile(given, PAYLOAD))
    assert page.bad == []
    assert page.tags.count("script") == 1
    assert "img" not in page.tags


def test_receipts_put_no_markup_into_markdown(given):
    for format_it in (format_markdown, format_github):
        text = format_it(hostile(given, "a|b\n# c <img src=x> [x](javascript:y) `z`"))
        assert "\n# c" not in text
        text = re.sub(r"(?<!\\)`[^`\n]*`", "", text)  # inside of code nothing is markup
        assert "<img" not in text.replace("\\<img", "")
        assert "[x](" not in text.replace("\\[x\\](", "")


# --- GitHub, terminal, pictures


def test_a_job_summary_stays_within_what_github_takes(given):
    many = tuple(
        msgspec.structs.replace(image, id=f"{image.id}-{number}")
        for number in range(400)
        for image in given.plan.images
    )
    report = make_report(msgspec.structs.replace(given, plan=Plan(images=many)))
    text = format_github(report)
    assert len(text.encode()) <= LIMIT
    assert "Not all fits into a job's summary" in text
    assert text.count("<details>") == text.count("</details>")


def test_a_narrow_terminal_keeps_what_matters(example):
    lines = format_terminal(example, 120).splitlines()
    table = [line for line in lines if line.startswith(("image ", "train-", "cpu-"))]
    assert all(len(line) <= 120 for line in table)
    assert "verdict" in table[0]
    assert "state" in table[0]


def test_a_verb_that_did_something_else_ends_with_table_and_answer(example):
    lines = format_overview(example, 200).splitlines()
    assert lines[0].startswith("image ")
    assert len(lines) == 1 + len(example.images) + 2
    assert lines[-1].startswith("Move 3 of 15 images before the next review on 1 January 2027. 3 ")


def test_the_page_for_the_repository_tells_nothing_of_this_machine(example, given):
    assert format_page(example) == format_page(make_report(given))


def test_a_line_needs_two_measurements():
    assert sparkline([], "spark", "builds") == ""
    assert sparkline([None, 4.0], "spark", "builds") == ""
    assert "4 s, now 8 s, over 2 proofs" in sparkline([4.0, None, 8.0], "spark", "builds")


def test_bars_are_as_wide_as_the_layers_are_large(example):
    root = ET.fromstring(sizes_svg(example))  # noqa: S314  (our own text)
    name = "{http://www.w3.org/2000/svg}"
    for row in example.images:
        if row.size is None:
            continue
        told = f"{row.id}: {row.size / 1e6:.0f} MB of {row.budget / 1e6:.0f} MB"
        group = next(
            each for each in root.iter(f"{name}g") if (each.findtext(f"{name}title") or "") == told
        )
        parts = [each for each in group.iter(f"{name}rect") if "part" in each.get("class", "")]
        assert len(parts) == len(row.layers)
        drawn = sum(float(each.get("width", "")) for each in parts)
        budget = next(each for each in group.iter(f"{name}line"))
        left = float(parts[0].get("x", ""))
        scale = (float(budget.get("x1", "")) - left) / row.budget
        assert drawn == pytest.approx(row.size * scale, abs=1)


def test_an_image_above_its_budget_is_marked(example):
    over = tuple(msgspec.structs.replace(row, budget=1) for row in example.images)
    assert "budget over" in sizes_svg(msgspec.structs.replace(example, images=over))
    assert "budget over" not in sizes_svg(example)


def test_an_image_whose_layers_nobody_told_is_one_bar_with_a_name(example):
    first = msgspec.structs.replace(example.images[0], layers=())
    some = msgspec.structs.replace(example, images=(first, *example.images[1:]))
    assert "not measured by layer" in sizes_svg(some)
    assert "not measured by layer" not in sizes_svg(example)


def test_500_images_with_20_receipts_take_less_than_two_seconds(tmp_path):
    (tmp_path / "matrix.yaml").write_text(report_inputs.MANY)
    given = report_inputs.given_of(tmp_path, images=500, each=20)
    assert (len(given.plan.images), len(given.receipts)) == (500, 10_000)
    start = time.process_time()  # of the processor: a machine that tests share says little of time
    report = make_report(given)
    for form in FORMATS.values():
        form(report)
    assert time.process_time() - start < 2
