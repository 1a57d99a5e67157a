/** Several WebUIs from the command line: a fleet file with logins, a run that is killed, one that is stopped, what is told. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findJournal } from '../../src/journal/find.ts';
import { readJournal } from '../../src/journal/read.ts';
import { verifyRun } from '../../src/run/verify/verify-run.ts';
import { NEVER_ABORTED } from '../../src/shared/abort/never-aborted.ts';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/index.ts';
import { runCli, runCliWell, startCli } from '../helpers/run-cli.ts';
import { ofKind } from '../helpers/simulated-search.ts';
import { BASICS, makeWorkFolder } from '../helpers/work-folder.ts';

const open: Simulator[] = [];

afterEach(async () => {
  for (const simulator of open.splice(0)) await simulator.close();
});

async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ models: ['other', 'modelA', 'modelB'], ...options });
  open.push(simulator);
  return simulator;
}

/** All text that a run has written. */
function allText(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:jsonl|log|json|csv|toml)$/.test(entry.name))
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

async function choose(url: string, checkpoint: string): Promise<void> {
  await fetch(`${url}/sdapi/v1/options`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sd_model_checkpoint: checkpoint }),
  });
}

async function selected({ url }: Simulator): Promise<string> {
  const options: unknown = await (await fetch(`${url}/sdapi/v1/options`)).json();
  return JSON.stringify(Object(options)['sd_model_checkpoint']).replaceAll('"', '');
}

const SEARCH = ['search', ...BASICS, '--iterations', '8', '--no-early-stop', '--no-baselines', '--no-prove'];

