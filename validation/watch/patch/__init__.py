"""Replacements as patches that `git apply` accepts: files change in the lines that say a base.

Pure; imports bases, nouns, facts and matrix only. matrix.yaml changes where the matrix owns the
base, the file's own lines everywhere else (`references`), and beside them the pins of what moves
along, such as torch (`pins`). Nothing is guessed: what cannot be said in the lines that are there
is left to a person, and named.
"""
