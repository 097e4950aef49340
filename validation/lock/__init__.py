"""Dependency locks: uv resolves, one writer writes. Imports net, render, matrix, facts, process."""
