/** What a proof that is made later changes beside the journal: the sheet shows its images, and the report what they say. */
import { isReadFailure } from '../shared/files/read-file.ts';
import { systemReason } from '../shared/system-error.ts';
import type { RunFiles } from '../journal/name-run.ts';
import type { SearchPlan } from '../journal/record.ts';
import type { Broadcast } from '../observers/broadcast.ts';
import type { Best } from '../types.ts';
import { drawContactSheet } from './contact-sheet.ts';
import { writeWhole } from './projections.ts';
import { drawReport } from './report-page.ts';

export interface ProofToWrite {
  readonly plan: SearchPlan;
  readonly files: RunFiles;
  readonly observers: Broadcast;
  /** What the run recommends. */
  readonly best: Best | undefined;
}

/** Never fails: all of it can be made again. @returns path by kind of file */
export async function writeProofOutputs(run: ProofToWrite): Promise<Record<string, string>> {
  const { files, best, observers } = run;
  const written: Record<string, string> = {};
  const give = (kind: 'sheet' | 'report', content: string | Uint8Array | undefined): void => {
    if (content === undefined) return;
    try {
      writeWhole(files[kind], content);
      written[kind] = files[kind];
    } catch (error) {
      if (!isReadFailure(error)) throw error;
      observers.onNotice({
        level: 'warn',
        message: `${files[kind]} could not be written (${systemReason(error)}).`,
      });
    }
  };
  give('sheet', await drawContactSheet(run, best?.trial));
  give('report', await drawReport(run, { best }));
  return written;
}
