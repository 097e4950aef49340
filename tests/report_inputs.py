"""Made-up inputs of reports, of any size: a matrix of so many images, so many receipts of each.

Used by the report's tests and its benchmark, and run to write docs/examples/fleet/out:
`python -m tests.report_inputs`. Nothing in them was measured; every value follows from its place.
"""

import datetime
import zlib
from pathlib import Path

import msgspec

from validation.cli import reporting
from validation.cli.workspace import open_workspace
from validation.engine.records import BuildRecord
from validation.model import Image, Project
from validation.prove.receipt import (
    BaseFacts,
    BuiltFacts,
    LayerFacts,
    Proof,
    Receipt,
    count,
    decode,
    encode,
)
from validation.prove.store import read_receipts, receipt_path
from validation.report.matrix.content import Given

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "docs/examples/fleet"
TODAY = datetime.date(2026, 11, 23)
TEMPLATE = decode((ROOT / "tests/golden/receipt.json").read_bytes())

MANY = """\
version: 1
repository: many
uv: 0.13.9
fleet: {drivers: ">=550", gpus: [sm_75, sm_80, sm_86, sm_90]}
images:
  runtime:
    base: nvidia-cuda
    workload: training
    os: [ubuntu22.04, ubuntu24.04]
    flavor: [runtime, devel, cudnn-runtime, cudnn-devel]
    python: ["3.10", "3.11", "3.12"]
    cuda: ["12.4", "12.6", "12.8", "12.9"]
    torch: [2.6.0, 2.7.1, 2.8.0, 2.9.1, 2.10.0, 2.11.0, 2.13.0]
    numpy: auto
    onnx: auto
    budget: 9000 MB
  wheels:
    base: distro
    workload: training
    os: [debian12, ubuntu24.04, debian13]
    python: ["3.11", "3.12"]
    cuda: ["12.6", "12.8"]
    torch: [2.7.0, 2.7.1, 2.8.0, 2.9.0, 2.9.1, 2.10.0, 2.11.0]
    numpy: auto
    onnx: auto
    budget: 7000 MB
exclude: []
"""
"""A matrix of more than 500 images that can be."""


def _number(*words: object) -> int:
    return zlib.crc32(" ".join(map(str, words)).encode())


def _digest(*words: object) -> str:
    return "sha256:" + "".join(f"{_number(*words, part):08x}" for part in range(8))


def _layers(image: Image) -> tuple[LayerFacts, ...]:
    """Return layers that are shared as in real images: by base, OS, Python and torch."""
    cuda = 900_000_000 if image.source == "nvidia-cuda" else 0
    torch = 0 if image.torch is None else (2_900_000_000 if image.cuda else 720_000_000)
    spread = _number(image.torch, image.variant) % 400_000_000 if image.cuda else 0
    found = (
        ("base", 78_000_000 + cuda, image.base),
        ("system", 41_000_000, (image.os, image.python, image.base)),
        ("python", 24_000_000, (image.os, image.python, image.base, "venv")),
        ("torch", torch + spread, (image.torch, image.variant, image.python, image.base)),
        ("packages", 160_000_000 + _number(image.id) % 90_000_000, image.id),
        ("trainer", 210_000, image.id),
    )
    return tuple(
        LayerFacts(digest=_digest(group, key), group=group, size=size)
        for group, size, key in found
        if size
    )


def make_receipt(image: Image, started: datetime.datetime, *, failed: bool = False) -> Receipt:
    """Return a receipt of an image's proof at a time."""
    wobble = _number(image.id, started) % 1000 / 1000
    layers = _layers(image)
    built = BuiltFacts(
        image_id=_digest(image.id, started),
        tag=f"example:{image.id}",
        size=sum(layer.size for layer in layers),
        created=(started - datetime.timedelta(minutes=9)).isoformat(),
        inputs=_digest(image.id)[7:],
        revision="0" * 40,
    )
    training = image.workload == "training"
    proofs = TEMPLATE.proofs if training else (*TEMPLATE.proofs[:4], TEMPLATE.proofs[-1])
    if failed:
        proofs = (*proofs[:2], Proof(
            name="libraries.resolve",
            outcome="failed",
            about="Every shared library that is needed is found.",
            reason="torch/lib/libtorch_cuda.so needs libcupti.so.12, which is nowhere",
        ))  # fmt: skip
    smoke = TEMPLATE.smoke if training and not failed else None
    if smoke is not None:
        measured = {**smoke.measured, "loss_last": -2.9 + wobble / 5, "factor": 38 + 20 * wobble}
        smoke = msgspec.structs.replace(smoke, seconds=26 + 9 * wobble, measured=measured)
    parity = TEMPLATE.parity if smoke else None
    if parity is not None:
        parity = msgspec.structs.replace(parity, error=1e-6 * (1 + wobble))
    return msgspec.structs.replace(
        TEMPLATE,
        run=f"example-{_number(image.id, started):08x}",
        image=image,
        built=built,
        base=BaseFacts(reference=image.base or "", digest=_digest(image.base), how="registry"),
        started=started,
        finished=started + datetime.timedelta(minutes=2),
        proofs=proofs,
        counts=count(proofs),
        smoke=smoke,
        parity=parity,
        model=TEMPLATE.model if smoke else None,
        layers=layers,
    )


