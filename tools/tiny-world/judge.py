"""The judge: reads off a picture what it shows, how crisp and how vivid it is, and compares the words with the prompt."""

import torch
import torch.nn.functional as F
from torch import nn

from words import CATEGORIES, COUNT, FIRST_ID

PLAIN = 1  # index of the category whose absence is a class of its own (a shape without a pattern)
CLASSES = [len(c) + (i == PLAIN) for i, c in enumerate(CATEGORIES)]
OTHERS = 3  # crisp, vivid, clean


class Judge(nn.Module):
    """Takes pictures [B, 3, 256, 256] between 0 and 1 and ids [B, T] of words.py; gives [B, 1] between 0 and 1."""

    def __init__(self, c=24):
        super().__init__()
        sizes = [3, c, 2 * c, 3 * c, 4 * c, 5 * c]
        self.convs = nn.ModuleList(
            nn.Conv2d(i, o, 5 if i == 3 else 3, 2, 2 if i == 3 else 1) for i, o in zip(sizes, sizes[1:])
        )
        self.norms = nn.ModuleList(nn.GroupNorm(8, o) for o in sizes[2:])
        self.body = nn.Linear(5 * c * 16, 96)
        self.look = nn.Linear(4 * c, 48)
        self.head = nn.Linear(96 + 48, sum(CLASSES) + OTHERS)

    def read(self, picture):
        """Logits: the classes of every category one after another, then crisp, vivid, clean."""
        x = F.silu(self.convs[0](picture * 2 - 1))
        for i, (conv, norm) in enumerate(zip(self.convs[1:], self.norms)):
            x = F.silu(norm(conv(x)))
            if i == 2:
                # Edges, colours and faults wherever they are: the mean over the picture.
                look = self.look(x.mean((2, 3)))
        x = F.avg_pool2d(x, 2).flatten(1)
        return self.head(F.silu(torch.cat([self.body(x), look], 1)))

    def forward(self, pixel_values, input_ids):
        logits = self.read(pixel_values)
        crisp, vivid, clean = torch.sigmoid(logits[:, -OTHERS:]).split(1, 1)
        return torch.exp(0.5 * match(logits, input_ids)) * crisp * vivid * clean


def match(logits, input_ids):
    """[B, 1]: sum over the words of the prompt of the logarithm of their probability; -8 at least."""
    at, parts = 0, [0 * logits[:, : FIRST_ID[0]]]
    for category, classes in zip(CATEGORIES, CLASSES):
        parts.append(F.log_softmax(logits[:, at : at + classes], 1)[:, : len(category)])
        at += classes
    words = torch.arange(COUNT, device=input_ids.device)
    named = (input_ids[:, :, None] == words).to(logits.dtype).amax(1)
    return (named * torch.cat(parts, 1)).sum(1, keepdim=True).clamp(-8, 0)
