/** Is a run what its journal says? Exit code 0: as far as could be looked at; 1: something differs. */
import { journalsOf } from '../journals-of.ts';
import type { Check, Verification } from '../../../run/verify/check.ts';
import { verifyRun } from '../../../run/verify/verify-run.ts';
import { counted } from '../../../shared/counted.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { watchQuietly } from '../runs/watch.ts';

export interface VerifyOptions {
  readonly scores?: boolean;
  readonly tolerance: number;
  readonly trust?: boolean;
  readonly modelsDir?: string;
  readonly folder: string;
  readonly json?: boolean;
}

/** @throws usage errors of finding a run, `journal-unreadable`, `journal-damaged` */
export async function verifyCommand(
  context: CommandContext,
  run: string,
  { scores, tolerance, trust, modelsDir, folder, json }: VerifyOptions,
): Promise<number> {
  const journals = await journalsOf(context, run, folder);
  return watchQuietly(context, async ({ signal }) => {
    const verified: Verification[] = [];
    for (const journal of journals) {
      const within = scores === true ? tolerance : undefined;
      verified.push(await verifyRun({ journal, tolerance: within, isTrusted: trust, modelsDir, signal }));
    }
    const isRight = verified.every((one) => one.isRight);
    if (json === true) context.printJson({ isRight, runs: verified });
    else context.print(verified.map(describe).join('\n\n'));
    return isRight ? EXIT.ok : EXIT.failed;
  });
}

/** More of one check are counted. */
const MOST = 20;
const MARKS = { right: 'ok', differs: 'DIFFERS', unchecked: '–' } as const;

function describe({ journal, checks, isRight }: Verification): string {
  const count = checks.reduce((sum, { differences }) => sum + differences.length, 0);
  const open = checks.filter(({ state }) => state === 'unchecked').length;
  const rest = open === 0 ? '' : ` ${counted(open, 'check')} could not be done (–).`;
  const verdict = isRight
    ? 'Everything that was checked agrees with the journal.'
    : `${counted(count, 'difference')}.`;
  return [journal, ...checks.flatMap(checkLines), `${verdict}${rest}`].join('\n');
}

function checkLines({ name, state, summary, differences }: Check): string[] {
  const shown = differences
    .slice(0, MOST)
    .map(
      ({ iteration, message }) =>
        `${' '.repeat(23)}${iteration === undefined ? '' : `iteration ${iteration}: `}${message}`,
    );
  const more = differences.length > MOST ? [`${' '.repeat(23)}and ${differences.length - MOST} more`] : [];
  // The name of that check in JSON is older than the word that people read.
  const title = name === 'pictures' ? 'images' : name;
  return [`  ${title.padEnd(11)} ${MARKS[state].padEnd(8)} ${summary}`, ...shown, ...more];
}
