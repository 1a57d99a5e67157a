/** The live page of the runs that this process makes. Whatever becomes of it, the runs go on. */
import type { RunObserver } from '../../../observers/observer.ts';
import { afterColon } from '../../../shared/after-colon.ts';
import { isExpected, messageOf } from '../../../shared/errors.ts';
import type { CommandContext } from '../../cli-process.ts';

/** As `--page` gives it: a port, or true for the usual one. */
export type PageOption = number | true | undefined;

/** Where a page is when nothing else was said. */
const PAGE_PORT = 7866;

export interface RunPage {
  /** From here on the page shows the run of that journal. */
  readonly add: (journal: string) => RunObserver;
  readonly close: () => Promise<void>;
}

/** @returns undefined without `--page`, or where the page could not be opened: that is said, and no more */
export async function openRunPage(context: CommandContext, page: PageOption): Promise<RunPage | undefined> {
  if (page === undefined) return undefined;
  try {
    return await startRunPage(context, page);
  } catch (error) {
    if (!isExpected(error)) throw error;
    context.note(
      `! The live page could not be started: ${afterColon(messageOf(error))} The run continues without it.`,
    );
    return undefined;
  }
}

async function startRunPage(context: CommandContext, page: number | true): Promise<RunPage> {
  const { startPage } = await import('../../../page/server.ts');
  const { createRunList } = await import('./run-list.ts');
  const journals: string[] = [];
  const list = createRunList(() => journals);
  const usual = page === true;
  const live = await startPage({ list, port: usual ? PAGE_PORT : page }).catch(async (error: unknown) => {
    // Somebody else's page may be at the usual port; one that was asked for is not exchanged.
    if (!usual || !isExpected(error) || error.code !== 'page-port') throw error;
    return startPage({ list, port: 0 });
  });
  context.note(`Live page: ${live.url}`);
  return {
    add(journal) {
      journals.push(journal);
      return {
        name: 'page',
        onProgress({ trial, label, done, total, step, steps }) {
          live.tell(journal, { trial, ...(label !== undefined && { label }), done, total, step, steps });
        },
      };
    },
    close: live.close,
  };
}
