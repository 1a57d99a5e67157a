/** One reader of weights, whatever they are kept in: what `--warm-start` and `convert` take as SOURCE. */
import fs from 'node:fs';
import { isExpected, usageError } from '../shared/errors.ts';
import { findJournal } from '../journal/find.ts';
import { readCheckpointWeights } from './checkpoint.ts';
import { looksLikePresets } from '../space/presets.ts';
import type { FoundWeights } from './weights-source.ts';
import { readCsvWeights } from './history.ts';
import { readJsonWeights } from './json-file.ts';
import { looksLikeList, readList, type NamedList } from './list.ts';
import { readMechaFile } from './mecha/read.ts';
import { splitNamed, uniformNumber } from './named.ts';
import { findPreset, fromPreset, loadPresets, readPreset } from './presets.ts';
import { readRunWeights } from './run.ts';
import { readGivenText } from '../shared/files/given-text.ts';
import { readTextWeights } from './text-file.ts';

export interface ReadOptions {
  /** Where runs lie: `csv/history` is below it. */
  readonly folder: string;
  /** Preset files of the user's own. */
  readonly presetFiles?: readonly string[];
}

const PREFIXES = ['search', 'recipe', 'legacy', 'preset', 'mbw'] as const satisfies readonly NamedList[];

/**
 * Reads the weights that SOURCE means:
 * - numbers: 27 in search order, 25 in preset order, 26 with base alpha in front, those of SDXL and of LoRAs, or in the
 *   order of a prefix `search:`, `recipe:`, `legacy:`, `preset:`, `mbw:`;
 * - `preset:NAME`, a preset by name in any case;
 * - weights by name or pattern, `double_blocks.*=0.5,img_in=0`, also behind one number for every block or another source;
 * - a file: a recipe (`legacy:FILE` for one of the first extension), a merged .safetensors, a history .csv (best row, or
 *   `FILE#12`), a file of presets (`FILE#NAME`), a .json that `convert` wrote, an sd-mecha recipe (.mecha), a text file with a list, or bayesian-merger's best.log;
 * - a run: its journal, folder or name of the merged model (what it recommends, or `RUN#12`).
 * @throws usage errors: `weights-unknown` when it is none of these, and those of each kind
 */
export async function readWeights(source: string, options: ReadOptions): Promise<FoundWeights> {
  const prefix = PREFIXES.find((name) => source.startsWith(`${name}:`));
  if (prefix !== undefined) return readPrefixed(prefix, source.slice(prefix.length + 1), options);
  if (isFile(source)) return readFileWeights(source, undefined);
  const [, name, part] = /^(.+)#([^#]+)$/s.exec(source) ?? [];
  if (name !== undefined && part !== undefined) {
    if (isFile(name)) return readFileWeights(name, part);
    return readRunWeights(findRun(name, source, options), { iteration: parseNumber(part, source) });
  }
  if (NAMES_WEIGHTS.test(source) || uniformNumber(source) !== undefined) return readNamed(source, options);
  if (looksLikeList(source)) return readList(source, undefined);
  return readRunWeights(findRun(source, source, options), { how: `${source}#NUMBER` });
}

/** A name and a number somewhere; a folder's name may have an equals sign too. */
const NAMES_WEIGHTS = /(?:^|,)\s*[a-z_*][\w.*]*\s*=\s*[-+.\d][^/\\,]*(?:,|$)/i;

/** @throws usage errors `block-unknown`, `weights-not-finite`, and those of what stands in front */
async function readNamed(source: string, options: ReadOptions): Promise<FoundWeights> {
  const { rest, named, patterns } = splitNamed(source);
  const names = [...Object.keys(named), ...patterns.map(([pattern]) => pattern)];
  const uniform = uniformNumber(rest);
  if (uniform === undefined && rest.trim() !== '') {
    const found = await readWeights(rest.trim(), options);
    const origin = `${found.origin}, and ${names.join(', ')} as given`;
    const also = {
      // What is said last counts.
      named: [...(found.named ?? []).filter((name) => !names.includes(name)), ...Object.keys(named)],
      patterns: [...(found.patterns ?? []), ...patterns],
    };
    return { ...found, ...also, weights: { ...found.weights, ...named }, origin };
  }
  const given = names.length === 0 ? [] : [`${names.join(', ')} as given`];
  const every = uniform === undefined ? [] : [`${uniform} for every block`];
  return {
    named: Object.keys(named),
    ...(patterns.length > 0 && { patterns }),
    ...(uniform !== undefined && { uniform }),
    weights: named,
    origin: [...every, ...given].join(', and '),
    models: {},
    sha256: {},
  };
}

async function readPrefixed(prefix: NamedList, rest: string, options: ReadOptions): Promise<FoundWeights> {
  if (isFile(rest)) {
    const isRecipe = prefix === 'recipe' || prefix === 'legacy';
    if (isRecipe && rest.endsWith('.safetensors')) return readCheckpointWeights(rest, prefix);
    if (prefix !== 'preset') return readTextWeights(rest, prefix);
  }
  if (looksLikeList(rest) || prefix !== 'preset') return readList(rest, prefix);
  return fromPreset(findPreset(await loadPresets(options.presetFiles ?? []), rest));
}

async function readFileWeights(file: string, part: string | undefined): Promise<FoundWeights> {
  const kind = /\.(\w+)$/.exec(file.toLowerCase())?.[1];
  if (kind === 'mecha' && part === undefined) return readMechaFile(file);
  if (kind === 'tsv') return readPreset(file, part);
  // Supermerger keeps its presets in a .txt.
  const isText = kind === undefined || !['csv', 'jsonl', 'safetensors', 'json'].includes(kind);
  if (isText && looksLikePresets(await readGivenText(file, 'The file', 'recipe-unreadable')))
    return readPreset(file, part);
  const source = part === undefined ? file : `${file}#${part}`;
  const number = part === undefined ? undefined : parseNumber(part, source);
  if (kind === 'csv') return readCsvWeights(file, number);
  if (kind === 'jsonl') return readRunWeights(file, { iteration: number, how: `${file}#NUMBER` });
  if (number !== undefined) {
    throw usageError(
      'weights-unknown',
      `"${source}" asks for number ${number} of ${file}, but only a history (.csv) or a run (.journal.jsonl) has several: leave out #${part}.`,
    );
  }
  if (kind === 'safetensors') return readCheckpointWeights(file);
  return kind === 'json' ? readJsonWeights(file) : readTextWeights(file);
}

function findRun(name: string, source: string, { folder }: ReadOptions): string {
  try {
    return findJournal(name, folder);
  } catch (cause) {
    if (!isExpected(cause)) throw cause;
    const why = source.length > 120 ? '' : ` ${cause.message}`;
    throw usageError(
      'weights-unknown',
      `"${source.slice(0, 120)}" is not a list of numbers, a file or a run.${why} A preset is written preset:NAME.`,
      { cause },
    );
  }
}

function parseNumber(text: string, source: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usageError('weights-unknown', `"${source}": the # must be followed by a whole number from 1.`);
}

/** `existsSync` takes any text: names too long, or with a NUL inside, are none. */
function isFile(name: string): boolean {
  return fs.existsSync(name) && fs.statSync(name).isFile();
}
