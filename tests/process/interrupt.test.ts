/** Ctrl-C: the first one ends a run cleanly, the second one leaves at once, and nothing finished is lost either way. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../src/journal/record.ts';
import { runCliWell, startCli, type RunningCli, type SimulatorProcess } from '../helpers/run-cli.ts';
import { timelessCsv } from '../helpers/run-search.ts';
import { selectOn, selectedOn, useSimulators } from '../helpers/cli-simulators.ts';
import { BASICS, makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';

const ITERATIONS = ['--iterations', '6'];
const simulate = useSimulators(40);
let wholeCsv = '';

beforeAll(async () => {
  const folder = makeWorkFolder();
  const { port } = await simulate();
  await runCliWell(['search', ...BASICS, ...ITERATIONS, '--port', port], { cwd: folder.path });
  wholeCsv = timelessCsv(folder.read(folder.only('.csv')));
});

function startSearch(folder: WorkFolder, { port }: SimulatorProcess): RunningCli {
  return startCli(['search', ...BASICS, ...ITERATIONS, '--port', port], { cwd: folder.path });
}

async function resume(folder: WorkFolder, { port }: SimulatorProcess): Promise<void> {
  await runCliWell(['resume', 'O', '--port', port], { cwd: folder.path });
  expect(timelessCsv(folder.read(folder.only('.csv')))).toBe(wholeCsv);
}

/** Iterations whose end was announced, and those that the journal holds. */
function announced(stderr: string): number {
  return stderr.match(/^\d+\/6 {2}/gm)?.length ?? 0;
}

function finished(records: readonly JournalRecord[]): number {
  return records.filter(({ kind }) => kind === 'scored').length;
}

// Windows has no signals between processes.
describe.skipIf(process.platform === 'win32')('a search', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('is ended cleanly by %s with exit code %i, and resumed', async (signal, code) => {
    const folder = makeWorkFolder();
    const simulator = await simulate();
    const before = await selectedOn(simulator);
    const search = startSearch(folder, simulator);
    await search.printed(/^2\/6 {2}/m);
    search.child.kill(signal);
    const end = await search.end;
    expect(end).toMatchObject({ code });
    expect(end.stderr).toMatch(
      /^Stopping: interrupting the WebUI; the journal is safe\. Press Ctrl-C again to quit immediately\.$/m,
    );
    const journal = folder.only('.journal.jsonl');
    expect(end.stdout).toContain(`Continue with: autombw resume "${journal}"`);
    const records = folder.journal();
    expect(records.at(-1)).toMatchObject({ kind: 'stopped', reason: { code: 'interrupted' } });
    expect(finished(records)).toBe(announced(end.stderr));
    expect(folder.files()).toContain('recipes/O.recipe.txt');
    expect(existsSync(path.join(folder.path, `${journal}.lock`))).toBe(false);
    expect(await selectedOn(simulator)).toBe(before);
    await resume(folder, simulator);
  });

  it('leaves at once on the second SIGINT, also when the WebUI hangs', async () => {
    const folder = makeWorkFolder();
    const simulator = await simulate();
    const search = startSearch(folder, simulator);
    await search.printed(/^2\/6 {2}/m);
    simulator.child.kill('SIGSTOP');
    search.child.kill('SIGINT');
    await search.printed(/^Stopping: /m);
    search.child.kill('SIGINT');
    const end = await search.end;
    expect(end).toMatchObject({ code: 130, stdout: '' });
    const records = folder.journal();
    expect(finished(records)).toBe(announced(end.stderr));
    simulator.child.kill('SIGCONT');
    await resume(folder, simulator);
  });

  it('that is killed loses no finished iteration, and its resume leaves the WebUI as it was before', async () => {
    const folder = makeWorkFolder();
    const simulator = await simulate();
    await selectOn(simulator, 'other.safetensors');
    const before = await selectedOn(simulator);
    const search = startSearch(folder, simulator);
    await search.printed(/^3\/6 {2}/m);
    search.child.kill('SIGKILL');
    const end = await search.end;
    expect(end.signal).toBe('SIGKILL');
    expect(finished(folder.journal())).toBeGreaterThanOrEqual(announced(end.stderr));
    expect(await selectedOn(simulator)).not.toBe(before);
    await resume(folder, simulator);
    expect(await selectedOn(simulator)).toBe(before);
  });

  it('that is interrupted before its first iteration writes nothing', async () => {
    const folder = makeWorkFolder();
    const simulator = await simulate(2000);
    const search = startSearch(folder, simulator);
    await expect
      .poll(async () => {
        const reply = await fetch(`${simulator.url}/sdapi/v1/progress?skip_current_image=true`);
        return ((await reply.json()) as { state: { job_count: number } }).state.job_count;
      })
      .toBeGreaterThan(0);
    search.child.kill('SIGINT');
    expect(await search.end).toMatchObject({ code: 130, stdout: '' });
    expect(folder.files()).toEqual(['hills.json']);
  });
});
