import type { ResolvedSampler } from './sampler-names.ts';

/** What the line of settings under an image says. */
export interface InfotextParts {
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly steps: number;
  readonly sampler: ResolvedSampler;
  readonly cfgScale: number;
  /** For models that were distilled to a guidance; undefined for all others. */
  readonly distilledCfgScale?: number | undefined;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly modelHash: string;
  readonly modelName: string;
  readonly variation: { readonly seed: number; readonly strength: number } | null;
  readonly clipSkip: number;
  /** Of the program. */
  readonly version: string;
  /** The second pass's own settings, in order; null values are left out. */
  readonly extra: Readonly<Record<string, unknown>>;
}

export const VERSION = 'v1.10.1';

export function infotextOf(parts: InfotextParts): string {
  const { variation, clipSkip, extra } = parts;
  const settings: readonly (readonly [string, unknown])[] = [
    ['Steps', parts.steps],
    ['Sampler', parts.sampler.name],
    ['Schedule type', parts.sampler.schedule],
    ['CFG scale', asPythonFloat(parts.cfgScale)],
    [
      'Distilled CFG Scale',
      parts.distilledCfgScale === undefined ? null : asPythonFloat(parts.distilledCfgScale),
    ],
    ['Seed', parts.seed],
    ['Size', `${parts.width}x${parts.height}`],
    ['Model hash', parts.modelHash],
    ['Model', parts.modelName],
    ['Variation seed', variation?.seed],
    ['Variation seed strength', variation?.strength],
    ['Clip skip', clipSkip > 1 ? clipSkip : null],
    ...Object.entries(extra).filter(([label]) => label !== 'Schedule type'),
    ['Version', parts.version],
  ];
  const line = settings
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([label, value]) => `${label}: ${quoted(asPython(value))}`)
    .join(', ');
  const negative = parts.negativePrompt === '' ? '' : `\nNegative prompt: ${parts.negativePrompt}`;
  return `${parts.prompt}${negative}\n${line}`.trim();
}

function quoted(value: string): string {
  return /[,\n:]/u.test(value) ? JSON.stringify(value) : value;
}

function asPython(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return String(value);
}

function asPythonFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
