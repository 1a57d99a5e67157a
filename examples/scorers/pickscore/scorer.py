"""PickScore v1 for autombw: how likely people are to pick the image for its prompt, about 18 to 24."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import autombw_scorer as protocol  # noqa: E402

MODEL = "yuvalkirstain/PickScore_v1"
PROCESSOR = "laion/CLIP-ViT-H-14-laion2B-s32B-b79K"


def load(options):
    device = protocol.torch_device(options.device)
    import torch
    from transformers import AutoModel, AutoProcessor

    processor = AutoProcessor.from_pretrained(PROCESSOR)
    model = AutoModel.from_pretrained(MODEL).eval().to(device)

    def score(request):
        inputs = processor(
            text=[request.plain_prompt()],
            images=[request.open()],
            padding=True,
            truncation=True,
            max_length=77,
            return_tensors="pt",
        ).to(device)
        with torch.no_grad():
            # Cosine of the two embeddings times the scale that the model has learnt.
            return model(**inputs).logits_per_image[0, 0].item()

    return "PickScore_v1 " + device, score


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="auto", help="cuda, mps, cpu or auto")
    protocol.run("PickScore", parser, load)
