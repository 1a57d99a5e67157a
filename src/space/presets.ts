/** Named block weights that users know: a name and a list of numbers a line, as the tools of the field keep them. */
import { isExpected, usageError } from '../shared/errors.ts';
import { eachLine, linesOf } from '../shared/files/lines.ts';
import { readFieldList, FIELD_COUNTS, otherCount, type FieldList } from './field-lists.ts';
import { counted } from '../shared/counted.ts';

/** Of 25 numbers, OUT and TIME_EMBED are absent and keep whatever they have (0 if unset). */
export interface Preset extends FieldList {
  readonly name: string;
}

/**
 * Reads a preset file in its order: lines of a name, a tab (a colon in the files of lora-block-weight) and numbers. Takes a
 * header line, blank lines, comments, any line ends and a BOM.
 * @param source the file's name, for messages
 * @throws usage error `preset-line` for a line that is not a name and a list of the field, or a name that came before
 */
export function parsePresets(text: string, source = 'the presets'): Preset[] {
  const presets = new Map<string, Preset>();
  for (const [index, raw] of linesOf(text).entries()) {
    const line = raw.trim();
    if (line === '' || isComment(line) || (index === 0 && HEADER.test(line))) continue;
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

const HEADER = /^preset_name\t/;

function isComment(line: string): boolean {
  return line.startsWith('#') && !line.includes('\t');
}

/** Is it a file of presets, whatever its name ends in? */
export function looksLikePresets(text: string): boolean {
  for (const raw of eachLine(text)) {
    const line = raw.slice(0, 400).trim();
    if (line === '' || line.startsWith('#')) continue;
    const parts = partsOf(line);
    return HEADER.test(line) || (parts !== undefined && /^[-+.\d][-+.\deE ]*,/.test(parts.list));
  }
  return false;
}

/** Files of lora-block-weight have a colon in place of the tab. */
function partsOf(line: string): { readonly name: string; readonly list: string } | undefined {
  const cells = line.split('\t').map((cell) => cell.trim());
  const colon = line.indexOf(':');
  const [name = '', list = '', ...rest] =
    cells.length === 1 && colon > 0 ? [line.slice(0, colon).trim(), line.slice(colon + 1).trim()] : cells;
  if (name === '' || list === '' || rest.some((cell) => cell !== '')) return undefined;
  return { name, list };
}

/** @param place line and file, to begin a sentence with */
function parseLine(line: string, place: string): Preset {
  const parts = partsOf(line);
  if (parts?.list.includes(',') !== true) {
    throw usageError(
      'preset-line',
      `${place} is "${line.slice(0, 60)}": it must be a name, a tab or a colon, and numbers joined by commas, such as 25 for IN00 to OUT11.`,
    );
  }
  const { name, list } = parts;
  const cells = list.split(',').map((cell) => cell.trim());
  const values = cells.map((cell) => (cell === '' ? Number.NaN : Number(cell)));
  const bad = values.findIndex((value) => !Number.isFinite(value));
  try {
    if (bad === -1) return { name, ...readFieldList(values) };
  } catch (cause) {
    if (!isExpected(cause)) throw cause;
    throw usageError(
      'preset-line',
      `${place} (${name}) has ${counted(cells.length, 'number')}${otherCount(cells.length)}: it must have ${FIELD_COUNTS}.`,
      { cause },
    );
  }
  const cell = cells[bad] ?? '';
  const drawn = /^[RUX]$/.test(cell) ? ' (lora-block-weight draws or asks for one there)' : '';
  throw usageError(
    'preset-line',
    `${place} (${name}) has "${cell.slice(0, 40)}" as number ${bad + 1}${drawn}: write a number.`,
  );
}
