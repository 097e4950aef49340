"""Formatters: values in, string out; one file per format."""
