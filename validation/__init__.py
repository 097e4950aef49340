"""Imagewright's host side: declared matrix in, proven training images out."""
