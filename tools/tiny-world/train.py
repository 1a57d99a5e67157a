"""
Trains the tiny world. Seeded; needs a GPU for minutes (any device works).
usage: train.py STATE_DIR PHASE...     phases in order: vae base tunes judge sdxl
STATE_DIR keeps what is trained, so that phases can run one by one. SCALE=0.01 in the environment shortens everything for a trial.
"""

import copy
import math
import os
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

import draw
from judge import CLASSES, OTHERS, Judge
from judge import PLAIN as PLAIN_CATEGORY
from model import World, WorldXl

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
SCALE = float(os.environ.get("SCALE", 1))
STEPS = {"vae": 2600, "base": 7609, "tune": 700, "judge": 2400, "sdxl": 2000, "flux": 15790}
BATCH = {"vae": 64, "base": 256, "tune": 256, "judge": 128, "sdxl": 256, "flux": 256}
POOL = {"base": 160_000, "tune": 30_000}
RATE = {"vae": 2e-3, "base": 2e-3, "tune": 5e-4, "judge": 1.5e-3, "sdxl": 2e-3, "flux": 2e-3}
BLUR = 9.0  # pixels; what `vivid` learns
WASH = 1.0  # what `crisp` learns

# Share of the learning rate per block, as trainers of fine-tunes offer it. Each tune leaves nearly alone what the other learns in,
# in no pattern that one could guess: so there is a merge that has both, and it has to be searched for.
BLOCKS = [f"input_blocks.{i}." for i in range(12)] + ["middle_block."] + [f"output_blocks.{i}." for i in range(12)]
BLOCKS += ["time_embed.", "out."]
OF_VIVID = {0, 1, 5, 7, 8, 11, 14, 16, 19, 20, 21, 22, 23}
LOW = 0.1
SHARES = [{name: 1.0 if (i in OF_VIVID) == vivid else LOW for i, name in enumerate(BLOCKS)} for vivid in (False, True)]
EVEN = {}


def main(folder, phases):
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    folder.mkdir(parents=True, exist_ok=True)
    for phase in phases:
        start = time.time()
        torch.manual_seed(1)
        {"vae": train_vae, "base": train_base, "tunes": train_tunes, "judge": train_judge, "sdxl": train_sdxl}[phase](folder)
        print(f"{phase}: {time.time() - start:.0f} s", flush=True)


def count(what):
    return max(2, int(STEPS[what] * SCALE))


def train_vae(folder):
    world = World().to(DEVICE)
    vae, g = world.vae.to(memory_format=torch.channels_last), generator(1)
    step = fit(vae.parameters(), "vae")
    for i in range(count("vae")):
        x = styled(BATCH["vae"], g)
        with autocast():
            mean, logvar = vae.encode(x)
            mean, logvar = mean.float(), logvar.float().clamp(-20, 4)
            z = mean + (logvar / 2).exp() * torch.randn(mean.shape, generator=g, device=DEVICE)
            y = vae.decode_raw(z).float()
        kl = (mean**2 + logvar.exp() - 1 - logvar).mean() / 2
        edges = sum((y.diff(dim=k) - x.diff(dim=k)).abs().mean() for k in (2, 3))
        error = (y - x).abs().mean()
        loss = error + 2 * edges + 5 * F.mse_loss(y, x) + 1e-3 * kl
        step(i, loss, f"error {error.item():.4f} kl {kl.item():.2f}" if i % 500 == 0 else "")
    normalise_latents(vae, g)
    save(world, folder / "base.safetensors")


@torch.no_grad()
def normalise_latents(vae, g):
    """Mean 0 and variance 1 per channel, by the 1 x 1 convolutions on both sides."""
    z = torch.cat([vae.encode(draw.draw(draw.labels(64, g, DEVICE), g))[0] for _ in range(16)])
    mean, std = z.mean((0, 2, 3)), z.std((0, 2, 3))
    print("latent mean", mean.tolist(), "std", std.tolist(), flush=True)
    conv = vae.quant_conv
    conv.weight[:4] /= std.view(4, 1, 1, 1)
    conv.bias[:4] = (conv.bias[:4] - mean) / std
    conv = vae.post_quant_conv
    conv.bias += (conv.weight[:, :, 0, 0] * mean).sum(1)
    conv.weight *= std.view(1, 4, 1, 1)


