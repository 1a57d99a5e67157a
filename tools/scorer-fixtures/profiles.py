"""Every preprocessing profile by the library that its scorer was trained with: Pillow, torchvision, transformers or OpenCV."""
import numpy as np
import torch

_register_fake = torch.library.register_fake
# Only torchvision.transforms is used: its compiled operators may be absent (CPU builds of torch).
torch.library.register_fake = lambda op, *a, **k: (
    (lambda f: f) if str(op).startswith("torchvision::") else _register_fake(op, *a, **k)
)
import cv2
import torchvision.transforms as T
from PIL import Image
from transformers import BeitImageProcessorPil, CLIPImageProcessorPil, ViTImageProcessorPil

torch.library.register_fake = _register_fake
BICUBIC = T.InterpolationMode.BICUBIC
CLIP = ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711])
HALF = ([0.5] * 3, [0.5] * 3)
SHADOW2 = ([0.65463551, 0.60715182, 0.61108185], [0.32903292, 0.32726001, 0.31909652])


def openai_clip(image):
    crop = T.Compose([T.Resize(224, BICUBIC), T.CenterCrop(224), lambda i: i.convert("RGB")])(image)
    return np.asarray(crop), T.Compose([T.ToTensor(), T.Normalize(*CLIP)])(crop).numpy()


def hf(processor, **more):
    def run(image):
        crop = processor(image, do_rescale=False, do_normalize=False, return_tensors="np", **more)["pixel_values"][0]
        return crop.transpose(1, 2, 0).astype(np.uint8), processor(image, return_tensors="np", **more)["pixel_values"][0]

    return run


def hps(image):
    tensor = T.Compose(
        [T.ToTensor(), T.Resize(224, BICUBIC, antialias=True), T.CenterCrop(224), T.Normalize(*CLIP)]
    )(image)
    return None, tensor.numpy()


def wd(image):
    side = max(image.size)
    square = Image.new("RGB", (side, side), (255, 255, 255))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    crop = np.asarray(square.resize((448, 448), Image.BICUBIC))
    return crop, crop[:, :, ::-1].astype(np.float32)


def skytnt(image):
    pixels = np.asarray(image).astype(np.float32) / 255
    h, w = pixels.shape[:2]
    h, w = (768, int(768 * w / h)) if h > w else (int(768 * h / w), 768)
    top, left = (768 - h) // 2, (768 - w) // 2
    padded = np.zeros([768, 768, 3], dtype=np.float32)
    padded[top : top + h, left : left + w] = cv2.resize(pixels, (w, h))
    return None, padded.transpose(2, 0, 1)


def squash(size, mean, std, resample):
    side = {"height": size, "width": size}
    return hf(ViTImageProcessorPil(size=side, image_mean=mean, image_std=std, resample=resample))


# The processors' defaults changed over the years: everything that matters is given.
PROFILES = {
    "clip224": openai_clip,
    "clip224hf": hf(CLIPImageProcessorPil()),
    "clip336hf": hf(CLIPImageProcessorPil(size={"shortest_edge": 336}, crop_size={"height": 336, "width": 336})),
    "hps224": hps,
    "beit384": hf(BeitImageProcessorPil(size={"height": 384, "width": 384}, resample=2, do_center_crop=False)),
    "shadow1024v1": squash(1024, *HALF, 2),
    "shadow1024v2": squash(1024, *SHADOW2, 2),
    "siglip384": squash(384, *HALF, 3),
    "sac224": lambda image: lanczos(image),
    "wd448": wd,
    "sky768": skytnt,
    "dgh448": squash(448, *HALF, 2),
}


def lanczos(image):
    """The WebUI extension of the SAC head."""
    crop = T.Compose([T.Resize(224, T.InterpolationMode.LANCZOS), T.CenterCrop(224)])(image)
    return np.asarray(crop), T.Compose([T.ToTensor(), T.Normalize(*CLIP)])(crop).numpy()


def preprocess(profile: str, pixels: np.ndarray):
    """8-bit crop (height, width, RGB; None for profiles on floats), and the float32 tensor without its batch axis."""
    crop, tensor = PROFILES[profile](Image.fromarray(pixels))
    return crop, np.ascontiguousarray(tensor, dtype=np.float32)
