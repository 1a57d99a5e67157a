/** What text encoders and VAEs are usually called, by their file names without folder and extension, in small letters. */

export interface FileKind {
  /** For people. */
  readonly title: string;
  readonly names: RegExp;
}

/** Separators that people put between the parts of a name. */
function named(title: string, pattern: string): FileKind {
  return { title, names: new RegExp(pattern.replaceAll('~', '[ ._-]?'), 'u') };
}

export const clipL = named('CLIP-L', '^(?!.*hidream).*((^|[^a-z])clip~l([^a-z]|$)|vit~l)');
export const clipG = named('CLIP-G', '^(?!.*hidream).*((^|[^a-z])clip~g([^a-z]|$)|vit~(big)?g)');
/** HiDream takes longer prompts than the others. */
export const hidreamClipL = named('CLIP-L of HiDream', 'clip~l~hidream|hidream.*clip~l');
export const hidreamClipG = named('CLIP-G of HiDream', 'clip~g~hidream|hidream.*clip~g');
export const t5xxl = named('T5-XXL', '(?<!um~?)(?<!old~?)t5~(v1~1~)?xxl');
export const oldT5 = named('the old T5-XXL', 'old~t5');
export const pileT5 = named('Pile-T5-XL', 'pile~t5|t5~xl(?!l)');
export const umT5 = named('UMT5-XXL', 'um~t5');
export const gemma2 = named('Gemma 2 2B', 'gemma~2~2b');
export const gemma3 = named('Gemma 3 4B', 'gemma~3~4b');
export const jinaClip = named('Jina CLIP v2', 'jina~clip');
export const qwen3Small = named('Qwen3 0.6B', 'qwen~3~0~6b');
export const qwen3Four = named('Qwen3 4B', 'qwen~3~4b');
export const qwen3Eight = named('Qwen3 8B', 'qwen~3~8b');
export const qwen3VlFour = named('Qwen3-VL 4B', 'qwen~3~vl~4b');
export const qwen3VlEight = named('Qwen3-VL 8B', 'qwen~3~vl~8b');
export const qwen25Vl = named('Qwen2.5-VL 7B', 'qwen~2~5~vl~7b');
export const mistral = named('Mistral Small', 'mistral');
export const ministral = named('Ministral 3B', 'ministral');
export const llama = named('Llama 3.1 8B', 'llama~3~1~8b');
export const gptOss = named('GPT-OSS 20B', 'gpt~oss');
export const ovis = named('Ovis 2.5', 'ovis');

export const fluxVae = named(
  'the VAE of Flux.1 (ae)',
  '^(ae|flux~(1~)?((dev|schnell)~)?(ae|vae))([^a-z0-9]|$)',
);
export const flux2Vae = named('the VAE of Flux.2', 'flux~2~vae|full_encoder_small_decoder');
export const qwenVae = named('the VAE of Qwen-Image', 'qwen~image~vae');
export const qwen21Vae = named('the VAE of Qwen-Image 2.1', 'qwen~image~2~1~vae');
export const wanVae = named('the VAE of Wan 2.1', 'wan~2~1~vae');
export const sdxlVae = named('the VAE of SDXL', 'sdxl~vae');
export const sd3Vae = named('the VAE of Stable Diffusion 3', 'sd~3(~5)?~vae');
/** ComfyUI's own entry, for networks that draw pixels. */
export const noVae = named('pixel_space', '^pixel_space$');
