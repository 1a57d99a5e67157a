/** A run keeps the backend that it began with, or stops in words. */
import { describe, expect, it } from 'vitest';
import {
  ITERATIONS,
  ofKind,
  imageNumber,
  resumeOn,
  searchOn,
  searchSimulated,
  startFaulty,
  useSearches,
} from '../helpers/simulated-search.ts';
import type { SimulatedSetting } from '../helpers/simulated-search.ts';

const { open, search } = useSearches();

/** `auto` takes the first; the other one could merge as well. */
const BOTH: SimulatedSetting = { simulator: { extensions: ['runtime-block-merge', 'model-mixer'] } };

describe('a WebUI that comes back without the extension', () => {
  it('is waited for, then the run stops, and goes on when the extension is there again', async () => {
    const calm = await search(BOTH);
    const fault = `extension-gone@${imageNumber(4, 1)}`;
    const stopped = await search({ ...BOTH, faults: [fault] });
    expect(stopped.summary).toMatchObject({ reason: { code: 'error' }, iterations: 3, canResume: true });
    expect(stopped.summary.reason.message).toMatch(
      /^The extension runtime-block-merge is gone from the WebUI at .*enable it, restart the WebUI, and resume/,
    );
    expect(stopped.notices.join('\n')).toMatch(/is gone from the WebUI.*waits up to 30 minutes/);
    expect(ofKind(stopped.records, 'failed')).toEqual([]);
    const journal = stopped.summary.files['journal'] ?? '';
    const { simulator } = stopped;

    await expect(
      resumeOn([simulator], journal, { renderer: { backend: 'runtime-block-merge' } }),
    ).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/The run was made with runtime-block-merge.*has no extension/),
    });

    simulator.restart();
    const resumed = await resumeOn([simulator], journal);
    expect(resumed.summary.iterations).toBe(ITERATIONS);
    expect(resumed.csv).toBe(calm.csv);
    expect(ofKind(resumed.records, 'doubted')).toEqual([]);

    // Another program's renderer may take what there is.
    simulator.restart(['runtime-block-merge']);
    await expect(resumeOn([simulator], journal)).rejects.toMatchObject({ code: 'merge-way-changed' });
  });

  it('goes on by itself when it is started again with the extension in time', async () => {
    const calm = await search(BOTH);
    const simulator = await startFaulty({ ...BOTH, faults: [`extension-gone@${imageNumber(4, 2)}`] });
    open.push(simulator);
    const notices: string[] = [];
    const mender = {
      name: 'mender',
      onNotice: ({ message }: { message: string }) => {
        notices.push(message);
        if (message.includes('is gone from')) simulator.restart();
      },
    };
    const result = await searchOn([simulator], { ...BOTH, observers: [mender] });
    expect(result.csv).toBe(calm.csv);
    expect(result.summary).toMatchObject({ reason: { code: 'iterations' }, failed: 0 });
    expect(notices.join('\n')).toMatch(/is back; the run continues/);
  });
});

describe('a model of another family, selected by somebody', () => {
  const fault = `foreign-family@${imageNumber(3, 1)}`;

  it('is told at once, and the run ends resumable when nobody restarts the WebUI', async () => {
    const stopped = await search({ faults: [fault] });
    expect(stopped.summary).toMatchObject({ reason: { code: 'error' }, iterations: 2, canResume: true });
    const told = stopped.notices.join('\n');
    expect(told).toMatch(
      /model of another family.*select "modelA.safetensors" and restart the WebUI.*waits for that/,
    );
    expect(told).not.toMatch(/is not answering/);
    expect(stopped.summary.reason.message).toMatch(/^Somebody selected a model of another family.*restart/);
  });

  it('is got over with a restart, without a word from anybody', async () => {
    const calm = await search({});
    const simulator = await startFaulty({ faults: [fault] });
    open.push(simulator);
    const mender = {
      name: 'mender',
      onNotice: ({ message }: { message: string }) => {
        if (message.includes('another family')) simulator.restart();
      },
    };
    const result = await searchOn([simulator], { observers: [mender] });
    expect(result.csv).toBe(calm.csv);
    expect(result.notices.join('\n')).toMatch(/is back; the run continues/);
  });
});

describe('models of another family than that of the start', () => {
  it('gives the true reason and the way out', async () => {
    const models = [{ name: 'first', architecture: 'sd1' as const }, { name: 'modelA' }, { name: 'modelB' }];
    const failure = searchSimulated({
      simulator: { architecture: 'sdxl', models },
      renderer: { architecture: 'sdxl' },
      config: { architecture: 'sdxl' },
    });
    await expect(failure).rejects.toThrow(
      /started with a model of another family \(SD1 or SD2\).*select "modelA.safetensors" in the WebUI, then restart it, or use --backend checkpoint/,
    );
  });
});
