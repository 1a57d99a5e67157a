/** Where a run stands by the last words of its journal: whole, or only its end. Whether anybody still writes it, no journal tells. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { z } from 'zod';
import { readBytes } from '../shared/files/read-bytes.ts';
import { assertRegularFile } from '../shared/files/read-file.ts';
import { parseJson } from '../shared/parse-json.ts';

/**
 * `stopping`: it comes to an end by itself; `proving`: the best is compared on fresh images; `proved`: that is done, and nothing was
 * written since; `ended`: it said why.
 */
export type StageName = 'searching' | 'stopping' | 'paused' | 'proving' | 'proved' | 'ended';

export interface Stage {
  readonly name: StageName;
  /** A pause or a stop may be one within the proof. */
  readonly isProof: boolean;
}

interface Kind {
  readonly kind: string;
}

/**
 * @param records the last ones of a journal, or all
 * @returns undefined where they are too few to tell
 */
export function stageOf(records: readonly Kind[]): Stage | undefined {
  let asked: 'stopping' | 'paused' | undefined;
  let proof: 'proving' | 'proved' | undefined;
  let isResumed = false;
  let isContinued = false;
  for (let i = records.length - 1; i >= 0; i--) {
    const { kind } = records[i] ?? { kind: '' };
    if (kind === 'stopped' && !isResumed) return { name: 'ended', isProof: false };
    if (kind === 'resumed') isResumed = true;
    if (kind === 'continued') isContinued = true;
    if (kind === 'stopping' && !isResumed) asked = 'stopping';
    if (kind === 'paused' && !isResumed && !isContinued) asked ??= 'paused';
    if (kind === 'verdict') proof ??= 'proved';
    if (PROVING.has(kind)) proof ??= 'proving';
    if (SEARCHING.has(kind)) return { name: asked ?? proof ?? 'searching', isProof: proof !== undefined };
  }
  return undefined;
}

/** Of a journal that grows, the last words by which its stage is told. */
export class LastWords {
  /** From the last one before which nothing counts; each once where it stands several times in a row. */
  #kinds: Kind[] = [];

  add({ kind }: Kind): void {
    if (SEARCHING.has(kind)) this.#kinds = [{ kind }];
    else if (this.#kinds.at(-1)?.kind !== kind) this.#kinds.push({ kind });
  }

  stage(): Stage | undefined {
    return stageOf(this.#kinds);
  }
}

/** After a pause or a stop nothing of it is asked for: what stands before it is older than any of them. */
const SEARCHING: ReadonlySet<string> = new Set(['asked', 'more', 'plan', 'recovered', 'learnt', 'prior']);

const PROVING: ReadonlySet<string> = new Set(['proving', 'proved', 'proof-image']);

/** Bytes that are read at first; four times as many where they do not tell. */
const TAIL = 64 * 1024;
const kindSchema = z.object({ kind: z.string() });

/** Only the end of the file is read. @returns undefined for one that cannot be read or holds nothing */
export function readStage(journal: string): Stage | undefined {
  try {
    // Opening a pipe waits for its writer.
    assertRegularFile(journal);
    const handle = openSync(journal, 'r');
    try {
      const { size } = fstatSync(handle);
      for (let length = Math.min(TAIL, size); ; length = Math.min(4 * length, size)) {
        const bytes = Buffer.alloc(length);
        const text = bytes.toString('utf8', 0, readBytes(handle, bytes, size - length));
        // The last line may be torn; what is left of a first one that is cut is no JSON.
        const lines = text.split('\n').slice(0, -1);
        const stage = stageOf(lines.flatMap((line) => kindSchema.safeParse(parseJson(line)).data ?? []));
        if (stage !== undefined || length === size) return stage;
      }
    } finally {
      closeSync(handle);
    }
  } catch {
    return undefined;
  }
}
