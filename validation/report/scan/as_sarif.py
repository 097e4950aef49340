"""A scan as SARIF 2.1.0, for code scanning. Pure; imports watch only.

Sources: OASIS "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; GitHub's "SARIF
support for code scanning". Fingerprints are of rule, file and message, not of the line, so that a
finding stays the same when lines move; equal ones are counted. GitHub takes them under the name
`primaryLocationLineHash` and no other, and needs them in what is uploaded without its action.
"""

import hashlib
from collections import Counter
from typing import Any
from urllib.parse import quote

import msgspec

from validation.watch.nouns import Finding
from validation.watch.result import Result
from validation.watch.rules import RULES
from validation.watch.rules.rule import Rule

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_INDEX = {rule.id: at for at, rule in enumerate(RULES)}


def format_sarif(result: Result) -> str:
    """Return the result as one SARIF run; what is suppressed is there and marked."""
    seen: Counter[str] = Counter()
    results = [_result(each, seen) for each in result.findings]
    for quiet in result.suppressed:
        why = f"until {quiet.until}: {quiet.because}"
        marked = {"kind": "inSource", "status": "accepted", "justification": why}
        results.append({**_result(quiet.finding, seen), "suppressions": [marked]})
    driver = {"name": "imagewright", "rules": [_rule(rule) for rule in RULES]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {"today": result.today, "offline": result.offline},
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode()


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": rule.text},
        "help": {"text": f"{rule.title}.\n\n{rule.text}", "markdown": rule.text},
        "defaultConfiguration": {"level": rule.level},
    }


def _result(finding: Finding, seen: Counter[str]) -> dict[str, Any]:
    fix = f" Fix: {finding.fix}." if finding.fix else ""
    key = f"{finding.rule}\0{finding.file}\0{finding.message}"
    digest = hashlib.sha256(key.encode()).hexdigest()
    seen[digest] += 1
    found: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": _INDEX[finding.rule],
        "level": finding.level,
        "message": {"text": finding.message + "." + fix},
        "partialFingerprints": {"primaryLocationLineHash": f"{digest[:32]}:{seen[digest]}"},
    }
    if finding.file not in {"", "-"}:
        found["locations"] = [{"physicalLocation": _location(finding)}]
    return found


def _location(finding: Finding) -> dict[str, Any]:
    return {
        "artifactLocation": {"uri": quote(finding.file), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": max(finding.line, 1)},
    }
