"""How long a report takes: 500 images with 20 receipts each. The target is 2 s for rendering.

    rendering    content computed and each format written as text, from values in memory
    reading      the 10,000 receipts, read and checked from a folder
    judging      every base by the committed facts, with its replacements
    whole        `imagewright report --format html` as a process, with its peak memory

Prints figures, asserts nothing. Run: python bench/report.py [IMAGES RECEIPTS].
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from references import say  # noqa: E402  (found by the line above)

from tests import report_inputs  # noqa: E402  (as above)
from validation.cli.reporting import judged  # noqa: E402  (as above)
from validation.cli.workspace import open_workspace  # noqa: E402  (as above)
from validation.model import Project  # noqa: E402  (as above)
from validation.prove.store import read_receipts  # noqa: E402  (as above)
from validation.report.matrix.as_github import format_github  # noqa: E402  (as above)
from validation.report.matrix.as_html import format_html  # noqa: E402  (as above)
from validation.report.matrix.as_json import format_json  # noqa: E402  (as above)
from validation.report.matrix.as_markdown import format_markdown  # noqa: E402  (as above)
from validation.report.matrix.as_terminal import format_terminal  # noqa: E402  (as above)
from validation.report.matrix.content import make_report  # noqa: E402  (as above)
from validation.report.matrix.records import Report  # noqa: E402  (as above)

FORMATS: dict[str, Callable[[Report], str]] = {
    "html": format_html,
    "json": format_json,
    "markdown": format_markdown,
    "github": format_github,
    "terminal": lambda report: format_terminal(report, 200),
}


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of the clock and of the processor that work takes, the best of three."""
    best = (float("inf"), float("inf"))
    for _ in range(3):
        clock, processor = time.perf_counter(), time.process_time()
        work()
        best = min(best, (time.perf_counter() - clock, time.process_time() - processor))
    return best


def tell(what: str, work: Callable[[], object], more: str = "") -> tuple[float, float]:
    """Print what work takes, and return it."""
    clock, processor = timed(work)
    say(f"{what:24} {clock:6.2f} s  {processor:6.2f} s of processor  {more}")
    return clock, processor


def rendering(images: int, receipts: int, root: Path) -> None:
    """Print what a report takes from values in memory, the content and each format."""
    given = report_inputs.given_of(root, images=images, each=receipts)
    found = len(given.plan.images)
    say(f"{found} images, {len(given.receipts)} receipts")
    taken = [tell("rendering content", lambda: make_report(given))]
    report = make_report(given)
    for name, form in FORMATS.items():
        size = len(form(report).encode())
        taken.append(tell(f"rendering {name}", lambda form=form: form(report), f"{size:,} bytes"))
    clock, processor = (sum(part) for part in zip(*taken, strict=True))
    say(f"{'rendering, all of it':24} {clock:6.2f} s  {processor:6.2f} s of processor")
    report_inputs.write_inputs(root, given)


def world(root: Path) -> None:
    """Print what reading and judging take, and a whole process."""
    project = Project(root=root, cache=root / "cache")
    tell("reading receipts", lambda: read_receipts(project))
    workspace = open_workspace(project)
    judged(workspace, report_inputs.TODAY)  # what is remembered of references is remembered
    tell("judging again", lambda: judged(workspace, report_inputs.TODAY))
    words = [sys.executable, "-m", "validation", "--root", str(root), "report"]
    words += ["--today", "2026-11-23", "--format", "html"]
    environment = {**os.environ, "IMAGEWRIGHT_CACHE": str(root / "cache")}
    begin = time.perf_counter()
    child = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    processor = usage.ru_utime + usage.ru_stime
    say(
        f"{'whole process':24} {time.perf_counter() - begin:6.2f} s  {processor:6.2f} s of "
        f"processor  {usage.ru_maxrss / 1000:.0f} MB, exit {child.returncode}"
    )


if __name__ == "__main__":
    wanted = [int(word) for word in sys.argv[1:3]] or [500, 20]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "matrix.yaml").write_text(report_inputs.MANY)
        rendering(*wanted, Path(folder))
        world(Path(folder))
