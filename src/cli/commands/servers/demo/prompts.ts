/** What the demo asks for: the prompts that it searches with, and others that only the proof at its end draws. */
import fs from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../../../../shared/files/make-folder.ts';

/** The first of each is searched with: a combinatorial template gives its choices in their order, and the proof goes on. */
const PROMPTS = [
  ['a big red circle on navy', 'a big pink moon on forest', 'a striped red star on sky'],
  ['a small yellow star on plum', 'a dotted orange square on mint', 'a big yellow heart on navy'],
  ['a striped teal heart on sand', 'a small white ring on sky', 'a dotted teal circle on plum'],
];

/** Images of a prompt, in one batch: that is quicker than one by one. */
const BATCH = 2;
const SEARCH_SEED = 1001;

/** Writes the payloads of the search, for the reader's own experiments too. @returns their paths */
export function writePayloads(folder: string): string[] {
  const payloads = path.join(folder, 'payloads');
  makeFolder(payloads);
  return PROMPTS.map((prompts, i) => {
    const file = path.join(payloads, `${nameOf(prompts[0] ?? '')}.json`);
    fs.writeFileSync(file, `${JSON.stringify(payloadOf(prompts, SEARCH_SEED + 10 * i), null, 2)}\n`);
    return file;
  });
}

function payloadOf(prompts: readonly string[], seed: number): Record<string, unknown> {
  return {
    prompt: `{${prompts.join('|')}}`,
    wildcard_type: 'combinatorial',
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
