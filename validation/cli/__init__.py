"""Arguments in, text out: the only room that prints and that maps errors to exit codes.

One verb is one file beside this one with a click command named `command`. A verb's file is
imported when the verb is used, so that `plan` does not pay for Docker's client.
"""

import importlib
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

import click

from validation.cli import output
from validation.errors import BadInput, ExitCode, ImagewrightError
from validation.model import Project

_SIGNALLED = 128  # a shell's exit status for a process that a signal ended: 128 + its number

NEXT_STEPS = {
    ExitCode.FINDINGS: "mend what is named, then run the same command again",
    ExitCode.BAD_INPUT: "mend what is named, then run the same command again",
    ExitCode.WORLD_FAILED: "see `imagewright engine status`, network and disk; then run it again",
}
"""Said where a failure itself knows no better: every message has a next step."""

VERBS = {
    "plan": "What the matrix comes to: images, and combinations that cannot be.",
    "explain": "Why a combination can be, or cannot, and what is nearest.",
    "refresh": "Read the live indexes and registries; rewrite the facts, with a diff.",
    "lock": "Pin every dependency of the images, with hashes.",
    "render": "Write the Dockerfiles of the matrix, or check them.",
    "engine": "Show, start or remove the container engine.",
    "build": "Build images.",
    "test": "Prove built images: checks, training, ONNX.",
    "compare": "What a move from one built image to another changes, measured in both.",
    "scan": "Judge every base image that a repository stands on.",
    "rules": "What a scan looks for, rule by rule.",
    "report": "What exists, what is inside, what was proven, what to move.",
    "changelog": "What a changelog should say of the images since a commit.",
    "documents": "Fill the tables in the documents, or check them.",
}


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        if name not in VERBS:
            return None
        command: click.Command = importlib.import_module(f"validation.cli.{name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS:
            near = output.did_you_mean(args[0], VERBS)
            raise BadInput(f"no verb {args[0]!r}{near}", hint="imagewright --help lists the verbs")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with matrix.yaml.  [default: the nearest one upward]",
)
@click.version_option(package_name="imagewright")
@click.pass_context
def cli(ctx: click.Context, root: Path | None) -> None:
    """Keep a matrix of CUDA/PyTorch training images alive."""
    ctx.obj = root


def project(ctx: click.Context) -> Project:
    """Return the folders this command works in; raises `BadInput` where there is no matrix.yaml."""
    root: Path | None = ctx.find_root().obj
    start = (root or Path.cwd()).resolve()
    found = next((at for at in (start, *start.parents) if (at / "matrix.yaml").is_file()), None)
    if found is None or (root is not None and found != start):
        raise BadInput(
            f"no matrix.yaml in {start}" + ("" if root else " or any folder above it"),
            hint="run inside a checkout, or name one with --root",
        )
    return Project(root=found, cache=cache_folder())


def cache_folder() -> Path:
    """Return the person's cache, which needs no checkout."""
    cache = os.environ.get("IMAGEWRIGHT_CACHE") or Path(
        os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "imagewright"
    )
    return Path(cache).resolve()


def main(argv: list[str] | None = None) -> NoReturn:
    """Run one verb and exit with its code; every failure is one message with the next step."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        status = cli.main(argv, prog_name="imagewright", standalone_mode=False)
        code = status if isinstance(status, int) else ExitCode.CLEAN
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = ExitCode.BAD_INPUT
    except click.UsageError as error:
        output.error(error.format_message(), hint=f"{_path_of(error.ctx)} --help")
        code = ExitCode.BAD_INPUT
    except click.ClickException as error:
        output.error(error.format_message())
        code = ExitCode.BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        code = _stopped("interrupted", signal.SIGINT)
    except SystemExit as ended:
        if not isinstance(ended.code, int) or ended.code <= _SIGNALLED:
            raise
        code = _stopped("terminated", ended.code - _SIGNALLED)
    except ImagewrightError as error:
        hint = error.hint or NEXT_STEPS[error.exit_code]
        output.error(error.what, hint=hint, details=error.details)
        code = error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = ExitCode.CLEAN
    except _outside() as error:
        output.error(_told(error), hint=NEXT_STEPS[ExitCode.WORLD_FAILED])
        code = ExitCode.WORLD_FAILED
    sys.exit(int(code))


def _outside() -> tuple[type[Exception], ...]:
    """Return what the system, the network and, where a verb has asked one, the engine raise."""
    docker = sys.modules.get("docker.errors")
    return (OSError, docker.DockerException) if docker else (OSError,)


def _told(error: Exception) -> str:
    """Return an error that no room has words for as one line."""
    reason, path = getattr(error, "strerror", None), getattr(error, "filename", None)
    text = f"{path}: {reason}" if reason and path else str(reason or error)
    return " ".join(text.split()) or type(error).__name__


def _terminated(number: int, _frame: object) -> NoReturn:
    """Let a SIGTERM end us as a Ctrl-C does: what was started is stopped and removed."""
    raise SystemExit(_SIGNALLED + number)


def _stopped(word: str, number: int) -> int:
    output.error(word, hint="run the same command again: it goes on where it stopped")
    return _SIGNALLED + number


def _path_of(ctx: click.Context | None) -> str:
    return ctx.command_path if ctx is not None else "imagewright"
