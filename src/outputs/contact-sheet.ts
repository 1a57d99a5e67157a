/** The contact sheet beside a run's journal: at the end of the run, and of a proof that is made later. */
import fs from 'node:fs';
import { isExpected, messageOf } from '../shared/errors.ts';
import type { RunFiles } from '../journal/name-run.ts';
import { readJournal } from '../journal/read.ts';
import type { SearchPlan } from '../journal/record.ts';
import type { Broadcast } from '../observers/broadcast.ts';
import { contactSheet } from '../sheet/index.ts';

/** What is drawn, out of the journal as it is on the disk. */
export interface RunToShow {
  readonly plan: SearchPlan;
  readonly files: Pick<RunFiles, 'journal' | 'images'>;
  readonly observers: Pick<Broadcast, 'onNotice'>;
}

/**
 * It can be drawn again by `autombw sheet`; a run must not fail over it.
 * @param best the iteration to show as the best
 * @returns a WebP file for `RunFiles.sheet`; undefined where no image is kept, or after a notice
 */
export async function drawContactSheet(
  { plan, files, observers }: RunToShow,
  best: number | undefined,
): Promise<Uint8Array | undefined> {
  const { journal, images } = files;
  if (!fs.existsSync(images)) return undefined;
  try {
    const { records } = await readJournal(journal);
    return (await contactSheet({ plan, records, images, journal, best }, { format: 'webp' })).bytes;
  } catch (error) {
    if (isExpected(error) && error.code === 'no-saved-pictures') return undefined;
    observers.onNotice({
      level: 'warn',
      message: `The contact sheet could not be drawn (${messageOf(error)}); autombw sheet "${journal}" tries again.`,
    });
    return undefined;
  }
}
