"""The ONNX files of both images, run side by side where models are served.

Imports prove's container and ledger, and compare's checks, judging, probing, record and runs.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec
from docker import DockerClient

from validation.model import Record
from validation.prove.built import Built
from validation.prove.compare.checks import ONNX_NEW, ONNX_OLD, ONNX_SAME, Check, fail, hold
from validation.prove.compare.judging import (
    TOLERANCE,
    agreement_problem,
    format_gap,
    worst_gap,
)
from validation.prove.compare.probing import Desk, NoAnswer
from validation.prove.compare.record import Agreement, Gap, Onnx
from validation.prove.compare.runs import Bench
from validation.prove.container import proving
from validation.prove.ledger import Ledger

_OLD = "OLD's model"
_NEW = "NEW's model"
_MOVED = "OLD's checkpoint exported by NEW"


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """ONNX files and parity files by name: "old" and "new", and "moved" where it was made."""

    models: Mapping[str, Path]
    answers: Mapping[str, Path]


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """The image that runs the files, and the engine that has it."""

    built: Built
    client: DockerClient


class _Job(Record, frozen=True, kw_only=True):
    problem: str = ""
    expected: tuple[Gap, ...] = ()
    against: tuple[Gap, ...] = ()


class _Answer(Record, frozen=True, kw_only=True):
    runtime: str
    jobs: dict[str, _Job]


def run_onnx(bench: Bench, host: Host, files: Files, ledger: Ledger, made: Path) -> Onnx | None:
    """Run the models on the inputs of their parity files, and compare.

    "moved", OLD's checkpoint exported by NEW, is held against OLD's answers and against OLD's
    model. Returns None where nothing was run.
    """
    built = host.built
    ledger.say(f"running the ONNX files in {built.facts.tag}")
    none: tuple[()] = ()
    try:
        with proving(host.client, built.image, built.facts.image_id, bench.run, none) as container:
            desk = Desk(container=container, timeout=bench.timeout, follow=bench.follow)
            answer = _ask(desk, files, made)
    except NoAnswer as error:
        fail(ledger, ONNX_OLD, error)
        return None
    agreements = _judged(answer, ledger)
    return Onnx(
        image=built.image.id,
        image_id=built.facts.image_id,
        runtime=answer.runtime,
        agreements=agreements,
    )


def _ask(desk: Desk, files: Files, made: Path) -> _Answer:
    sent = {f"{name}.onnx": path for name, path in files.models.items()}
    sent |= {f"{name}.npz": files.answers[name] for name in ("old", "new")}
    there = desk.put("onnx-files", sent, made / "sent")
    jobs = [_question(name, there) for name in ("old", "moved", "new") if name in files.models]
    answer = desk.ask("compare_onnx", "onnx", {"jobs": jobs}, made, _Answer)
    if set(answer.jobs) != set(files.models):
        raise NoAnswer("compare_onnx answered other questions than it was asked")
    return answer


def _question(name: str, there: Mapping[str, str]) -> dict[str, str | None]:
    """Return what is asked of one model: whose inputs it gets, and which other it is held to."""
    inputs = there["new.npz" if name == "new" else "old.npz"]
    against = "old" if name == "moved" else None
    return {"name": name, "model": there[f"{name}.onnx"], "parity": inputs, "against": against}


def _judged(answer: _Answer, ledger: Ledger) -> tuple[Agreement, ...]:
    """Hold each file against its reference; return all that was measured."""
    old, new, moved = answer.jobs["old"], answer.jobs["new"], answer.jobs.get("moved")
    own = (
        (ONNX_OLD, old, Agreement(model=_OLD, reference="OLD's torch", gaps=old.expected)),
        (ONNX_NEW, new, Agreement(model=_NEW, reference="NEW's torch", gaps=new.expected)),
    )
    for check, job, agreement in own:
        _hold(ledger, check, job.problem, (agreement,))
    agreements = tuple(agreement for _, _, agreement in own)
    if moved is None:
        return agreements
    across = (
        Agreement(model=_MOVED, reference="OLD's torch", gaps=moved.expected),
        Agreement(model=_MOVED, reference=_OLD, gaps=moved.against),
    )
    _hold(ledger, ONNX_SAME, moved.problem or old.problem, across)
    return agreements + across


def _hold(ledger: Ledger, check: Check, problem: str, agreements: tuple[Agreement, ...]) -> None:
    problems = [agreement_problem(each, TOLERANCE) for each in agreements]
    first = problem or next(filter(None, problems), "")
    worst = worst_gap([gap for each in agreements for gap in each.gaps])
    hold(ledger, check, first, format_gap(worst) if worst else "")
