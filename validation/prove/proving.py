"""Proves one built image: starts it, runs the suite, trains in it, checks the model elsewhere.

Imports prove's own modules, engine, render.lockfile, model and errors. Prints nothing: what
happens is told line by line to the caller.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
from docker import DockerClient
from docker.errors import DockerException
from docker.models.containers import Container
from requests.exceptions import RequestException

from validation.engine.client import Engine
from validation.engine.runs import Run
from validation.errors import WorldFailed
from validation.files import disk_failure
from validation.model import Project
from validation.prove.built import Built, engine_facts, engine_failure, host_facts
from validation.prove.case import Case
from validation.prove.checks import run_checks
from validation.prove.container import (
    ContainerEnded,
    end_of,
    health_limit,
    last_lines,
    proving,
    wait_until_settled,
)
from validation.prove.devices import ask_devices, describe_gpus
from validation.prove.gpu import Gpu, GpuMode, gpu_for
from validation.prove.layer_groups import layer_facts
from validation.prove.ledger import Ledger
from validation.prove.parity import AGREES, AGREES_ABOUT, run_parity
from validation.prove.receipt import (
    GpuFacts,
    LayerFacts,
    ParityFacts,
    Receipt,
    SmokeFacts,
    count,
)
from validation.prove.serving import PREDICTS, PREDICTS_ABOUT, run_serving
from validation.prove.smoke import TRAINS, TRAINS_ABOUT, run_smoke
from validation.prove.store import keep_model, read_receipts, take_model, write_receipt
from validation.render.lockfile import LOCK, pins, read_state

_STARTS = ("container.starts", "The default command starts and does not end by itself.")
_LASTS = ("container.lasts", "The container is still running when all its proofs are done.")
_NO_INFERENCE = "matrix.yaml has no image with `workload: inference` to run the model in"
_NO_MODEL = "no proven model under out/models: prove a training image first"


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """What every proof of one run shares.

    `info` is the engine's `docker info`; `inference` is the built image that models are checked
    in, `inference_client` the engine that has it (None: the same); `timeout` is in seconds and
    holds for each phase: the suite, the training, the check. Once `stopping` is set, containers
    are taken away, and what a proof finds then says nothing of its image.
    """

    engine: Engine
    client: DockerClient
    info: dict[str, Any]
    project: Project
    run: Run
    inference: Built | None
    gpu: GpuMode
    timeout: float
    inference_client: DockerClient | None = None
    stopping: threading.Event = msgspec.field(default_factory=threading.Event)


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one image: its receipt and where that lies, and the log of it all."""

    receipt: Receipt
    path: Path
    log: Path


class _Measured(msgspec.Struct, kw_only=True):
    smoke: SmokeFacts | None = None
    parity: ParityFacts | None = None
    device: GpuFacts | None = None
    layers: tuple[LayerFacts, ...] = ()


def prove_image(bench: Bench, built: Built, say: Callable[[str], None]) -> Proven:
    """Prove one image and write its receipt and model.

    Failed proofs are in the receipt and raise nothing. Raises `WorldFailed` when the engine or
    the disk is to blame, or the run is being stopped; there is then no receipt.
    """
    started = datetime.now(UTC)
    gpu = gpu_for(built.image, bench.gpu, bench.info)
    made = bench.run.scratch / built.image.id
    path = bench.project.out / "logs" / f"{built.image.id}.test-{bench.run.id}.log"
    try:
        made.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", buffering=1) as log:
            ledger = Ledger(say, log)
            measured = _run_proofs(bench, built, gpu, made, ledger)
    except (DockerException, RequestException) as error:  # before OSError: the second is one
        raise engine_failure(error) from error
    except OSError as error:
        raise disk_failure("write", path, error) from error
    if bench.stopping.is_set():
        raise WorldFailed("stopped before it was proven")
    model = None
    if built.image.workload == "training":
        model = keep_model(bench.project, built.image.id, made)
    receipt = Receipt(
        run=bench.run.id,
        image=built.image,
        built=built.facts,
        base=built.base,
        engine=engine_facts(bench.engine, bench.info),
        host=host_facts(bench.info),
        gpu=gpu.missing or describe_gpus(measured.device),
        started=started,
        finished=datetime.now(UTC),
        proofs=tuple(ledger.proofs),
        counts=count(ledger.proofs),
        smoke=measured.smoke,
        parity=measured.parity,
        model=model,
        layers=measured.layers,
        device=measured.device,
    )
    return Proven(receipt=receipt, path=write_receipt(bench.project, receipt), log=path)


