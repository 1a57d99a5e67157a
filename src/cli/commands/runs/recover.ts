import path from 'node:path';
import { usageError } from '../../../shared/errors.ts';
import { scoreText } from '../../../shared/score-text.ts';
import { pythonFloat } from '../../../formats/python-float.ts';
import {
  decodeLogBytes,
  recoverLog,
  toTrials,
  type PlainTrials,
  type Recovered,
} from '../../../recover/index.ts';
import { writeRecovered } from '../../../run/recovered.ts';
import { readRegularFile } from '../../../shared/files/read-file.ts';
import { hasListedBlock, weightsToList } from '../../../architectures/sd-lists.ts';
import { EXIT, type CliOutput, type CommandContext } from '../../cli-process.ts';
import { weightLines } from '../summary.ts';
import { counted } from '../../../shared/counted.ts';
import { systemReason } from '../../../shared/system-error.ts';

export interface RecoverOptions {
  readonly log: string;
  readonly order: 'recipe' | 'search' | 'legacy';
  readonly recipeOrder: 'recipe' | 'legacy';
  readonly folder: string;
  readonly printOnly?: boolean;
  readonly json?: boolean;
}

export async function recoverCommand(context: CommandContext, options: RecoverOptions): Promise<number> {
  const text = await readLog(options.log);
  const recovered = recoverLog(text, { order: options.recipeOrder });
  const { best, iterations } = toTrials(recovered);
  const notes = [...recovered.notes, ...recovered.runs.flatMap((run) => run.notes)];
  if (best === undefined) {
    for (const note of notes) context.note(note);
    throw usageError(
      'nothing-to-recover',
      `${options.log} contains neither scored weights nor a recipe: give the console log of a run, its recipe, or an autombw log.`,
    );
  }
  const files =
    options.printOnly === true
      ? {}
      : writeRecovered({ text, recovered, source: options.log, folder: options.folder });
  if (options.json === true) {
    const { score, weights, source } = best;
    context.printJson({
      best: { score, weights, source },
      iterations,
      runs: recovered.runs.length,
      files,
      notes,
    });
    return EXIT.ok;
  }
  context.print(
    describe(recovered, { best, iterations }, { ...options, files, stdout: context.process.stdout }),
  );
  for (const note of notes) context.note(`! ${note}`);
  return EXIT.ok;
}

/** Bytes. The console of a WebUI that ran for weeks; longer texts do not fit into one string. */
const LOG_LIMIT = 500e6;

async function readLog(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readRegularFile(file, { limit: LOG_LIMIT });
  } catch (cause) {
    throw usageError('log-unreadable', `The log ${file} cannot be read (${systemReason(cause)}).`, { cause });
  }
  return decodeLogBytes(bytes);
}

function describe(
  { runs }: Recovered,
  { best, iterations }: PlainTrials,
  {
    order,
    files,
    stdout,
  }: Pick<RecoverOptions, 'order'> & {
    readonly files: Readonly<Record<string, string>>;
    readonly stdout: CliOutput;
  },
): string {
  const lines = [`${counted(iterations.length, 'scored iteration')} in ${counted(runs.length, 'run')}`];
  if (best !== undefined) {
    const score = best.score === null ? 'score unknown' : `score ${scoreText(best.score)} (${best.score})`;
    lines.push(`Best: ${score}, from the ${best.source}`);
    lines.push(...weightLines(best.weights, stdout));
    if (hasListedBlock(Object.keys(best.weights)))
      lines.push(`In ${order} order:`, weightsToList(best.weights, order).map(pythonFloat).join(','));
  }
  for (const [kind, file] of Object.entries(files)) lines.push(`${kind.padEnd(8)} ${file}`);
  const journal = files['journal'];
  if (journal !== undefined) lines.push(`Continue with: autombw resume "${path.normalize(journal)}"`);
  return lines.join('\n');
}
