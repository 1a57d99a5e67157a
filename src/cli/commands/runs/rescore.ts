/** Ranks a run again by other scorers, from the images that it kept. */
import path from 'node:path';
import { usageError } from '../../../shared/errors.ts';
import { scoreText } from '../../../shared/score-text.ts';
import { historyRow } from '../../../outputs/run-csv.ts';
import { formatHistoryCsv } from '../../../formats/history-csv.ts';
import { findJournal } from '../../../journal/find.ts';
import { rescore, type Rescoring } from '../../../judging/rescore.ts';
import { EXIT, type CliOutput, type CommandContext } from '../../cli-process.ts';
import { weightLines } from '../summary.ts';
import { watchQuietly } from './watch.ts';
import { refuseExisting } from '../../../shared/files/refuse-existing.ts';
import { writeBeside } from '../write-new.ts';
import { counted, nounFor } from '../../../shared/counted.ts';

export interface RescoreOptions {
  readonly write?: string;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly trust?: boolean;
}

export async function rescoreCommand(
  context: CommandContext,
  run: string,
  flags: Readonly<Record<string, unknown>>,
  { write, force = false, json, trust }: RescoreOptions,
): Promise<number> {
  if (write !== undefined && path.extname(write).toLowerCase() !== '.csv')
    throw usageError('config-invalid', `--write ${write} must end in .csv.`);
  if (write !== undefined) refuseExisting([write], force);
  const { folder = '.', ...given } = flags;
  const journal = findJournal(run, String(folder));
  return watchQuietly(context, async ({ signal }) => {
    const result = await rescore({
      journal,
      given,
      isTrusted: trust,
      signal,
      onProgress: ({ done, total }) => context.note(`${done}/${counted(total, 'iteration')}`),
    });
    const { trials: _, ...shown } = result;
    writeBeside(
      write,
      () => historyOf(result),
      (written) => {
        if (json === true) context.printJson({ journal, ...shown, write: written ?? null });
        else context.print(describe(result, written, context.process.stdout).join('\n'));
      },
      force,
    );
    return result.failed.length > 0 ? EXIT.failed : EXIT.ok;
  });
}

/** Iterations without a new score keep their row, without a score: row numbers stay iteration numbers. */
function historyOf({ trials }: Rescoring): string {
  return formatHistoryCsv(trials.map(({ trial, newScore }) => historyRow(trial, newScore ?? null)));
}

function describe(result: Rescoring, write: string | undefined, stdout: CliOutput): string[] {
  const { scorers, iterations, withoutImages, failed, best, correlation } = result;
  const lines = [
    `Scored again by ${scorers.map(({ id, version }) => `${id} (${version})`).join(', ')}`,
    '',
    'rank  was  iteration       new       old',
    ...iterations.map(({ iteration, oldScore, newScore, oldRank, newRank }) =>
      [
        String(newRank).padStart(4),
        String(oldRank).padStart(4),
        String(iteration).padStart(10),
        scoreText(newScore).padStart(9),
        scoreText(oldScore).padStart(9),
      ].join(' '),
    ),
    '',
  ];
  if (withoutImages.length > 0)
    lines.push(
      `Skipped, because images were not kept: ${nounFor(withoutImages.length, 'iteration')} ${spans(withoutImages)}`,
    );
  for (const { iteration, reason } of failed)
    lines.push(`Iteration ${iteration} cannot be scored: ${reason}`);
  if (correlation !== undefined) lines.push(`Rank correlation (Spearman) ${correlation.toFixed(3)}`);
  if (best !== undefined) {
    const { newScore, iteration, oldRank, weights } = best;
    lines.push(
      `Best by the new score  ${scoreText(newScore)}  iteration ${iteration}, previously number ${oldRank}`,
      ...weightLines(weights, stdout),
    );
  }
  if (write !== undefined) lines.push(`Wrote ${write}`);
  return lines;
}

/** `1-4, 7`. */
function spans(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = parts.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}
