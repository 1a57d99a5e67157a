"""
The tiny world as a transformer: its module tree is the key layout of Flux.1 without guidance_in. What becomes files of their own
are parts of one module here: `WorldFlux().state_dict()` has the network under model.diffusion_model., the text encoders under
text_encoders., the VAE under first_stage_model.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from model import VAE_WIDTHS, TextModel, Vae, holder
from words import COUNT, END, LENGTH

WIDTH, HEAD, MLP = 96, 32, 3
DOUBLE, SINGLE = 5, 10
POOLED, CONTEXT = 32, 48
PATCH, CHANNELS = 2, 4
TIMES = 64
"""Numbers that a time is spelled in, half of them cosines."""
THETA = 100.0
"""The slowest of the frequencies that tell positions is almost 1 / THETA radians a patch."""


class QkNorm(nn.Module):
    """Queries and keys are divided by their root mean square, head by head."""

    def __init__(self):
        super().__init__()
        self.query_norm, self.key_norm = Rms(HEAD, "scale"), Rms(HEAD, "scale")

    def forward(self, q, k):
        return self.query_norm(q), self.key_norm(k)


class Rms(nn.Module):
    """`name`: of its only tensor."""

    def __init__(self, width, name):
        super().__init__()
        self.register_parameter(name, nn.Parameter(torch.ones(width)))
        self.name = name

    def forward(self, x):
        mean = (x.float() ** 2).mean(-1, keepdim=True)
        return (x * torch.rsqrt(mean + 1e-6)).to(x.dtype) * getattr(self, self.name).to(x.dtype)


class Modulation(nn.Module):
    """Shift, scale and gate, as many times as asked for, each [B, 1, width]."""

    def __init__(self, times):
        super().__init__()
        self.times = times
        self.lin = zeroed(nn.Linear(WIDTH, 3 * times * WIDTH))

    def forward(self, vector):
        return self.lin(F.silu(vector))[:, None].chunk(3 * self.times, -1)


class StreamAttention(nn.Module):
    """What one stream brings to the attention of both, and what it makes of the result."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.norm = QkNorm()
        self.proj = nn.Linear(WIDTH, WIDTH)

    def read(self, x):
        q, k, v = heads_of(self.qkv(x))
        return *self.norm(q, k), v


def mlp():
    return nn.Sequential(nn.Linear(WIDTH, MLP * WIDTH), nn.GELU(approximate="tanh"), nn.Linear(MLP * WIDTH, WIDTH))


class DoubleBlock(nn.Module):
    """Image and text have weights of their own and look at each other."""

    def __init__(self):
        super().__init__()
        self.img_mod, self.txt_mod = Modulation(2), Modulation(2)
        self.img_attn, self.txt_attn = StreamAttention(), StreamAttention()
        self.img_mlp, self.txt_mlp = mlp(), mlp()

    def forward(self, image, text, vector, turns):
        of_image, of_text = self.img_mod(vector), self.txt_mod(vector)
        parts = [
            attention.read(shifted(x, *mod[:2]))
            for attention, x, mod in ((self.txt_attn, text, of_text), (self.img_attn, image, of_image))
        ]
        q, k, v = (torch.cat(pair, 2) for pair in zip(*parts))
        seen = look(turned(q, turns), turned(k, turns), v)
        length = text.shape[1]
        image = image + of_image[2] * self.img_attn.proj(seen[:, length:])
        image = image + of_image[5] * self.img_mlp(shifted(image, *of_image[3:5]))
        text = text + of_text[2] * self.txt_attn.proj(seen[:, :length])
        text = text + of_text[5] * self.txt_mlp(shifted(text, *of_text[3:5]))
        return image, text


