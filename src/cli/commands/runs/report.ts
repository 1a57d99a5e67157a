/** One HTML file on one or several runs. */
import fs from 'node:fs';
import path from 'node:path';
import { filesOf } from '../../../journal/name-run.ts';
import { usageError } from '../../../shared/errors.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { journalsOf } from '../journals-of.ts';
import { writeNew } from '../write-new.ts';

export interface ReportCommandOptions {
  readonly output?: string;
  readonly folder: string;
  readonly json?: boolean;
}

/** @throws usage errors of runs and journals, `report-format`; run error `output-lost` */
export async function reportCommand(
  context: CommandContext,
  runs: readonly string[],
  { output, folder, json }: ReportCommandOptions,
): Promise<number> {
  if (output !== undefined && !['.html', '.htm'].includes(path.extname(output).toLowerCase())) {
    throw usageError('report-format', `--output ${output}: the file name must end in .html.`);
  }
  const found = await Promise.all(runs.map(async (run) => journalsOf(context, run, folder)));
  const journals = [...new Set(found.flat())];
  const { makeReport } = await import('../../../report/index.ts');
  const { page, runs: read, images } = await makeReport(journals);
  const file = output ?? usualFile(journals);
  // One of a single run lies beside its plot and is renewed; this may be somebody's of other runs.
  const isReplaced = output === undefined && journals.length > 1 && fs.existsSync(file);
  writeNew(file, page, true);
  if (isReplaced) context.note(`! Replaced the existing ${file}; use --output for another file.`);
  if (json === true) {
    const described = read.map(({ name, journal, recommended, proof }) => ({
      name,
      journal,
      best: recommended ?? null,
      proved: proof?.verdict?.isProved ?? null,
    }));
    context.printJson({ output: file, bytes: Buffer.byteLength(page), images, runs: described });
  } else {
    context.print(file);
  }
  return EXIT.ok;
}

/** Beside the plot of a single run, in the present folder for several. */
function usualFile(journals: readonly string[]): string {
  const [journal = '', ...others] = journals;
  return others.length === 0 ? filesOf(journal).report : 'report.html';
}
