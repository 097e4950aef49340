"""`python -m trainer VERB`: arguments in, exit codes out. Imports a verb when it is chosen."""

import importlib
import signal
import sys
import time
from types import FrameType

from trainer import errors
from trainer.arguments import parser
from trainer.verbs.output import complain

_STARTED = time.monotonic()


def main(argv: list[str] | None = None) -> int:
    """Run one verb and return its exit code; argparse itself exits 2 on bad arguments."""
    arguments = parser().parse_args(argv)
    arguments.started = _STARTED
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code: int = importlib.import_module(f"trainer.verbs.{arguments.verb}").run(arguments)
    except errors.TrainerError as error:
        complain(error.what, error.hint)
        return error.exit_code
    except ModuleNotFoundError as error:
        if (error.name or "trainer").partition(".")[0] == "trainer":
            raise  # ours: a defect, not an image without a package
        complain(f"{arguments.verb} needs {error.name}, which this image does not have")
        return errors.WORLD
    except errors.Interrupted as stop:
        complain(str(stop))
        return stop.exit_code
    except KeyboardInterrupt:
        complain("stopped by the keyboard")
        return 128 + signal.SIGINT
    return code


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise errors.Interrupted(number)


if __name__ == "__main__":
    sys.exit(main())
