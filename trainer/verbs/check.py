"""`check`: ONNX Runtime against what torch computed. No torch."""

import argparse

from trainer.check import check
from trainer.files import write_json
from trainer.verbs.output import judge


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 when every proof holds, 1 when one fails; --out gets the report."""
    report = check(arguments.model, arguments.parity)
    if arguments.out:
        write_json(arguments.out, report)
    return judge(report, f"{arguments.model}")
