"""Spleeter's network a second time: from its description, in plain NumPy, slow and plain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from voiceshift.local.engine.separation.tf_checkpoint import Arrays


def random_weights() -> Arrays:
    """Weights of the right shapes, of a size that neither dies out nor explodes."""
    generator = np.random.default_rng(0)
    weights: Arrays = {}

    def add(name: str, shape: tuple[int, ...], inputs: int, outputs: int) -> None:
        size = np.float32(np.sqrt(2 / (shape[0] * shape[1] * inputs)))
        weights[f"{name}/kernel"] = size * generator.standard_normal(shape, np.float32)
        weights[f"{name}/bias"] = np.float32(0.1) * generator.standard_normal(outputs, np.float32)

    def add_normalization(name: str, channels: int) -> None:
        for part in ("gamma", "beta", "moving_mean", "moving_variance"):
            numbers = generator.uniform(0.5, 1.5, channels).astype(np.float32)
            weights[f"{name}/{part}"] = numbers - (part in ("beta", "moving_mean"))

    down = [2, 16, 32, 64, 128, 256, 512]
    for stem in range(2):
        for level in range(6):
            inputs, outputs = down[level : level + 2]
            add(nth("conv2d", 7 * stem + level), (5, 5, inputs, outputs), inputs, outputs)
            add_normalization(nth("batch_normalization", 12 * stem + level), outputs)
            inputs, outputs = down[6 - level] * (1 if level == 0 else 2), down[5 - level]
            outputs = 1 if level == 5 else outputs
            name = nth("conv2d_transpose", 6 * stem + level)
            add(name, (5, 5, outputs, inputs), inputs, outputs)
            add_normalization(nth("batch_normalization", 12 * stem + 6 + level), outputs)
        add(nth("conv2d", 7 * stem + 6), (4, 4, 1, 2), 1, 2)
    return weights


def mask(weights: Arrays, magnitudes: np.ndarray) -> np.ndarray:
    """The share of the vocals in ``magnitudes``, both ``(2, spectra, bins)``."""
    image = magnitudes.transpose(1, 2, 0)
    vocals, rest = (u_net(weights, image, stem).astype(float) ** 2 for stem in range(2))
    return np.asarray(((vocals + 5e-11) / (vocals + rest + 1e-10)).transpose(2, 0, 1))


def u_net(weights: Arrays, image: np.ndarray, stem: int) -> np.ndarray:
    """What one stem's network makes of ``(spectra, bins, 2)``."""
    inner, skips = image, []
    for level in range(6):
        inner = convolution(weights, nth("conv2d", 7 * stem + level), inner)
        skips.append(inner)
        inner = normalized(weights, inner, 12 * stem + level)
        inner = np.where(inner > 0, inner, 0.2 * inner)
    inner = skips.pop()
    for level in range(6):
        inner = transposed(weights, nth("conv2d_transpose", 6 * stem + level), inner)
        inner = normalized(weights, np.maximum(inner, 0), 12 * stem + 6 + level)
        if skips:
            inner = np.concatenate([skips.pop(), inner], axis=2)
    name = nth("conv2d", 7 * stem + 6)
    inner = convolution(weights, name, inner, stride=1, dilation=2, padding=(3, 3))
    return np.asarray(image / (1 + np.exp(-inner)))


def convolution(
    weights: Arrays,
    name: str,
    image: np.ndarray,
    *,
    stride: int = 2,
    dilation: int = 1,
    padding: tuple[int, int] = (1, 2),
) -> np.ndarray:
    """Each output is the sum over the kernel of what is under it."""
    kernel = weights[f"{name}/kernel"]
    height, width = image.shape[0] // stride, image.shape[1] // stride
    padded = np.pad(image, (padding, padding, (0, 0)))
    result = np.zeros((height, width, kernel.shape[3]), np.float32) + weights[f"{name}/bias"]
    for row, column in np.ndindex(kernel.shape[:2]):
        top, left = row * dilation, column * dilation
        seen = padded[top : top + height * stride : stride, left : left + width * stride : stride]
        result += seen @ kernel[row, column]
    return result


def transposed(weights: Arrays, name: str, image: np.ndarray) -> np.ndarray:
    """Each input is painted with the kernel, two apart; the edges are cut."""
    kernel = weights[f"{name}/kernel"]
    height, width = 2 * image.shape[0], 2 * image.shape[1]
    painted = np.zeros((height + 3, width + 3, kernel.shape[2]), np.float32)
    for row, column in np.ndindex(kernel.shape[:2]):
        painted[row : row + height : 2, column : column + width : 2] += (
            image @ kernel[row, column].T
        )
    return np.asarray(painted[1 : height + 1, 1 : width + 1] + weights[f"{name}/bias"])


def normalized(weights: Arrays, image: np.ndarray, number: int) -> np.ndarray:
    """Batch normalization as it is after training."""
    name = nth("batch_normalization", number)
    gamma, beta = weights[f"{name}/gamma"], weights[f"{name}/beta"]
    mean, variance = weights[f"{name}/moving_mean"], weights[f"{name}/moving_variance"]
    return np.asarray((image - mean) / np.sqrt(variance + 1e-3) * gamma + beta)


def nth(name: str, number: int) -> str:
    """TensorFlow's name of the layer ``number`` of a kind."""
    return name if number == 0 else f"{name}_{number}"
