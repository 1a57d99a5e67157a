import { afterEach, describe, expect, it } from 'vitest';
import { Witness } from '../../../../src/renderers/a1111/company/witness.ts';
import type { ImageWatch } from '../../../../src/renderers/a1111/company/witness.ts';
import { createClient } from '../../../../src/renderers/http/client.ts';
import { companyExchange, companyTimeline } from '../../../helpers/company-recordings.ts';
import type { RecordedProgress } from '../../../helpers/company-recordings.ts';
import { startReplayServer } from '../../../helpers/replay-server.ts';
import type { ReplayServer, Routes } from '../../../helpers/replay-server.ts';

const { signal } = new AbortController();
const open: { close(): Promise<unknown> }[] = [];
const SHA_OF_A = '49f0f6414edac5019cc5bfdf5890943ce0a53b3fe2c3e7dcdd89249ede010875';

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function start(routes: Routes = {}): Promise<{ witness: Witness; server: ReplayServer }> {
  const server = await startReplayServer(routes);
  const client = createClient({ url: server.url, retryDelays: [] });
  open.push(client, server);
  return { witness: new Witness(client, SHA_OF_A), server };
}

const idle = (began: string, over: Partial<RecordedProgress['state']> = {}): RecordedProgress => ({
  progress: 0,
  state: {
    interrupted: false,
    job: '',
    job_count: 0,
    job_no: 1,
    job_timestamp: began,
    sampling_step: 0,
    sampling_steps: 8,
    ...over,
  },
});
const busy = (began: string): RecordedProgress => idle(began, { job: 'scripts_txt2img', job_count: 1 });
const ACTIVE = { active: true, queued: false };
const QUEUED = { active: false, queued: true };

describe('the recorded job of somebody else', () => {
  const { looks, replies } = companyTimeline();
  const foreign = replies.find(({ model }) => model === 'tinyC')?.began ?? '';
  const ours = replies.filter(({ model }) => model === 'tinyA').map(({ began }) => began);
  const [before = '', spoilt = ''] = ours;

  it('shows in the looks while ours waits, and the image is not accepted', async () => {
    const { witness } = await start();
    witness.note(idle(before));
    const watch = witness.watch();
    for (const { progress } of looks) {
      if (progress.state.job_timestamp <= spoilt) watch.sawProgress(progress);
    }
    expect([before, foreign, spoilt]).toEqual([before, foreign, spoilt].toSorted());
    expect(witness.accepts(watch, spoilt, idle(spoilt))).toBe(false);
  });

  it('shows directly after our image before, by the time of its beginning', async () => {
    const { witness } = await start();
    const watch = witness.watch();
    const after = looks.find(({ progress }) => progress.state.job_timestamp === foreign);
    expect(witness.accepts(watch, before, after?.progress ?? idle(before))).toBe(false);
  });

  it('leaves the hash of its checkpoint behind, while the selection names A', async () => {
    const options = companyExchange('foreign_override_midrun_19').body;
    const { witness, server } = await start({
      'GET /sdapi/v1/progress': { status: 200, body: idle(before) },
      'GET /sdapi/v1/options': {
        status: 200,
        body: { sd_model_checkpoint: 'tinyA.safetensors [49f0f6414e]', sd_checkpoint_hash: SHA_OF_A },
      },
    });
    witness.note(idle(before));
    await expect(witness.holdsAnother(signal)).resolves.toBe(false);
    await expect(witness.isUndisturbed(true, signal)).resolves.toBe(true);
    server.routes['GET /sdapi/v1/options'] = { status: 200, body: options };
    await expect(witness.isUndisturbed(true, signal)).resolves.toBe(false);
    await expect(witness.holdsAnother(signal)).resolves.toBe(true);
  });

  it('is not to be confused with a hash that is out of date, as it was at the start', async () => {
    const at = (name: string): object => companyExchange(name).body as object;
    const { witness, server } = await start({
      'GET /sdapi/v1/progress': { status: 200, body: idle(before) },
      'GET /sdapi/v1/options': { status: 200, body: at('foreign_override_midrun_07') },
    });
    witness.note(idle(before));
    await expect(witness.holdsAnother(signal)).resolves.toBe(true);
    await expect(witness.isUndisturbed(true, signal)).resolves.toBe(true);
    // The first image reads A.
    server.routes['GET /sdapi/v1/options'] = {
      status: 200,
      body: { ...at('foreign_override_midrun_07'), sd_checkpoint_hash: SHA_OF_A },
    };
    await expect(witness.isUndisturbed(true, signal)).resolves.toBe(true);
  });
});

