"""
Trains the tiny world's transformer (model_flux.py) on the latents of the other one's VAE. Seeded; needs a GPU for minutes.
usage: train_flux.py STATE_DIR base tunes [DESIGN...]     (DESIGN: of DESIGNS; the kept one unless given)
"""

import sys
import time
from pathlib import Path

import torch

import draw
from model import World
from model_flux import DOUBLE, SINGLE, WorldFlux
from train import BLUR, DEVICE, POOL, WASH, encode_pool, load, save, train_flow

BASE = Path(__file__).parents[2] / "assets" / "tiny-world" / "base.safetensors"
STYLES = {"crisp": lambda x: draw.wash(x, WASH), "vivid": lambda x: draw.blur(x, BLUR)}
DESIGNS = {
    "cross": {"vivid": (0, -1.3, -1.3, 0), "crisp": (-1.3, 0, 0, -1.3)},
    "wide": {"vivid": (0, -2, -2, 0), "crisp": (-2, 0, 0, -2)},
    "early": {"vivid": (0, -1.6, -0.9, 0), "crisp": (-0.9, 0, 0, -1.6)},
    "late": {"vivid": (-0.2, -1.4, -1.6, -0.1), "crisp": (-1.6, -0.1, -0.2, -0.9)},
    "slope": {"vivid": (0, -1, -2, 0.1), "crisp": (-2, -0.4, 0, -0.6)},
}
"""
Where each tune learns, as logarithms (base 10) of the share of the learning rate: first and last double block, first and last
single block, straight lines between them. So the best weights lie near a line over depth.
"""
KEPT = "wide"
OTHERS = -1.0
"""Of all that is in no block."""


def shares(design, name):
    first, last, first_single, last_single = DESIGNS[design][name]
    line = lambda a, b, count: [10 ** (a + (b - a) * i / (count - 1)) for i in range(count)]
    share = {f"double_blocks.{i}.": s for i, s in enumerate(line(first, last, DOUBLE))}
    share |= {f"single_blocks.{i}.": s for i, s in enumerate(line(first_single, last_single, SINGLE))}
    return share | {"": 10**OTHERS}


def main(folder, phase, *rest):
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch._dynamo.config.recompile_limit = 64
    folder.mkdir(parents=True, exist_ok=True)
    start = time.time()
    torch.manual_seed(1)
    if phase == "base":
        train_base(folder)
        print(f"base: {time.time() - start:.0f} s", flush=True)
        if rest:
            main(folder, *rest)
        return
    train_tunes(folder, rest or [KEPT])
    print(f"tunes: {time.time() - start:.0f} s", flush=True)


def train_base(folder):
    teacher = load(World(), BASE)
    world = WorldFlux().to(DEVICE)
    world.vae.load_state_dict(teacher.vae.state_dict())
    pool = encode_pool(world.vae, POOL["base"], lambda x: x, 2)
    modules = torch.nn.ModuleList([world.model, world.text_encoders])
    train_flow(modules, velocity(world), pool, "flux", 3)
    save(world, folder / "base.safetensors")


def train_tunes(folder, designs):
    for name, style in STYLES.items():
        pool = encode_pool(load(World(), BASE).vae, POOL["tune"], style, 4)
        for design in designs:
            world = load(WorldFlux(), folder / "base.safetensors")
            world.text_encoders.requires_grad_(False)
            train_flow(world.model, velocity(world), pool, "tune", 5, shares(design, name))
            save(world, folder / f"{name}-{design}.safetensors")


def velocity(world):
    """Compiled block by block: those of a kind are compiled once."""
    unet = world.unet
    if DEVICE == "cuda":
        for block in [*unet.double_blocks, *unet.single_blocks]:
            block.compile(dynamic=False)
    return lambda x, t, tokens: unet(x, t, *world.read(tokens))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
