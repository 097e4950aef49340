"""Markup of pictures: elements with escaped attributes and text. Imports nothing of ours."""

from functools import lru_cache
from html import escape
from pathlib import Path


@lru_cache(maxsize=1)
def style() -> str:
    """Return the style of pictures, for the page and for pictures that stand alone."""
    return Path(__file__).with_name("picture.css").read_text("utf-8")


def element(name: str, text: str = "", /, **attributes: str | float) -> str:
    """Return an element; `text` is escaped, `_` in an attribute's name is `-` (class_ → class)."""
    return wrap(name, escape(text), **attributes)


def wrap(name: str, markup: str, /, **attributes: str | float) -> str:
    """Return an element around markup that is already written."""
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
    )
    return f"<{name}{told}>{markup}</{name}>" if markup else f"<{name}{told}/>"


def _value(value: str | float) -> str:
    """Return an attribute's text: numbers to a tenth of a pixel."""
    if isinstance(value, str):
        return escape(value)
    return f"{value:.1f}".removesuffix(".0")


def picture(
    markup: str, *, width: float, height: float, name: str, title: str, style: str = ""
) -> str:
    """Return a whole picture; with `style` (CSS) it stands alone, without it takes the page's."""
    return wrap(
        "svg",
        f"<style>{style}</style>{markup}" if style else markup,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_value(width)} {_value(height)}",
        width=width,
        height=height,
        role="img",
        aria_label=title,
        class_=f"picture {name}",
    )
