"""Dated, sourced statements about the outside world, and their loader. Imports model, errors."""
