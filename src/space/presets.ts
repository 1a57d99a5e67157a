/** Named block weights that users know: a TSV with a name and 25 numbers (IN00..IN11, M00, OUT00..OUT11) a line. */
import { usageError } from '../errors.ts';
import { WEIGHT_ORDERS, weightsFromList, type BlockWeights } from './blocks.ts';

export interface Preset {
  readonly name: string;
  /** 25 blocks; OUT and TIME_EMBED are absent and keep whatever they have (0 if unset). */
  readonly weights: BlockWeights;
}

/**
 * Reads a preset file in its order. Takes a header line, blank lines, CRLF and a BOM.
 * @param source the file's name, for messages
 * @throws usage error `preset-line` for a line that is not a name and 25 numbers, or a name that came before
 */
export function parsePresets(text: string, source = 'the presets'): Preset[] {
  const presets = new Map<string, Preset>();
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = raw.trim();
    if (line === '' || (index === 0 && line.startsWith('preset_name\t'))) continue;
    const preset = parseLine(line, `Line ${index + 1} of ${source}`);
    if (presets.has(preset.name)) {
      throw usageError(
        'preset-line',
        `Line ${index + 1} of ${source} names ${preset.name} a second time: rename or remove it.`,
      );
    }
    presets.set(preset.name, preset);
  }
  return [...presets.values()];
}

/** @param place line and file, to begin a sentence with */
function parseLine(line: string, place: string): Preset {
  const [name = '', list = '', ...rest] = line.split('\t').map((cell) => cell.trim());
  if (name === '' || list === '' || rest.some((cell) => cell !== '')) {
    throw usageError(
      'preset-line',
      `${place} is "${line.slice(0, 60)}": it must be a name, one tab, and 25 numbers joined by commas.`,
    );
  }
  const cells = list.split(',').map((cell) => cell.trim());
  const wanted = WEIGHT_ORDERS.preset.length;
  if (cells.length !== wanted) {
    throw usageError(
      'preset-line',
      `${place} (${name}) has ${cells.length} numbers: it must have ${wanted}.`,
    );
  }
  const values = cells.map((cell) => (cell === '' ? Number.NaN : Number(cell)));
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad !== -1) {
    throw usageError(
      'preset-line',
      `${place} (${name}) has "${cells[bad]}" as number ${bad + 1}: write a number.`,
    );
  }
  return { name, weights: weightsFromList(values, 'preset') };
}
