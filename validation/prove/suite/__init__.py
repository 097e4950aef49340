"""The checks that every built image must pass: pytest and testinfra against a running container.

One topic is one small file; a check's docstring says what it proves and why. A check that does
not apply to an image is a skip with its reason. Run by `validation.prove.checks`, by hand:
`python -m pytest -c validation/prove/suite/pytest.ini --case CASE.json --hosts docker://ID`.
"""
