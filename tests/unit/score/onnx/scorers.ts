import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { OnnxEngine } from '../../../../src/score/onnx/engine.ts';
import { readManifest } from '../../../../src/score/onnx/manifest.ts';
import { createOnnxScorer } from '../../../../src/score/onnx/onnx-scorer.ts';
import type { Scorer, ScoreItem, ScoreResult } from '../../../../src/score/scorer.ts';
import type { Pixels } from '../../../../src/types.ts';
import { FIXTURES } from './reference.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

export const MODELS = fileURLToPath(new URL('models/', FIXTURES));

export function toyScorer(name: string, engine = new OnnxEngine()): Scorer {
  const manifest = readManifest(manifestFile(name));
  return createOnnxScorer({ manifest, folders: () => [MODELS], engine });
}

export function manifestFile(name: string): string {
  return fileURLToPath(new URL(`manifests/${name}.json`, FIXTURES));
}

/** A copy of the toys to break, with the manifest's text changed. */
export function brokenToy(
  name: string,
  change: (text: string) => string,
): { folder: string; manifest: string } {
  const folder = temporaryFolder('onnx');
  cpSync(MODELS, folder, { recursive: true });
  const manifest = path.join(folder, `${name}.json`);
  writeFileSync(manifest, change(readFileSync(manifestFile(name), 'utf8')));
  return { folder, manifest };
}

export function scorerOf(
  { folder, manifest }: { folder: string; manifest: string },
  engine = new OnnxEngine(),
): Scorer {
  return createOnnxScorer({ manifest: readManifest(manifest), folders: () => [folder], engine });
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