describe('a fleet file', () => {
  it('names servers with a login each, which nothing of the run holds; resume and prove take it again', async () => {
    const folder = makeWorkFolder();
    const [one, two] = [
      await start({ auth: 'me:never-one' }),
      await start({ auth: 'me:never-two', models: ['other', 'modelA', 'modelB'] }),
    ];
    folder.write('fleet.json', {
      servers: [
        { name: 'cellar', webui: one.url, webuiAuth: 'me:never-one' },
        { webui: two.url, webuiAuthEnv: 'AUTOMBW_TEST_TWO' },
      ],
    });
    const setting = { cwd: folder.path, env: { AUTOMBW_TEST_TWO: 'me:never-two' } };
    const plan = await runCliWell([...SEARCH, '--fleet', 'fleet.json', '--dry-run'], setting);
    expect(plan.stdout).toContain(`WebUIs       cellar: ${one.url}, merging by auto`);
    expect(plan.stdout).toContain(two.url);
    const { stderr } = await runCliWell([...SEARCH, '--fleet', 'fleet.json', '--log-level', 'info'], setting);
    expect(stderr).toContain('Both WebUIs are as they were before the run.');
    await runCliWell(['resume', 'O', '--iterations', '10'], setting);
    const [fleet, again] = ofKind((await readJournal(findJournal('O', folder.path))).records, 'fleet');
    expect(fleet?.members[0]?.name).toMatch(/^cellar \(/);
    expect(again?.members.map(({ address }) => address)).toEqual([one.url, two.url]);
    const { stdout } = await runCli(['prove', 'O', '--prove', '2'], setting);
    expect(stdout).toMatch(/2 images of fresh seeds/);
    const written = allText(path.join(folder.path, 'csv'));
    expect(written).toContain('cellar');
    expect(/never-/.test(written)).toBe(false);
    for (const server of [one, two]) expect(server.stats().images).toBeGreaterThan(10);
  });

  it('is looked at by doctor', async () => {
    const folder = makeWorkFolder();
    const one = await start();
    const args = ['doctor', '--webui', one.url, '--webui', 'http://127.0.0.1:9', '--json'];
    const { stdout, code } = await runCli(args, { cwd: folder.path });
    expect(code).toBe(1);
    const { findings } = JSON.parse(stdout) as { findings: { what: string; ok: boolean }[] };
    expect(findings.filter(({ what }) => what === 'WebUI').map(({ ok }) => ok)).toEqual([true, false]);
    const refused = await runCli(['backends', '--webui', one.url, '--webui', one.url], { cwd: folder.path });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('one WebUI');
  });
});

describe('a run on several WebUIs', () => {
  it('that is killed goes on with no image lost or counted twice', async () => {
    const folder = makeWorkFolder();
    const [one, two] = [await start({ latencyMs: 60 }), await start({ latencyMs: 60 })];
    const webuis = ['--webui', one.url, '--webui', two.url];
    const setting = { cwd: folder.path };
    const run = startCli([...SEARCH, ...webuis], setting);
    await run.printed(/^\s*3\/8/m);
    run.child.kill('SIGKILL');
    await run.end;
    const journal = findJournal('O', folder.path);
    const before = ofKind((await readJournal(journal)).records, 'scored');
    const made = one.stats().images + two.stats().images;
    await runCliWell(['resume', 'O'], setting);
    const scored = ofKind((await readJournal(journal)).records, 'scored');
    expect(scored.slice(0, before.length)).toEqual(before);
    expect(scored.map(({ trial }) => trial).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    for (const { images } of scored) expect(images).toHaveLength(2);
    // Of what was recorded nothing is drawn again: the proofs, the looks, and the iterations that were open.
    expect(one.stats().images + two.stats().images - made).toBeLessThanOrEqual(
      10 + 12 + (8 - before.length) * 2,
    );
    const { isRight, checks } = await verifyRun({ journal, signal: NEVER_ABORTED });
    expect(checks.filter(({ state }) => state === 'differs')).toEqual([]);
    expect(isRight).toBe(true);
  });

  it('of which another search uses one goes on with the others, and says so; with none free it is refused', async () => {
    const folder = makeWorkFolder();
    const setting = { cwd: folder.path, env: { AUTOMBW_CACHE: path.join(folder.path, 'cache') } };
    const [one, two] = [await start({ latencyMs: 40 }), await start({ latencyMs: 40 })];
    const webuis = ['--webui', one.url, '--webui', two.url];
    const first = startCli([...SEARCH, '--webui', one.url, '--iterations', '1000'], setting);
    await first.printed(/^1\/1000 {2}/m);
    const second = await runCliWell([...SEARCH, '--output', 'P', ...webuis], setting);
    expect(second.stderr).toMatch(
      /is not used for now; it will be tried again from time to time\. The server localhost:\d+ is in use by search "O".*\d\d\.$/m,
    );
    expect(second.stderr).not.toContain('Both WebUIs');
    expect(second.stderr).toContain(`the WebUI at ${two.url} is as it was before the run.`);
    expect(second.stdout).toMatch(
      new RegExp(
        `the WebUI at ${one.url} was not used: the server localhost:\\d+ is in use by search "O", process`,
      ),
    );
    const [fleet] = ofKind((await readJournal(findJournal('P', folder.path))).records, 'fleet');
    expect(fleet?.members.map(({ address }) => address)).toEqual([two.url]);
    const third = startCli([...SEARCH, '--output', 'Q', '--webui', two.url, '--iterations', '1000'], setting);
    await third.printed(/^1\/1000 {2}/m);
    const refused = await runCli([...SEARCH, '--output', 'R', ...webuis], setting);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/is in use by search "O"/)]);
    for (const { child } of [first, third]) child.kill('SIGINT');
    await Promise.all([first.end, third.end]);
  });

  it('that is interrupted stops the jobs of all, and puts all back', async () => {
    const folder = makeWorkFolder();
    const [one, two] = [await start({ latencyMs: 3000 }), await start({ latencyMs: 3000 })];
    for (const { url } of [one, two]) await choose(url, 'other.safetensors');
    const run = startCli([...SEARCH, '--no-check', '--webui', one.url, '--webui', two.url], {
      cwd: folder.path,
    });
    await run.printed(/it is unknown which WebUIs draw the same pixels/);
    await expect.poll(async () => selected(one)).toMatch(/^modelA/);
    run.child.kill('SIGINT');
    const { code, stderr } = await run.end;
    expect(stderr).toContain('Both WebUIs are as they were before the run.');
    expect(code).toBe(130);
    for (const server of [one, two]) expect(await selected(server)).toMatch(/^other/);
  });

  it('tells each of them in autombw status', async () => {
    const folder = makeWorkFolder();
    const [one, two] = [await start({ latencyMs: 400 }), await start({ latencyMs: 400 })];
    const run = startCli([...SEARCH, '--webui', one.url, '--webui', two.url], { cwd: folder.path });
    await run.printed(/^\s*3\/8/m);
    // It is written once a second.
    const told = async (): Promise<string[]> => {
      const { stdout } = await runCliWell(['status', 'O', '--json'], { cwd: folder.path });
      const { servers } = JSON.parse(stdout) as { servers: { address: string; images?: number }[] };
      return servers.filter(({ images = 0 }) => images > 0).map(({ address }) => address);
    };
    await expect
      .poll(async () => (await told()).toSorted(), { timeout: 20_000 })
      .toEqual([one.url, two.url].toSorted());
    expect((await run.end).code).toBe(0);
  });
});
