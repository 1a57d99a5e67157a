/** Rating on the live page as people use it: commands as they are typed, kills, restarts, and a browser where there is one. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { answersFile } from '../../src/journal/rating-files.ts';
import { answersOf } from '../../src/score/manual/answers-of.ts';
import { BROWSER, openInBrowser } from '../helpers/browser.ts';
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
      await search.printed(/Pictures are rated on the live page: autombw watch O opens it\./);
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
    const [, url = ''] = await search.printed(/The page of this run: (http:\S+)/);
    let ratings = 0;
    void makePageRater(url).rate(() => ({ rating: ++ratings }));
    expect(await search.end).toMatchObject({ code: 0 });
    expect(scoredIn(work).map(({ score }) => score)).toEqual([1.5, 3.5]);
  });
});

describe.skipIf(BROWSER === undefined)('in a browser', () => {
  it('is done by the keyboard alone: ratings, a typing error, undo, a name', async () => {
    const { port } = await simulate();
    const work = makeWorkFolder();
    const manual = ['--scorer', 'manual', ...options('where=page', 'undo=0')];
    const search = start(['search', ...BASICS, '--iterations', '1', '--port', port, ...manual], work.path);
    const { url } = await watch(work.path);
    const rater = makePageRater(url);
    await rater.until(({ waiting }) => waiting === 2);
    const [{ id: run = '' } = {}] = (await (await fetch(`${url}api/runs`)).json()) as { id?: string }[];
    const page = await openInBrowser(`${url}#${run}/rating`, 360);
    try {
      const text = async (selector: string): Promise<unknown> =>
        page.evaluate(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? ''`);
      const press = async (...keys: readonly string[]): Promise<void> => {
        for (const key of keys) {
          const event = `new KeyboardEvent('keydown', { key: ${JSON.stringify(key)}, bubbles: true })`;
          await page.evaluate(`document.body.dispatchEvent(${event})`);
        }
      };
      await expect.poll(async () => page.evaluate('document.title')).toMatch(/^\(2\) O: running/);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await expect
        .poll(async () => page.evaluate("document.querySelector('.asked img')?.naturalWidth ?? 0"))
        .toBe(64);
      await press('9', '9', 'Enter');
      await expect.poll(async () => text('.typed')).toMatch(/99, which is no answer here/);
      await press('Escape', '6', '.', '5', 'Enter');
      await expect.poll(async () => text('h3 small')).toBe('the last one for now');
      await press('u');
      await expect.poll(async () => text('h3 small')).toBe('2 wait');
      await press('p');
      await expect.poll(async () => text('.prompt')).toMatch(/^green hills/);
      // A name that is given in between goes with the answers after it.
      await page.evaluate("document.querySelector('.person button').click()");
      await expect.poll(async () => text('.person label')).toMatch('Your name');
      await page.evaluate("document.querySelector('.person input').value = 'Ann'");
      await page.evaluate("document.querySelector('.person button').click()");
      await expect.poll(async () => text('.person')).toMatch('You rate as Ann.');
      await expect.poll(async () => text('h3 small')).toBe('2 wait');
      await press('8', 'Enter');
      await expect.poll(async () => text('h3 small')).toBe('the last one for now');
      await press('3', 'Enter');
      expect(await search.end).toMatchObject({ code: 0 });
      await expect.poll(async () => text('[role=status]')).toMatch(/Nothing to rate/);
      expect(page.errors).toEqual([]);
    } finally {
      await page.close();
    }
    const [trial] = scoredIn(work);
    expect(trial).toMatchObject({ score: 5.5 });
    expect(trial?.images.map(({ answer }) => answer?.by)).toEqual(['Ann', 'Ann']);
    const journal = path.join(work.path, work.only('.journal.jsonl'));
    expect(readFileSync(answersFile(journal), 'utf8')).toContain('{"undo":true}');
  });
});
