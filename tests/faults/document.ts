/** The table of docs/faults.md, from the scenarios. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { CHAPTERS } from './all.ts';
import type { Chapter, Family, Promised, Scenario } from './scenario.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

const HEAD = `# What goes wrong, and what it costs

A search runs for nights, and in that time something always goes wrong. Every row that names a server is a scripted scenario: it runs against
simulated servers over real HTTP and is compared with the same search undisturbed. A promise counts as kept only when no score and no image differs,
no more images were wasted than the row says, the exit code and the messages are right, and the server is left as it was found. Rows without a
server have separate tests, mostly with processes that are really killed or suspended, or lose their disk.

The costs are upper limits, seen in searches of 3 iterations (9 where a fault lasts) with 2 images each. They include the images that check a merge
again after a restart, and those at the start of a \`resume\`. "Can be resumed" means that, once the cause was gone, the resumed run ended exactly
like the undisturbed one.

\`\`\`sh
npm run bench -- faults              # runs all of them; exit code 1 if a promise is broken
npm run bench -- faults restart      # only those whose name contains this
\`\`\`

`;

const TAIL = `
## What goes undetected

- A CFG scale, step count or sampler that the server chose by itself: only settings that the payload names are compared with the reply.
- Another model under the same name, until the next merge check (\`--check-every\`). Everything measured since the last check that passed is then
  measured again, so no wrong score remains.
- What others do on AUTOMATIC1111 and Forge at a few short moments: see [sharing-a-server.md](sharing-a-server.md).
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
  return resumes ? 'exit code 1, can be resumed' : 'exit code 1';
}

function lossesOf({ lost = 0, missing = 0, vain = 0 }: Promised): readonly string[] {
  return [
    ...(lost === 0 ? [] : [`${amount(lost, 'iteration')} without a score`]),
    ...(missing === 0 ? [] : [`${amount(missing, 'image')} missing`]),
    ...(vain === 0 ? [] : [`${amount(vain, 'image')} wasted`]),
  ];
}

function amount(most: number, noun: string): string {
  return most === 1 ? `one ${noun}` : `up to ${most} ${noun}s`;
}

/** Tests that rows without a server name, and that are not there. */
export function missingTests(chapters: readonly Chapter[] = CHAPTERS): readonly string[] {
  return chapters
    .flatMap(({ references = [] }) => references.flatMap(({ tests }) => tests))
    .filter((test) => !isThere(test));
}

/** @param test `FILE > TITLE` */
function isThere(test: string): boolean {
  const [file = '', ...title] = test.split(' > ');
  const source = path.join(ROOT, file);
  if (title.length === 0 || !existsSync(source)) return false;
  const text = readFileSync(source, 'utf8');
  // As the first of several arguments: a comment or a message is no test.
  return [`'`, '"', '`'].some((quote) => text.includes(`${quote}${title.join(' > ')}${quote},`));
}
