"""Compares two built images: what a move from one to the other changes, measured in both."""
