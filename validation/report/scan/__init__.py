"""A scan's result in every format: a value in, a string out. Pure; the command line prints."""
