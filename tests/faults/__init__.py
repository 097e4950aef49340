"""Faults on purpose: a real tool on a real engine of its own, hurt at moments drawn from a seed."""

# isort: off  (the table's order)
from tests.faults import clocks, crowding, damage, disks, indexes, killing, registries

ALL = (killing, crowding, disks, indexes, clocks, damage, registries)
"""The modules that enter faults into the catalogue, in the table's order."""
