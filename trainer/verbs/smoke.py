"""`smoke`: the whole way in little."""

import argparse

from trainer.export import default_opset, torch_release
from trainer.files import writable_folder
from trainer.scene import Scene
from trainer.smoke import Smoke, smoke
from trainer.verbs.output import judge
from trainer.verbs.train import progress, settings


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 when every proof holds, 1 when one fails; smoke.json tells which."""
    asked = Smoke(
        folder=writable_folder(arguments.out),
        training=settings(arguments),
        scene=Scene(),
        device=arguments.device,
        opset=arguments.opset or default_opset(torch_release()),
    )
    report = smoke(asked, started=arguments.started, report=progress)
    return judge(report, f"{report['seconds']} s on {report['device_name']}")
