/** Draws the contact sheet of a run again: other rows, other columns, another size. */
import path from 'node:path';
import { findJournal } from '../../../journal/find.ts';
import { filesOf } from '../../../journal/name-run.ts';
import { readJournal, trialsOf } from '../../../journal/read.ts';
import type { JournalRecord } from '../../../journal/record.ts';
import { byteSize } from '../../../shared/byte-size.ts';
import { isExpected, usageError } from '../../../shared/errors.ts';
import {
  contactSheet,
  hasImages,
  type ContactSheet,
  type MergeName,
  type SheetFormat,
} from '../../../sheet/index.ts';
import type { BlockWeights } from '../../../types.ts';
import { readRunWeights } from '../../../weights/run.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { refuseExisting } from '../../../shared/files/refuse-existing.ts';
import { writeNew } from '../write-new.ts';
import { watchQuietly } from './watch.ts';

export interface SheetOptions {
  readonly iterations?: string;
  readonly payloads?: string;
  readonly output?: string;
  readonly format: SheetFormat;
  readonly width?: number;
  readonly maxColumns?: number;
  readonly folder: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export async function sheetCommand(
  context: CommandContext,
  name: string,
  options: SheetOptions,
): Promise<number> {
  const wanted = options.iterations === undefined ? undefined : parseRows(options.iterations);
  checkWidth(options.width);
  const format = options.output === undefined ? options.format : formatOf(options.output);
  if (options.output !== undefined) refuseExisting([options.output], options.force === true);
  const journal = findJournal(name, options.folder);
  const { records } = await readJournal(journal);
  const [first] = records;
  if (first?.kind !== 'plan') {
    throw usageError(
      'journal-has-no-plan',
      `The journal ${journal} was recovered from a log: it has neither a plan nor images to show.`,
    );
  }
  const files = filesOf(journal);
  const output = options.output ?? (format === 'webp' ? files.sheet : files.sheet.replace(/webp$/, 'png'));
  return watchQuietly(context, async ({ signal }) => {
    const best = await bestOf(journal, records);
    const sheet = await contactSheet(
      { plan: first.plan, records, images: files.images, journal, best },
      {
        format,
        wanted,
        width: options.width,
        maxColumns: options.maxColumns,
        isShown: options.payloads === undefined ? undefined : isLike(options.payloads),
        signal,
      },
    );
    // The run's own is renewed.
    writeNew(output, sheet.bytes, options.force === true || options.output === undefined);
    if (options.json === true) context.printJson({ journal, output, ...describe(sheet) });
    else context.print(sentenceOf(sheet, output));
    return EXIT.ok;
  });
}

const NAMES: Readonly<Record<string, MergeName>> = {
  best: 'best',
  first: 'first',
  a: 'A',
  b: 'B',
  half: 'half',
  '0.5': 'half',
  'runner-up': 'runner-up',
};
/** Rows of a sheet that can still be looked at. */
const MOST_ROWS = 100;

/** @throws usage error `config-invalid` */
function parseRows(text: string): MergeName[] {
  const rows = text.split(',').flatMap((word) => rowsOf(word.trim().toLowerCase()));
  if (rows.length > MOST_ROWS)
    throw usageError(
      'config-invalid',
      `--iterations: more than ${MOST_ROWS} rows do not fit on a sheet; list fewer.`,
    );
  return [...new Set(rows)];
}

function rowsOf(word: string): MergeName[] {
  const name = NAMES[word];
  if (name !== undefined) return [name];
  const [, from = '', to = from] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(word) ?? [];
  const [low, high] = [Number(from), Number(to)];
  if (from === '' || low < 1 || high < low) {
    throw usageError(
      'config-invalid',
      `--iterations: "${word}" is not a number, a range such as 3-7, or one of best, first, A, B, 0.5, runner-up.`,
    );
  }
  // One more than fits is enough to be refused.
  return Array.from({ length: Math.min(high - low, MOST_ROWS) + 1 }, (_, i) => low + i);
}

const WIDTHS = [240, 16_000] as const;

function checkWidth(width: number | undefined): void {
  const [low, high] = WIDTHS;
  if (width !== undefined && (width < low || width > high))
    throw usageError('config-invalid', `--width must be ${low} to ${high} pixels, not ${width}.`);
}

function formatOf(output: string): SheetFormat {
  const ending = path.extname(output).toLowerCase();
  if (ending === '.webp') return 'webp';
  if (ending === '.png') return 'png';
  throw usageError('config-invalid', `--output ${output} must end in .webp or .png.`);
}

function isLike(patterns: string): (payload: string) => boolean {
  const rules = patterns.split(',').map((pattern) => {
    const escaped = pattern.trim().replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`);
    return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'isu');
  });
  return (payload) => rules.some((rule) => rule.test(payload));
}

/** The iteration whose weights the run recommends; undefined where it is none of them. */
async function bestOf(journal: string, records: readonly JournalRecord[]): Promise<number | undefined> {
  try {
    const { weights } = await readRunWeights(journal);
    return trialsOf(records).finished.find(
      (trial) => trial.state === 'scored' && isSame(trial.weights, weights),
    )?.id;
  } catch (error) {
    // Nothing was scored, or its recipe is no longer one: the best score is shown.
    if (isExpected(error)) return undefined;
    throw error;
  }
}

function isSame(one: BlockWeights, other: BlockWeights): boolean {
  return Object.entries(one).every(([block, weight]) => Math.abs(weight - (other[block] ?? 0)) < 1e-6);
}

function describe({ gallery, bytes, width, height, columns, images }: ContactSheet): Record<string, unknown> {
  return {
    proof: gallery.proof ?? null,
    rows: gallery.merges.map((merge) => ({
      name: merge.name,
      iteration: merge.trial ?? null,
      score: merge.score ?? null,
      hasImages: hasImages(merge),
    })),
    columns,
    images,
    width,
    height,
    bytes: bytes.length,
  };
}

function sentenceOf({ gallery, columns, images, bytes }: ContactSheet, output: string): string {
  const rows = gallery.merges.map(({ name }) => (name === 'half' ? '0.5' : String(name))).join(', ');
  const shown = columns < images ? `${columns} of ${images}` : String(images);
  const source = gallery.proof === undefined ? 'from the search' : 'from the proof';
  return `Wrote ${output} (${rows}; ${shown} ${images === 1 ? 'image' : 'images'} ${source}; ${byteSize(bytes.length)})`;
}
