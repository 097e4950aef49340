"""`python -m validation.cli.schema`: write docs/matrix.schema.json from the loader's grammar.

No verb: whoever changes the grammar runs it, and a test fails until they do.
"""

from pathlib import Path

import msgspec

from validation.cli import output
from validation.files import write_atomic
from validation.matrix.schema import matrix_schema

PATH = Path(__file__).parents[2] / "docs" / "matrix.schema.json"


def schema_text() -> str:
    """Return the schema file's text."""
    return msgspec.json.format(msgspec.json.encode(matrix_schema()), indent=2).decode() + "\n"


if __name__ == "__main__":
    write_atomic(PATH, schema_text())
    output.result(f"wrote {PATH}")
