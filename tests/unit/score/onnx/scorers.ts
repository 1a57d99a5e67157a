import { fileURLToPath } from 'node:url';
import type { ScoreItem, ScoreResult, Scorer } from '../../../../src/score/scorer.ts';
import { OnnxEngine } from '../../../../src/score/onnx/engine.ts';
import { readManifest } from '../../../../src/score/onnx/manifest.ts';
import { createOnnxScorer } from '../../../../src/score/onnx/onnx-scorer.ts';
import type { Pixels } from '../../../../src/types.ts';
import { FIXTURES } from './reference.ts';

export const MODELS = fileURLToPath(new URL('models/', FIXTURES));

export function toyScorer(name: string, engine = new OnnxEngine()): Scorer {
  const manifest = readManifest(fileURLToPath(new URL(`manifests/${name}.json`, FIXTURES)));
  return createOnnxScorer({ manifest, folders: () => [MODELS], engine });
}

export function itemOf(pixels: Pixels, prompt = '', negativePrompt = ''): ScoreItem {
  return {
    pixels,
    bytes: new Uint8Array(),
    prompt,
    negativePrompt,
    payload: 'test',
    seed: 1,
    infotext: null,
  };
}

export function valueOf(result: ScoreResult | undefined): number {
  if (result?.state !== 'scored') throw new Error(`no score: ${JSON.stringify(result)}`);
  return result.value;
}
