"""docs/rules.md, from the rules themselves. Pure; imports watch's rules and report's table."""

from collections.abc import Sequence

from validation.report.table import format_markdown_table
from validation.watch.rules.rule import Rule

_SUPPRESSING = """\
## Suppressing

A finding that is known and wanted for now is suppressed by its rule's id, always with a reason and
the day from which on it is raised again. Two places hold suppressions. In the scanned file, a
comment on the finding's line or in the comment lines directly above it:

```dockerfile
# imagewright: ignore[base-overdue] until 2027-03-31 because the legacy service ends in March
FROM nvidia/cuda:12.1.0-runtime-ubuntu22.04
```

In `matrix.yaml`, for every place that the globs name (both may be left out):

```yaml
suppress:
  - rule: base-overdue
    file: legacy/**
    reference: nvidia/cuda:12.1.*
    until: 2027-03-31
    because: the legacy service ends in March
```

What is suppressed stays visible in every report, with its reason. An image that is named outright
(`imagewright scan nvidia/cuda:12.1.0-base-ubuntu22.04`) is judged whatever is suppressed. A
suppression that lacks a word, names an unknown rule or is past its day is itself a finding of the
rule `suppression`.
"""


def rule_text(rule: Rule) -> str:
    """Return all about one rule, for a terminal."""
    return f"{rule.id} ({rule.level})\n{rule.title}.\n\n{rule.text}\n"


def rules_page(rules: Sequence[Rule]) -> str:
    """Return the page that documents every rule."""
    rows = [(f"[{each.id}](#{each.id})", each.level, each.title) for each in rules]
    parts = [
        "# Rules of `imagewright scan`",
        "Written by `python -m validation.cli.rules` from the rules' docstrings; do not edit.",
        format_markdown_table(("rule", "level", "what it finds"), rows),
        *(f"## {each.id}\n\n**{each.title}.**\n\n{each.text}" for each in rules),
        _SUPPRESSING,
    ]
    return "\n\n".join(parts).rstrip("\n") + "\n"
