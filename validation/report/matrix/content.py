"""The whole report, computed once: what every format tells.

Pure; imports facts, watch, prove.receipt, model and this package. Today, the receipts, the
engine's images and the scan are passed in: the same values give the same report.
"""

import datetime
from collections.abc import Mapping, Sequence

import msgspec

from validation.facts.load import Facts
from validation.model import Matrix, Plan, Record, Skip
from validation.prove.receipt import BuiltFacts, Receipt
from validation.report.matrix.differences import differences
from validation.report.matrix.layers import on_disk, shared_layers
from validation.report.matrix.lifecycle import make_calendar
from validation.report.matrix.records import Impossible, Report, Row, Tally
from validation.report.matrix.rows import Proofs, by_image, make_row
from validation.report.matrix.standings import standings_of, steps_of
from validation.watch.result import Result


class Given(Record, frozen=True, kw_only=True):
    """What a report is made from.

    `scan` is a scan of the matrix, which also says what day it is. `built` are an engine's
    images by image id; `builds` the seconds that builds took by the
    built image's digest; `locks` the versions that locks pin, by image id and package; `inputs` by
    image id what the newest receipt's `built.inputs` would be today, where that can be told.
    `left_out` are lines about inputs that could not be read, `before` is the last report.
    """

    matrix: Matrix
    plan: Plan
    facts: Facts
    facts_as_of: datetime.date
    scan: Result
    receipts: Sequence[Receipt] = ()
    built: Mapping[str, BuiltFacts] = {}
    builds: Mapping[str, float] = {}
    locks: Mapping[str, Mapping[str, str]] = {}
    inputs: Mapping[str, str] = {}
    left_out: tuple[str, ...] = ()
    before: Report | None = None


def make_report(given: Given) -> Report:
    """Return the report of all images that the matrix comes to."""
    images, scan = given.plan.images, given.scan
    standings = standings_of(images, scan)
    receipts = by_image(given.receipts)
    known = {image.id for image in images}
    newest = [found[-1] for name, found in receipts.items() if name in known]
    shares = shared_layers(newest)
    releases = given.facts.torch.releases
    proofs = Proofs(
        receipts=receipts,
        built=given.built,
        builds=given.builds,
        locks=given.locks,
        inputs=given.inputs,
        wheels={name: release.pypi for name, release in releases.items()},
    )
    rows = tuple(make_row(image, standings.get(image.id), proofs, shares) for image in images)
    report = Report(
        title=given.matrix.repository,
        today=scan.today,
        facts_as_of=given.facts_as_of,
        next_review=scan.next_review,
        tally=_tally(rows),
        steps=steps_of(images, standings),
        images=rows,
        skipped=tuple(_impossible(skip) for skip in given.plan.skipped),
        findings=tuple(each for each in scan.findings if not each.rule.startswith("base-")),
        calendar=make_calendar(images, standings, given.facts, scan.today, given.matrix.review),
        shared=tuple(shares.values()),
        disk=on_disk(newest),
        left_out=given.left_out,
    )
    return msgspec.structs.replace(report, differences=differences(given.before, report))


def _tally(rows: Sequence[Row]) -> Tally:
    urgencies = [row.standing.urgency for row in rows if row.standing]
    states = [row.state for row in rows]
    return Tally(
        images=len(rows),
        move=urgencies.count("move"),
        decide=urgencies.count("decide"),
        accepted=urgencies.count("accepted"),
        stay=urgencies.count("stay"),
        own=len(rows) - len(urgencies),
        proven=states.count("proven"),
        failed=states.count("failed"),
        unproven=len(rows) - states.count("proven") - states.count("failed"),
    )


def _impossible(skip: Skip) -> Impossible:
    return Impossible(
        id=skip.id,
        family=skip.family,
        axes=skip.axes,
        unknown=skip.unknown,
        reasons=skip.reasons,
        nearest=tuple(
            ", ".join(f"{move.axis} {move.old} → {move.new}" for move in near.moves)
            for near in skip.nearest
        ),
    )
