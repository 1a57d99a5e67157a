/** Rating on the live page as people use it: commands as they are typed, kills and restarts. */
import { afterEach, describe, expect, it } from 'vitest';
import { answersOf } from '../../src/score/manual/answers-of.ts';
import { useSimulators } from '../helpers/cli-simulators.ts';
import { makePageRater } from '../helpers/page-rater.ts';
import { runCliWell, startCli, type RunningCli } from '../helpers/run-cli.ts';
import { BASICS, makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';

const simulate = useSimulators(20);
const running: RunningCli[] = [];
afterEach(async () => {
  for (const cli of running.splice(0)) {
    cli.child.kill('SIGTERM');
    await cli.end;
  }
});

function start(args: readonly string[], cwd: string): RunningCli {
  const cli = startCli(args, { cwd });
  running.push(cli);
  return cli;
}

async function watch(cwd: string): Promise<{ readonly cli: RunningCli; readonly url: string }> {
  const cli = start(['watch', '--port', '0'], cwd);
  const [, url = ''] = await cli.printed(/The page is at (http:\S+)/);
  return { cli, url };
}

const options = (...settings: readonly string[]): string[] =>
  settings.flatMap((setting) => ['--scorer-options', `manual.${setting}`]);
const scoredIn = (work: WorkFolder) => work.journal().filter((record) => record.kind === 'scored');

describe('a search that is rated on the page', () => {
  // Windows has no signals between processes.
  it.skipIf(process.platform === 'win32')(
    'loses no answer when its process is killed, and neither when the page is restarted',
    async () => {
      const { port } = await simulate();
      const work = makeWorkFolder();
      const manual = ['--scorer', 'manual', ...options('where=page', 'ask=pairs', 'people=2', 'undo=0')];
      const search = start(['search', ...BASICS, '--iterations', '4', '--port', port, ...manual], work.path);
      await search.printed(/Rate the images on the live page: autombw watch O opens it\./);
      const first = await watch(work.path);
      const ann = makePageRater(first.url, 'Ann');
      const { questions } = await ann.until(({ waiting }) => waiting === 2);
      const [one = '', two = ''] = questions.map(({ id }) => id);
      await ann.say(one, { first: 2 });
      await ann.say(two, { first: 0 });
      await makePageRater(first.url, 'Bob').say(one, { first: -1 });
      search.child.kill('SIGKILL');
      await search.end;
      first.cli.child.kill('SIGKILL');
      await first.cli.end;
      const second = await watch(work.path);
      const annAgain = makePageRater(second.url, 'Ann');
      const bob = makePageRater(second.url, 'Bob');
      // What was said is known, what is open can be answered: the run is not there, and will be.
      expect(await annAgain.look()).toMatchObject({ waiting: 0, forOthers: 1, undo: [one, two] });
      expect(await bob.look()).toMatchObject({ questions: [{ id: two }] });
      expect((await bob.picture(two, 1)).status).toBe(200);
      const asked: string[] = [];
      const answer = ({ id }: { readonly id: string }) => {
        asked.push(id);
        return { first: 1 };
      };
      void annAgain.rate(answer);
      void bob.rate(answer);
      const later = start(['resume', 'O', '--port', port], work.path);
      expect(await later.end).toMatchObject({ code: 0 });
      expect(asked.filter((id) => id === one || id === two)).toEqual([two]);
      const scored = scoredIn(work);
      expect(scored.map(({ images }) => images.flatMap((image) => [...answersOf(image)]).length)).toEqual([
        0, 4, 4, 4,
      ]);
      const said = scored[1]?.images.map((image) =>
        answersOf(image).map((one) => [one.by, 'outcome' in one ? Math.abs(one.outcome) : Number.NaN]),
      );
      expect(said).toEqual([
        [
          ['Ann', 2],
          ['Bob', 1],
        ],
        [
          ['Ann', 0],
          ['Bob', 1],
        ],
      ]);
      const status = await runCliWell(['status', 'O'], { cwd: work.path });
      expect(status.stdout).toMatch(/^people +Ann 6 answers, Bob 6 answers; Krippendorff's alpha /m);
    },
  );

  it('asks there with --page where there is no terminal', async () => {
    const { port } = await simulate();
    const work = makeWorkFolder();
    const rest = ['--iterations', '2', '--port', port, '--scorer', 'manual', ...options('undo=0')];
    const none = start(['search', ...BASICS, ...rest], work.path);
    expect(await none.end).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/asks you in a terminal/),
    });
    const search = start(['search', ...BASICS, ...rest, '--page', '0'], work.path);
    const [, url = ''] = await search.printed(/Live page: (http:\S+)/);
    let ratings = 0;
    void makePageRater(url).rate(() => ({ rating: ++ratings }));
    expect(await search.end).toMatchObject({ code: 0 });
    expect(scoredIn(work).map(({ score }) => score)).toEqual([1.5, 3.5]);
  });
});
