/** Replays the recordings in which something else happens while a generation runs. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { startSimulator } from '../../../src/simulator/index.ts';
import type { Simulator } from '../../../src/simulator/index.ts';
import { mergeEvents } from './merge-events.ts';
import { CONCURRENT } from './recorded-elsewhere.ts';
import { differences, recording, replay, unlikeImages } from './recording.ts';
import type { ImageHash, Reply } from './recording.ts';
import { TINY_A_RENAMED, TINY_B, TINY_C } from './tiny-models.ts';

const images: ImageHash[] = [];
/** Cut short at a moment that differs from run to run: two of these may, by chance, end at the same step. */
const interrupted: ImageHash[] = [];
const skipped: ImageHash[] = [];
const replayed = new Set<string>();
let simulator: Simulator;
let url = '';

beforeEach(async () => {
  simulator = await startSimulator({ models: [TINY_A_RENAMED, TINY_B, TINY_C], latencyMs: 300 });
  ({ url } = simulator);
});

afterEach(async () => {
  await simulator.close();
});

function send(name: string, changes: object = {}): Promise<Reply> {
  replayed.add(name);
  return replay(url, name, changes);
}

async function expectAsRecorded(
  name: string,
  reply: Reply | Promise<Reply>,
  varies: string[] = [],
  seen: ImageHash[] = images,
): Promise<void> {
  expect([name, ...(await differences(name, await reply, seen, varies))]).toEqual([name]);
}

/** Polls until the server has taken some steps. */
async function untilSampling(atLeast = 1): Promise<void> {
  const schema = z.object({ state: z.object({ sampling_step: z.number(), job_count: z.number() }) });
  for (;;) {
    const reply = await fetch(`${url}/sdapi/v1/progress?skip_current_image=true`);
    const { state } = schema.parse(await reply.json());
    if (state.job_count > 0 && state.sampling_step >= atLeast) return;
  }
}

async function jobCount(): Promise<number> {
  const reply = await fetch(`${url}/sdapi/v1/progress?skip_current_image=true`);
  return z.object({ state: z.object({ job_count: z.number() }) }).parse(await reply.json()).state.job_count;
}

/** Order of two events, without a clock. */
function order(): { note: (what: string) => void; seen: string[] } {
  const seen: string[] = [];
  return { seen, note: (what) => seen.push(what) };
}

it('answers while it generates, and an interrupt leaves fewer images and a flag in progress', async () => {
  const running = send('q_interrupted_txt2img');
  await untilSampling();
  for (const name of [
    'q_progress_running',
    'q_progress_skip_image',
    'q_progress_sampling',
    'q_progress_with_image',
  ]) {
    const reply = await send(name);
    await expectAsRecorded(name, reply);
    expect(z.object({ progress: z.number() }).parse(JSON.parse(reply.text)).progress).toBeGreaterThan(0.01);
  }
  await expectAsRecorded('q_internal_progress_running', send('q_internal_progress_running'));
  await expectAsRecorded('q_pending_tasks_running', send('q_pending_tasks_running'));
  await expectAsRecorded('q_ping_running', send('q_ping_running'));
  const models = z.array(z.unknown()).parse(JSON.parse((await send('q_sd_models_running')).text));
  expect(models[0]).toEqual(z.array(z.unknown()).parse(recording('q_sd_models_running').body)[0]);
  await expectAsRecorded('q_interrupt', send('q_interrupt'));
  await expectAsRecorded('q_interrupted_txt2img', running, [], interrupted);
  await expectAsRecorded('q_progress_after', send('q_progress_after'));
  await expectAsRecorded('q_txt2img_after_interrupt', send('q_txt2img_after_interrupt'));
  await expectAsRecorded('q_interrupt_idle', send('q_interrupt_idle'));
  await expectAsRecorded('q_txt2img_after_idle_interrupt', send('q_txt2img_after_idle_interrupt'));
});

