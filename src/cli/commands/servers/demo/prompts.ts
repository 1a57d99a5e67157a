/** What the demo asks for: the prompts that it searches with, and others that it is examined with. */
import fs from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../../../../shared/files/make-folder.ts';

const SEARCHED = ['a big red circle on navy', 'a small yellow star on plum', 'a striped teal heart on sand'];
const UNSEEN = ['a big pink moon on forest', 'a dotted orange square on mint', 'a small white ring on sky'];

/** Images of a prompt, in one batch: that is quicker than one by one. */
const BATCH = 2;
const SEARCH_SEED = 1001;
const FRESH_SEED = 90_001;

/** Writes the payloads of the search, for the reader's own experiments too. @returns their paths */
export function writePayloads(folder: string): string[] {
  return writeAll(path.join(folder, 'payloads'), SEARCHED, SEARCH_SEED);
}

/** The same prompts and as many that the search has not seen, with seeds that it has not seen. @returns their paths */
export function writeProofPayloads(folder: string): string[] {
  return writeAll(path.join(folder, 'payloads', 'proof'), [...SEARCHED, ...UNSEEN], FRESH_SEED);
}

function writeAll(folder: string, prompts: readonly string[], firstSeed: number): string[] {
  makeFolder(folder);
  return prompts.map((prompt, i) => {
    const file = path.join(folder, `${nameOf(prompt)}.json`);
    fs.writeFileSync(file, `${JSON.stringify(payloadOf(prompt, firstSeed + 10 * i), null, 2)}\n`);
    return file;
  });
}

function payloadOf(prompt: string, seed: number): Record<string, unknown> {
  return {
    prompt,
    negative_prompt: '',
    seed,
    steps: 6,
    cfg_scale: 7,
    sampler_name: 'Euler',
    width: 256,
    height: 256,
    batch_size: BATCH,
    n_iter: 1,
  };
}

/** The thing that is to be seen, and its colour. */
function nameOf(prompt: string): string {
  return prompt.replace(/^a (?:big|small|striped|dotted) /u, '').replaceAll(' ', '-');
}
