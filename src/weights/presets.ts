/** Weights by name: the presets that the field knows, and files of one's own. */
import { fileURLToPath } from 'node:url';
import { usageError } from '../shared/errors.ts';
import { didYouMean } from '../shared/nearest-name.ts';
import { parsePresets, type Preset } from '../space/presets.ts';
import type { FoundWeights } from './weights-source.ts';
import { readGivenText } from '../shared/files/given-text.ts';

/** Comes with the package, beside src and dist. */
const BUILT_IN = fileURLToPath(new URL('../../csv/preset.tsv', import.meta.url));

/**
 * The presets of the package, then those of the files; a later one of the same name (in any case) takes the place of
 * an earlier one.
 * @throws usage errors `preset-unreadable`, `preset-line`
 */
export async function loadPresets(files: readonly string[]): Promise<Preset[]> {
  const presets = new Map<string, Preset>();
  for (const preset of await readPresetFile(BUILT_IN)) presets.set(fold(preset.name), preset);
  for (const file of files) {
    for (const preset of await readPresetFile(file)) presets.set(fold(preset.name), preset);
  }
  return [...presets.values()];
}

/** The presets of one file. @throws usage errors `preset-unreadable`, `preset-line` */
async function readPresetFile(file: string): Promise<Preset[]> {
  return parsePresets(await readGivenText(file, 'The presets', 'preset-unreadable'), file);
}

/**
 * One preset of a file.
 * @param name undefined where the file's only one is meant
 * @throws usage errors of presets
 */
export async function readPreset(file: string, name: string | undefined): Promise<FoundWeights> {
  const presets = await readPresetFile(file);
  const [only] = presets;
  if (name === undefined && presets.length !== 1) {
    if (presets.length === 0) throw usageError('preset-unknown', `${file} does not contain any presets.`);
    const names = presets.slice(0, 5).map((preset) => preset.name);
    throw usageError(
      'preset-unknown',
      `${file} has ${presets.length} presets: choose one with ${file}#NAME (${names.join(', ')}${presets.length > 5 ? ' …' : ''}).`,
    );
  }
  return fromPreset(name === undefined && only !== undefined ? only : findPreset(presets, name ?? ''), file);
}

/** Case does not matter. @throws usage error `preset-unknown`, with the nearest name */
export function findPreset(presets: readonly Preset[], name: string): Preset {
  const found = presets.find((preset) => fold(preset.name) === fold(name));
  if (found !== undefined) return found;
  const names = presets.map((preset) => preset.name);
  throw usageError(
    'preset-unknown',
    `There is no preset "${name}".${didYouMean(name, names)} Run autombw presets to list all ${names.length}.`,
  );
}

export function fromPreset({ layout: _, ...preset }: Preset, file?: string): FoundWeights {
  const where = file === undefined ? '' : ` of ${file}`;
  return { ...preset, origin: `the preset ${preset.name}${where}`, models: {}, sha256: {} };
}

function fold(name: string): string {
  return name.trim().toLowerCase();
}
