"""The report of all images: computed once (`content`), told in one file per format (`as_*`)."""