describe('one image', () => {
  const cases: readonly [string, (watch: ImageWatch) => void, RecordedProgress, boolean][] = [
    ['of a server that shows nothing but ours', () => {}, idle('2'), true],
    ['that nobody could look at in time', () => {}, idle('2'), true],
    ['while the job before ours is still shown', (watch) => watch.sawProgress(idle('1')), idle('2'), true],
    ['while ours is shown', (watch) => watch.sawProgress(busy('2')), idle('2'), true],
    [
      'that was sent again after a lost reply',
      (watch) => {
        watch.sawTask(ACTIVE);
        watch.sawProgress(busy('1.5'));
      },
      idle('2'),
      true,
    ],
    ['after a job of a time between', (watch) => watch.sawProgress(busy('1.5')), idle('2'), false],
    [
      'that waited behind a job which began in the same second',
      (watch) => {
        watch.sawTask(QUEUED);
        watch.sawProgress(busy('2'));
        watch.sawTask(QUEUED);
      },
      idle('2'),
      false,
    ],
    [
      'whose job begins between two looks',
      (watch) => {
        watch.sawTask(QUEUED);
        watch.sawProgress(busy('2'));
        watch.sawTask(ACTIVE);
      },
      idle('2'),
      true,
    ],
    ['with a job that follows', () => {}, idle('3'), false],
    ['with a job that follows in the same second', () => {}, busy('2'), false],
    ['of a server without such times', () => {}, idle('0'), true],
  ];
  it.each(cases)('%s', async (_, see, after, isAccepted) => {
    const { witness } = await start();
    witness.note(idle('1'));
    const watch = witness.watch();
    see(watch);
    expect(witness.accepts(watch, '2', after)).toBe(isAccepted);
  });

  it('is accepted from a server whose replies do not say when they were begun', async () => {
    const { witness } = await start();
    witness.note(idle('1'));
    const watch = witness.watch();
    watch.sawProgress(busy('2'));
    expect(witness.accepts(watch, null, idle('2'))).toBe(true);
  });
});

describe('the time between two images', () => {
  it.each([
    ['nothing', idle('1'), true],
    ['a job that is over', idle('2'), false],
    ['a job of the same second with other steps', idle('1', { sampling_steps: 2 }), false],
    ['a job of the same second with more images', idle('1', { job_no: 2 }), false],
    ['a job that runs', busy('1'), false],
  ])('%s', async (_, body, isUndisturbed) => {
    const { witness } = await start({ 'GET /sdapi/v1/progress': { status: 200, body } });
    witness.note(idle('1'));
    await expect(witness.isUndisturbed(false, signal)).resolves.toBe(isUndisturbed);
  });

  it('is no matter after a job of ours whose reply nobody waited for', async () => {
    const { witness } = await start({ 'GET /sdapi/v1/progress': { status: 200, body: idle('2') } });
    witness.note(idle('1'));
    witness.forget();
    await expect(witness.isUndisturbed(false, signal)).resolves.toBe(true);
  });
});

describe('a reply of an earlier job, which something in between keeps', () => {
  it('is not taken for somebody else at work', async () => {
    const { witness } = await start();
    witness.note(idle('20261129110005'));
    const watch = witness.watch();
    watch.sawTask(ACTIVE);
    watch.sawProgress(busy('20261129110009'));
    expect(witness.accepts(watch, '20261129110001', idle('20261129110009'))).toBe(true);
  });

  it('does not hide that ours waited behind another job', async () => {
    const { witness } = await start();
    witness.note(idle('20261129110005'));
    const watch = witness.watch();
    watch.sawProgress(busy('20261129110007'));
    watch.sawTask(QUEUED);
    expect(witness.accepts(watch, '20261129110001', idle('20261129110009'))).toBe(false);
  });

  it('is not one where the clock of the server went back', async () => {
    const { witness } = await start();
    witness.note(idle('20261129110005'));
    const watch = witness.watch();
    watch.sawTask(ACTIVE);
    watch.sawProgress(busy('20261129100009'));
    expect(witness.accepts(watch, '20261129100009', idle('20261129100012'))).toBe(false);
  });
});
