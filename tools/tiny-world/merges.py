"""Scores of merges of a pair, many a second: the judge's parts of every picture, several merges at a time on one GPU."""

import copy
import os

import numpy as np
import onnx
import torch

import evaluate
from evaluate import PREFIXES, UNET, noise, tokens
from judge import OTHERS, Judge, match
from model import World
from train import DEVICE, load

PARTS = ["words", "crisp", "vivid", "clean"]
"""A picture's score is the product of these, each between 0 and 1."""
STREAMS = int(os.environ.get("STREAMS", 4))
ALIGN = 8  # elements of 16 bits: each tensor of a flat buffer begins at a multiple of 16 bytes


def load_judge(file):
    """From the graph that is kept in the repository. The export renamed the weights of the norms, but kept their order."""
    given = {i.name: torch.from_numpy(onnx.numpy_helper.to_array(i).copy()) for i in onnx.load(file).graph.initializer}
    judge = Judge()
    wanted = judge.state_dict()
    renamed = iter([v for k, v in given.items() if k not in wanted])
    judge.load_state_dict({k: given[k] if k in given else next(renamed).flatten() for k in wanted})
    return judge.to(DEVICE).eval()


def load_base(file):
    return load(World(), file).eval()


class Flat:
    """The parameters of a UNet as one vector, block by block, so that a merge is one operation."""

    def __init__(self, unet):
        self.named = list(unet.named_parameters())
        self.at, self.size = [], 0
        for _, p in self.named:
            self.at.append(self.size)
            self.size += -(-p.numel() // ALIGN) * ALIGN
        block = torch.zeros(self.size, dtype=torch.long)
        for (name, p), at in zip(self.named, self.at):
            block[at : at + p.numel()] = next(i for i, prefix in enumerate(PREFIXES) if name.startswith(prefix))
        self.block = block.to(DEVICE)

    def pack(self, state):
        """The vector (float32) of a checkpoint's UNet."""
        flat = torch.zeros(self.size)
        for (name, p), at in zip(self.named, self.at):
            flat[at : at + p.numel()] = state[UNET + name].float().flatten()
        return flat.to(DEVICE)

    def show(self, buffer):
        """Makes the parameters look into `buffer`."""
        for (_, p), at in zip(self.named, self.at):
            p.data = buffer[at : at + p.numel()].view(p.shape)


class Merges:
    """
    The pictures of a pair. On a GPU in 16 bits, everything from noise to the judge's parts as a CUDA graph, one a stream.
    Pictures (`show`) and pair (`between`) can be exchanged.
    """

    def __init__(self, base, judge, count, compiled=True):
        self.half = DEVICE == "cuda"
        self.dtype = torch.float16 if self.half else torch.float32
        self.text = base.text
        self.ids, self.noise = tokens([""] * count).to(DEVICE), torch.zeros(count, 4, 32, 32, device=DEVICE)
        with torch.no_grad():
            self.empty = base.text(self.ids).to(self.dtype)
        self.context = self.empty.clone()
        self.world, self.judge = copy.deepcopy(base).to(self.dtype), copy.deepcopy(judge).to(self.dtype)
        self.flat = Flat(self.world.unet)
        for p in [*self.world.parameters(), *self.judge.parameters()]:
            p.requires_grad_(False)
        # Angles of the time reach 1000: not in 16 bits.
        self.world.unet.time_embed.register_forward_pre_hook(lambda _, given: (given[0].to(self.dtype),))
        self.unet, self.decode, self.read = self.world.unet, self.world.vae.decode_raw, self.judge.read
        if compiled and self.half:
            self.unet, self.decode, self.read = (torch.compile(f, dynamic=False) for f in (self.unet, self.decode, self.read))
        self.streams = [torch.cuda.Stream() for _ in range(STREAMS)] if self.half else [None]
        self.buffers = [torch.zeros(self.flat.size, dtype=self.dtype, device=DEVICE) for _ in self.streams]
        self.plays = [self.capture(s, b) for s, b in zip(self.streams, self.buffers)]

    @torch.no_grad()
    def show(self, texts, seeds):
        """Prompts and seeds of the pictures."""
        self.ids.copy_(tokens(texts))
        self.context.copy_(self.text(self.ids))
        self.noise.copy_(noise(seeds))
        return self

    def between(self, a, b):
        """Two vectors of Flat."""
        self.a, self.difference = a, b - a
        return self

    @torch.no_grad()
    def once(self):
        """[pictures, 4]: the parts."""
        both = torch.cat([self.empty, self.context])
        x, steps, guidance = self.noise, evaluate.SCHEDULE["steps"], evaluate.SCHEDULE["guidance"]
        for i in range(steps):
            t = torch.full((len(both),), i / steps, device=x.device)
            u, c = self.unet(torch.cat([x, x]).to(self.dtype), t, both).float().chunk(2)
            x = x + (u + guidance * (c - u)) / steps
        picture = self.decode(x.to(self.dtype)).clamp(0, 1)
        logits = self.read(picture).float()
        return torch.cat([torch.exp(0.5 * match(logits, self.ids)), torch.sigmoid(logits[:, -OTHERS:])], 1)

    def capture(self, stream, buffer):
        self.flat.show(buffer)
        if stream is None:
            return self.once
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(2):
                self.once()
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=stream):
            out = self.once()
        return lambda: (graph.replay(), out)[1]

    @torch.no_grad()
    def parts(self, points):
        """[points, pictures, 4] of weights [points, 27], on the device."""
        points = torch.as_tensor(np.asarray(points), dtype=torch.float32, device=DEVICE)
        result = torch.empty(len(points), len(self.noise), len(PARTS), device=DEVICE)
        if self.half:
            torch.cuda.synchronize()
        for i, weights in enumerate(points):
            k = i % len(self.streams)
            with torch.cuda.stream(self.streams[k]):
                self.buffers[k].copy_(self.a + weights[self.flat.block] * self.difference)
                if not self.half:
                    self.flat.show(self.buffers[k])
                result[i].copy_(self.plays[k]())
        if self.half:
            torch.cuda.synchronize()
        return result

    def scores(self, points):
        return self.parts(points).prod(2)
