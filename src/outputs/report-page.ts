/** The report beside a run's journal: at the end of the run, and of a proof that is made later. */
import type { Importance } from '../importance/index.ts';
import { messageOf } from '../shared/errors.ts';
import type { RunFiles } from '../journal/name-run.ts';
import type { Broadcast } from '../observers/broadcast.ts';
import type { Best } from '../types.ts';

/** What the report is made of, out of the journal as it is on the disk. */
export interface RunToReport {
  readonly files: Pick<RunFiles, 'journal'>;
  readonly observers: Pick<Broadcast, 'onNotice'>;
}

/**
 * It can be made again by `autombw report`; a run must not fail over it.
 * @param best what the run recommends; undefined = what its recipe says
 * @returns a page for `RunFiles.report`; undefined after a notice
 */
export async function drawReport(
  { files: { journal }, observers }: RunToReport,
  { best, importance }: { readonly best?: Best | undefined; readonly importance?: Importance | undefined },
): Promise<string | undefined> {
  try {
    // Paid only at the end of a run.
    const { makeReport } = await import('../report/index.ts');
    return (await makeReport([journal], { best, importance })).page;
  } catch (error) {
    observers.onNotice({
      level: 'warn',
      message: `The report could not be written (${messageOf(error)}); autombw report "${journal}" tries again.`,
    });
    return undefined;
  }
}
