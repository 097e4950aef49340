"""Compares two built images: measured runs in turn, checkpoints across, ONNX side by side.

Imports prove's own modules, engine, model and files. Prints nothing: what happens is told line by
line to the caller.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from docker import DockerClient
from docker.errors import DockerException
from requests.exceptions import RequestException

from validation.engine.client import Engine
from validation.engine.runs import Run
from validation.files import disk_failure
from validation.model import Project
from validation.prove.built import Built, engine_facts, engine_failure, host_facts
from validation.prove.compare.changes import find_changes
from validation.prove.compare.checks import LEARNS, Name, hold, skip_rest
from validation.prove.compare.crossing import Crossed, Crossing
from validation.prove.compare.figures import make_figures
from validation.prove.compare.judging import TOLERANCE, format_learning, learning_problem
from validation.prove.compare.onnx import Files, Host, run_onnx
from validation.prove.compare.record import Comparison, Learning, Onnx, Side
from validation.prove.compare.runs import Bench, Device, Measured, measure_in_turn
from validation.prove.gpu import Gpu
from validation.prove.ledger import Ledger
from validation.prove.receipt import Proof, count


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared, where, and how.

    `pair` are the two images, both in `engine`; `info` is its `docker info`. `gpu` is what their
    containers get. `host` runs the ONNX files (None: NEW does). `builds` are the seconds that
    builds of each image took, () where no record is at hand. `timeout` is in seconds, for each
    training, export and check.
    """

    engine: Engine
    client: DockerClient
    info: dict[str, Any]
    project: Project
    run: Run
    pair: dict[Name, Built]
    host: Host | None
    gpu: Gpu
    builds: dict[Name, tuple[float, ...]]
    runs: int
    steps: int
    seed: int
    timeout: float

    @property
    def device(self) -> Device:
        """What both train on."""
        return "cpu" if self.gpu.missing else "cuda"


class _Found(msgspec.Struct, kw_only=True):
    measured: dict[Name, list[Measured]]
    crossed: Crossed
    onnx: Onnx | None = None


def compare_images(job: Job, say: Callable[[str], None]) -> Comparison:
    """Compare two images and return the record of it; the log is out/logs/compare-<run>.log.

    What differs that must not is in the record and raises nothing. Raises `WorldFailed` when the
    engine or the disk is to blame; there is then no record.
    """
    started = datetime.now(UTC)
    path = log_path(job)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", buffering=1) as log:
            ledger = Ledger(say, log)
            found = _find(job, ledger)
    except (DockerException, RequestException) as error:  # before OSError: the second is one
        raise engine_failure(error) from error
    except OSError as error:
        raise disk_failure("write", path, error) from error
    return _record(job, found, ledger.proofs, started)


def log_path(job: Job) -> Path:
    """Return where the log of a comparison lies."""
    return job.project.out / "logs" / f"compare-{job.run.id}.log"


def _find(job: Job, ledger: Ledger) -> _Found:
    """Run what there is to compare, each phase only where the one before left something to do."""
    bench = Bench(
        client=job.client,
        run=job.run,
        requests=job.gpu.requests,
        device=job.device,
        steps=job.steps,
        timeout=job.timeout,
        follow=ledger.note,
    )
    made = job.run.scratch
    measured = measure_in_turn(bench, job.pair, ledger, seed=job.seed, runs=job.runs, made=made)
    found = _Found(measured=measured, crossed=Crossed())
    if all(len(runs) == job.runs for runs in measured.values()):
        old, new = (_learned(job, measured[name]) for name in ("old", "new"))
        hold(ledger, LEARNS, learning_problem(old, new), format_learning(old, new))
        first = {name: made / f"{name}-0" for name in job.pair}
        found.crossed = Crossing(bench, job.pair, first, ledger).finish(old[0].loss_last)
        found.onnx = _run_onnx(job, bench, found.crossed, ledger)
    skip_rest(ledger)
    return found


def _run_onnx(job: Job, bench: Bench, crossed: Crossed, ledger: Ledger) -> Onnx | None:
    if not {"old", "new"} <= crossed.models.keys():
        return None
    host = job.host or Host(built=job.pair["new"], client=job.client)
    files = Files(models=crossed.models, answers=crossed.answers)
    return run_onnx(bench, host, files, ledger, job.run.scratch / "onnx")


def _learned(job: Job, runs: Sequence[Measured]) -> tuple[Learning, ...]:
    return tuple(run.learning(job.seed + at) for at, run in enumerate(runs))


def _side(job: Job, name: Name, found: _Found) -> Side:
    built, contents = job.pair[name], found.crossed.contents.get(name)
    return Side(
        image=built.image,
        built=built.facts,
        base=built.base,
        python=contents.python if contents else "",
        packages=contents.installed if contents else {},
        exported=found.crossed.exported.get(name),
        learned=_learned(job, found.measured[name]),
    )


def _record(job: Job, found: _Found, checks: Sequence[Proof], started: datetime) -> Comparison:
    old, new = _side(job, "old", found), _side(job, "new", found)
    return Comparison(
        run=job.run.id,
        old=old,
        new=new,
        engine=engine_facts(job.engine, job.info),
        host=host_facts(job.info),
        gpu=job.gpu.missing or "all GPUs of the engine's host",
        device=job.device,
        seed=job.seed,
        steps=job.steps,
        runs=job.runs,
        started=started,
        finished=datetime.now(UTC),
        tolerance=TOLERANCE,
        checks=tuple(checks),
        counts=count(checks),
        carried=found.crossed.carried,
        back=found.crossed.back,
        onnx=found.onnx,
        figures=make_figures(job.pair, found.measured, job.builds),
        changes=find_changes(old, new),
    )
