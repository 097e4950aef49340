"""Templates and an image's record become a Dockerfile's text.

Pure; imports model and errors. Templates arrive as text, so that nothing here reads a file.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError

from validation.errors import BadInput
from validation.model import Image

_AXES = (
    "family", "cuda", "variant", "torch", "torchvision", "torchaudio", "cupy",
    "numpy", "onnx", "onnxruntime", "python", "flavor", "os",
)  # fmt: skip


def template_name(image: Image) -> str:
    """Return the file under templates/ that an image is rendered from."""
    return f"{image.template}.Dockerfile.j2"


def version_axes(image: Image) -> dict[str, str]:
    """Return what an image is labelled with: every axis that it has, as text."""
    values = {axis: getattr(image, axis) for axis in _AXES}
    return {axis: str(value) for axis, value in values.items() if value is not None}


_CORRECT = "correct the template, then: imagewright render"


@lru_cache(maxsize=4)
def _environment(templates: tuple[tuple[str, str], ...]) -> Environment:
    texts = dict(templates)

    def find(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        # The second item is the file name that tracebacks carry: it makes errors locatable.
        return (texts[name], name, lambda: True) if name in texts else None

    return Environment(
        loader=FunctionLoader(find),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  (Dockerfiles, not HTML)
    )


def render_dockerfile(image: Image, templates: Mapping[str, str]) -> str:
    """Return the Dockerfile of one image; `templates` maps file names to their text.

    Raises `BadInput` that names the template and line for a missing template, a syntax error or
    a variable that nothing defines.
    """
    name = template_name(image)
    if name not in templates:
        raise BadInput(
            f"{image.id}: no template templates/{name}",
            hint=f"write it, or set `template:` of family {image.family!r} in matrix.yaml",
        )
    environment = _environment(tuple(sorted(templates.items())))
    try:
        text = environment.get_template(name).render(image=image, axes=version_axes(image))
    except TemplateSyntaxError as error:
        where = f"templates/{error.name}:{error.lineno}"
        raise BadInput(f"{where}: {error.message}", hint=_CORRECT) from error
    except TemplateError as error:
        where = _template_line(error, templates)
        raise BadInput(f"{where}: {error.message} (rendering {image.id})", hint=_CORRECT) from error
    return text.rstrip("\n") + "\n"


def _template_line(error: TemplateError, templates: Mapping[str, str]) -> str:
    """Return templates/FILE:LINE of the innermost template frame of a rendering error."""
    where = "templates"
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file in templates:
            where = f"templates/{file}:{trace.tb_lineno}"
        trace = trace.tb_next
    return where
