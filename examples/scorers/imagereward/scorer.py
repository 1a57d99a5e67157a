"""ImageReward v1.0 for autombw: how well people would like the image for its prompt, about -2.5 to 2, mean 0."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import autombw_scorer as protocol  # noqa: E402


def load(options):
    device = protocol.torch_device(options.device)
    import ImageReward
    import torch

    model = ImageReward.load("ImageReward-v1.0", device=device)

    def score(request):
        with torch.no_grad():
            # It reads the first 33 word pieces or so of a prompt, and no more.
            return model.score(request.plain_prompt(), request.open())

    return "ImageReward-v1.0 " + device, score


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="auto", help="cuda, mps, cpu or auto")
    protocol.run("ImageReward", parser, load)
