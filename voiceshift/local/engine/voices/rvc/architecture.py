"""The sizes of a voice's network, and the tensors that such a network has.

VITS (Kim, Kong and Son 2021, "Conditional variational autoencoder with adversarial learning for
end-to-end text-to-speech") with the decoder of NSF-HiFi-GAN. A voice says its sizes in a list of 18
values.
"""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

Shapes = dict[str, tuple[int, ...]]
"""The shape of each tensor by its name."""

CONFIG_LENGTH = 18

PITCHES = 256
"""Rows of the table of pitches; the first is not used."""

RELATIVE_POSITIONS = 21
"""Positions that attention tells apart: from 10 frames before to 10 frames after."""

COUPLINGS = (0, 2, 4, 6)
"""Numbers of the flow's coupling layers among its modules; those between them reverse channels."""

WAVENET_LAYERS, WAVENET_KERNEL = 3, 5

EDGE_KERNEL = 7
"""Kernel of the decoder's first and last convolution."""

MAX_WEIGHTS = 2**27
"""Numbers in all tensors together; v2 at 40 kHz has 27 million."""


@frozen(kw_only=True)
class Architecture:
    """The sizes of a voice's network.

    Attributes:
        features: Numbers in each vector of the content encoder: 256 (v1) or 768 (v2).
        has_pitch: Whether the voice is given the pitch; without, it makes one of its own.
        speakers: Voices in the file; most have one that is trained, the first.
        latent: Channels between the encoder, the flow and the decoder.
        hidden: Channels inside the encoder and the flow.
        filter_size: Channels inside the feed-forward parts of the encoder.
        heads: Attention heads of the encoder.
        layers: Layers of the encoder.
        kernel: Kernel of its feed-forward parts.
        block_kernels: Kernels of the decoder's residual blocks, side by side in each stage.
        dilations: Dilations inside each of them.
        rates: By how much each stage of the decoder raises the rate.
        decoder_channels: Channels at its beginning; each stage halves them.
        rate_kernels: Kernels of the transposed convolutions that raise the rate.
        speaker_size: Numbers that describe a speaker.
        sample_rate: Rate of the sound it makes, in hertz.
    """

    features: int
    has_pitch: bool
    speakers: int
    latent: int
    hidden: int
    filter_size: int
    heads: int
    layers: int
    kernel: int
    block_kernels: tuple[int, ...]
    dilations: tuple[tuple[int, ...], ...]
    rates: tuple[int, ...]
    decoder_channels: int
    rate_kernels: tuple[int, ...]
    speaker_size: int
    sample_rate: int

    @property
    def samples_per_frame(self) -> int:
        """Samples that each frame of 10 ms becomes."""
        return math.prod(self.rates)

    def channels(self, stage: int) -> int:
        """Return the channels of a stage of the decoder; -1 is before the first."""
        return self.decoder_channels >> (stage + 1)

    def source_stride(self, stage: int) -> int:
        """Return by how much the source's rate is above that of a stage."""
        return math.prod(self.rates[stage + 1 :])

    def decoder_reach(self, stage: int) -> int:
        """Return how many frames on both sides of a frame its sound depends on.

        Args:
            stage: The stage of the decoder to whose input they belong. At the first, it is most of
                them.
        """
        reach = EDGE_KERNEL // 2 / self.samples_per_frame
        for i in range(stage, len(self.rates)):
            rate = math.prod(self.rates[: i + 1])
            blocks = zip(self.block_kernels, self.dilations, strict=True)
            reach += max(k // 2 * sum(d + 1 for d in dilations) for k, dilations in blocks) / rate
            reach += (self.rate_kernels[i] / 2 + 1) / rate  # one more for the source
        return math.ceil(reach + (0 if stage else EDGE_KERNEL // 2))

    def shapes(self) -> Shapes:
        """Return the shape of every tensor, with weight normalisation folded."""
        return dict(
            chain(
                [("emb_g.weight", (self.speakers, self.speaker_size))],
                self._text_encoder(),
                self._flow(),
                self._decoder(),
            )
        )

    def _text_encoder(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        hidden, root = self.hidden, "enc_p.encoder"
        yield from _layer("enc_p.emb_phone", hidden, self.features)
        if self.has_pitch:
            yield "enc_p.emb_pitch.weight", (PITCHES, hidden)
        for i in range(self.layers):
            attention = f"{root}.attn_layers.{i}"
            for part in "qkvo":
                yield from _layer(f"{attention}.conv_{part}", hidden, hidden, 1)
            for part in "kv":
                size = hidden // self.heads
                yield f"{attention}.emb_rel_{part}", (1, RELATIVE_POSITIONS, size)
            for norm in ("norm_layers_1", "norm_layers_2"):
                for part in ("gamma", "beta"):
                    yield f"{root}.{norm}.{i}.{part}", (hidden,)
            feed_forward = f"{root}.ffn_layers.{i}"
            yield from _layer(f"{feed_forward}.conv_1", self.filter_size, hidden, self.kernel)
            yield from _layer(f"{feed_forward}.conv_2", hidden, self.filter_size, self.kernel)
        yield from _layer("enc_p.proj", 2 * self.latent, hidden, 1)

    def _flow(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        hidden, half = self.hidden, self.latent // 2
        for number in COUPLINGS:
            root = f"flow.flows.{number}"
            yield from _layer(f"{root}.pre", hidden, half, 1)
            conditions = 2 * hidden * WAVENET_LAYERS
            yield from _layer(f"{root}.enc.cond_layer", conditions, self.speaker_size, 1)
            for i in range(WAVENET_LAYERS):
                yield from _layer(f"{root}.enc.in_layers.{i}", 2 * hidden, hidden, WAVENET_KERNEL)
                width = hidden if i == WAVENET_LAYERS - 1 else 2 * hidden
                yield from _layer(f"{root}.enc.res_skip_layers.{i}", width, hidden, 1)
            yield from _layer(f"{root}.post", half, hidden, 1)

    def _decoder(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        if self.has_pitch:
            yield from _layer("dec.m_source.l_linear", 1, 1)
        yield from _layer("dec.conv_pre", self.decoder_channels, self.latent, EDGE_KERNEL)
        yield from _layer("dec.cond", self.decoder_channels, self.speaker_size, 1)
        for i, kernel in enumerate(self.rate_kernels):
            before, channels = self.channels(i - 1), self.channels(i)
            yield f"dec.ups.{i}.weight", (before, channels, kernel)
            yield f"dec.ups.{i}.bias", (channels,)
            if self.has_pitch:
                stride = self.source_stride(i)
                length = 2 * stride if stride > 1 else 1
                yield from _layer(f"dec.noise_convs.{i}", channels, 1, length)
            for j, block in enumerate(self.block_kernels):
                root = f"dec.resblocks.{i * len(self.block_kernels) + j}"
                for m in range(len(self.dilations[j])):
                    yield from _layer(f"{root}.convs1.{m}", channels, channels, block)
                    yield from _layer(f"{root}.convs2.{m}", channels, channels, block)
        yield "dec.conv_post.weight", (1, self.channels(len(self.rates) - 1), EDGE_KERNEL)


def read_config(config: object, *, features: int, has_pitch: bool, speakers: int) -> Architecture:
    """Return the sizes that a voice says it has, and that its tensors show.

    Raises:
        ValueError: ``config`` is that of another program or network, or contradicts itself.
    """
    if not isinstance(config, (list, tuple)) or len(config) != CONFIG_LENGTH:
        raise ValueError(
            "was made by another program than RVC or Applio: its config has not the 18 values of "
            "theirs"
        )
    if config[9] != "1":
        raise ValueError("has residual blocks of another kind than RVC's")
    architecture = Architecture(
        features=features,
        has_pitch=has_pitch,
        speakers=speakers,
        latent=_number(config[2], 4096),
        hidden=_number(config[3], 4096),
        filter_size=_number(config[4], 16_384),
        heads=_number(config[5], 64),
        layers=_number(config[6], 64),
        kernel=_number(config[7], 31),
        block_kernels=_numbers(config[10], 31),
        dilations=tuple(_numbers(item, 31) for item in _items(config[11])),
        rates=_numbers(config[12], 32),
        decoder_channels=_number(config[13], 4096),
        rate_kernels=_numbers(config[14], 64),
        speaker_size=_number(config[16], 4096),
        sample_rate=_number(config[17], 96_000),
    )
    _check(architecture)
    return architecture


def _layer(name: str, *shape: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the weight and the bias of a layer."""
    yield f"{name}.weight", shape
    yield f"{name}.bias", shape[:1]


def _number(value: object, limit: int) -> int:
    if type(value) is not int or not 1 <= value <= limit:
        raise ValueError("has a config with a value that no voice of RVC has")
    return value


def _items(value: object) -> list[object]:
    if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= 8:
        raise ValueError("has a config with a value that no voice of RVC has")
    return list(value)


def _numbers(value: object, limit: int) -> tuple[int, ...]:
    return tuple(_number(item, limit) for item in _items(value))


def _check(sizes: Architecture) -> None:
    """Refuse sizes that do not fit together, or whose paddings would not be whole."""
    made, rates = 100 * sizes.samples_per_frame, sizes.rates
    if made != sizes.sample_rate:
        raise ValueError(
            f"contradicts itself: its config says {sizes.sample_rate} Hz, but its network makes "
            f"{made} Hz; extract it again from its training checkpoint, with the right rate"
        )
    strides = [sizes.source_stride(stage) for stage in range(len(rates))]
    fits = (
        len(rates) == len(sizes.rate_kernels)
        and len(sizes.block_kernels) == len(sizes.dilations)
        and all(kernel >= rate for kernel, rate in zip(sizes.rate_kernels, rates, strict=True))
        and not any((k - rate) % 2 for k, rate in zip(sizes.rate_kernels, rates, strict=True))
        and not any(stride % 2 for stride in strides if stride > 1)
        and all(kernel % 2 for kernel in (sizes.kernel, *sizes.block_kernels))
        and sizes.channels(len(rates) - 1) > 0
        and not sizes.hidden % sizes.heads
        and not sizes.latent % 2
    )
    if not fits:
        raise ValueError("has a config whose values do not fit together")
    if sum(map(math.prod, sizes.shapes().values())) > MAX_WEIGHTS:
        raise ValueError("is far bigger than any voice of RVC")
