import path from 'node:path';
import { z } from 'zod';
import type { ScorerDefinition } from '../definition.ts';
import { OnnxEngine } from './engine.ts';
import { readManifest, type Manifest } from './manifest.ts';
import { builtInManifests } from './manifests/index.ts';
import { modelsFolder } from './models-folder.ts';
import { createOnnxScorer } from './onnx-scorer.ts';

const noOptions = z.strictObject({});
const ownOptions = z.strictObject({ manifest: z.string().min(1) });

/**
 * One scorer per manifest that autombw knows, and `onnx` for a user's own. They share the engine, so that several heads on one
 * graph cost one pass of it.
 */
export function onnxDefinitions(engine = new OnnxEngine()): ScorerDefinition[] {
  const own: ScorerDefinition = {
    id: 'onnx',
    summary: 'Your own scorer: any ONNX graph, described by a manifest.',
    needs: 'the package onnxruntime-node, a manifest (option manifest) and the files it names',
    licence: 'that of your graph',
    cache: true,
    options: ownOptions,
    create: (options) => {
      const file = path.resolve(ownOptions.parse(options).manifest);
      const manifest = readManifest(file);
      const folders = (): [string, string] => [path.dirname(file), modelsFolder()];
      return createOnnxScorer({ manifest, id: 'onnx', folders, engine });
    },
  };
  return [...builtInManifests.map((manifest) => toDefinition(manifest, engine)), own];
}

export const onnxScorers: ScorerDefinition[] = onnxDefinitions();

function toDefinition(manifest: Manifest, engine: OnnxEngine): ScorerDefinition {
  const { id, summary, licence, source, map } = manifest;
  return {
    id,
    summary,
    needs: `the package onnxruntime-node and the files that autombw models check ${id} lists`,
    licence,
    source,
    ...(map?.kind === 'sigmoid' ? { sigmoidCentre: map.centre } : {}),
    cache: true,
    options: noOptions,
    create: () => createOnnxScorer({ manifest, folders: () => [modelsFolder()], engine }),
  };
}
