/** One HTML file on one or several runs. */
import path from 'node:path';
import { filesOf } from '../../../journal/name-run.ts';
import { usageError } from '../../../shared/errors.ts';
import { freeName, refuseExisting } from '../../../shared/files/refuse-existing.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { journalsOf } from '../journals-of.ts';
import { writeNew } from '../write-new.ts';

export interface ReportCommandOptions {
  readonly output?: string;
  readonly folder: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** @throws usage errors of runs and journals, `report-format`; run error `output-lost` */
export async function reportCommand(
  context: CommandContext,
  runs: readonly string[],
  { output, folder, force = false, json }: ReportCommandOptions,
): Promise<number> {
  if (output !== undefined && !['.html', '.htm'].includes(path.extname(output).toLowerCase())) {
    throw usageError('report-format', `--output ${output}: the file name must end in .html.`);
  }
  if (output !== undefined) refuseExisting([output], force);
  const found = await Promise.all(runs.map(async (run) => journalsOf(context, run, folder)));
  const journals = [...new Set(found.flat())];
  const { makeReport } = await import('../../../report/index.ts');
  const { page, runs: read, images } = await makeReport(journals);
  const file = output ?? usualFile(journals, force);
  // The run's own is renewed.
  writeNew(file, page, force || output === undefined);
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

/** Beside the plot of a single run; for several in the present folder, where that of others may lie. */
function usualFile(journals: readonly string[], force: boolean): string {
  const [journal = '', ...others] = journals;
  if (others.length === 0) return filesOf(journal).report;
  return force ? 'report.html' : freeName('report.html');
}
