"""The command line's grammar. Standard library only, so that `health` starts at once."""

import argparse
from collections.abc import Callable
from pathlib import Path

from trainer.settings import SEEDS, Training

_EPILOGUE = """\
environment:
  IMAGEWRIGHT_DEVICE   auto, cpu or cuda: what the training service uses     [auto]
  IMAGEWRIGHT_HOST     address the services listen on                        [0.0.0.0]
  IMAGEWRIGHT_PORT     their port; health asks there                         [8002]
  IMAGEWRIGHT_DATA     writable data folder                                  [/var/lib/imagewright]
  IMAGEWRIGHT_QUEUE    jobs that may wait in the training service            [16]
  IMAGEWRIGHT_KEEP     ended jobs it keeps, with their files                 [100]
  IMAGEWRIGHT_NICE     niceness of a job's process, 0 to 19                  [10]
  IMAGEWRIGHT_MODEL    model of the inference service        [$IMAGEWRIGHT_DATA/model.onnx]
  IMAGEWRIGHT_IMAGE    the image's id, written into what it makes
  IMAGEWRIGHT_REVISION the image's source revision, likewise
  IMAGEWRIGHT_OPSET    the opset that --opset defaults to

exit codes: 0 done and proven, 1 a proof failed, 2 bad input, 3 the world failed
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser; the chosen verb's name is in `verb`."""
    top = argparse.ArgumentParser(
        prog="python -m trainer",
        description="Locate an emitter from the IQ samples of several receivers: "
        "train, export, prove, serve.",
        epilog=_EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    _training_verbs(verbs.add_parser)
    _check_verb(verbs.add_parser)
    for name, text in (
        ("serve", "run the training service"),
        ("infer", "run the inference service (no torch)"),
        ("health", "ask the running service; exit 0 if it is healthy"),
    ):
        verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
    _service_verbs(verbs.add_parser)
    _bench_verb(verbs.add_parser)
    return top


def _training_verbs(add: Callable[..., argparse.ArgumentParser]) -> None:
    text = "train, checkpoint, reload, export: the proof that an image works"
    smoke = add("smoke", help=text, description=text, allow_abbrev=False)
    _common(smoke)
    _opset(smoke)
    text = "train, or go on from a checkpoint"
    train = add("train", help=text, description=text, allow_abbrev=False)
    _common(train)
    train.add_argument("--batch", type=_whole(1, 65536), help=_default("batch"))
    train.add_argument("--learning-rate", type=_rate, help=_default("learning_rate"))
    train.add_argument(
        "--patience",
        type=_whole(0, 10**6),
        help="stop after so many validations without a better loss; 0 never does"
        + _default("patience"),
    )
    train.add_argument(
        "--compile",
        dest="compiled",
        action="store_const",
        const=True,
        help="through torch.compile; the image needs a C compiler for it",
    )
    train.add_argument(
        "--resume",
        type=Path,
        metavar="CHECKPOINT",
        help="go on from here with the checkpoint's own settings",
    )
    text = "write a checkpoint's model as ONNX, with parity.npz for check"
    export = add("export", help=text, description=text, allow_abbrev=False)
    export.add_argument("--checkpoint", type=Path, required=True)
    export.add_argument("--out", type=Path, required=True, metavar="DIR")
    _opset(export)


def _service_verbs(add: Callable[..., argparse.ArgumentParser]) -> None:
    text = "what serve runs for a job: train or resume in a folder, then export"
    job = add("job", help=text, description=text, allow_abbrev=False)
    job.add_argument("--folder", type=Path, required=True, metavar="DIR")
    text = "what serve asks for the device: computes for each line on stdin, and tells in JSON"
    probe = add("probe", help=text, description=text, allow_abbrev=False)
    for verb in (job, probe):
        verb.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
        verb.add_argument("--parent", type=_whole(1, 2**31), metavar="PID", help="end with it")


def _bench_verb(add: Callable[..., argparse.ArgumentParser]) -> None:
    text = "measure: training against a bare loop, CuPy against NumPy, or /health under load"
    bench = add("bench", help=text, description=text, allow_abbrev=False)
    bench.add_argument("what", choices=("training", "synthesis", "health"))
    bench.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    bench.add_argument("--rounds", type=_whole(1, 1000), default=5, help="[5]")
    bench.add_argument("--steps", type=_whole(1, 10**6), default=600, help="of a run  [600]")
    bench.add_argument("--batch", type=_whole(1, 65536), default=64, help="[64]")
    bench.add_argument("--compile", dest="compiled", action="store_true")
    bench.add_argument("--examples", type=_whole(64, 10**6), default=8192, help="[8192]")
    bench.add_argument("--questions", type=_whole(100, 10**6), default=2000, help="[2000]")


def _check_verb(add: Callable[..., argparse.ArgumentParser]) -> None:
    text = "compare a model in ONNX Runtime with what torch computed (no torch)"
    check = add("check", help=text, description=text, allow_abbrev=False)
    check.add_argument("--model", type=Path, required=True, metavar="ONNX")
    check.add_argument("--parity", type=Path, required=True, metavar="NPZ")
    check.add_argument("--out", type=Path, metavar="FILE", help="write the report here as JSON")


def _common(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for the results"
    )
    verb.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    verb.add_argument("--seed", type=_whole(0, SEEDS.stop - 1), help=_default("seed"))
    verb.add_argument("--steps", type=_whole(1, 10**9), help=_default("steps"))


def _opset(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--opset", type=_whole(13, 23), help="ONNX opset  [IMAGEWRIGHT_OPSET, or 18]")


def _default(name: str) -> str:
    return f"  [{getattr(Training(), name)}]"


def _whole(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a whole number from {least} to {most}"
            )
        return int(text)

    return number


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value
