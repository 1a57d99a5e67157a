/** What a reply tells of the settings under which its image was made: the line under the image names those that are not as usual. */
import { infotextField } from './images/infotext-field.ts';
import { MODULES } from './modules.ts';

const LABELS = [
  'VAE',
  'VAE hash',
  'Hypernet',
  'Hypernet hash',
  'Diffusion in Low Bits',
  'FP8 weight',
  'Clip skip',
  'Emphasis',
  'RNG',
  'ENSD',
  'Noise Schedule',
  'Token merging ratio',
  'NGMS',
  'Tiling',
  'Eta',
  'Sigma churn',
  'Sigma tmin',
  'Sigma tmax',
  'Sigma noise',
  'Schedule rho',
  'Schedule min sigma',
  'Schedule max sigma',
  'SGM noise multiplier',
  'Discard penultimate sigma',
  'UniPC variant',
  'Skip Early CFG',
] as const;

/** By the labels of the line; modules under the name of their setting. */
export function fingerprint(infotext: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const label of LABELS) {
    const value = infotextField(infotext, label);
    if (value !== undefined) found.set(label, value);
  }
  const modules: string[] = [];
  for (;;) {
    const module = infotextField(infotext, `Module ${modules.length + 1}`);
    if (module === undefined) break;
    modules.push(module.replaceAll('"', ''));
  }
  if (modules.length > 0) found.set(MODULES, modulesText(modules));
  return found;
}

/** The order in which they were chosen has no effect. */
export function modulesText(modules: readonly string[]): string {
  return modules
    .map((module) => baseName(module).replace(/\.(safetensors|gguf|ckpt|pt|bin|sft)$/i, ''))
    .toSorted()
    .join(', ');
}

export function baseName(path: string): string {
  return path.replaceAll('\\', '/').replace(/^.*\//, '');
}
