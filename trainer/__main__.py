"""`python -m trainer VERB`: arguments in, text and exit codes out; only this module prints.

Each verb imports what it needs when it is chosen: `check`, `infer` and `health` run where there is
no torch, and `health` starts in a few milliseconds.
"""

import argparse
import signal
import sys
import time
from types import FrameType
from typing import Any

from trainer import errors
from trainer.arguments import parser

_STARTED = time.monotonic()


def main(argv: list[str] | None = None) -> int:
    """Run one verb and return its exit code."""
    arguments = parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code: int = _VERBS[arguments.verb](arguments)
    except errors.TrainerError as error:
        _complain(error.what, error.hint)
        return error.exit_code
    except ModuleNotFoundError as error:
        if (error.name or "trainer").partition(".")[0] == "trainer":
            raise  # ours: a defect, not an image without a package
        _complain(f"{arguments.verb} needs {error.name}, which this image does not have", "")
        return errors.WORLD
    except (errors.Interrupted, KeyboardInterrupt) as stop:
        _complain(str(stop) or "stopped by the keyboard", "")
        return getattr(stop, "exit_code", 128 + signal.SIGINT)
    return code


def _smoke(arguments: argparse.Namespace) -> int:
    from trainer.export import default_opset, torch_release
    from trainer.files import writable_folder
    from trainer.scene import Scene
    from trainer.smoke import Smoke, smoke

    asked = Smoke(
        folder=writable_folder(arguments.out),
        training=_training(arguments),
        scene=Scene(),
        device=arguments.device,
        opset=arguments.opset or default_opset(torch_release()),
    )
    result = smoke(asked, started=_STARTED, report=_progress)
    return _judge(result, f"{result['seconds']} s on {result['device_name']}")


def _train(arguments: argparse.Namespace) -> int:
    from trainer.checkpoint import read_checkpoint
    from trainer.device import choose_device
    from trainer.files import writable_folder
    from trainer.scene import Scene
    from trainer.training import Run

    resume = read_checkpoint(arguments.resume) if arguments.resume else None
    if resume and _overrides(arguments):
        raise errors.BadInput(
            f"--resume goes on with the checkpoint's settings: {', '.join(_overrides(arguments))} "
            "cannot be given too"
        )
    run = Run(
        resume.scene if resume else Scene(),
        resume.training if resume else _training(arguments),
        choose_device(arguments.device),
        folder=writable_folder(arguments.out),
        resume=resume,
        report=_progress,
    )
    outcome = run.finish()
    ending = "stopped early" if outcome.stopped_early else "done"
    _say(f"{ending} at step {outcome.checkpoint.step}: {arguments.out / 'checkpoint.pt'}")
    return errors.CLEAN


def _export(arguments: argparse.Namespace) -> int:
    from trainer.checkpoint import read_checkpoint
    from trainer.device import choose_device
    from trainer.export import default_opset, export_onnx, torch_release
    from trainer.files import writable_folder
    from trainer.smoke import write_parity_cases

    held = read_checkpoint(arguments.checkpoint)
    folder = writable_folder(arguments.out)
    choose_device("cpu")
    model = held.restored_model()
    opset = arguments.opset or default_opset(torch_release())
    exported = export_onnx(model, held.scene, folder / "model.onnx", opset=opset)
    write_parity_cases(folder / "parity.npz", model, held.scene, held.training.seed)
    _say(f"{folder / 'model.onnx'}: {exported.exporter}, opset {exported.opset}")
    return errors.CLEAN


def _check(arguments: argparse.Namespace) -> int:
    from trainer.check import check
    from trainer.files import write_json

    result = check(arguments.model, arguments.parity)
    if arguments.out:
        write_json(arguments.out, result)
    return _judge(result, f"{len(result.get('batches', []))} batch sizes compared")


def _serve(_arguments: argparse.Namespace) -> int:
    from trainer.service import training_app, wished_device
    from trainer.settings import bind_address
    from trainer.web import serve

    wish, (host, port) = wished_device(), bind_address()
    serve(training_app(wish), host, port, say=_say)
    return errors.CLEAN


def _infer(_arguments: argparse.Namespace) -> int:
    from trainer.inference import inference_app
    from trainer.settings import bind_address, model_path
    from trainer.web import serve

    host, port = bind_address()
    serve(inference_app(model_path()), host, port, say=_say)
    return errors.CLEAN


def _health(_arguments: argparse.Namespace) -> int:
    from trainer.health import health

    _say(health())
    return errors.CLEAN


_VERBS = {
    "smoke": _smoke,
    "train": _train,
    "export": _export,
    "check": _check,
    "serve": _serve,
    "infer": _infer,
    "health": _health,
}


def _training(arguments: argparse.Namespace) -> Any:  # noqa: ANN401
    from trainer.settings import Training

    return Training(**_overrides(arguments))


def _overrides(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that were given on the command line."""
    names = ("seed", "steps", "batch", "learning_rate", "patience")
    given = {name: getattr(arguments, name, None) for name in names}
    return {name: value for name, value in given.items() if value is not None}


def _judge(result: dict[str, Any], closing: str) -> int:
    for proof in result["proofs"]:
        _say(f"{'pass' if proof['passed'] else 'FAIL'}  {proof['name']}: {proof['detail']}")
    _say(f"{'passed' if result['passed'] else 'failed'}: {closing}")
    return errors.CLEAN if result["passed"] else errors.FAILED


def _progress(step: int, quality: Any) -> None:  # noqa: ANN401  (quality.Validation needs torch)
    _say(f"step {step}: loss {quality.loss:.3f}, mean error {quality.error:.1f} m")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _complain(what: str, hint: str) -> None:
    sys.stderr.write(f"error: {what}\n" + (f"  → {hint}\n" if hint else ""))


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise errors.Interrupted(number)


if __name__ == "__main__":
    sys.exit(main())
