/** A search that shares its images out is killed where it hurts most, and goes on as if it had not been. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../src/journal/record.ts';
import { runCliWell, startCli } from '../helpers/run-cli.ts';
import { timelessCsv } from '../helpers/run-search.ts';
import { useSimulators } from '../helpers/cli-simulators.ts';
import { BASICS, makeWorkFolder, TINY_PAYLOAD, type WorkFolder } from '../helpers/work-folder.ts';
import { filesIn } from '../helpers/files-in.ts';

const TOTAL = 12;
const ITERATIONS = ['--iterations', '5', '--no-early-stop'];
const simulate = useSimulators(20);

function folderOfTwelve(): WorkFolder {
  const folder = makeWorkFolder();
  folder.write('hills.json', { ...TINY_PAYLOAD, n_iter: TOTAL });
  return folder;
}

/** What was asked for and what came of it, by kind and trial. */
const steps = (records: readonly JournalRecord[]): string[] =>
  records.flatMap((record) =>
    record.kind === 'asked' || record.kind === 'scored' || record.kind === 'more' || record.kind === 'added'
      ? [`${record.kind} ${record.trial}`]
      : [],
  );

let wholeCsv = '';
let wholeSteps: string[] = [];

beforeAll(async () => {
  const folder = folderOfTwelve();
  const { port } = await simulate();
  await runCliWell(['search', ...BASICS, ...ITERATIONS, '--port', port], { cwd: folder.path });
  wholeCsv = timelessCsv(folder.read(folder.only('.csv')));
  wholeSteps = steps(folder.journal());
});

// Windows has no signals between processes.
describe.skipIf(process.platform === 'win32')('a search that is killed', () => {
  // How many images a merge gets depends on what merging costs, in measured seconds: not where a loaded machine makes them up.
  it.each(['first', 'last'])(
    'while an iteration gets more images for the %s time',
    { retry: 2 },
    async (which) => {
      const time = which === 'first' ? 1 : wholeSteps.filter((step) => step.startsWith('more ')).length;
      const folder = folderOfTwelve();
      // Slow enough to be caught at it.
      const { port } = await simulate(200);
      const search = startCli(['search', ...BASICS, ...ITERATIONS, '--port', port], { cwd: folder.path });
      while (openMore(folder) < time && search.child.exitCode === null)
        await new Promise((resolve) => void setTimeout(resolve, 2));
      search.child.kill('SIGKILL');
      await search.end;
      const before = steps(folder.journal());
      expect(before.at(-1)).toMatch(/^more /);
      const quick = await simulate();
      await runCliWell(['resume', 'O', '--port', quick.port], { cwd: folder.path });
      expect(timelessCsv(folder.read(folder.only('.csv')))).toBe(wholeCsv);
      expect(steps(folder.journal())).toEqual(wholeSteps);
    },
  );
});

/** Which of the steps that get more images is under way; 0 while none is. */
function openMore(folder: WorkFolder): number {
  // Other files come and go meanwhile.
  const journal = filesIn(folder.path).find((file) => file.endsWith('.journal.jsonl'));
  if (journal === undefined) return 0;
  const lines = folder.read(journal).split('\n').slice(0, -1);
  const isMore = (line: string | undefined): boolean => line?.startsWith('{"kind":"more"') === true;
  return isMore(lines.at(-1)) ? lines.filter(isMore).length : 0;
}

describe('the best of a run whose iterations have unequal images', () => {
  /** The images of the first request are easy: they score higher than all others. */
  const EASY = [0.99, 0.98];

  it('is the same whoever looks for it: a score of few images may be high because these are easy', async () => {
    const folder = folderOfTwelve();
    const { port } = await simulate(0);
    const merges = ['--warm-start', 'preset:FLAT_75', '--warm-start', 'preset:FLAT_25'];
    const options = ['--images-per-trial', '1', '--iterations', '2', ...merges];
    await runCliWell(['search', ...BASICS, ...options, '--port', port], { cwd: folder.path });
    const [csv, journal] = [folder.only('.csv'), folder.only('.journal.jsonl')];
    const kinds = folder
      .journal()
      .map((record) => ('trial' in record ? `${record.kind} ${record.trial}` : ''));
    const best = kinds.includes('added 1') ? 1 : 2;
    const easy = (trial: number): number => EASY[trial === best ? 0 : 1] ?? 0;
    const counted = folder.journal().map((record) => {
      if (record.kind === 'scored') {
        const score = easy(record.trial);
        return { ...record, score, images: record.images.map((image) => ({ ...image, score })) };
      }
      if (record.kind !== 'added') return record;
      const others = record.images.reduce((sum, image) => sum + image.score, 0);
      return { ...record, score: (easy(record.trial) + others) / TOTAL };
    });
    folder.write(journal, counted.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const score = counted.find((record) => record.kind === 'added')?.score ?? 0;
    const rows = folder.read(csv).split('\n');
    const scored = rows.map((row, line) => {
      const cells = row.split(',');
      if (line > 0 && row !== '') cells[27] = String(line === best ? score : easy(line));
      return cells.join(',');
    });
    folder.write(csv, scored.join('\n'));
    expect(score).toBeLessThan(easy(3 - best));

    const ofJson = async (...args: string[]): Promise<unknown> =>
      JSON.parse((await runCliWell([...args, '--json'], { cwd: folder.path })).stdout);
    expect(await ofJson('history')).toMatchObject({ runs: [{ best: score, bestIteration: best }] });
    for (const file of [csv, journal])
      expect(await ofJson('plot', file)).toMatchObject({ runs: [{ bestIteration: best }] });
    expect(await ofJson('recover', '--print-only', '--log', journal)).toMatchObject({ best: { score } });
    // The CSV alone, too.
    const alone = folder.write('alone.csv', folder.read(csv));
    for (const file of [csv, alone]) {
      const { stderr } = await runCliWell(['convert', file, '--to', 'list'], { cwd: folder.path });
      expect(stderr).toContain(`row ${best} of ${file}, the best of those with ${TOTAL} images with score`);
    }
  });
});
