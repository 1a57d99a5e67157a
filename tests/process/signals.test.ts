/** Signals at every stage of a run: the first one ends it cleanly wherever it is, the second one at once, and neither loses a record. */
import { afterEach, describe, expect, it } from 'vitest';
import { selectOn, selectedOn, useSimulators } from '../helpers/cli-simulators.ts';
import { startFaultProxy, type FaultProxy, type Rule } from '../helpers/fault-proxy.ts';
import { runCliWell, startCli, type CliResult, type SimulatorProcess } from '../helpers/run-cli.ts';
import { makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';

const simulate = useSimulators(0);
const proxies: FaultProxy[] = [];
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.close();
});

const TXT2IMG = 'POST /sdapi/v1/txt2img';
const PREDICT = 'POST /run/predict';
const OPTIONS = 'POST /sdapi/v1/options';
const SEARCH = [
  'search --payload hills.json --model-a modelA --model-b modelB --output O',
  '--optimizer random --no-early-stop --no-baselines --iterations 2 --prove 1',
].flatMap((line) => line.split(' '));

interface Stage {
  readonly signal: 'SIGHUP' | 'SIGTERM' | 'SIGINT';
  /** The request that is on its way then. */
  readonly at: Pick<Rule, 'on' | 'nth'>;
  /** Kind of a record that shows how far it is; undefined = before the first iteration. */
  readonly after?: string;
}

/** Five images of the check, two for each of two iterations, three of the last look, five of the proof. */
const STAGES: readonly (readonly [name: string, stage: Stage])[] = [
  ['connecting', { signal: 'SIGHUP', at: { on: 'GET /sdapi/v1/options' } }],
  ['selecting model A', { signal: 'SIGTERM', at: { on: OPTIONS } }],
  ['the merge check', { signal: 'SIGINT', at: { on: TXT2IMG, nth: 3 } }],
  ['merging', { signal: 'SIGHUP', at: { on: PREDICT, nth: 2 } }],
  ['drawing', { signal: 'SIGTERM', at: { on: TXT2IMG, nth: 8 }, after: 'scored' }],
  ['the proof', { signal: 'SIGHUP', at: { on: TXT2IMG, nth: 15 }, after: 'proof-image' }],
  ['baking the checkpoint', { signal: 'SIGTERM', at: { on: PREDICT, nth: 3 }, after: 'proof-image' }],
  ['putting back', { signal: 'SIGINT', at: { on: OPTIONS, nth: 2 }, after: 'proof-image' }],
];
const CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

interface Played {
  readonly folder: WorkFolder;
  readonly simulator: SimulatorProcess;
  readonly proxy: FaultProxy;
  readonly end: CliResult;
}

/** @param isTwice from then on the WebUI does not answer, and the signal comes again */
async function play({ signal, at }: Stage, isTwice = false): Promise<Played> {
  const folder = makeWorkFolder();
  const simulator = await simulate();
  await selectOn(simulator, 'other.safetensors');
  const proxy = await startFaultProxy({ target: simulator.url });
  proxies.push(proxy);
  const act = (): void => {
    if (isTwice) proxy.arm([{ on: '*', times: Infinity, deed: { hang: 'before' } }]);
    cli.child.kill(signal);
  };
  proxy.arm([{ ...at, deed: { act } }]);
  const cli = startCli([...SEARCH, '--port', String(proxy.port)], { cwd: folder.path });
  if (isTwice) {
    await cli.printed(/^Stopping: /m);
    cli.child.kill(signal);
  }
  return { folder, simulator, proxy, end: await cli.end };
}

/** Goes on, or begins once more where nothing was written, and comes to the end. */
async function goOn({ folder, proxy }: Played): Promise<void> {
  proxy.arm([]);
  const isBegun = folder.files().some((file) => file.endsWith('.journal.jsonl'));
  const args = isBegun ? ['resume', 'O'] : SEARCH;
  await runCliWell([...args, '--port', String(proxy.port)], { cwd: folder.path });
  const records = folder.journal();
  expect(records.filter(({ kind }) => kind === 'scored')).toHaveLength(2);
  expect(records.filter(({ kind }) => kind === 'proof-image')).toHaveLength(5);
}

/** Locks, files half written, what a run shows of itself while it lives. */
const leftovers = ({ folder }: Played): string[] =>
  folder.files().filter((file) => /\.(?:lock|tmp|old|status\.json)$/.test(file));
const announced = ({ stderr }: CliResult): number => stderr.match(/^\d+\/2 {2}/gm)?.length ?? 0;
const kindsIn = ({ folder }: Played): string[] =>
  folder.files().some((file) => file.endsWith('.journal.jsonl'))
    ? folder.journal().map(({ kind }) => kind)
    : [];

// Windows has no signals between processes.
describe.skipIf(process.platform === 'win32')('a run', () => {
  it.each(STAGES)('is ended cleanly while %s is under way', async (_, stage) => {
    const played = await play(stage);
    const kinds = kindsIn(played);
    expect(played.end).toMatchObject({ code: CODES[stage.signal], signal: null });
    expect(kinds.includes(stage.after ?? 'scored')).toBe(stage.after !== undefined);
    expect(kinds.filter((kind) => kind === 'scored').length).toBe(announced(played.end));
    expect(leftovers(played)).toEqual([]);
    expect(await selectedOn(played.simulator)).toMatch(/^other/);
    await goOn(played);
  });

  it('is ended cleanly while a program scores, which goes with it', async () => {
    const folder = makeWorkFolder();
    const scorer = folder.write(
      'slow.mjs',
      `import { existsSync, writeFileSync } from 'node:fs';
       import { createInterface } from 'node:readline';
       for await (const line of createInterface({ input: process.stdin })) {
         const { type, id } = JSON.parse(line);
         if (type === 'hello') console.log(JSON.stringify({ type: 'ready', name: 'slow' }));
         if (type !== 'score') continue;
         if (existsSync('go')) console.log(JSON.stringify({ id, score: 0.5 }));
         else writeFileSync('asked', String(process.pid));
       }`,
    );
    const simulator = await simulate();
    await selectOn(simulator, 'other.safetensors');
    const proxy = await startFaultProxy({ target: simulator.url });
    proxies.push(proxy);
    const judge = ['--scorer', 'command', '--scorer-options', `command.run=node ${scorer}`];
    const cli = startCli([...SEARCH, ...judge, '--port', String(proxy.port)], { cwd: folder.path });
    await expect.poll(() => folder.files().includes('asked') && folder.read('asked')).toMatch(/^\d+$/);
    cli.child.kill('SIGINT');
    const played = { folder, simulator, proxy, end: await cli.end };
    expect(played.end).toMatchObject({ code: 130, signal: null });
    expect(() => process.kill(Number(folder.read('asked')), 0)).toThrow(/ESRCH/);
    expect(leftovers(played)).toEqual([]);
    expect(await selectedOn(simulator)).toMatch(/^other/);
    folder.write('go', '');
    await goOn(played);
  });

  it.each(STAGES.filter(([name]) => ['merging', 'drawing', 'the proof'].includes(name)))(
    'is ended at once by the second signal while %s is under way',
    async (_, stage) => {
      const played = await play(stage, true);
      expect(played.end).toMatchObject({ code: CODES[stage.signal], signal: null, stdout: '' });
      expect(kindsIn(played).filter((kind) => kind === 'scored').length).toBe(announced(played.end));
      expect(leftovers(played)).toEqual([]);
      await goOn(played);
      expect(await selectedOn(played.simulator)).toMatch(/^other/);
    },
  );
});
