"""The report's pictures as SVG: values in, markup out; colours are classes of `picture.css`."""