def days_of(image: Image, each: int) -> list[datetime.datetime]:
    """Return the times of an image's proofs, weekly up to a few days ago, oldest first."""
    last = datetime.datetime(2026, 11, 22, 6, tzinfo=datetime.UTC)
    last -= datetime.timedelta(hours=_number(image.id) % 72)
    return [last - datetime.timedelta(weeks=week) for week in reversed(range(each))]


def given_of(root: Path, *, images: int | None = None, each: int = 0) -> Given:
    """Return a report's inputs: the matrix of `root`, cut to `images`, `each` receipts of each."""
    workspace = open_workspace(Project(root=root, cache=root / "cache"))
    if images is not None:
        plan = msgspec.structs.replace(workspace.plan, images=workspace.plan.images[:images])
        workspace = msgspec.structs.replace(workspace, plan=plan)
    receipts = [
        make_receipt(image, started)
        for image in workspace.plan.images
        for started in days_of(image, each)
    ]
    builds = {one.built.image_id: 60 + _number(one.run) % 900 / 10 for one in receipts}
    given = reporting.declared(workspace, TODAY)
    return msgspec.structs.replace(given, receipts=receipts, builds=builds)


def committed() -> Given:
    """Return the example's inputs as they are committed."""
    project = Project(root=EXAMPLE, cache=EXAMPLE / "cache")
    read = read_receipts(project)
    return msgspec.structs.replace(
        given_of(EXAMPLE),
        receipts=read.receipts,
        builds=reporting.build_seconds(project),
        left_out=read.unreadable,
    )


def _record(receipt: Receipt, seconds: float) -> BuildRecord:
    """Return the record of the build that a receipt's image came from."""
    return BuildRecord(
        run=receipt.run,
        image=receipt.image.id,
        tag=receipt.built.tag,
        digest=receipt.built.image_id,
        inputs=receipt.built.inputs,
        base=receipt.base.reference,
        base_digest=receipt.base.digest,
        base_how=receipt.base.how,
        place="example",
        platforms=receipt.image.platforms,
        started=receipt.started - datetime.timedelta(minutes=12),
        seconds=seconds,
        expected_seconds=seconds,
    )


def write_inputs(root: Path, given: Given) -> None:
    """Write receipts and build times where `imagewright report` reads them."""
    project = Project(root=root, cache=root / "cache")
    for receipt in given.receipts:
        path = receipt_path(project, receipt)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode(receipt))  # thousands of them: no disk has to be waited for
        record = _record(receipt, given.builds[receipt.built.image_id])
        stamp = record.started.strftime("%Y%m%dT%H%M%S.%fZ")
        path = project.out / "builds" / record.image / f"{stamp}-{record.digest[7:19]}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(record) + b"\n")


def write_example() -> None:
    """Write the example's receipts: most images proven, one failed, one never built."""
    given = given_of(EXAMPLE, each=4)
    kept = []
    for receipt in given.receipts:
        if receipt.image.family == "tracker":
            continue
        newest = receipt.started == days_of(receipt.image, 1)[0]
        if newest and receipt.image.id.startswith("next-cu130-torch2.13"):
            receipt = make_receipt(receipt.image, receipt.started, failed=True)  # noqa: PLW2901
        kept.append(receipt)
    write_inputs(EXAMPLE, msgspec.structs.replace(given, receipts=kept))


if __name__ == "__main__":
    write_example()
