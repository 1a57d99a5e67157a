import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from '../../../../src/renderers/http/client.ts';
import type { Client } from '../../../../src/renderers/http/client.ts';
import { waitUntilIdle, watchProgress } from '../../../../src/renderers/a1111/progress.ts';
import type { WatchOptions } from '../../../../src/renderers/a1111/progress.ts';
import type { RenderProgress } from '../../../../src/renderers/renderer.ts';
import { recorded, startReplayServer } from '../../../helpers/replay-server.ts';
import type { Answer, ReplayServer } from '../../../helpers/replay-server.ts';

const ROUTE = 'GET /sdapi/v1/progress';
const running: Answer = recorded('q_progress_running');
const sampling: Answer = recorded('q_progress_sampling');
const idle: Answer = recorded('get_progress_idle');
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function start(answers: readonly Answer[]): Promise<{ server: ReplayServer; client: Client }> {
  const server = await startReplayServer({ [ROUTE]: answers });
  const client = createClient({ url: server.url, retryDelays: [] });
  open.push(server, client);
  return { server, client };
}

describe('watchProgress', () => {
  const watching = (over: Partial<WatchOptions>): WatchOptions => ({
    requestId: 'cats/0',
    onProgress: undefined,
    onStall: () => {},
    stallSeconds: 0,
    intervalSeconds: 0.005,
    ...over,
  });

  it('tells the steps, and null where the server runs nothing', async () => {
    const { server, client } = await start([running, 'drop', { raw: 'rubbish' }, sampling, idle]);
    const seen: RenderProgress[] = [];
    const controller = new AbortController();
    const done = watchProgress(
      client,
      watching({
        onProgress: (progress) => {
          seen.push(progress);
          if (progress.step === null) controller.abort();
        },
      }),
      controller.signal,
    );
    await done;
    expect(seen).toEqual([
      { requestId: 'cats/0', step: 0, steps: 4 },
      { requestId: 'cats/0', step: 3, steps: 60 },
      { requestId: 'cats/0', step: null, steps: null },
    ]);
    expect(new Set(server.seen.map(({ query }) => query))).toEqual(new Set(['?skip_current_image=true']));
  });

  it('survives a callback that throws', async () => {
    const { client } = await start([running]);
    const controller = new AbortController();
    let calls = 0;
    const onProgress = (): void => {
      calls += 1;
      if (calls === 2) controller.abort();
      throw new Error('a broken bar');
    };
    await watchProgress(client, watching({ onProgress }), controller.signal);
    expect(calls).toBe(2);
  });

  it.each<[string, readonly Answer[]]>([
    ['stands still', [running]],
    ['answers no more', ['drop']],
  ])('notices a server that %s', async (_, answers) => {
    const { client } = await start(answers);
    let stalls = 0;
    const onStall = (): void => {
      stalls += 1;
    };
    await watchProgress(client, watching({ onStall, stallSeconds: 0.03 }), new AbortController().signal);
    expect(stalls).toBe(1);
  });

  it('asks nothing before the first interval is over', async () => {
    const { server, client } = await start([running]);
    const controller = new AbortController();
    const done = watchProgress(client, watching({ intervalSeconds: 3600 }), controller.signal);
    controller.abort();
    await done;
    expect(server.seen).toHaveLength(0);
  });
});

describe('waitUntilIdle', () => {
  const { signal } = new AbortController();

  it('waits while anything runs', async () => {
    const { server, client } = await start([running, sampling, idle]);
    await waitUntilIdle(client, signal, { intervalSeconds: 0.001 });
    expect(server.seen).toHaveLength(3);
  });

  it('takes an interrupted job that has ended for idle', async () => {
    const { server, client } = await start([recorded('q_progress_after')]);
    await waitUntilIdle(client, signal);
    expect(server.seen).toHaveLength(1);
  });

  it('gives up at its limit', async () => {
    const { client } = await start([running]);
    await expect(
      waitUntilIdle(client, signal, { limitSeconds: 0, intervalSeconds: 0.001 }),
    ).rejects.toMatchObject({ code: 'webui-busy' });
  });
});
