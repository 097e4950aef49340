"""Scripts that run inside the images, by the image's own Python, with the standard library only.

They import nothing of ours and nothing of ours imports them: each is read as text, run as
`python -I -c TEXT …`, and prints one JSON value. They must run on Python 3.10 and later.
"""