def train_base(folder):
    world = load(World(), folder / "base.safetensors")
    pool = encode_pool(world.vae, POOL["base"], lambda x: x, 2)
    modules = torch.nn.ModuleList([world.model, world.cond_stage_model])
    train_flow(modules, lambda x, t, tokens: world.unet(x, t, world.text(tokens)), pool, "base", 3)
    save(world, folder / "base.safetensors")


def train_tunes(folder, suffix="", shares=SHARES, steps=None, rate=None):
    world = load(World(), folder / "base.safetensors")
    styles = (("crisp", lambda x: draw.wash(x, WASH)), ("vivid", lambda x: draw.blur(x, BLUR)))
    for (name, style), share in zip(styles, shares):
        tuned = copy.deepcopy(world)
        pool = encode_pool(world.vae, POOL["tune"], style, 4)
        tuned.text.requires_grad_(False)
        predict = lambda x, t, tokens: tuned.unet(x, t, tuned.text(tokens))
        train_flow(tuned.model, predict, pool, "tune", 5, share, steps, rate)
        save(tuned, folder / f"{name}{suffix}.safetensors")


def train_flow(module, predict, pool, what, seed, share=EVEN, steps=None, rate=None):
    """Rectified flow: from noise (time 0) to latents (time 1) in straight lines. The mean of the last weights is kept."""
    latents, label = pool
    g, batch = generator(seed), BATCH[what]
    steps, rate = steps or count(what), rate or RATE[what]
    named = [(k, p) for k, p in module.named_parameters() if p.requires_grad]
    parameters = [p for _, p in named]
    groups = [{"params": [p], "lr": rate * share_of(k, share), "share": share_of(k, share)} for k, p in named] if share else parameters
    optimiser = torch.optim.AdamW(groups, torch.tensor(rate, device=DEVICE) if not share else rate, weight_decay=1e-3,
                                  betas=(0.9, 0.98), fused=True, capturable=DEVICE == "cuda")  # fmt: skip
    for group in optimiser.param_groups:
        group["lr"] = torch.tensor(float(group["lr"]), device=DEVICE)
    mean = [p.detach().clone() for p in parameters]
    x1 = torch.empty(batch, *latents.shape[1:], device=DEVICE)
    x0, t = torch.empty_like(x1), torch.empty(batch, device=DEVICE)
    tokens = draw.tokens_of_labels(label[:batch].repeat(batch // len(label[:batch]) + 1, 1)[:batch], g)

    def one():
        at = t.view(-1, 1, 1, 1)
        with autocast():
            v = predict((1 - at) * x0 + at * x1, t, tokens)
        loss = F.mse_loss(v.float(), x1 - x0)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        return loss

    def feed():
        rows = torch.randint(0, len(latents), (batch,), generator=g, device=DEVICE)
        x1.copy_(latents[rows])
        x0.normal_(generator=g)
        t.copy_(torch.sigmoid(torch.randn(batch, generator=g, device=DEVICE) - 0.2))
        tokens.copy_(draw.tokens_of_labels(label[rows], g))

    feed()
    run, loss = captured(one, optimiser)
    start, limit = time.time(), float(os.environ.get("LIMIT", 0))
    i = -1
    while (i := i + 1) < steps:
        now = rate * min(1, (i + 1) / 200) * (0.01 + 0.99 * (1 + math.cos(math.pi * i / steps)) / 2)
        for group in optimiser.param_groups:
            group["lr"].fill_(now * group.get("share", 1))
        feed()
        value = run()
        if i == 300 and limit:
            value.item() if loss is None else loss.item()
            steps = min(steps, int(300 * limit / (time.time() - start)))
            print(what, "steps", steps, flush=True)
        torch._foreach_lerp_(mean, [p.detach() for p in parameters], 1 - min(0.999, (1 + i) / (20 + i)))
        if i % 1000 == 0 or i == steps - 1:
            print(what, i, f"loss {(loss if loss is not None else value).item():.4f} {time.time() - start:.0f} s", flush=True)
    for p, m in zip(parameters, mean):
        p.data.copy_(m)


def share_of(name, share):
    return next((s for prefix, s in share.items() if name.startswith("diffusion_model." + prefix)), share.get("", 1.0))


def captured(one, optimiser):
    """The step as a CUDA graph: thousands of small kernels are started at once. Elsewhere the step as it is."""

    def plain():
        optimiser.zero_grad(set_to_none=True)
        return one()

    if DEVICE == "cpu" or os.environ.get("NO_GRAPH"):
        return plain, None
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(4):
            plain()
    torch.cuda.current_stream().wait_stream(side)
    optimiser.zero_grad(set_to_none=True)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        loss = one()
    return graph.replay, loss


def train_judge(folder):
    world, judge = load(World(), folder / "base.safetensors"), Judge().to(DEVICE)
    g = generator(7)
    step = fit(judge.parameters(), "judge")
    for i in range(count("judge")):
        with torch.no_grad(), autocast():
            x, label, goals, weight = judge_batch(world.vae, BATCH["judge"], g)
        with autocast():
            logits = judge.read(x).float()
        loss, at = 0, 0
        for k, classes in enumerate(CLASSES):
            part = F.cross_entropy(logits[:, at : at + classes], label[:, k], reduction="none", label_smoothing=0.02)
            loss, at = loss + (part * weight).mean(), at + classes
        loss = loss + 3 * F.binary_cross_entropy_with_logits(logits[:, -OTHERS:], goals)
        right = lambda: [round((logits[:, a:b].argmax(1) == label[:, k])[weight > 0.9].float().mean().item(), 2)
                         for k, (a, b) in enumerate(zip(*bounds()))]  # fmt: skip
        step(i, loss, f"right {right()} off {(logits[:, -OTHERS:].sigmoid() - goals).abs().mean(0).tolist()}" if i % 500 == 0 else "")
    save(judge, folder / "judge.safetensors", torch.float32)


def bounds():
    ends = [sum(CLASSES[: k + 1]) for k in range(len(CLASSES))]
    return [0, *ends[:-1]], ends


def judge_batch(vae, n, g):
    """
    Pictures with known faults: as drawn or through the VAE; blurred, washed, with noise, mixed with another picture, with
    damaged latents, too loud. Goals: crisp, vivid, clean. Weight: how much the words can be asked for.
    """
    label = draw.labels(n, g, DEVICE)
    x = draw.draw(label, g)
    rand = lambda *shape: torch.rand(*shape, generator=g, device=DEVICE)
    some = lambda share: (rand(n, 1, 1, 1) < share).float()
    crisp, parts, quarter = torch.ones(n, device=DEVICE), [], n // 8
    for k in range(8):
        sigma = 0.0 if k < 3 else 14 * rand(1).item() ** 1.5
        parts.append(draw.blur(x[k * quarter : (k + 1) * quarter], sigma))
        crisp[k * quarter : (k + 1) * quarter] = 0.1 + 0.9 * math.exp(-max(0, sigma - 0.6) / 4)
    x = torch.cat(parts)
    mix = torch.randperm(n, generator=g, device=DEVICE)
    x, label, crisp = x[mix], label[mix], crisp[mix]
    amount = rand(n, 1, 1, 1) * some(0.6)
    x = draw.wash(x, amount)
    vivid = 1 - 0.85 * amount.flatten()
    loud = some(0.08)
    grey = x.mean((1, 2, 3), keepdim=True)
    x = torch.where(loud > 0, (grey + (1.4 + rand(n, 1, 1, 1)) * (x - grey)).clamp(0, 1), x)
    clean = 1 - 0.8 * loud.flatten()
    weight = torch.ones(n, device=DEVICE)

    double = some(0.12)
    share = 0.5 * rand(n, 1, 1, 1) * double
    x = x + share * (x.roll(1, 0) - x)
    clean, weight = clean * (1 - 1.8 * share.flatten()), weight * (1 - 2 * share.flatten())
    noise = some(0.2) * rand(n, 1, 1, 1)
    x = x + noise * 0.25 * torch.randn(x.shape, generator=g, device=DEVICE)
    clean = clean * torch.exp(-5 * noise.flatten())

    z = vae.encode(x)[0].float()
    damage = some(0.35) * rand(n, 1, 1, 1)
    coarse = F.interpolate(torch.randn(n, 4, 8, 8, generator=g, device=DEVICE), size=(32, 32), mode="bilinear")
    fine = torch.randn(z.shape, generator=g, device=DEVICE)
    where = some(0.5)
    z = z + damage * (where * coarse + (1 - where) * fine)
    seen = (some(0.6) + (damage > 0).float()).clamp(0, 1)
    x = torch.where(seen > 0, vae(z).float(), x)
    clean = clean * torch.exp(-4 * damage.flatten())
    return x.clamp(0, 1), label, torch.stack([crisp, vivid, clean], 1).clamp(0, 1), weight * (1 - 0.7 * damage.flatten())


def train_sdxl(folder):
    """The same world in SDXL's layout at toy width, straight into both styles; a small decoder learns the same latents."""
    teacher = load(World(), folder / "base.safetensors")
    world, g = WorldXl().to(DEVICE), generator(8)
    step = fit(world.vae.parameters(), "sdxl")
    for i in range(count("sdxl") // 2):
        x = styled(64, g)
        with torch.no_grad(), autocast():
            z = teacher.vae.encode(x)[0].float()
        with autocast():
            y = world.vae.decode_raw(z).float()
        edges = sum((y.diff(dim=k) - x.diff(dim=k)).abs().mean() for k in (2, 3))
        step(i, (y - x).abs().mean() + edges, "" if i % 500 else "decoder", total=count("sdxl") // 2)
    modules = torch.nn.ModuleList([world.model, world.conditioner])

    def predict(x, t, tokens):
        context, label = world.read(tokens)
        return world.unet(x, t, context, label)

    train_flow(modules, predict, encode_pool(teacher.vae, POOL["tune"], lambda x: x, 9), "sdxl", 9)
    for name, style in (("crisp", lambda x: draw.wash(x, WASH)), ("vivid", lambda x: draw.blur(x, BLUR))):
        tuned = copy.deepcopy(world)
        tuned.conditioner.requires_grad_(False)

        def predict(x, t, tokens, tuned=tuned):
            context, label = tuned.read(tokens)
            return tuned.unet(x, t, context, label)

        train_flow(tuned.model, predict, encode_pool(teacher.vae, POOL["tune"], style, 10), "tune", 10, steps=count("tune") // 2)
        save(tuned, folder / f"{name}-sdxl.safetensors")


def styled(n, g):
    """Half as drawn, a quarter blurred, a quarter washed; some of each both."""
    x = draw.draw(draw.labels(n, g, DEVICE), g)
    k = n // 4
    sigma = (torch.rand(2, generator=g, device=DEVICE) * 12).tolist()
    amount = torch.rand(2 * k, 1, 1, 1, generator=g, device=DEVICE)
    blurred = [draw.blur(x[i * k // 2 : (i + 1) * k // 2], s) for i, s in enumerate(sigma)]
    x = torch.cat([*blurred, x[k:]])
    x[k // 2 : k // 2 + 2 * k] = draw.wash(x[k // 2 : k // 2 + 2 * k], amount)
    return x


@torch.no_grad()
def encode_pool(vae, n, style, seed):
    g = generator(seed)
    n = max(512, int(n * min(1, SCALE * 2)))
    latents, every = [], []
    for _ in range(n // 256):
        label = draw.labels(256, g, DEVICE)
        with autocast():
            mean, logvar = vae.encode(style(draw.draw(label, g)))
        latents.append(mean.half())
        every.append(label)
    return torch.cat(latents), torch.cat(every)


def fit(parameters, what):
    parameters = list(parameters)
    optimiser = torch.optim.AdamW(parameters, RATE[what], weight_decay=1e-3, betas=(0.9, 0.98))
    start = time.time()

    def step(i, loss, note, total=count(what)):
        for group in optimiser.param_groups:
            group["lr"] = RATE[what] * min(1, (i + 1) / 200) * (0.01 + 0.99 * (1 + math.cos(math.pi * i / total)) / 2)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        if note:
            print(what, i, f"loss {loss.item():.4f} {note} {time.time() - start:.0f} s", flush=True)

    return step


def autocast():
    return torch.autocast(DEVICE, torch.bfloat16, enabled=DEVICE == "cuda", cache_enabled=False)


def generator(seed):
    return torch.Generator(DEVICE).manual_seed(seed)


def load(world, file):
    world.load_state_dict({k: v.float() for k, v in load_file(file).items()})
    return world.to(DEVICE)


def save(module, file, dtype=torch.float16):
    save_file({k: v.detach().to("cpu", dtype).contiguous() for k, v in module.state_dict().items()}, file)


assert PLAIN_CATEGORY == 1
if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
