/** What stands for a field that a payload leaves out, where the WebUI's own default is right for Stable Diffusion alone. */
import { architectureRow } from '../../architectures/registry.ts';
import type { Architecture } from '../../space/blocks.ts';
import type { ImageRequest } from '../../types.ts';
import { comfyFamily } from '../comfyui/families/registry.ts';
import type { MergedBody } from './backends/backend.ts';

interface Models {
  readonly architecture: Architecture;
  /** As a person names it: only the name tells whether some models are distilled. */
  readonly modelA: string;
}

/** The WebUI takes a CFG scale of 7, which ruins the images of models that are distilled to 1. */
export function withFamilyDefaults(body: MergedBody, models: Models): MergedBody {
  const scale = cfgScaleOf(models);
  return scale === undefined || body['cfg_scale'] != null ? body : { ...body, cfg_scale: scale };
}

/** A sentence for each payload that leaves something to them. */
export function defaultWarnings(requests: readonly ImageRequest[], models: Models): readonly string[] {
  const scale = cfgScaleOf(models);
  if (scale === undefined) return [];
  const payloads = requests.filter(({ body }) => body['cfg_scale'] == null).map(({ payload }) => payload);
  const { shortTitle } = architectureRow(models.architecture);
  return [...new Set(payloads)].map(
    (payload) =>
      `The payload "${payload}" does not set cfg_scale, so ${scale} is used, the usual value for ${shortTitle}.`,
  );
}

function cfgScaleOf({ architecture, modelA }: Models): number | undefined {
  const { layout } = architectureRow(architecture);
  const drawing = layout && comfyFamily(layout.family.id)?.drawing(layout, modelA);
  return drawing === undefined || 'reason' in drawing ? undefined : drawing.defaults.cfgScale;
}
