"""What is looked for in a scanned repository: one rule, one small file, in a fixed order.

Pure; imports the rules only. A rule's docstring is its documentation: `imagewright rules` and
docs/rules.md show it, and SARIF carries it as help.
"""

from validation.watch.nouns import Finding
from validation.watch.rules import (
    base_deletion_due,
    base_disputed,
    base_eol,
    base_eol_due,
    base_flagged,
    base_floating,
    base_gone,
    base_overdue,
    base_superseded,
    base_undigested,
    base_unknown,
    base_unpublished,
    base_unresolved,
    cupy_without_headers,
    digest_moved,
    driver_above_fleet,
    file_not_read,
    index_url_overridden,
    line_not_read,
    os_eol,
    review_overdue,
    shell_redirect,
    suppression,
    torch_wheel_missing,
    trusted_host,
)
from validation.watch.rules.rule import Rule, Scanned

RULES: tuple[Rule, ...] = (
    base_gone.RULE,
    base_unpublished.RULE,
    base_disputed.RULE,
    base_overdue.RULE,
    base_deletion_due.RULE,
    base_flagged.RULE,
    base_eol.RULE,
    base_superseded.RULE,
    base_eol_due.RULE,
    base_unknown.RULE,
    base_unresolved.RULE,
    base_floating.RULE,
    base_undigested.RULE,
    digest_moved.RULE,
    os_eol.RULE,
    torch_wheel_missing.RULE,
    cupy_without_headers.RULE,
    driver_above_fleet.RULE,
    index_url_overridden.RULE,
    trusted_host.RULE,
    shell_redirect.RULE,
    review_overdue.RULE,
    suppression.RULE,
    file_not_read.RULE,
    line_not_read.RULE,
)
"""Every rule, in the order in which the documentation names them."""

BY_ID = {rule.id: rule for rule in RULES}


def findings_of(scanned: Scanned) -> tuple[Finding, ...]:
    """Return what all rules find, by file, line and rule; each once."""
    found = dict.fromkeys(finding for rule in RULES for finding in rule.check(scanned))
    return tuple(sorted(found, key=order))


def order(finding: Finding) -> tuple[str, int, str, str]:
    """Return what findings are sorted by."""
    return finding.file, finding.line, finding.rule, finding.message
