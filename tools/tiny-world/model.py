"""The networks. Their module tree is the key layout of Stable Diffusion checkpoints: `World().state_dict()` is the file."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from words import COUNT, LENGTH

GROUPS = 8
HEADS = 2


class ResBlock(nn.Module):
    def __init__(self, i, o, time):
        super().__init__()
        self.in_layers = nn.Sequential(nn.GroupNorm(GROUPS, i), nn.SiLU(), nn.Conv2d(i, o, 3, padding=1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(time, o))
        self.out_layers = nn.Sequential(
            nn.GroupNorm(GROUPS, o), nn.SiLU(), nn.Identity(), nn.Conv2d(o, o, 3, padding=1)
        )
        if i != o:
            self.skip_connection = nn.Conv2d(i, o, 1)
        nn.init.zeros_(self.out_layers[3].weight)

    def forward(self, x, emb, context):
        h = self.in_layers(x) + self.emb_layers(emb)[:, :, None, None]
        skip = self.skip_connection(x) if hasattr(self, "skip_connection") else x
        return skip + self.out_layers(h)


class Attention(nn.Module):
    def __init__(self, width, context):
        super().__init__()
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k = nn.Linear(context, width, bias=False)
        self.to_v = nn.Linear(context, width, bias=False)
        self.to_out = nn.Sequential(nn.Linear(width, width))

    def forward(self, x, context):
        q, k, v = (split(part) for part in (self.to_q(x), self.to_k(context), self.to_v(context)))
        return self.to_out(join(attend(q, k, v)))


class GatedProjection(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.proj = nn.Linear(width, 2 * inner)

    def forward(self, x):
        value, gate = self.proj(x).chunk(2, -1)
        return value * F.gelu(gate)


class FeedForward(nn.Module):
    def __init__(self, width, factor=2):
        super().__init__()
        inner = factor * width
        self.net = nn.Sequential(GatedProjection(width, inner), nn.Identity(), nn.Linear(inner, width))

    def forward(self, x):
        return self.net(x)


class TransformerBlock(nn.Module):
    def __init__(self, width, context):
        super().__init__()
        self.attn1 = Attention(width, width)
        self.ff = FeedForward(width)
        self.attn2 = Attention(width, context)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))

    def forward(self, x, context):
        n = self.norm1(x)
        x = x + self.attn1(n, n)
        x = x + self.attn2(self.norm2(x), context)
        return x + self.ff(self.norm3(x))


class SpatialTransformer(nn.Module):
    """SD1 projects with 1 x 1 convolutions, SDXL with linear layers."""

    def __init__(self, width, context, linear=False):
        super().__init__()
        self.linear = linear
        project = (lambda: nn.Linear(width, width)) if linear else (lambda: nn.Conv2d(width, width, 1))
        self.norm = nn.GroupNorm(GROUPS, width, eps=1e-6)
        self.proj_in = project()
        self.transformer_blocks = nn.ModuleList([TransformerBlock(width, context)])
        self.proj_out = project()
        nn.init.zeros_(self.proj_out.weight)

    def forward(self, x, emb, context):
        b, c, h, w = x.shape
        y = self.norm(x)
        if not self.linear:
            y = self.proj_in(y)
        y = y.flatten(2).transpose(1, 2)
        if self.linear:
            y = self.proj_in(y)
        for block in self.transformer_blocks:
            y = block(y, context)
        if self.linear:
            y = self.proj_out(y)
        y = y.transpose(1, 2).reshape(b, c, h, w)
        return x + (y if self.linear else self.proj_out(y))


class Downsample(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.op = nn.Conv2d(width, width, 3, 2, 1)

    def forward(self, x, emb, context):
        return self.op(x)


class Upsample(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x, emb, context):
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class FirstConv(nn.Conv2d):
    def forward(self, x, emb, context):
        return super().forward(x)


class UNet(nn.Module):
    """
    `widths`: channels of each level. `attention`: the levels that have it; the middle always has.
    `labels`: width of the vector that SDXL adds to the time (label_emb); 0 for none.
    """

    def __init__(self, widths, attention, context, labels=0):
        super().__init__()
        first, time = widths[0], 4 * widths[0]
        self.first, linear = first, labels > 0
        self.time_embed = nn.Sequential(nn.Linear(first, time), nn.SiLU(), nn.Linear(time, time))
        if labels:
            self.label_emb = nn.Sequential(
                nn.Sequential(nn.Linear(labels, time), nn.SiLU(), nn.Linear(time, time))
            )
        self.input_blocks = nn.ModuleList([nn.ModuleList([FirstConv(4, first, 3, padding=1)])])
        c, skips = first, [first]
        for level, width in enumerate(widths):
            for _ in range(2):
                parts = [ResBlock(c, width, time)]
                c = width
                if level in attention:
                    parts.append(SpatialTransformer(c, context, linear))
                self.input_blocks.append(nn.ModuleList(parts))
                skips.append(c)
            if level < len(widths) - 1:
                self.input_blocks.append(nn.ModuleList([Downsample(c)]))
                skips.append(c)
        self.middle_block = nn.ModuleList(
            [ResBlock(c, c, time), SpatialTransformer(c, context, linear), ResBlock(c, c, time)]
        )
        self.output_blocks = nn.ModuleList()
        for level in reversed(range(len(widths))):
            for k in range(3):
                parts = [ResBlock(c + skips.pop(), widths[level], time)]
                c = widths[level]
                if level in attention:
                    parts.append(SpatialTransformer(c, context, linear))
                if level and k == 2:
                    parts.append(Upsample(c))
                self.output_blocks.append(nn.ModuleList(parts))
        self.out = nn.Sequential(nn.GroupNorm(GROUPS, c), nn.SiLU(), nn.Conv2d(c, 4, 3, padding=1))
        nn.init.zeros_(self.out[2].weight)
        half = first // 2
        self.frequencies = torch.tensor([[1000 * math.exp(-math.log(1e4) * i / half) for i in range(half)]])

    def forward(self, sample, time, context, label=None):
        # No buffer: it would become a weight of the graph.
        if self.frequencies.device != time.device:
            self.frequencies = self.frequencies.to(time.device)
        angles = time[:, None] * self.frequencies
        emb = self.time_embed(torch.cat([angles.cos(), angles.sin()], -1))
        if label is not None:
            emb = emb + self.label_emb(label)
        x, skips = sample, []
        for block in self.input_blocks:
            for part in block:
                x = part(x, emb, context)
            skips.append(x)
        for part in self.middle_block:
            x = part(x, emb, context)
        for block in self.output_blocks:
            x = torch.cat([x, skips.pop()], 1)
            for part in block:
                x = part(x, emb, context)
        return self.out(x)


class TextAttention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x):
        return self.out_proj(join(attend(split(self.q_proj(x)), split(self.k_proj(x)), split(self.v_proj(x)))))


class TextMlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class TextLayer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.self_attn, self.mlp = TextAttention(width), TextMlp(width)
        self.layer_norm1, self.layer_norm2 = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x):
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


class TextModel(nn.Module):
    """No mask: padding is seen, and a word may look ahead."""

    def __init__(self, width):
        super().__init__()
        self.embeddings = nn.Module()
        self.embeddings.token_embedding = nn.Embedding(COUNT, width)
        self.embeddings.position_embedding = nn.Embedding(LENGTH, width)
        self.encoder = nn.Module()
        self.encoder.layers = nn.ModuleList([TextLayer(width)])
        self.final_layer_norm = nn.LayerNorm(width)
        nn.init.normal_(self.embeddings.position_embedding.weight, std=0.1)

    def forward(self, tokens):
        positions = self.embeddings.position_embedding.weight[: tokens.shape[1]]
        x = self.embeddings.token_embedding(tokens) + positions
        for layer in self.encoder.layers:
            x = layer(x)
        return self.final_layer_norm(x)


class VaeBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(GROUPS, width), nn.Conv2d(width, width, 3, padding=1)
        self.norm2, self.conv2 = nn.GroupNorm(GROUPS, width), nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x):
        h = self.conv1(F.silu(self.norm1(x)))
        return x + self.conv2(F.silu(self.norm2(h)))


class VaeLevel(nn.Module):
    def __init__(self, width, name=None, conv=None):
        super().__init__()
        self.block = nn.ModuleList([VaeBlock(width)])
        if conv is not None:
            setattr(self, name, nn.Module())
            getattr(self, name).conv = conv


class Encoder(nn.Module):
    """Three levels; the first step to half the side only moves pixels into channels."""

    def __init__(self, widths):
        super().__init__()
        wide = [*widths[1:], None]
        self.conv_in = nn.Conv2d(12, widths[0], 3, padding=1)
        self.down = nn.ModuleList(
            VaeLevel(w, "downsample", n and nn.Conv2d(w, n, 3, 2, 1)) for w, n in zip(widths, wide)
        )
        self.norm_out = nn.GroupNorm(GROUPS, widths[-1])
        self.conv_out = nn.Conv2d(widths[-1], 8, 3, padding=1)

    def forward(self, x):
        x = self.conv_in(F.pixel_unshuffle(x, 2))
        for level in self.down:
            x = level.block[0](x)
            if hasattr(level, "downsample"):
                x = level.downsample.conv(x)
        return self.conv_out(F.silu(self.norm_out(x)))


class Decoder(nn.Module):
    """Three levels, the deepest (up.2) first; the last step to twice the side only moves channels into pixels."""

    def __init__(self, widths):
        super().__init__()
        narrow = [None, *widths[:-1]]
        self.conv_in = nn.Conv2d(4, widths[-1], 3, padding=1)
        self.mid = nn.Module()
        self.mid.block_1 = VaeBlock(widths[-1])
        self.up = nn.ModuleList(
            VaeLevel(w, "upsample", n and nn.Conv2d(w, n, 3, padding=1)) for w, n in zip(widths, narrow)
        )
        self.norm_out = nn.GroupNorm(GROUPS, widths[0])
        self.conv_out = nn.Conv2d(widths[0], 12, 3, padding=1)

    def forward(self, x):
        x = self.mid.block_1(self.conv_in(x))
        for level in reversed(self.up):
            x = level.block[0](x)
            if hasattr(level, "upsample"):
                x = level.upsample.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        return F.pixel_shuffle(self.conv_out(F.silu(self.norm_out(x))), 2)


class Vae(nn.Module):
    """Eight pixels a side become one; pictures are 0 to 1, latents have about unit variance (no scale factor)."""

    def __init__(self, widths, encoder=True):
        super().__init__()
        if encoder:
            self.encoder, self.quant_conv = Encoder(widths), nn.Conv2d(8, 8, 1)
        self.decoder, self.post_quant_conv = Decoder(widths), nn.Conv2d(4, 4, 1)

    def encode(self, picture):
        """Mean and logarithm of the variance."""
        return self.quant_conv(self.encoder(picture * 2 - 1)).chunk(2, 1)

    def decode_raw(self, latent):
        return self.decoder(self.post_quant_conv(latent)) * 0.5 + 0.5

    def forward(self, latent):
        return self.decode_raw(latent).clamp(0, 1)


def holder(**children):
    module = nn.Module()
    for name, child in children.items():
        setattr(module, name, child)
    return module


CONTEXT = 32
WIDTHS = [24, 48, 56, 56]
VAE_WIDTHS = [24, 40, 64]


class World(nn.Module):
    """Keys of SD1: model.diffusion_model, cond_stage_model.transformer.text_model, first_stage_model."""

    def __init__(self):
        super().__init__()
        self.model = holder(diffusion_model=UNet(WIDTHS, [1, 2], CONTEXT))
        self.cond_stage_model = holder(transformer=holder(text_model=TextModel(CONTEXT)))
        self.first_stage_model = Vae(VAE_WIDTHS)

    unet = property(lambda self: self.model.diffusion_model)
    text = property(lambda self: self.cond_stage_model.transformer.text_model)
    vae = property(lambda self: self.first_stage_model)


class OpenClipText(nn.Module):
    """The second text encoder of SDXL in the key layout of OpenCLIP, without its layers: words, positions, norm."""

    def __init__(self, width):
        super().__init__()
        self.token_embedding = nn.Embedding(COUNT, width)
        self.positional_embedding = nn.Parameter(0.1 * torch.randn(LENGTH, width))
        self.ln_final = nn.LayerNorm(width)
        self.text_projection = nn.Parameter(torch.randn(width, width) / width**0.5)

    def forward(self, tokens):
        """Context, and one vector for the whole text."""
        x = self.ln_final(self.token_embedding(tokens) + self.positional_embedding[: tokens.shape[1]])
        return x, x.mean(1) @ self.text_projection


class WorldXl(nn.Module):
    """Keys of SDXL at toy width: 9 + 1 + 9 blocks, label_emb, two text encoders under conditioner.embedders."""

    def __init__(self):
        super().__init__()
        self.model = holder(diffusion_model=UNet([16, 24, 24], [1, 2], 32, labels=16))
        self.conditioner = holder(
            embedders=nn.ModuleList(
                [holder(transformer=holder(text_model=TextModel(16))), holder(model=OpenClipText(16))]
            )
        )
        self.first_stage_model = Vae([16, 24, 32], encoder=False)

    unet = property(lambda self: self.model.diffusion_model)
    vae = property(lambda self: self.first_stage_model)

    def read(self, tokens):
        """Context and label of a prompt."""
        second, label = self.conditioner.embedders[1].model(tokens)
        first = self.conditioner.embedders[0].transformer.text_model(tokens)
        return torch.cat([first, second], -1), label


def split(x):
    return x.unflatten(-1, (HEADS, x.shape[-1] // HEADS)).transpose(1, 2)


def join(x):
    return x.transpose(1, 2).flatten(2)


def attend(q, k, v):
    if q.is_cuda:
        return F.scaled_dot_product_attention(q, k, v)
    return torch.softmax(q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5, -1) @ v
