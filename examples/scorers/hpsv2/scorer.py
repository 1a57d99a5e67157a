"""HPS v2.1 for autombw: how well people would like the image for its prompt, about 0.2 to 0.4."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import autombw_scorer as protocol  # noqa: E402

REPOSITORY, FILE = "xswu/HPSv2", "HPS_v2.1_compressed.pt"
MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


def load(options):
    device = protocol.torch_device(options.device)
    import open_clip
    import torch
    from huggingface_hub import hf_hub_download
    from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Normalize, Resize, ToTensor

    # Not through the package hpsv2, which loads its 2 GB again for every image.
    weights = torch.load(hf_hub_download(REPOSITORY, FILE), map_location="cpu", weights_only=True)
    model = open_clip.create_model("ViT-H-14")
    model.load_state_dict(weights["state_dict"])
    model = model.eval().to(device)
    tokenize = open_clip.get_tokenizer("ViT-H-14")
    # The resize comes after the conversion to floats, as where the model was trained.
    prepare = Compose(
        [
            ToTensor(),
            Resize(224, interpolation=InterpolationMode.BICUBIC, antialias=True),
            CenterCrop(224),
            Normalize(MEAN, DEVIATION),
        ]
    )

    def score(request):
        with torch.no_grad():
            image = model.encode_image(prepare(request.open()).unsqueeze(0).to(device), normalize=True)
            text = model.encode_text(tokenize([request.plain_prompt()]).to(device), normalize=True)
            return (image * text).sum().item()

    return "HPS_v2.1 " + device, score


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="auto", help="cuda, mps, cpu or auto")
    protocol.run("HPSv2.1", parser, load)
