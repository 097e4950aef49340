"""The verbs of `python -m trainer`: one file each, with `run(arguments) -> exit code`.

A verb's file is imported when the verb is chosen, and imports what it needs at its top: so `check`,
`infer` and `health` run where there is no torch, and `health` starts at once.
"""
