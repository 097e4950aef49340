"""Joins what is planned with what is built, proven and judged: one row per image.

Pure; imports facts, prove.receipt, watch's names, model and the report's records.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from validation.facts.packages import PypiWheel
from validation.model import Image, Record
from validation.prove.receipt import BuiltFacts, Receipt, number
from validation.report.matrix.layers import Shares, layers_of
from validation.report.matrix.outdated import changed_base, changed_inputs
from validation.report.matrix.records import Past, Row, Smoke, Standing, State
from validation.watch.names import parse_image

KEPT = 20
"""Past proofs that a row's history tells."""


class Proofs(Record, frozen=True, kw_only=True):
    """What is known of the images beside the plan.

    `receipts` are an image's, oldest first. `built` maps image ids to what an engine has; of an
    image that it has not, the newest receipt tells what was built, wherever that was. `builds` are
    seconds by the built image's digest, `locks` versions by image id and package,
    `wheels` what PyPI's torch of each release brings along. `inputs` are by image id what the
    newest receipt's `built.inputs` would be today, as far as that can be told.
    """

    receipts: Mapping[str, Sequence[Receipt]]
    built: Mapping[str, BuiltFacts]
    builds: Mapping[str, float]
    locks: Mapping[str, Mapping[str, str]]
    wheels: Mapping[str, PypiWheel]
    inputs: Mapping[str, str] = {}


def by_image(receipts: Iterable[Receipt]) -> dict[str, list[Receipt]]:
    """Return receipts by image id, oldest first."""
    found: dict[str, list[Receipt]] = {}
    for receipt in sorted(receipts, key=lambda one: one.started):
        found.setdefault(receipt.image.id, []).append(receipt)
    return found


def make_row(image: Image, standing: Standing | None, proofs: Proofs, shares: Shares) -> Row:
    """Return an image's row; the newest receipt decides, an older pass does not outweigh it."""
    receipts = proofs.receipts.get(image.id, ())
    newest = receipts[-1] if receipts else None
    last_pass = next((each for each in reversed(receipts) if each.proven), None)
    there = proofs.built.get(image.id) or (newest.built if newest else None)
    cudnn, cudnn_from = _cudnn(image, proofs.locks.get(image.id, {}), proofs.wheels)
    state, why = _state(image, there, newest, proofs.inputs.get(image.id, ""))
    base = newest.base if newest and not changed_base(image, newest) else None
    row = Row(
        id=image.id,
        family=image.family,
        workload=image.workload,
        source=image.source,
        device=image.device,
        base=parse_image(image.base).familiar if image.base else None,
        base_digest=base.digest if base else "",
        base_how=base.how if base else "",
        standing=standing,
        os=image.os,
        python=image.python,
        flavor=image.flavor,
        cuda=image.cuda,
        variant=image.variant,
        cudnn=cudnn,
        cudnn_from=cudnn_from,
        torch=image.torch,
        torchvision=image.torchvision,
        torchaudio=image.torchaudio,
        cupy=image.cupy,
        numpy=image.numpy,
        onnx=image.onnx,
        onnxruntime=image.onnxruntime,
        opset=image.opset,
        drivers=image.fleet.drivers if image.cuda else "",
        gpus=image.fleet.gpus if image.cuda else (),
        budget=image.budget_mb * 1_000_000,
        state=state,
        why=why,
        size=there.size if there else None,
        built=there.created if there else "",
        build_seconds=proofs.builds.get(there.image_id) if there else None,
        proven=last_pass.finished if last_pass else None,
        proven_on=last_pass.device.names if last_pass and last_pass.device else (),
        proved=_topics(last_pass) if last_pass else (),
        history=tuple(_past(each, proofs.builds) for each in receipts[-KEPT:]),
    )
    return _with_proofs(row, newest, shares) if newest else row


def _with_proofs(row: Row, newest: Receipt, shares: Shares) -> Row:
    parity = newest.parity
    return msgspec.structs.replace(
        row,
        tested=newest.finished,
        gpu=newest.gpu,
        passed=newest.counts.passed,
        failed=newest.counts.failed,
        skipped=newest.counts.skipped,
        failures=tuple(
            f"{proof.name}: {proof.reason.splitlines()[0] if proof.reason else 'no reason given'}"
            for proof in newest.proofs
            if proof.outcome == "failed"
        ),
        smoke=_smoke(newest),
        onnx_error=parity.error if parity else None,
        layers=layers_of(newest, shares),
    )


def _state(
    image: Image, built: BuiltFacts | None, receipt: Receipt | None, inputs: str
) -> tuple[State, str]:
    """Return the state, and what it is about where the word alone does not say."""
    if built is None:
        return "not built", ""
    if receipt is None:
        return "not proven", ""
    if receipt.built.image_id != built.image_id:
        return "outdated", "another build than the tested one is there"
    changed = changed_base(image, receipt) or changed_inputs(image, receipt, inputs)
    if changed:
        return "outdated", changed
    verdict = receipt.verdict
    return verdict, "; ".join(receipt.why_missing()) if verdict == "incomplete" else ""


def _cudnn(
    image: Image, locked: Mapping[str, str], wheels: Mapping[str, PypiWheel]
) -> tuple[str | None, str]:
    """Return cuDNN's version and how it is known.

    torch's lock pins it ("lock"), PyPI's wheel of this variant requires it ("facts"), or the
    base's tag says so ("base").
    """
    pinned = next((v for name, v in locked.items() if name.startswith("nvidia-cudnn-")), None)
    if pinned:
        return pinned, "lock"
    wheel = wheels.get(image.torch or "")
    if wheel and wheel.cudnn and wheel.variant == image.variant:
        return wheel.cudnn, "facts"
    words = (image.base or "").partition(":")[2].split("-")
    tagged = next((word for word in words if word.startswith("cudnn")), None)
    if tagged:
        return tagged.removeprefix("cudnn") or "in the base", "base"
    return None, ""


def _topics(receipt: Receipt) -> tuple[str, ...]:
    passed = (p.name.partition(".")[0] for p in receipt.proofs if p.outcome == "passed")
    return tuple(dict.fromkeys(passed))


def _smoke(receipt: Receipt) -> Smoke | None:
    if receipt.smoke is None:
        return None
    measured = receipt.smoke.measured
    device = measured.get("device")
    return Smoke(
        seconds=receipt.smoke.seconds,
        loss_first=number(measured, "loss_first"),
        loss_last=number(measured, "loss_last"),
        factor=number(measured, "factor"),
        device=device if isinstance(device, str) else "",
    )


def _past(receipt: Receipt, builds: Mapping[str, float]) -> Past:
    return Past(
        day=receipt.started.date(),
        passed=receipt.proven,
        size=receipt.built.size,
        build_seconds=builds.get(receipt.built.image_id),
        smoke_seconds=receipt.smoke.seconds if receipt.smoke else None,
    )
