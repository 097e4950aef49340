"""The scanner: which bases a repository stands on, what is known of them, what to do.

Pure but for `watch.files`, which reads the scanned repository. Imports matrix, facts, model and
errors.
"""
