"""The real architectures at toy width, with fixed random weights large enough that pictures and prompts make a difference."""
import torch
from torch import nn
from transformers import (
    BeitConfig,
    BeitForImageClassification,
    BlipTextConfig,
    BlipVisionConfig,
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    Swinv2Config,
    Swinv2ForImageClassification,
    ViTConfig,
    ViTForImageClassification,
)
from transformers.models.blip.modeling_blip import BlipVisionModel
from transformers.models.blip.modeling_blip_text import BlipTextModel

EAGER = {"attn_implementation": "eager"}


def seeded(model: nn.Module, seed: int, gain: float = 1.0) -> nn.Module:
    """Fan-in scaled matrices, norms near 1, small biases: as alive as a trained network."""
    generator = torch.Generator().manual_seed(seed)
    draw = lambda p: torch.randn(p.shape, generator=generator)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.ndim >= 2 and "embed" in name and "patch" not in name:
                p.copy_(draw(p) * 0.5)
            elif p.ndim >= 2:
                p.copy_(draw(p) * gain / p[0].numel() ** 0.5)
            elif "norm" in name.lower() and name.endswith("weight"):
                p.copy_(1 + 0.1 * draw(p))
            else:
                p.copy_(0.1 * draw(p))
    return model.eval()


def clip_vision() -> nn.Module:
    config = CLIPVisionConfig(
        hidden_size=32, intermediate_size=64, projection_dim=24, num_hidden_layers=2, num_attention_heads=4, image_size=224, patch_size=14, **EAGER
    )
    return seeded(CLIPVisionModelWithProjection(config), 1)


def clip_text(vocabulary: int, end: int, start: int) -> nn.Module:
    config = CLIPTextConfig(
        vocab_size=vocabulary, hidden_size=32, intermediate_size=64, projection_dim=24, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=77, bos_token_id=start, eos_token_id=end, pad_token_id=end, **EAGER,
    )  # fmt: skip
    return seeded(CLIPTextModelWithProjection(config), 2)


class ImageReward(nn.Module):
    """BLIP: the picture's tokens are read by the text tower through cross-attention; a chain of linear layers judges its first token."""

    def __init__(self, vocabulary: int):
        super().__init__()
        vision = BlipVisionConfig(hidden_size=20, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4, image_size=224, patch_size=16, layer_norm_eps=1e-6, **EAGER)
        text = BlipTextConfig(
            vocab_size=vocabulary, hidden_size=20, encoder_hidden_size=20, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
            max_position_embeddings=64, layer_norm_eps=1e-12, is_decoder=True, **EAGER,
        )  # fmt: skip
        self.vision = BlipVisionModel(vision)
        self.text = BlipTextModel(text, add_pooling_layer=False)
        self.head = nn.Sequential(nn.Linear(20, 16), nn.Linear(16, 8), nn.Linear(8, 1))

    def forward(self, pixel_values, input_ids, attention_mask):
        picture = self.vision(pixel_values=pixel_values).last_hidden_state
        everywhere = torch.ones(picture.shape[:2], dtype=torch.long)
        read = self.text(
            input_ids=input_ids, attention_mask=attention_mask, encoder_hidden_states=picture, encoder_attention_mask=everywhere,
            is_decoder=False, return_dict=True,
        )  # fmt: skip
        return (self.head(read.last_hidden_state[:, 0]) - 0.16717362830052426) / 1.0333394966054072


class Logits(nn.Module):
    def __init__(self, model: nn.Module, softmax: bool = False):
        super().__init__()
        self.model = model
        self.softmax = softmax

    def forward(self, pixel_values):
        logits = self.model(pixel_values=pixel_values).logits
        return logits.softmax(-1) if self.softmax else logits


def beit() -> nn.Module:
    config = BeitConfig(
        hidden_size=4, intermediate_size=12, num_hidden_layers=2, num_attention_heads=2, image_size=384, patch_size=48, num_labels=2,
        use_relative_position_bias=True, use_mask_token=False, layer_scale_init_value=0.1, use_mean_pooling=True, **EAGER,
    )  # fmt: skip
    return Logits(seeded(BeitForImageClassification(config), 4, 1.5)).eval()


def shadow() -> nn.Module:
    config = ViTConfig(hidden_size=4, intermediate_size=12, num_hidden_layers=2, num_attention_heads=2, image_size=1024, patch_size=64, num_labels=2, **EAGER)
    return Logits(seeded(ViTForImageClassification(config), 5, 1.5)).eval()


def swin() -> nn.Module:
    config = Swinv2Config(image_size=448, patch_size=16, embed_dim=8, depths=[2, 1], num_heads=[2, 2], window_size=7, mlp_ratio=2.0, num_labels=7, **EAGER)
    return Logits(seeded(Swinv2ForImageClassification(config), 6, 1.5), softmax=True).eval()


class Sky(nn.Module):
    """Not skytnt's own network: a small convolutional one with its input and output."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(3, 12, 16, 16), nn.GELU(), nn.Conv2d(12, 12, 3, 2), nn.GELU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 1))

    def forward(self, img):
        return torch.sigmoid(4 * self.net(img))


class Tagger(nn.Module):
    """Not a tagger's own network: rows, columns, BGR up to 255 in, one probability a tag out."""

    def __init__(self, tags: int):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(3, 12, 28, 28), nn.GELU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, tags))

    def forward(self, picture):
        return torch.sigmoid(6 * self.net(picture.permute(0, 3, 1, 2) / 127.5 - 1))
