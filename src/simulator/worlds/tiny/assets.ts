/** The files of the tiny world that are data: words, numbers of the sampler, graphs, checkpoints. */
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { TINY_WORLD } from './place.ts';

/** A, B, and the model that both came from. */
export const TINY_MODELS = ['crisp', 'vivid', 'base'] as const;

/** A transformer with Flux's keys, its text encoders and VAE in files of their own. */
export const TINY_FLUX = path.join(TINY_WORLD, 'flux');
export const TINY_FLUX_MODELS = ['crisp-flux', 'vivid-flux'] as const;

const scheduleSchema = z.object({
  steps: z.int().min(1),
  guidance: z.number(),
  /** CFG scale of a usual request, which stands for that guidance; 7 unless given. */
  usualCfg: z.number().min(1).optional(),
  latentScale: z.number().positive(),
  latentChannels: z.int().min(1),
  factor: z.int().min(1),
  sizeMultiple: z.int().min(8),
  tokens: z.int().min(3),
  ids: z.object({ padding: z.int(), start: z.int(), end: z.int() }),
});
export type Schedule = z.output<typeof scheduleSchema>;

/** `schedule.json`, as its README explains it. @param folder that of the package where it has none */
export function readSchedule(folder = TINY_WORLD): Schedule {
  return scheduleSchema.parse(readJson(folder, 'schedule.json'));
}

/** Ids by word. */
export function readVocabulary(folder = TINY_WORLD): ReadonlyMap<string, number> {
  return new Map(Object.entries(z.record(z.string(), z.int()).parse(readJson(folder, 'vocab.json'))));
}

export function modelFile(name: string): string {
  return path.join(TINY_WORLD, `${name}.safetensors`);
}

function readJson(folder: string, file: string): unknown {
  const own = path.join(folder, file);
  return JSON.parse(fs.readFileSync(fs.existsSync(own) ? own : path.join(TINY_WORLD, file), 'utf8'));
}