def _run_proofs(bench: Bench, built: Built, gpu: Gpu, made: Path, ledger: Ledger) -> _Measured:
    """Run what there is to prove, each phase only where the one before leaves something to do."""
    measured = _Measured(layers=_layers(bench.client, built.facts.image_id))
    ledger.say(f"starting {built.facts.tag} ({built.facts.image_id[7:19]})")
    with proving(
        bench.client, built.image, built.facts.image_id, bench.run, gpu.requests
    ) as container:
        if _starts(container, ledger):
            measured.device = _devices(container, built, gpu)
            _check(bench, built, gpu, container, ledger)
            if built.image.workload == "training":
                measured.smoke = _smoke(bench, built, gpu, container, made=made, ledger=ledger)
            else:
                measured.parity = _own_parity(bench, built, container, made, ledger)
            _lasts(container, ledger)
        else:
            ledger.skip("suite.runs", "The suite of checks runs.", "the container did not stay up")
            ledger.skip(TRAINS, TRAINS_ABOUT, "the container did not stay up")
        ledger.log.write("--- the container's own log\n")
        ledger.log.writelines(f"{line}\n" for line in last_lines(container, 2000))
    if built.image.workload == "training":
        measured.parity = _parity_elsewhere(bench, made, ledger)
    return measured


def _layers(client: DockerClient, image_id: str) -> tuple[LayerFacts, ...]:
    image = client.images.get(image_id)
    return layer_facts(image.attrs["RootFS"].get("Layers") or (), image.history())


def _devices(container: Container, built: Built, gpu: Gpu) -> GpuFacts | None:
    """Return the container's GPUs; one that dies of the question is the next check's to find."""
    if gpu.missing:
        return None
    try:
        return ask_devices(container, built.image)
    except ContainerEnded:
        return None


def _starts(container: Container, ledger: Ledger) -> bool:
    with ledger.proof(*_STARTS) as fail:
        ended = wait_until_settled(container)
        if ended:
            fail("\n".join((ended, *last_lines(container))))
    return not ended


def _lasts(container: Container, ledger: Ledger) -> None:
    with ledger.proof(*_LASTS) as fail:
        ended = end_of(container)
        if ended:
            fail("\n".join((ended, *last_lines(container))))


def _check(bench: Bench, built: Built, gpu: Gpu, container: Container, ledger: Ledger) -> None:
    folder = bench.run.scratch / f"{built.image.id}.suite"
    folder.mkdir()
    machine = str(bench.info.get("Architecture", ""))
    lock, unlocked = _locked(bench.project, built.image.id, machine)
    case = Case(
        engine=bench.engine,
        image=built.image,
        image_id=built.facts.image_id,
        container_id=str(container.id),
        pins=lock,
        unlocked=unlocked,
        gpu=gpu.missing,
        health_seconds=health_limit(container),
    )
    run_checks(
        case,
        bench.project,
        folder,
        ledger.log,
        timeout=bench.timeout,
        report=ledger.add_logged,
    )


def _smoke(
    bench: Bench, built: Built, gpu: Gpu, container: Container, *, made: Path, ledger: Ledger
) -> SmokeFacts | None:
    if end_of(container):
        ledger.skip(TRAINS, TRAINS_ABOUT, "the container ended during the suite")
        return None
    ledger.say("training")
    device: Literal["cpu", "cuda"] = "cpu" if gpu.missing else "cuda"
    return run_smoke(container, device, built.image.opset, made, ledger, timeout=bench.timeout)


def _locked(project: Project, image_id: str, machine: str) -> tuple[dict[str, str], str]:
    """Return the pins of an image's lock for a machine, and why there are none."""
    path = project.images / image_id / LOCK
    try:
        text = path.read_text("utf-8")
    except OSError:
        return {}, f"images/{image_id}/{LOCK} is not there"
    state = read_state(text)
    if state is None:
        return {}, f"{LOCK} was not written by `imagewright lock`"
    return dict(pins(text, machine)), state.unlocked


def _own_parity(
    bench: Bench, built: Built, container: Container, made: Path, ledger: Ledger
) -> ParityFacts | None:
    """Check the newest proven model in the inference image under proof itself."""
    ledger.skip(TRAINS, TRAINS_ABOUT, "an inference image holds no torch to train with")
    receipts = read_receipts(bench.project, datetime.now(UTC))
    source = take_model(bench.project, receipts, made)
    if source is None:
        ledger.skip(AGREES, AGREES_ABOUT, _NO_MODEL)
        ledger.skip(PREDICTS, PREDICTS_ABOUT, _NO_MODEL)
        return None
    ledger.say(f"checking the model of {source.image.id}")
    measured = run_parity(
        container, built.image.id, built.facts.image_id, made, ledger, timeout=bench.timeout
    )
    if end_of(container):
        ledger.skip(PREDICTS, PREDICTS_ABOUT, "the container has ended")
    else:
        run_serving(container, made, ledger, timeout=bench.timeout)
    return measured


def _parity_elsewhere(bench: Bench, made: Path, ledger: Ledger) -> ParityFacts | None:
    """Check the model that was just made, in a container of the inference image."""
    other = bench.inference
    if other is None:
        ledger.skip(AGREES, AGREES_ABOUT, _NO_INFERENCE)
        return None
    if not all((made / name).is_file() for name in ("model.onnx", "parity.npz")):
        ledger.skip(AGREES, AGREES_ABOUT, "the smoke run left no model to check")
        return None
    ledger.say(f"checking the model in {other.facts.tag}")
    none: tuple[Any, ...] = ()
    client = bench.inference_client or bench.client
    with proving(client, other.image, other.facts.image_id, bench.run, none) as container:
        return run_parity(
            container, other.image.id, other.facts.image_id, made, ledger, timeout=bench.timeout
        )