class SingleBlock(nn.Module):
    """Text and image as one row; attention and MLP side by side, in one layer before and one behind."""

    def __init__(self):
        super().__init__()
        self.linear1 = nn.Linear(WIDTH, (3 + MLP) * WIDTH)
        self.linear2 = nn.Linear((1 + MLP) * WIDTH, WIDTH)
        self.norm = QkNorm()
        self.modulation = Modulation(1)

    def forward(self, x, vector, turns):
        shift, scale, gate = self.modulation(vector)
        qkv, inner = self.linear1(shifted(x, shift, scale)).split([3 * WIDTH, MLP * WIDTH], -1)
        q, k, v = heads_of(qkv)
        q, k = self.norm(q, k)
        seen = look(turned(q, turns), turned(k, turns), v)
        return x + gate * self.linear2(torch.cat([seen, F.gelu(inner, approximate="tanh")], -1))


class Embedder(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.in_layer, self.out_layer = nn.Linear(width, WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        return self.out_layer(F.silu(self.in_layer(x)))


class FinalLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = zeroed(nn.Linear(WIDTH, PATCH * PATCH * CHANNELS))
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), zeroed(nn.Linear(WIDTH, 2 * WIDTH)))

    def forward(self, x, vector):
        shift, scale = self.adaLN_modulation(vector)[:, None].chunk(2, -1)
        return self.linear(shifted(x, shift, scale))


