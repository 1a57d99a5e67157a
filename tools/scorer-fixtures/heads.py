"""Heads over a CLIP embedding of `WIDTH` numbers, named as the published files name their tensors."""
import torch
from torch import nn

from toys import seeded

WIDTH = 24


class Chain(nn.Module):
    """LAION v2 and chad: linear layers without anything between them."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(WIDTH, 32), nn.Dropout(0.2), nn.Linear(32, 16), nn.Dropout(0.2), nn.Linear(16, 12), nn.Dropout(0.1), nn.Linear(12, 8), nn.Linear(8, 1)
        )

    def forward(self, x):
        return self.layers(x)


class Waifu(nn.Module):
    """aes-B32."""

    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(WIDTH, 16), nn.Linear(16, 12), nn.Linear(12, 1)

    def forward(self, x):
        return torch.sigmoid(self.fc3(torch.relu(self.fc2(torch.relu(self.fc1(x))))))


class Residual(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.long = nn.Sequential(nn.Linear(width, width), nn.LeakyReLU(0.1), nn.Linear(width, width), nn.LeakyReLU(0.1), nn.Linear(width, width))

    def forward(self, x):
        return torch.relu(self.long(x) + x)


class City(nn.Module):
    """CityAesthetics."""

    def __init__(self):
        super().__init__()
        self.up = nn.Sequential(nn.Linear(WIDTH, 32), Residual(32))
        self.down = nn.Sequential(nn.Linear(32, 16), nn.Linear(16, 12), nn.Dropout(0.1), nn.LeakyReLU(), nn.Linear(12, 8), nn.Linear(8, 1))

    def forward(self, x):
        return (torch.tanh(self.down(self.up(x))) + 1) / 2


HEADS = {"chain": seeded(Chain(), 11, 2), "linear": seeded(nn.Linear(WIDTH, 1), 12, 3), "waifu": seeded(Waifu(), 13, 2), "city": seeded(City(), 14, 1.5)}
