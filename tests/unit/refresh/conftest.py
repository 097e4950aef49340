"""Readings and small tables to lay them over."""

import copy

import pytest

from validation.refresh.readings import ProjectFile, ProjectPage


def make_page(project, *files, day="2026-11-20"):
    """Return a page of file names, or of (file name, fields that differ)."""
    named = [(file, {}) if isinstance(file, str) else file for file in files]
    return ProjectPage(
        name=project,
        files=tuple(
            ProjectFile(
                **{
                    "filename": name,
                    "url": f"https://f.example/{name}",
                    "uploaded": f"{day}T01:02:03Z",
                    **fields,
                }
            )
            for name, fields in named
        ),
    )


@pytest.fixture
def page():
    return make_page


@pytest.fixture
def onnx():
    """A table as the committed ones are, with a person's own field in it."""
    return copy.deepcopy(
        {
            "as_of": "2026-01-01",
            "package": "onnx",
            "note": "written by hand",
            "sources": {"pypi": {"title": "PyPI metadata (measured)", "as_of": "2026-01-01"}},
            "releases": {
                "1.19.0": {
                    "released": "2025-08-27",
                    "yanked": False,
                    "wheels": {"linux/amd64": {"2.17": ["3.12", "3.13"]}},
                    "numpy": "<3,>=1.22",
                    "measured": {"by": "hand"},
                    "source": "pypi",
                },
                "1.20": {
                    "released": "2025-12-01",
                    "yanked": False,
                    "wheels": {"linux/amd64": {"2.27": ["3.12+"]}},
                    "numpy": "",
                    "source": "pypi",
                },
            },
        }
    )


LISTED = (
    "onnx-1.19.0-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    "onnx-1.19.0-cp313-cp313-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    "onnx-1.20.0-cp312-abi3-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
)
"""What an index lists when it says just what the table `onnx` has."""


@pytest.fixture
def listed():
    return LISTED
