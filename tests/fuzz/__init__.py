"""Made-up files for the readers of scanned ones: `python -m tests.fuzz --minutes 5`."""
