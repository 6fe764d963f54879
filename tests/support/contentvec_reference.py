"""The forward pass of ContentVec in plain numpy, written from the formulas of HuBERT."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voiceshift.local.engine.voices.rvc.contentvec import Sizes

Values = npt.NDArray[np.float64]

ERF = np.vectorize(math.erf)


def vectors(
    tensors: Mapping[str, npt.NDArray[Any]], sizes: Sizes, samples: npt.NDArray[Any]
) -> tuple[Values, Values]:
    """Return the vectors of versions v1 and v2 for samples at 16 kHz."""
    x = _convolved(tensors, samples.astype(np.float64))
    x = _linear(tensors, "feature_projection.projection", _norm(tensors, "feature_projection", x))
    x = _norm(tensors, "encoder", x + _gelu(_positions(tensors, sizes, x)))
    projected = x
    for i in range(sizes.layers):
        name = f"encoder.layers.{i}"
        x = _norm(tensors, name, x + _attention(tensors, f"{name}.attention", x, sizes.heads))
        wide = _gelu(_linear(tensors, f"{name}.feed_forward.intermediate_dense", x))
        fed = _linear(tensors, f"{name}.feed_forward.output_dense", wide)
        x = _norm(tensors, name, x + fed, "final_layer_norm")
        if i + 1 == sizes.projected_layer:
            projected = _linear(tensors, "final_proj", x)
    return projected, x


def _gelu(x: Values) -> Values:
    return np.asarray(0.5 * x * (1 + ERF(x / np.sqrt(2))))


def _linear(tensors: Mapping[str, Any], name: str, x: Values) -> Values:
    return np.asarray(x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"])


def _norm(tensors: Mapping[str, Any], name: str, x: Values, part: str = "layer_norm") -> Values:
    scaled = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
    scale, bias = tensors[f"{name}.{part}.weight"], tensors[f"{name}.{part}.bias"]
    return np.asarray(scaled * scale + bias)


def _convolved(tensors: Mapping[str, Any], samples: Values) -> Values:
    x = samples[:, None]
    for i, stride in enumerate((5, 2, 2, 2, 2, 2, 2)):
        name = f"feature_extractor.conv_layers.{i}"
        kernel = tensors[f"{name}.conv.weight"]
        windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[2], axis=0)[::stride]
        x = windows.reshape(len(windows), -1) @ kernel.reshape(len(kernel), -1).T
        if i == 0:
            x = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)
            x = x * tensors[f"{name}.layer_norm.weight"] + tensors[f"{name}.layer_norm.bias"]
        x = _gelu(x)
    return np.asarray(x)


def _positions(tensors: Mapping[str, Any], sizes: Sizes, x: Values) -> Values:
    name = "encoder.pos_conv_embed.conv"
    kernel = tensors[f"{name}.weight_v"].astype(np.float64)
    length = np.sqrt(np.square(kernel).sum(axis=(0, 1), keepdims=True))
    kernel = kernel / length * tensors[f"{name}.weight_g"]
    half, width = sizes.position_kernel // 2, sizes.hidden // sizes.position_groups
    padded = np.pad(x, ((half, half), (0, 0)))
    out = np.zeros_like(x)
    for channel in range(sizes.hidden):
        group = slice(channel // width * width, channel // width * width + width)
        for k in range(sizes.position_kernel):
            out[:, channel] += padded[k : k + len(x), group] @ kernel[channel, :, k]
    return np.asarray(out + tensors[f"{name}.bias"])


def _attention(tensors: Mapping[str, Any], name: str, x: Values, heads: int) -> Values:
    query, key, value = (_linear(tensors, f"{name}.{part}_proj", x) for part in "qkv")
    out = np.zeros_like(x)
    for part in np.split(np.arange(x.shape[1]), heads):
        logits = query[:, part] @ key[:, part].T / np.sqrt(len(part))
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        out[:, part] = shares / shares.sum(axis=1, keepdims=True) @ value[:, part]
    return _linear(tensors, f"{name}.out_proj", out)
