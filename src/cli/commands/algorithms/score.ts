/** Scores any images: files, folders, patterns. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { glob } from 'tinyglobby';
import type { Claims } from '../../../claims/claims.ts';
import { parseSearchConfig } from '../../../config/load.ts';
import { usageError } from '../../../shared/errors.ts';
import { scoreFiles, type ScoredFile } from '../../../judging/score-files.ts';
import { csvCell } from '../../../formats/cell.ts';
import { taggingServer } from '../../../judging/scoring.ts';
import type { Environment } from '../../../run/environment.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { watchQuietly } from '../runs/watch.ts';

export interface ScoreOptions {
  readonly prompt?: string;
  readonly negativePrompt?: string;
  readonly format: 'table' | 'csv' | 'json';
  readonly json?: boolean;
  readonly waitForServer?: boolean;
}

export async function scoreCommand(
  context: CommandContext,
  patterns: readonly string[],
  flags: Readonly<Record<string, unknown>>,
  { prompt, negativePrompt, format: named, json, waitForServer }: ScoreOptions,
): Promise<number> {
  const format = json === true ? 'json' : named;
  // What a search cannot do without takes no part in scoring.
  const config = parseSearchConfig({ payload: ['-'], modelA: '-', modelB: '-', output: '-', ...flags });
  const files = await imagesOf(patterns);
  const ids = config.scorer.map((text) => text.split('=')[0] ?? '');
  const work = async ({ signal }: Environment, claims?: Claims): Promise<number> => {
    const server = taggingServer(config);
    if (server !== undefined) await claims?.take(server, 'score');
    const rows: ScoredFile[] = [];
    const print = (): void => {
      if (format === 'json') context.printJson(rows);
      else context.print((format === 'csv' ? csvOf(rows, ids) : tableOf(rows, ids)).join('\n'));
    };
    try {
      for await (const row of scoreFiles({ files, config, prompt, negativePrompt, signal })) rows.push(row);
    } catch (error) {
      // Stopped in the middle: what was scored is worth something.
      if (rows.length > 0) print();
      throw error;
    }
    print();
    return rows.some((row) => 'reason' in row) ? EXIT.failed : EXIT.ok;
  };
  return watchQuietly(context, work, { work: 'score', waits: waitForServer });
}

const IMAGES = '**/*.{png,jpg,jpeg,webp}';

/** A folder stands for all images in it and below it. A name that exists is no pattern. */
async function imagesOf(patterns: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const pattern of patterns) {
    const exists = existsSync(pattern);
    if (exists && statSync(pattern).isDirectory()) {
      const found = await glob(IMAGES, {
        cwd: pattern,
        caseSensitiveMatch: false,
        expandDirectories: false,
      });
      if (found.length === 0)
        throw usageError('no-such-file', `The folder ${pattern} has no PNG, JPEG or WebP images.`);
      for (const file of found.toSorted(byName)) files.push(path.join(pattern, file));
    } else if (exists || !/[*?[{]/.test(pattern)) {
      files.push(pattern);
    } else {
      const found = await glob(pattern.replaceAll('\\', '/'), { absolute: false, expandDirectories: false });
      if (found.length === 0) throw usageError('no-such-file', `No file matches ${pattern}.`);
      for (const file of found.toSorted(byName)) files.push(file);
    }
  }
  // The same image may come by several names.
  const seen = new Map<string, string>();
  for (const file of files) if (!seen.has(path.resolve(file))) seen.set(path.resolve(file), file);
  return [...seen.values()];
}

/** 2 before 10: kept images begin with their iteration. */
function byName(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function csvOf(rows: readonly ScoredFile[], ids: readonly string[]): string[] {
  const line = (cells: readonly string[]): string => cells.map(csvCell).join(',');
  return [
    line(['file', ...ids, 'score', 'reason']),
    ...rows.map((row) =>
      line(
        'reason' in row
          ? [row.file, ...ids.map(() => ''), '', row.reason]
          : [row.file, ...ids.map((id) => String(row.raw[id] ?? '')), String(row.score), ''],
      ),
    ),
  ];
}

function tableOf(rows: readonly ScoredFile[], ids: readonly string[]): string[] {
  const heads = ['score', ...ids].map((head) => head.padStart(Math.max(9, head.length)));
  const numbers = (values: readonly (number | undefined)[]): string =>
    values.map((value, i) => (value?.toFixed(4) ?? '-').padStart(heads[i]?.length ?? 0)).join('  ');
  return [
    `${heads.join('  ')}  file`,
    ...rows.map((row) =>
      'reason' in row
        ? `${numbers(heads.map(() => undefined))}  ${row.file}: ${row.reason}`
        : `${numbers([row.score, ...ids.map((id) => row.raw[id])])}  ${row.file}`,
    ),
  ];
}
