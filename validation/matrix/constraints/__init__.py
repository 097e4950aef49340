"""Every constraint of the resolver, in the order in which reasons are told.

Pure; imports facts and model only. One rule, one function; its docstring names rule and source.
"""

from validation.matrix.constraints.base import base, ngc
from validation.matrix.constraints.companions import torchaudio, torchvision
from validation.matrix.constraints.cupy import cupy_architectures, cupy_libraries, cupy_wheel
from validation.matrix.constraints.drivers import driver
from validation.matrix.constraints.gpus import architectures, toolkit_gpus
from validation.matrix.constraints.numpy import (
    numpy_for_cupy,
    numpy_for_onnx,
    numpy_for_onnxruntime,
    numpy_for_torch,
)
from validation.matrix.constraints.onnx import onnxruntime_cuda, opset
from validation.matrix.constraints.packages import numpy_wheel, onnx_wheel, onnxruntime_wheel
from validation.matrix.constraints.platforms import platforms
from validation.matrix.constraints.python import python, python_floor
from validation.matrix.constraints.rule import Constraint, constraint
from validation.matrix.constraints.torch import glibc, wheel

CONSTRAINTS: tuple[Constraint, ...] = tuple(
    constraint(check)
    for check in (
        wheel,
        base,
        ngc,
        platforms,
        driver,
        architectures,
        toolkit_gpus,
        python,
        python_floor,
        glibc,
        torchvision,
        torchaudio,
        cupy_wheel,
        cupy_architectures,
        cupy_libraries,
        numpy_wheel,
        numpy_for_torch,
        numpy_for_cupy,
        numpy_for_onnx,
        numpy_for_onnxruntime,
        onnx_wheel,
        onnxruntime_wheel,
        onnxruntime_cuda,
        opset,
    )
)
"""All of them are asked of every combination; none stops another."""

ANYBODYS: tuple[Constraint, ...] = tuple(
    each for each in CONSTRAINTS if each.check is not python_floor
)
"""Those that hold for images of other people too: what our trainer needs says nothing of them."""
