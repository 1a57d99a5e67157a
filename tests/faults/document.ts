/** The table of docs/faults.md, from the scenarios. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { CHAPTERS } from './all.ts';
import type { Chapter, Family, Promised, Scenario } from './scenario.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

const HEAD = `# What goes wrong, and what it costs

A search runs for nights on end, and where a graphics card works so long something always goes wrong. Every row below but those without a server
is a scripted scenario: it is played against simulated servers over real HTTP, and compared with the same search undisturbed. A promise
counts as kept only when no score and no image differs from the undisturbed search, no more images were drawn in vain than the row says, the exit code
and the sentences are right, and the server is left as it was found. Rows without a server are tried by tests of their own, mostly of processes that
are really killed, held or robbed of their disk.

The costs are upper limits, seen in searches of 3 iterations (9 where a fault lasts) with 2 images each. Images that prove a merge anew after a restart
are among them, and so are those of the start of a \`resume\`. "Goes on with \`resume\`" means: once the cause is gone, the resumed run has come to the
end of the undisturbed one.

\`\`\`sh
npm run bench -- faults              # plays all of them, and ends with 1 where a promise is broken
npm run bench -- faults restart      # those with a name that holds this
\`\`\`

`;

const TAIL = `
## What is not noticed

- A CFG scale, steps or a sampler that a server uses without being asked for them and without saying so: only what a payload
  names is compared with what the reply says.
- Another model under the same name, before the next look at a known merge: what was measured since the last look that held (\`--check-every\`) is
  in doubt then and measured again, so that no score of it stays.
- What others do on AUTOMATIC1111 and Forge in some short moments: see [sharing-a-server.md](sharing-a-server.md).
`;

const NAMES: Readonly<Record<Family, string>> = {
  a1111: 'AUTOMATIC1111',
  comfyui: 'ComfyUI',
  forge: 'Forge',
};

/** As it is to stand in docs/faults.md. */
export async function documentOf(chapters: readonly Chapter[] = CHAPTERS): Promise<string> {
  const text = HEAD + chapters.map(sectionOf).join('\n') + TAIL;
  const settings = await resolveConfig(path.join(ROOT, 'docs/faults.md'));
  return format(text, { ...settings, parser: 'markdown' });
}

function sectionOf({ title, scenarios, references = [] }: Chapter): string {
  const rows = [
    ...scenarios.map((scenario) => [
      scenario.what,
      scenario.does,
      costOf(scenario),
      scenario.servers.map((family) => NAMES[family]).join(', '),
    ]),
    ...references.map(({ what, does, costs }) => [what, does, costs, '']),
  ];
  const lines = [
    ['what goes wrong', 'what autombw does', 'what it costs', 'tried on'],
    ['-', '-', '-', '-'],
    ...rows,
  ];
  return `## ${title}\n\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

function costOf({ promise, hurts }: Scenario): string {
  const parts = [endOf(promise), ...lossesOf(promise)].filter((part) => part !== '');
  if (parts.length > 0) return parts.join('; ');
  return hurts === 'nobody' ? 'nothing' : 'time';
}

function endOf({ exitCode, resumes = false }: Promised): string {
  if (exitCode === 0) return '';
  if (exitCode === 2) return 'nothing, but exit code 2';
  return resumes ? 'exit code 1, goes on with `resume`' : 'exit code 1';
}

function lossesOf({ lost = 0, missing = 0, vain = 0 }: Promised): readonly string[] {
  return [
    ...(lost === 0 ? [] : [`${amount(lost, 'iteration')} without a score`]),
    ...(missing === 0 ? [] : [`${amount(missing, 'image')} missing`]),
    ...(vain === 0 ? [] : [`${amount(vain, 'image')} drawn in vain`]),
  ];
}

function amount(most: number, noun: string): string {
  return most === 1 ? `one ${noun}` : `up to ${most} ${noun}s`;
}

/** Tests that rows without a server name, and that are not there. */
export function missingTests(chapters: readonly Chapter[] = CHAPTERS): readonly string[] {
  return chapters
    .flatMap(({ references = [] }) => references.map(({ test }) => test))
    .filter((test) => {
      try {
        readFileSync(path.join(ROOT, test));
        return false;
      } catch {
        return true;
      }
    });
}
