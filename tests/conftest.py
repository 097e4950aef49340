"""Bounds for all tests: what runs away fails by itself instead of taking the machine with it."""

import os
import resource

from hypothesis import settings

_MEMORY = 4 * 2**30  # bytes of address space; the largest test needs a tenth of it

resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))

# In CI the same examples every time: a finding belongs to a change, not to the day's luck.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")
