/** `autombw prove`, and the proof at the end of a search, as a user types and stops them. */
import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../src/journal/record.ts';
import { useSimulators } from '../helpers/cli-simulators.ts';
import { runCli, runCliWell, startCli } from '../helpers/run-cli.ts';
import { BASICS, makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';

const simulate = useSimulators(10);
const SEARCH = ['search', ...BASICS.filter((word) => word !== '--no-prove'), '--iterations', '4'];

function images(folder: WorkFolder): string[] {
  return folder.files().filter((file) => /\/proof1-[^/]*\.png$/.test(file));
}

const kinds = (records: readonly JournalRecord[], kind: JournalRecord['kind']): number =>
  records.filter((record) => record.kind === kind).length;

describe('a search with a proof', () => {
  it('says what it has shown, in words and as JSON, and ends with 0 whatever that is', async () => {
    const folder = makeWorkFolder();
    const { port } = await simulate();
    const { stdout } = await runCliWell([...SEARCH, '--prove', '6', '--port', port], { cwd: folder.path });
    expect(stdout).toMatch(/^Proof on 6 images of fresh seeds, judged by quality:$/m);
    expect(stdout.match(/^ {2}The best \(iteration \d\) .*(?:model A|model B|half of each)/gm)).toHaveLength(
      3,
    );
    expect(images(folder)).toHaveLength(30);
    const again = await runCli(['prove', 'O', '--json', '--port', port], { cwd: folder.path });
    const told = JSON.parse(again.stdout) as { verdict: { isProved: boolean }; words: string[] };
    expect(again.code).toBe(told.verdict.isProved ? 0 : 3);
    expect(stdout).toContain(told.words[1]);
  });

  it('tells before how many images that takes', async () => {
    const folder = makeWorkFolder();
    const { stdout } = await runCliWell([...SEARCH, '--dry-run'], { cwd: folder.path });
    expect(stdout).toMatch(/^Proof {8}at the end 8 fresh images each of .*at most 40 more/m);
    const none = await runCliWell([...SEARCH, '--no-prove', '--dry-run'], { cwd: folder.path });
    expect(none.stdout).not.toMatch(/^Proof/m);
  });

  it.skipIf(process.platform === 'win32')(
    'goes on after kill -9 with the candidate that was under way',
    async () => {
      const folder = makeWorkFolder();
      const { port } = await simulate(60);
      const search = startCli([...SEARCH, '--prove', '6', '--log-level', 'debug', '--port', port], {
        cwd: folder.path,
      });
      await search.printed(/proved/);
      search.child.kill('SIGKILL');
      await search.end;
      const before = folder.journal();
      const done = kinds(before, 'proved');
      expect(done).toBeGreaterThanOrEqual(1);
      expect(kinds(before, 'verdict')).toBe(0);
      await runCliWell(['resume', 'O', '--port', port], { cwd: folder.path });
      const after = folder.journal();
      expect(kinds(after, 'proved')).toBe(5);
      expect(kinds(after, 'proving')).toBe(1);
      expect(kinds(after, 'verdict')).toBe(1);
    },
  );

  it('that loses its WebUI ends with 1 and says how it goes on', async () => {
    const folder = makeWorkFolder();
    const simulator = await simulate(60);
    const search = startCli(
      [...SEARCH, '--prove', '6', '--log-level', 'debug', '--port', simulator.port, '--reconnect', '0'],
      { cwd: folder.path },
    );
    await search.printed(/proved/);
    simulator.child.kill('SIGKILL');
    const { code, stdout } = await search.end;
    expect(code).toBe(1);
    expect(stdout).toContain('The search is done, but its proof on fresh images is not: ');
    expect(stdout).toContain('Continue with: autombw resume');
    const other = await simulate();
    const { stdout: told } = await runCli(['prove', 'O', '--port', other.port], { cwd: folder.path });
    expect(told).toMatch(/^Proof on 6 images of fresh seeds/m);
    expect(kinds(folder.journal(), 'proved')).toBe(5);
  });
});

describe('prove', () => {
  it('refuses what is no run, and no images', async () => {
    const folder = makeWorkFolder();
    expect(await runCli(['prove', 'nothing'], { cwd: folder.path })).toMatchObject({ code: 2 });
    const { port } = await simulate();
    await runCliWell([...SEARCH, '--no-prove', '--port', port], { cwd: folder.path });
    expect(kinds(folder.journal(), 'proving')).toBe(0);
    const none = await runCli(['prove', 'O', '--prove', '0', '--port', port], { cwd: folder.path });
    expect(none).toMatchObject({ code: 2 });
    expect(none.stderr).toContain('give --prove a number above 0');
    const { stdout } = await runCli(['prove', 'O', '--prove', '3', '--port', port], { cwd: folder.path });
    expect(stdout).toMatch(/no better than .* that 3 images could show|is not better than/);
  });
});
