"""The forward pass of a voice of RVC in plain numpy, written from the papers' formulas.

Slow, and independent of what writes the network: no graph, no pieces, another order of the axes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping

Values = npt.NDArray[np.float64]

Tensors = dict[str, Values]


def audio(voice: Mapping[str, Any], inputs: Mapping[str, npt.NDArray[Any]]) -> Values:
    """Return the sound ``(samples,)`` that a voice makes of the inputs of its network.

    Args:
        voice: What its file holds.
        inputs: As in :func:`voiceshift.local.engine.voices.rvc.network.write_network`; the phase is
            summed up here.
    """
    config, weights = voice["config"], _folded(voice["weight"])
    speaker = weights["emb_g.weight"][inputs["speaker"][0]]
    latent = _text_encoder(weights, config, inputs)
    latent = _flow(weights, latent, speaker)
    return _decoder(weights, config, latent, speaker, inputs)


def phases(pitchf: npt.NDArray[Any], rate: int, samples: int) -> Values:
    """Return the phase at the beginning of each frame, in periods: the sum of all before."""
    periods = pitchf.astype(np.float64) * samples / rate
    return np.asarray((np.cumsum(periods, axis=-1) - periods) % 1)


def _folded(tensors: Mapping[str, npt.NDArray[Any]]) -> Tensors:
    weights = {name: value.astype(np.float64) for name, value in tensors.items()}
    for name in [name for name in weights if name.endswith("_g")]:
        lengths, directions = weights.pop(name), weights.pop(f"{name[:-1]}v")
        for i, direction in enumerate(directions):
            directions[i] = direction / np.linalg.norm(direction) * lengths[i, 0, 0]
        weights[name[:-2]] = directions
    return weights


def _leaky(x: Values, slope: float) -> Values:
    return np.where(x > 0, x, slope * x)


def _conv(weights: Tensors, name: str, x: Values, dilation: int = 1) -> Values:
    """Convolve ``(frames, channels)``, as many frames as before."""
    kernel = weights[f"{name}.weight"]
    reach = (kernel.shape[2] - 1) * dilation // 2
    padded = np.pad(x, ((reach, reach), (0, 0)))
    out = sum(
        padded[k * dilation : k * dilation + len(x)] @ kernel[:, :, k].T
        for k in range(kernel.shape[2])
    )
    return np.asarray(out + weights.get(f"{name}.bias", 0.0))


def _norm(weights: Tensors, name: str, x: Values) -> Values:
    mean, variance = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    scaled = (x - mean) / np.sqrt(variance + 1e-5)
    return np.asarray(scaled * weights[f"{name}.gamma"] + weights[f"{name}.beta"])


def _text_encoder(
    weights: Tensors, config: list[Any], inputs: Mapping[str, npt.NDArray[Any]]
) -> Values:
    x = inputs["phone"][0] @ weights["enc_p.emb_phone.weight"].T + weights["enc_p.emb_phone.bias"]
    if "pitch" in inputs:
        x = x + weights["enc_p.emb_pitch.weight"][inputs["pitch"][0]]
    x = _leaky(x * np.sqrt(config[3]), 0.1)
    root = "enc_p.encoder"
    for i in range(config[6]):
        attended = _attention(weights, f"{root}.attn_layers.{i}", x, config[5])
        x = _norm(weights, f"{root}.norm_layers_1.{i}", x + attended)
        wide = np.maximum(_conv(weights, f"{root}.ffn_layers.{i}.conv_1", x), 0)
        fed = _conv(weights, f"{root}.ffn_layers.{i}.conv_2", wide)
        x = _norm(weights, f"{root}.norm_layers_2.{i}", x + fed)
    projected = _conv(weights, "enc_p.proj", x)
    mean, log_deviation = np.split(projected, 2, axis=1)
    return np.asarray(mean + np.exp(log_deviation) * 0.66666 * inputs["noise"][0].T)


def _attention(weights: Tensors, name: str, x: Values, heads: int) -> Values:
    query, key, value = (_conv(weights, f"{name}.conv_{part}", x) for part in "qkv")
    size = x.shape[1] // heads
    out = np.zeros_like(x)
    for head in range(heads):
        part = slice(head * size, (head + 1) * size)
        for i in range(len(x)):
            near = range(max(0, i - 10), min(len(x), i + 11))
            places = [j - i + 10 for j in near]
            logits = key[:, part] @ query[i, part]
            logits[near] += weights[f"{name}.emb_rel_k"][0, places] @ query[i, part]
            shares = np.exp((logits - logits.max()) / np.sqrt(size))
            shares /= shares.sum()
            out[i, part] = shares @ value[:, part]
            out[i, part] += shares[near] @ weights[f"{name}.emb_rel_v"][0, places]
    return _conv(weights, f"{name}.conv_o", out)


def _flow(weights: Tensors, latent: Values, speaker: Values) -> Values:
    for number in (6, 4, 2, 0):
        kept, coupled = np.split(latent[:, ::-1], 2, axis=1)
        name = f"flow.flows.{number}"
        x = _conv(weights, f"{name}.pre", kept)
        out = np.zeros_like(x)
        told = _conv(weights, f"{name}.enc.cond_layer", speaker[None])[0].reshape(3, -1)
        for i in range(3):
            both = _conv(weights, f"{name}.enc.in_layers.{i}", x) + told[i]
            signal, gate = np.split(both, 2, axis=1)
            gated = np.tanh(signal) / (1 + np.exp(-gate))
            result = _conv(weights, f"{name}.enc.res_skip_layers.{i}", gated)
            if i < 2:
                residual, result = np.split(result, 2, axis=1)
                x = x + residual
            out = out + result
        latent = np.concatenate([kept, coupled - _conv(weights, f"{name}.post", out)], axis=1)
    return latent


def _decoder(
    weights: Tensors,
    config: list[Any],
    latent: Values,
    speaker: Values,
    inputs: Mapping[str, npt.NDArray[Any]],
) -> Values:
    rates, rate = config[12], config[17]
    x = _conv(weights, "dec.conv_pre", latent) + _conv(weights, "dec.cond", speaker[None])
    source = _source(weights, rate, inputs) if "pitchf" in inputs else None
    for i, factor in enumerate(rates):
        x = _raised(weights, f"dec.ups.{i}", _leaky(x, 0.1), factor)
        if source is not None:
            x = x + _excitation(weights, f"dec.noise_convs.{i}", source, len(source) // len(x))
        x = np.mean([_block(weights, f"dec.resblocks.{3 * i + j}", x) for j in range(3)], axis=0)
    return np.asarray(np.tanh(_conv(weights, "dec.conv_post", _leaky(x, 0.01)))[:, 0])


def _source(weights: Tensors, rate: int, inputs: Mapping[str, npt.NDArray[Any]]) -> Values:
    frames, samples = inputs["breath"].shape[1:]
    frequency = np.repeat(inputs["pitchf"][0].astype(np.float64), samples)
    phase = np.cumsum(frequency / rate)
    voiced = frequency > 0
    noise = np.where(voiced, 0.003, 0.1 / 3) * inputs["breath"].reshape(frames * samples)
    excitation = 0.1 * np.sin(2 * np.pi * phase) * voiced + noise
    weight, bias = (weights[f"dec.m_source.l_linear.{part}"] for part in ("weight", "bias"))
    return np.asarray(np.tanh(excitation * weight[0, 0] + bias[0])[:, None])


def _raised(weights: Tensors, name: str, x: Values, factor: int) -> Values:
    """Convolve transposed: each frame adds a copy of the kernel to the sound."""
    kernel = weights[f"{name}.weight"]
    length = kernel.shape[2]
    out = np.zeros(((len(x) - 1) * factor + length, kernel.shape[1]))
    for k in range(length):
        out[k : k + (len(x) - 1) * factor + 1 : factor] += x @ kernel[:, :, k]
    edge = (length - factor) // 2
    return out[edge : edge + len(x) * factor] + weights[f"{name}.bias"]


def _excitation(weights: Tensors, name: str, source: Values, stride: int) -> Values:
    kernel, bias = weights[f"{name}.weight"][:, 0], weights[f"{name}.bias"]
    padded = np.pad(source[:, 0], stride // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[1])[::stride]
    return np.asarray(windows @ kernel.T + bias)


def _block(weights: Tensors, name: str, x: Values) -> Values:
    for m, dilation in enumerate((1, 3, 5)):
        branch = _conv(weights, f"{name}.convs1.{m}", _leaky(x, 0.1), dilation)
        x = x + _conv(weights, f"{name}.convs2.{m}", _leaky(branch, 0.1))
    return x
