/** Searches and pages in processes of their own, as a user starts them; all are ended after each test. */
import { cpSync } from 'node:fs';
import path from 'node:path';
import { afterEach } from 'vitest';
import { useSimulators } from './cli-simulators.ts';
import { startCli, type RunningCli } from './run-cli.ts';
import { makeWorkFolder, type WorkFolder } from './work-folder.ts';

export interface LiveRuns {
  /** A search of 500 iterations unless told otherwise, without a proof. */
  readonly search: (work: WorkFolder, more?: readonly string[]) => Promise<RunningCli>;
  /** Any command in the folder. */
  readonly start: (work: WorkFolder, args: readonly string[]) => RunningCli;
  /** `autombw watch`, and the address of its page. */
  readonly watch: (
    work: WorkFolder,
    args?: readonly string[],
  ) => Promise<{ readonly cli: RunningCli; readonly url: string }>;
}

/** @param latency milliseconds an image */
export function useLiveRuns(latency: number): LiveRuns {
  const startSimulator = useSimulators(latency);
  const running: RunningCli[] = [];
  afterEach(async () => {
    for (const cli of running.splice(0)) {
      // Twice: the first asks a search to end what it is doing.
      cli.child.kill('SIGTERM');
      cli.child.kill('SIGTERM');
      await cli.end;
    }
  });
  const start: LiveRuns['start'] = ({ path: cwd }, args) => {
    const cli = startCli(args, { cwd });
    running.push(cli);
    return cli;
  };
  return {
    start,
    search: async (work, more = []) => {
      const { url } = await startSimulator();
      const models = ['--model-a', 'modelA', '--model-b', 'modelB', '--output', 'O', '--webui', url];
      const rest = ['--iterations', '500', '--no-early-stop', '--save-best', 'none', '--prove', '0'];
      return start(work, ['search', '--payload', 'hills.json', ...models, ...rest, ...more]);
    },
    watch: async (work, args = []) => {
      const cli = start(work, ['watch', '--port', '0', ...args]);
      const [, url = ''] = await cli.printed(/The page is at (http:\S+)/);
      return { cli, url };
    },
  };
}

/** The address that `--page` printed. */
export async function pageOf(cli: RunningCli): Promise<string> {
  const [, url = ''] = await cli.printed(/Live page: (http:\S+)/);
  return url;
}

const RELEASED = path.resolve(import.meta.dirname, '../fixtures/journals/main-2026-11-images.journal.jsonl');

/** A folder with a run that has ended. @returns also its journal */
export function folderWithRun(): WorkFolder & { readonly journalFile: string } {
  const work = makeWorkFolder();
  const journalFile = path.join(work.path, 'csv/history/A - B/O-0-2026-11-20-10-00-00.journal.jsonl');
  cpSync(RELEASED, journalFile);
  return { ...work, journalFile };
}
