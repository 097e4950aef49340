"""The verb `smoke`: the whole way in little, as proof that an image can do its work.

Train a locator from a fixed seed, checkpoint, reload, export to ONNX, and leave inputs and outputs
for the inference side to compare. Each step is a proof that fails when its part is broken:

    learns          the mean position error on unseen examples falls by FACTOR at least. Distance is
                    the measure, because a likelihood goes negative and its ratio means nothing. An
                    untrained network, one with learning rate 0 and one trained on shuffled
                    positions all stay at the error of guessing the square's centre: a factor of 1.
    likelihood      the Gaussian negative log-likelihood falls by LIKELIHOOD nats at least, from
                    that of knowing nothing (the network starts with a uniform's variance)
    uncertainty     COVERAGE of the errors lie within two of its own standard deviations
    checkpoint      a fresh model restored from the file gives bitwise the same outputs
    export          the ONNX file is sound, has the opset asked for and any batch size
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from trainer import draws
from trainer.batches import Source, make_batch
from trainer.checkpoint import read_checkpoint
from trainer.device import Device, choose_device, to_numpy
from trainer.errors import NonFinite, ProofFailed
from trainer.export import export_onnx
from trainer.files import write_json
from trainer.model import Locator, parameters_of
from trainer.parity import BATCHES, write_parity
from trainer.proofs import Proof, verdict
from trainer.quality import Validation
from trainer.scene import Scene
from trainer.settings import Training, image_id, revision
from trainer.training import Hooks, Outcome, Report, Run

FACTOR = 10.0  # the default run reaches 40 to 60
LIKELIHOOD = 1.0  # nats; the default run gains 4
COVERAGE = 0.85  # 0.954 is ideal: Gaussian errors, deviations exactly right

RESULTS = ("smoke.json", "checkpoint.pt", "metrics.jsonl", "model.onnx", "parity.npz")


@dataclass(frozen=True, kw_only=True)
class Smoke:
    """What a smoke run is asked to do. `source` replaces the training data (tests break it)."""

    folder: Path
    training: Training
    scene: Scene
    device: str
    opset: int
    source: Source | None = None


def smoke(asked: Smoke, *, started: float, report: Report) -> dict[str, Any]:
    """Run it, write smoke.json in any case, and return its content; `passed` is the verdict."""
    for stale in RESULTS:  # a run that dies must not leave an older run's verdict behind
        (asked.folder / stale).unlink(missing_ok=True)
    device = choose_device(asked.device)
    ready = time.monotonic()
    facts: dict[str, Any] = {
        "image": image_id(),
        "revision": revision(),
        "device": device.torch.type,
        "device_name": device.name,
        "synthesis": device.arrays.__name__,
        "torch": str(torch.__version__),
        "cuda": torch.version.cuda,
        "training": asked.training.as_dict(),
    }
    proofs, figures = _prove(asked, device, report)
    ended = time.monotonic()
    seconds = {"seconds": round(ended - started, 2), "seconds_import": round(ready - started, 2)}
    result = verdict(proofs) | facts | figures | seconds
    write_json(asked.folder / "smoke.json", result)
    return result


def _prove(asked: Smoke, device: Device, report: Report) -> tuple[list[Proof], dict[str, Any]]:
    begin = time.monotonic()
    run = Run(
        asked.scene,
        asked.training,
        device,
        folder=asked.folder,
        source=asked.source,
        hooks=Hooks(report=report),
    )
    try:
        outcome = run.finish()
    except NonFinite as error:
        return [Proof(name="learns", passed=False, detail=error.what)], {}
    trained = time.monotonic()
    figures: dict[str, Any] = {
        **_figures(outcome),
        "parameters": parameters_of(outcome.model),
        "seconds_training": round(trained - begin, 2),
        "examples_per_second": round(
            outcome.checkpoint.step * asked.training.batch / (trained - begin)
        ),
    }
    proofs = learning_proofs(outcome.first, outcome.last)
    reloaded = read_checkpoint(asked.folder / "checkpoint.pt").restored_model()
    proofs.append(_round_trip_proof(outcome.model, reloaded, asked))
    export_proof, exported = _export_proof(asked, reloaded)
    figures |= {
        "checkpoint_round_trip": proofs[-1].passed,
        "checkpoint_bytes": (asked.folder / "checkpoint.pt").stat().st_size,
        **exported,
        "seconds_export": round(time.monotonic() - trained, 2),
    }
    return [*proofs, export_proof], figures


def learning_proofs(first: Validation, last: Validation) -> list[Proof]:
    """Hold the model after training against the one before."""
    factor = first.error / last.error
    gain = first.loss - last.loss
    return [
        Proof(
            name="learns",
            passed=factor >= FACTOR,
            detail=f"mean position error {first.error:.0f} m → {last.error:.1f} m: "
            f"factor {factor:.1f}, required {FACTOR:g}",
        ),
        Proof(
            name="likelihood",
            passed=gain >= LIKELIHOOD,
            detail=f"NLL {first.loss:.2f} → {last.loss:.2f} nats: "
            f"fell by {gain:.2f}, required {LIKELIHOOD:g}",
        ),
        Proof(
            name="uncertainty",
            passed=last.within_two_sigma >= COVERAGE,
            detail=f"{last.within_two_sigma:.3f} of errors within 2 deviations, "
            f"required {COVERAGE:g}",
        ),
    ]


def _figures(outcome: Outcome) -> dict[str, Any]:
    first, last = outcome.first, outcome.last
    return {
        "steps": outcome.checkpoint.step,
        "loss_first": first.loss,
        "loss_last": last.loss,
        "error_first_m": first.error,
        "error_last_m": last.error,
        "median_error_last_m": last.median_error,
        "within_two_sigma": last.within_two_sigma,
        "factor": first.error / last.error,
        "factor_required": FACTOR,
    }


def _round_trip_proof(trained: Locator, reloaded: Locator, asked: Smoke) -> Proof:
    """Compare the trained model, moved to the CPU, with the one from the file, bit by bit.

    A GPU's model lies channels-last in memory, for which the CPU has kernels that sum in another
    order: it is laid out as the one from the file first.
    """
    cpu = choose_device("cpu")
    fresh = make_batch(
        asked.scene, cpu, seed=asked.training.seed, stream=draws.PARITY, first=1 << 20, count=64
    )
    with torch.no_grad():
        trained.cpu().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]  # torch's stub knows no layouts
        before = trained(fresh.correlation, fresh.level)
        after = reloaded(fresh.correlation, fresh.level)
    same = all(torch.equal(one, other) for one, other in zip(before, after, strict=True))
    detail = "64 fresh examples, outputs " + ("bitwise equal" if same else "differ")
    return Proof(name="checkpoint", passed=same, detail=detail)


def _export_proof(asked: Smoke, model: Locator) -> tuple[Proof, dict[str, Any]]:
    try:
        exported = export_onnx(model, asked.scene, asked.folder / "model.onnx", opset=asked.opset)
    except ProofFailed as error:
        return Proof(name="export", passed=False, detail=error.what), {"opset_asked": asked.opset}
    write_parity_cases(asked.folder / "parity.npz", model, asked.scene, asked.training.seed)
    detail = f"{exported.exporter} exporter, opset {exported.opset}, {exported.size:,} bytes"
    return Proof(name="export", passed=True, detail=detail), exported.as_dict()


def write_parity_cases(path: Path, model: Locator, scene: Scene, seed: int) -> None:
    """Write fresh examples, of a stream never trained on, and torch's float32 CPU outputs."""
    cases, first = [], 0
    for count in BATCHES:
        fresh = make_batch(
            scene, choose_device("cpu"), seed=seed, stream=draws.PARITY, first=first, count=count
        )
        with torch.no_grad():
            position, log_variance = model(fresh.correlation, fresh.level)
        named = {"correlation": fresh.correlation, "level": fresh.level}
        named |= {"position": position, "log_variance": log_variance}
        cases.append({name: to_numpy(tensor) for name, tensor in named.items()})
        first += count
    write_parity(path, cases)
