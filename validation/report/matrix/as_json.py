"""The report as JSON, and read back: docs/report.schema.json is its schema.

Pure; imports the report's records only.
"""

from typing import Any

import msgspec

from validation.report.matrix.records import VERSION, Report


def format_json(report: Report) -> str:
    """Return the report as indented JSON, ended by a newline."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def read_json(text: bytes) -> Report:
    """Return the report that `text` holds; raises `ValueError` that says what is wrong."""
    report = msgspec.json.decode(text, type=Report)
    if report.version != VERSION:
        raise ValueError(f"format version {report.version}, this tool reads {VERSION}")
    return report


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema of a report."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Imagewright's report",
        "description": "Generated from validation/report/matrix/records.py; not edited by hand.",
        **msgspec.json.schema(Report),
    }
