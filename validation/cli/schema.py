"""`python -m validation.cli.schema`: write the schemas under docs/ from the code that knows them.

docs/matrix.schema.json from the loader's grammar, docs/report.schema.json from the report's
records. No verb: whoever changes those runs it, and a test fails until they do.
"""

from pathlib import Path
from typing import Any

import msgspec

from validation.cli import output
from validation.files import write_atomic
from validation.matrix.schema import matrix_schema
from validation.report.matrix.as_json import report_schema

_DOCS = Path(__file__).parents[2] / "docs"
PATH = _DOCS / "matrix.schema.json"
REPORT = _DOCS / "report.schema.json"


def schema_text() -> str:
    """Return the text of the matrix's schema."""
    return _text(matrix_schema())


def report_schema_text() -> str:
    """Return the text of the report's schema."""
    return _text(report_schema())


def _text(schema: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"


if __name__ == "__main__":
    for path, text in ((PATH, schema_text()), (REPORT, report_schema_text())):
        write_atomic(path, text)
        output.result(f"wrote {path}")
