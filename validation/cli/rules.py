"""`imagewright rules`: what a scan looks for.

`python -m validation.cli.rules` writes docs/rules.md; a test fails until it is written anew.
"""

from collections.abc import Sequence
from pathlib import Path

import click

from validation.cli import output
from validation.errors import BadInput
from validation.files import write_atomic
from validation.report.scan.rules_page import rule_text, rules_page
from validation.watch.rules import BY_ID, RULES

PATH = Path(__file__).parents[2] / "docs" / "rules.md"


@click.command("rules")
@click.argument("ids", nargs=-1, metavar="[RULE]...")
def command(ids: Sequence[str]) -> None:
    """List the rules of a scan, or tell all about RULE."""
    for name in ids:
        if name not in BY_ID:
            near = output.did_you_mean(name, BY_ID)
            raise BadInput(f"no rule {name!r}{near}", hint="imagewright rules lists them")
        output.result(rule_text(BY_ID[name]))
    if not ids:
        wide = max(map(len, BY_ID))
        for rule in RULES:
            output.result(f"{rule.id:{wide}}  {rule.level:7}  {rule.title}")


if __name__ == "__main__":
    write_atomic(PATH, rules_page(RULES))
    output.result(f"wrote {PATH}")
