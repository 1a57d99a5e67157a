/** What the demo asks for: the prompts that it searches with, and others that only the proof at its end draws. */
import fs from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../../../../shared/files/make-folder.ts';
import { createUniform } from '../../../../shared/random.ts';

/** The first of each is searched with: a combinatorial template gives its choices in their order, and the proof goes on. */
const PROMPTS = [
  ['a big red circle on navy', 'a big pink moon on forest', 'a striped red star on sky'],
  ['a small yellow star on plum', 'a dotted orange square on mint', 'a big yellow heart on navy'],
  ['a striped teal heart on sand', 'a small white ring on sky', 'a dotted teal circle on plum'],
];

/** Images of a prompt, in one batch: that is quicker than one by one. */
const BATCH = 2;
/** Above all seeds that it makes: as large as the field's programs take everywhere. */
const MOST_SEEDS = 2 ** 31;

/**
 * Writes the payloads of the search, for the reader's own experiments too.
 * @param seed decides those of the images
 * @returns their paths
 */
export function writePayloads(folder: string, seed: number): string[] {
  const uniform = createUniform(seed);
  const payloads = path.join(folder, 'payloads');
  makeFolder(payloads);
  return PROMPTS.map((prompts) => {
    const file = path.join(payloads, `${nameOf(prompts[0] ?? '')}.json`);
    fs.writeFileSync(
      file,
      `${JSON.stringify(payloadOf(prompts, Math.floor(uniform() * MOST_SEEDS)), null, 2)}\n`,
    );
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