class Flux(nn.Module):
    """Velocity [B, 4, h, w] of a latent; h and w even. Time 0 is noise, 1 the picture."""

    def __init__(self):
        super().__init__()
        self.img_in = nn.Linear(PATCH * PATCH * CHANNELS, WIDTH)
        self.time_in, self.vector_in = Embedder(TIMES), Embedder(POOLED)
        self.txt_in = nn.Linear(CONTEXT, WIDTH)
        self.double_blocks = nn.ModuleList([DoubleBlock() for _ in range(DOUBLE)])
        self.single_blocks = nn.ModuleList([SingleBlock() for _ in range(SINGLE)])
        self.final_layer = FinalLayer()
        half = TIMES // 2
        # No buffers: they would become weights of the graph.
        self.times = torch.tensor([[1000 * math.exp(-math.log(1e4) * i / half) for i in range(half)]])
        self.frequencies = torch.tensor([THETA ** (-4 * i / HEAD) for i in range(HEAD // 4)])

    def forward(self, sample, time, context, pooled):
        if self.times.device != sample.device:
            self.times, self.frequencies = self.times.to(sample.device), self.frequencies.to(sample.device)
        b, c, h, w = sample.shape
        rows, columns = h // PATCH, w // PATCH
        patches = sample.view(b, c, rows, PATCH, columns, PATCH).permute(0, 2, 4, 1, 3, 5).reshape(b, rows * columns, -1)
        angles = time[:, None] * self.times
        vector = self.time_in(torch.cat([angles.cos(), angles.sin()], -1).to(sample.dtype)) + self.vector_in(pooled)
        image, text = self.img_in(patches), self.txt_in(context)
        length = text.shape[1]
        turns = self.turns(rows, columns, length, sample.dtype)
        for block in self.double_blocks:
            image, text = block(image, text, vector, turns)
        x = torch.cat([text, image], 1)
        for block in self.single_blocks:
            x = block(x, vector, turns)
        x = self.final_layer(x[:, length:], vector)
        return x.view(b, rows, columns, c, PATCH, PATCH).permute(0, 3, 1, 4, 2, 5).reshape(b, c, h, w)

    def turns(self, rows, columns, words, dtype):
        """Cosines and sines [words + patches, 16]: half the pairs of a head turn with the row, half with the column; words do not."""
        device = self.frequencies.device
        down = torch.arange(rows, device=device)[:, None] * self.frequencies
        across = torch.arange(columns, device=device)[:, None] * self.frequencies
        count = self.frequencies.shape[0]
        angles = torch.cat([
            down[:, None].expand(rows, columns, count), across[None].expand(rows, columns, count)
        ], -1).reshape(rows * columns, 2 * count)  # fmt: skip
        angles = torch.cat([torch.zeros(words, 2 * count, device=device), angles])
        return angles.cos().to(dtype), angles.sin().to(dtype)


class T5Layer(nn.Module):
    def __init__(self, first):
        super().__init__()
        self.layer = nn.ModuleList([holder(SelfAttention=T5Attention(first)), holder(DenseReluDense=T5Gated())])
        for part in self.layer:
            part.layer_norm = Rms(CONTEXT, "weight")

    def forward(self, x, bias):
        attention, gated = self.layer
        x = x + attention.SelfAttention(attention.layer_norm(x), bias)
        return x + gated.DenseReluDense(gated.layer_norm(x))


class T5Attention(nn.Module):
    """What two words have to do with each other is also told by how far apart they are; only the first layer has that table."""

    def __init__(self, first):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(CONTEXT, CONTEXT, bias=False) for _ in range(4))
        if first:
            self.relative_attention_bias = nn.Embedding(2 * LENGTH - 1, T5_HEADS)

    def forward(self, x, bias):
        q, k, v = (part(x).unflatten(-1, (T5_HEADS, CONTEXT // T5_HEADS)).transpose(1, 2) for part in (self.q, self.k, self.v))
        scores = q @ k.transpose(-1, -2) * (CONTEXT // T5_HEADS) ** -0.5 + bias
        return self.o((torch.softmax(scores, -1) @ v).transpose(1, 2).flatten(2))


T5_HEADS, T5_LAYERS = 2, 2


class T5Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.wi_0, self.wi_1 = (nn.Linear(CONTEXT, 2 * CONTEXT, bias=False) for _ in range(2))
        self.wo = nn.Linear(2 * CONTEXT, CONTEXT, bias=False)

    def forward(self, x):
        return self.wo(F.gelu(self.wi_0(x), approximate="tanh") * self.wi_1(x))


class T5(nn.Module):
    """States of all words [B, T, 48]. No mask: padding is seen."""

    def __init__(self):
        super().__init__()
        self.shared = nn.Embedding(COUNT, CONTEXT)
        self.encoder = nn.Module()
        self.encoder.block = nn.ModuleList([T5Layer(i == 0) for i in range(T5_LAYERS)])
        self.encoder.final_layer_norm = Rms(CONTEXT, "weight")

    def forward(self, tokens):
        x, at = self.shared(tokens), torch.arange(tokens.shape[1], device=tokens.device)
        table = self.encoder.block[0].layer[0].SelfAttention.relative_attention_bias
        bias = table(at[None] - at[:, None] + LENGTH - 1).permute(2, 0, 1)[None]
        for block in self.encoder.block:
            x = block(x, bias)
        return self.encoder.final_layer_norm(x)


class WorldFlux(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = holder(diffusion_model=Flux())
        self.text_encoders = holder(
            clip_l=holder(transformer=holder(text_model=TextModel(POOLED))), t5xxl=holder(transformer=T5())
        )
        self.first_stage_model = Vae(VAE_WIDTHS)

    unet = property(lambda self: self.model.diffusion_model)
    vae = property(lambda self: self.first_stage_model)

    def read(self, tokens):
        """Context of a prompt, and the state of its last word's end as one vector for all of it."""
        return self.text_encoders.t5xxl.transformer(tokens), pooled(self.text_encoders.clip_l.transformer.text_model(tokens), tokens)


def pooled(states, tokens):
    return (states * (tokens == END).to(states.dtype)[:, :, None]).sum(1)


def zeroed(linear):
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    return linear


def shifted(x, shift, scale):
    return F.layer_norm(x, (WIDTH,), eps=1e-6) * (1 + scale) + shift


def heads_of(qkv):
    """Queries, keys and values, each [B, heads, L, 32]."""
    return qkv.unflatten(-1, (3, WIDTH // HEAD, HEAD)).permute(2, 0, 3, 1, 4).unbind(0)


def turned(x, turns):
    cos, sin = turns
    even, odd = x.unflatten(-1, (HEAD // 2, 2)).unbind(-1)
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(-2)


def look(q, k, v):
    if q.is_cuda:
        seen = F.scaled_dot_product_attention(q, k, v)
    else:
        seen = torch.softmax(q @ k.transpose(-1, -2) * HEAD**-0.5, -1) @ v
    return seen.transpose(1, 2).flatten(2)
