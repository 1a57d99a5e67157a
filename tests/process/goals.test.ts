/** A search with several goals as a user has it: its front, a choice, its drawing. */
import { describe, expect, it } from 'vitest';
import { runCli, runCliWell } from '../helpers/run-cli.ts';
import { useSimulators } from '../helpers/cli-simulators.ts';
import { makeWorkFolder, TINY_PAYLOAD } from '../helpers/work-folder.ts';

/** What niqe needs to judge an image. */
const LARGER = { ...TINY_PAYLOAD, width: 192, height: 192, n_iter: 1 };
const simulate = useSimulators(20);
const SEARCH = [
  'search --payload hills.json --model-a modelA --model-b modelB --output O --save-best none --no-prove',
  '--scorer quality --scorer niqe --iterations 4 --optimizer-options starts=3 --no-early-stop',
].flatMap((line) => line.split(' '));

describe('goals', () => {
  it('are searched, picked from and drawn', async () => {
    const folder = makeWorkFolder();
    folder.write('hills.json', LARGER);
    const cwd = folder.path;
    const { port } = await simulate();
    const search = await runCliWell([...SEARCH, '--goals', 'quality,niqe', '--port', port], { cwd });
    expect(search.stdout).toMatch(/Front of \d+ iterations?: .*\n {2}iteration {2}quality +niqe/);
    expect(search.stdout).toContain('by the combined score of all scorers');

    const list = await runCliWell(['pick', 'O'], { cwd });
    expect(list.stdout).toContain('knee: the most balanced one');
    const { front } = JSON.parse((await runCliWell(['pick', 'O', '--json'], { cwd })).stdout);
    const merges = front.filter((one: { baseline?: string }) => one.baseline === undefined);
    const best = merges[0]?.iteration;
    const pick = ['pick', 'O', '--weights', 'quality=1'];
    const picked = await runCliWell(pick, { cwd });
    expect(picked.stdout).toContain(`Picked iteration ${best}: quality `);
    expect(picked.stdout).toMatch(
      new RegExp(`Merge with: autombw merge --run ".*" --iteration ${best} --output O-${best}`),
    );
    // Picked again, it stands beside the first one.
    await runCliWell(pick, { cwd });
    const recipes = folder.files().filter((file) => file.startsWith('recipes/'));
    expect(recipes).toEqual([
      `recipes/O-${best}-2.recipe.txt`,
      `recipes/O-${best}.recipe.txt`,
      'recipes/O.recipe.txt',
    ]);
    expect(folder.read(`recipes/O-${best}-2.recipe.txt`)).toBe(folder.read(`recipes/O-${best}.recipe.txt`));

    const drawn = await runCliWell(['plot', 'O'], { cwd });
    expect(drawn.stdout).toContain('niqe over quality  ● front');
    await runCliWell(['verify', 'O'], { cwd });
    const frozen = await runCli(['resume', 'O', '--goals', 'quality,niqe'], { cwd });
    expect([frozen.code, frozen.stderr]).toEqual([
      2,
      expect.stringContaining('--goals is fixed by the plan'),
    ]);
  });

  it('that make no sense are refused before anything is drawn', async () => {
    const { path: cwd } = makeWorkFolder();
    const one = await runCli([...SEARCH, '--dry-run', '--goals', 'quality+niqe'], { cwd });
    expect([one.code, one.stderr]).toEqual([2, expect.stringContaining('has 1 goal: give 2 or 3')]);
  });
});
