"""A made-up comparison in which everything holds; tests change what they are about."""

from datetime import UTC, datetime

import msgspec

from validation.prove.compare.changes import find_changes
from validation.prove.compare.judging import TOLERANCE
from validation.prove.compare.record import Carried, Comparison, Exported, Gap, Learning, Onnx, Side
from validation.prove.compare.statistics import make_figure
from validation.prove.receipt import Proof, Receipt, count


def make_old(receipt: Receipt) -> Side:
    return Side(
        image=msgspec.structs.replace(receipt.image, id="wheels-cu121", cuda="12.1"),
        built=receipt.built,
        base=receipt.base,
        python="3.11.2",
        packages={"torch": "2.2.2+cu121", "numpy": "1.26.4", "onnx": "1.23.2", "triton": "2.2.0"},
        exported=Exported(exporter="torchscript", opset=17, ir_version=8, bytes=1_700_000),
        learned=(
            Learning(seed=0, loss_first=0.9, loss_last=-2.8, error_first=1500, error_last=40),
        ),
    )


def make_new(receipt: Receipt) -> Side:
    return Side(
        image=receipt.image,
        built=receipt.built,
        base=receipt.base,
        python="3.11.2",
        packages={"torch": "2.13.0+cpu", "numpy": "2.4.6", "onnx": "1.23.2", "onnxscript": "0.5"},
        exported=Exported(exporter="dynamo", opset=20, ir_version=10, bytes=1_800_000),
        learned=(
            Learning(seed=0, loss_first=0.9, loss_last=-2.9, error_first=1500, error_last=38),
        ),
    )


def make_comparison(receipt: Receipt) -> Comparison:
    old, new = make_old(receipt), make_new(receipt)
    near = Gap(output="position", batch=64, absolute=2e-6, relative=1e-6)
    checks = (
        Proof(name="checkpoint.loads", outcome="passed", about="OLD's checkpoint loads in NEW."),
        Proof(name="checkpoint.agrees", outcome="passed", measured="worst: 2e-06"),
    )
    return Comparison(
        run="20261123T170000Z-00000000",
        old=old,
        new=new,
        engine=receipt.engine,
        host=receipt.host,
        gpu="the image computes on the CPU",
        device="cpu",
        seed=0,
        steps=600,
        runs=3,
        started=datetime(2026, 11, 23, 17, 0, tzinfo=UTC),
        finished=datetime(2026, 11, 23, 17, 9, tzinfo=UTC),
        tolerance=TOLERANCE,
        checks=checks,
        counts=count(checks),
        back=Carried(
            source=new.image.id,
            into=old.image.id,
            loads=True,
            gaps={"cpu": (near,)},
            restores=True,
            validation=-2.9,
            weights_only_default=False,
        ),
        onnx=Onnx(image="inference", image_id="sha256:1", runtime="onnxruntime 1", agreements=()),
        figures=(
            make_figure("throughput", "examples/s", "higher", (100, 101, 99), (150, 151, 149)),
            make_figure("cold start", "s", "lower", (3.0, 3.2, 3.1), (3.1, 3.0, 3.3)),
            make_figure("image size", "MB", "lower", (5388,), (1114,), exact=True),
            make_figure("build", "s", "lower", (319,), ()),
        ),
        changes=find_changes(old, new),
    )