it('lets a second request wait and tells so only by its task', async () => {
  const { seen, note } = order();
  const first = send('q_two_first').finally(() => {
    note('first');
  });
  await untilSampling();
  const second = send('q_two_second').finally(() => {
    note('second');
  });
  for (let pending = 0; pending < 1;) {
    pending = z
      .object({ size: z.number() })
      .parse(await (await fetch(`${url}/internal/pending-tasks`)).json()).size;
  }
  await expectAsRecorded('q_pending_tasks_two', send('q_pending_tasks_two'));
  await expectAsRecorded('q_internal_progress_queued', send('q_internal_progress_queued'));
  await expectAsRecorded('q_progress_two', send('q_progress_two'));
  await expectAsRecorded('q_two_first', first);
  await expectAsRecorded('q_two_second', second);
  expect(seen).toEqual(['first', 'second']);
  await expectAsRecorded('q_internal_progress_done', send('q_internal_progress_done'));
});

it('interrupts the running job and spares the one that waits', async () => {
  const first = send('q_two_first');
  await untilSampling();
  const second = send('q_interrupt_with_queue_second');
  await expectAsRecorded('q_interrupt_with_queue', send('q_interrupt_with_queue'));
  expect((await first).status).toBe(200);
  await expectAsRecorded('q_interrupt_with_queue_second', second);
  await expectAsRecorded('q_interrupt3', send('q_interrupt3'));
});

it('lets a change of checkpoint wait for the generation and answers other settings at once', async () => {
  const image = send('q_running_while_options');
  await untilSampling();
  await expectAsRecorded('q_post_options_other_while_running', send('q_post_options_other_while_running'));
  expect(await jobCount()).toBe(1);
  await expectAsRecorded(
    'q_post_options_checkpoint_while_running',
    send('q_post_options_checkpoint_while_running'),
  );
  expect(await jobCount()).toBe(0);
  await expectAsRecorded('q_running_while_options', image);
  await replay(url, 'post_options_A', { sd_model_checkpoint: 'tinyA' });
  await expectAsRecorded('q_running_reference', send('q_running_reference'));
});

it('skips an image without a trace', async () => {
  const running = send('q_skipped_txt2img');
  await untilSampling(5);
  await expectAsRecorded('q_skip', send('q_skip'));
  await expectAsRecorded('q_skipped_txt2img', running, ['sd_model_hash', 'infotexts'], skipped);
  await expectAsRecorded('q_progress_after_skip', send('q_progress_after_skip'));
  expect(simulator.stats().images).toBe(2);
});

it('finishes the job of a client that has gone', async () => {
  const leaving = new AbortController();
  const { request } = recording('q_interrupted_txt2img');
  const gone = fetch(url + request.path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request.body),
    signal: leaving.signal,
  });
  await untilSampling();
  leaving.abort();
  await expect(gone).rejects.toThrow();
  const body = z.object({ state: z.object({ job_count: z.number() }) });
  const progress = await send('q_progress_after_client_disconnect');
  await expectAsRecorded('q_progress_after_client_disconnect', progress);
  expect(body.parse(JSON.parse(progress.text)).state.job_count).toBe(3);
  await replay(url, 'q_two_second');
  expect(simulator.stats().images).toBe(4);
});

it('changes the weights in the middle of an image when B is loaded meanwhile', async () => {
  const onLoad = { fn_index: (await mergeEvents(url)).load };
  await replay(url, 'rbm_10_load_B_no_session', onLoad);
  const disturbed = send('rbm_101_disturbed_txt2img');
  await untilSampling(5);
  await expectAsRecorded(
    'rbm_100_load_event_while_generating',
    send('rbm_100_load_event_while_generating', onLoad),
  );
  await expectAsRecorded('rbm_101_disturbed_txt2img', disturbed);
  await expectAsRecorded('rbm_102_undisturbed', send('rbm_102_undisturbed'));
  const [before, after] = images.slice(-2);
  expect(after?.simulated).not.toBe(before?.simulated);
});

it('has replayed all of them, with equal images where the recordings have equal ones', () => {
  expect(CONCURRENT.filter((name) => !replayed.has(name))).toEqual([]);
  expect([interrupted.length, skipped.length]).toEqual([1, 2]);
  expect(unlikeImages([...images, ...interrupted])).toEqual([]);
  expect(unlikeImages([...images, ...skipped])).toEqual([]);
  expect(
    new Set([...images, ...interrupted, ...skipped].map(({ recorded }) => recorded)).size,
  ).toBeGreaterThan(5);
});
