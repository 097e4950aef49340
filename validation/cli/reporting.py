"""What a report is made from, read and joined: used by `report`, and by verbs that end with it.

Imports report, prove, watch, matrix, engine's client, files and model.
"""

import contextlib
import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from validation.cli import output
from validation.cli.inputs import read_trainer
from validation.cli.scanning import Sources, Wanted, ground_of, judge_sources, recorded_review
from validation.cli.workspace import Workspace
from validation.engine.buildx import inputs_hash
from validation.engine.client import Engine, connect, find_engine
from validation.engine.records import read_records
from validation.errors import BadInput, WorldFailed
from validation.facts.load import TABLES, Facts
from validation.files import write_atomic
from validation.model import Image, Project
from validation.prove.built import find_all_built
from validation.prove.receipt import BuiltFacts, Receipt
from validation.prove.store import read_receipts
from validation.render.folder import ImageFile
from validation.report.matrix.as_html import format_html
from validation.report.matrix.as_json import format_json, read_json
from validation.report.matrix.as_markdown import format_markdown
from validation.report.matrix.content import Given
from validation.report.matrix.records import Report
from validation.watch.references import ReferenceScan
from validation.watch.references.own_matrix import references_of
from validation.watch.result import Result

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def today() -> datetime.date:
    """Return today in UTC, as receipts tell the time."""
    return datetime.datetime.now(datetime.UTC).date()


def report_folder(project: Project) -> Path:
    """Return where reports are written and kept."""
    return project.out / "report"


def facts_day(facts: Facts) -> datetime.date:
    """Return the newest day on which a table of the facts was read as a whole."""
    return max(
        datetime.date.fromisoformat(facts.table(name, shape).as_of)
        for name, shape in TABLES.items()
    )


def judged(workspace: Workspace, day: datetime.date) -> Result:
    """Return what a scan of the matrix alone comes to, by the committed facts."""
    name = workspace.project.matrix.name
    references = tuple(references_of(workspace.matrix, workspace.plan, name))
    root = workspace.project.root
    wanted = Wanted(root=root, paths=(str(workspace.project.matrix),), named=())
    sources = Sources(
        scan=ReferenceScan(references=references, problems=(), files=1),
        texts=(),
        matrix=workspace.matrix,
        recorded=recorded_review(root),
    )
    ground = ground_of(sources, workspace.facts, day, {})
    return judge_sources(wanted, sources, ground, offline=True, patches=False)


def locked_versions(project: Project, images: tuple[Image, ...]) -> dict[str, dict[str, str]]:
    """Return what the committed locks pin, by image id and package; nothing where none is."""
    found: dict[str, dict[str, str]] = {}
    for image in images:
        for path in sorted((project.images / image.id).glob("*.lock")):
            pins = _PIN.findall(path.read_text("utf-8", errors="replace"))
            found.setdefault(image.id, {}).update(pins)
    return found


def built_images(workspace: Workspace, engines: Sequence[Engine] = ()) -> Mapping[str, BuiltFacts]:
    """Return what engines have of the plan's images, by id; nothing where none answers.

    `engines` are those at work; without them it is the one that verbs find by themselves.
    """
    images, repository = workspace.plan.images, workspace.matrix.repository
    found: dict[str, BuiltFacts] = {}
    try:
        for engine in reversed(engines or (find_engine(workspace.project),)):
            with contextlib.closing(connect(engine)) as client:
                built = find_all_built(client, images, repository)
            found |= {name: each.facts for name, each in built.items()}
    except WorldFailed:
        output.note("no engine answers: what is built is told from the receipts")
    return found


def build_seconds(project: Project) -> dict[str, float]:
    """Return the seconds of every build that is on record, by the built image's digest.

    The same digest again comes out of the build cache, and says nothing of a build: the first
    record of it counts.
    """
    return {record.digest: record.seconds for record in reversed(read_records(project))}


def inputs_today(project: Project, receipts: Iterable[Receipt]) -> dict[str, str]:
    """Return {image id: what the newest receipt's `built.inputs` would be today}.

    `receipts` are oldest first. It is what a build on the same base would come to, from image.json
    and the trainer as they lie here; an image without these is not in it.
    """
    try:
        trainer = read_trainer(project)
    except (BadInput, OSError):
        return {}
    found: dict[str, str] = {}
    for name, receipt in {receipt.image.id: receipt for receipt in receipts}.items():
        try:
            text = (project.images / name / "image.json").read_bytes()
            made = msgspec.json.decode(text, type=ImageFile)
        except (OSError, ValueError):  # `imagewright render --check` tells
            continue
        found[name] = inputs_hash(made.inputs, trainer, receipt.base.digest)
    return found


def declared(workspace: Workspace, day: datetime.date) -> Given:
    """Return what matrix, locks and facts alone say: the same in every checkout."""
    return Given(
        matrix=workspace.matrix,
        plan=workspace.plan,
        facts=workspace.facts,
        facts_as_of=facts_day(workspace.facts),
        scan=judged(workspace, day),
        locks=locked_versions(workspace.project, workspace.plan.images),
    )


def everything(
    workspace: Workspace, day: datetime.date, folder: Path, engines: Sequence[Engine] = ()
) -> Given:
    """Return all that is known here: what is declared, the receipts, the engine, the last report.

    `folder` is where reports are kept. What cannot be read is named and left out.
    """
    receipts = read_receipts(workspace.project, datetime.datetime.now(datetime.UTC))
    before, problem = last_report(folder, day)
    left_out = (*receipts.unreadable, *([problem] if problem else []))
    for line in left_out:
        output.note(line)
    return msgspec.structs.replace(
        declared(workspace, day),
        receipts=receipts.receipts,
        built=built_images(workspace, engines),
        builds=build_seconds(workspace.project),
        inputs=inputs_today(workspace.project, receipts.receipts),
        left_out=left_out,
        before=before,
    )


def last_report(folder: Path, day: datetime.date) -> tuple[Report | None, str]:
    """Return the newest kept report of an earlier day, and why the newest could not be read."""
    days = sorted(path for path in folder.glob("kept/????-??-??.json"))
    earlier = [path for path in days if path.stem < day.isoformat()]
    if not earlier:
        return None, ""
    try:
        return read_json(earlier[-1].read_bytes()), ""
    except (OSError, ValueError) as error:
        return None, f"{earlier[-1]}: left out, {error}"


def write_report(folder: Path, report: Report) -> Path:
    """Write the report's files and return the page; the JSON is kept by day, for the next one."""
    page = folder / "report.html"
    text = format_json(report)
    write_atomic(page, format_html(report))
    write_atomic(folder / "report.md", format_markdown(report))
    write_atomic(folder / "report.json", text)
    write_atomic(folder / "kept" / f"{report.today}.json", text)
    return page
