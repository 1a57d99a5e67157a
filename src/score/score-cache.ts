/**
 * Scores that were computed before, so that a resumed or repeated run asks an expensive scorer nothing twice. One file of JSON
 * lines a scorer, only ever appended to: several processes may share it, a damaged line is no line, and a cache that cannot be
 * read or written is none, and never an error.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { isSystemError } from '../shared/system-error.ts';
import { isReadFailure, readTextFileSync } from '../shared/files/read-file.ts';
import { replaceFile } from '../shared/files/replace-file.ts';
import { hashPixels } from '../images/pixel-hash.ts';
import type { Scorer, ScoreItem, ScoreResult } from './scorer.ts';
import { makeFolder } from '../shared/files/make-folder.ts';

/** Bytes of a file at which it is cut to its newer half when it is opened: some 150 000 scores. */
const LARGEST_FILE = 16 * 1024 * 1024;

const lineSchema = z.object({ key: z.string().regex(/^[0-9a-f]{64}$/), value: z.number() });

/**
 * The same scorer, which remembers. Known by scorer, its version, the decoded pixels and, where it looks at them, the prompts.
 * `invalid` is not kept, and `parts` are not.
 * @param folder where `scores.<id>.jsonl` lies
 */
export function withScoreCache(scorer: Scorer, folder: string, largest = LARGEST_FILE): Scorer {
  const { id, needsPrompt, range, higherIsBetter } = scorer;
  const file = path.join(folder, `scores.${id}.jsonl`);
  let known: Map<string, number> | undefined;
  let version: string | undefined;
  // Asked for when it is needed first: it may be made of files that are read beforehand.
  const versionOf = (): string => (version ??= scorer.version);

  const keyOf = (item: ScoreItem): string => {
    const words = needsPrompt ? [item.prompt, item.negativePrompt] : [];
    const text = JSON.stringify([id, versionOf(), hashPixels(item.pixels), ...words]);
    return createHash('sha256').update(text).digest('hex');
  };

  function keep(key: string, result: ScoreResult, values: Map<string, number>): void {
    if (result.state === 'invalid' || !Number.isFinite(result.value)) return;
    values.set(key, result.value);
    append(file, key, result.value);
  }

  return {
    id,
    get version() {
      return versionOf();
    },
    needsPrompt,
    range,
    higherIsBetter,
    identify: async (signal) => {
      await scorer.identify?.(signal);
    },
    open: async (signal) => {
      await scorer.open?.(signal);
    },
    answers: async (signal) => (await scorer.answers?.(signal)) ?? false,
    close: async () => {
      await scorer.close?.();
    },

    async score(items, signal) {
      const values = (known ??= load(file, largest));
      const asked = items.map((item) => {
        const key = keyOf(item);
        return { item, key, value: values.get(key) };
      });
      const missing = asked.filter(({ value }) => value === undefined);
      const fresh =
        missing.length === 0
          ? []
          : await scorer.score(
              missing.map(({ item }) => item),
              signal,
            );
      // A scorer that breaks the contract is seen by whoever asked.
      if (fresh.length !== missing.length) return fresh;
      const next = fresh.values();
      return asked.map(({ key, value }): ScoreResult => {
        if (value !== undefined) return { state: 'scored', value };
        const result = next.next();
        if (result.done === true) throw new Error('the number of results was checked');
        keep(key, result.value, values);
        return result.value;
      });
    },
  };
}

function load(file: string, largest: number): Map<string, number> {
  const known = new Map<string, number>();
  const text = read(file);
  if (text === undefined) return known;
  const lines = text.split('\n').filter((line) => line !== '');
  const isTooLarge = text.length > largest;
  for (const line of isTooLarge ? lines.slice(Math.ceil(lines.length / 2)) : lines) {
    const entry = parseLine(line);
    if (entry !== undefined) known.set(entry.key, entry.value);
  }
  if (isTooLarge) rewrite(file, known);
  return known;
}

function read(file: string): string | undefined {
  try {
    return readTextFileSync(file);
  } catch (error) {
    if (isReadFailure(error)) return undefined;
    throw error;
  }
}

function parseLine(line: string): z.output<typeof lineSchema> | undefined {
  try {
    const parsed = lineSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** What another process appends in this moment is lost, and computed again. */
function rewrite(file: string, known: ReadonlyMap<string, number>): void {
  unlessRefused(() => replaceFile(file, [...known].map(([key, value]) => lineOf(key, value)).join('')));
}

/** Opened again each time, so that it is the file that another process may have put in its place. One write, one line. */
function append(file: string, key: string, value: number): void {
  unlessRefused(() => {
    makeFolder(path.dirname(file));
    fs.appendFileSync(file, lineOf(key, value));
  });
}

/** The line break in front ends a line that was cut off. */
function lineOf(key: string, value: number): string {
  return `\n${JSON.stringify({ key, value })}`;
}

function unlessRefused(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
