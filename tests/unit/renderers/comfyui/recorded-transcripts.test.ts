/** Whole transcripts of the real server, message by message under their own ids. */
import { afterEach, describe, expect, it } from 'vitest';
import { connectComfy } from '../../../../src/renderers/comfyui/client.ts';
import { refusalOf } from '../../../../src/renderers/comfyui/errors.ts';
import {
  historySchema,
  queueSchema,
  replacementsSchema,
  systemStatsSchema,
} from '../../../../src/renderers/comfyui/schemas.ts';
import { Watch } from '../../../../src/renderers/comfyui/queue/watch.ts';
import { startReplayServer } from '../../../helpers/replay-server.ts';
import type { ReplayServer } from '../../../helpers/replay-server.ts';
import { serveWebSockets } from '../../../helpers/web-sockets.ts';
import { exchange, messages, part } from './recordings.ts';

const { signal } = new AbortController();
let server: ReplayServer | undefined;
afterEach(async () => server?.close());

interface Seen {
  readonly nodes: string[];
  readonly files: string[];
  readonly steps: string[];
}

/** What a watch makes of a transcript whose messages come as soon as it connects. */
async function replay(name: string, ...path: readonly string[]): Promise<Seen> {
  const transcript = messages(name, ...path);
  const id = String(transcript.find(({ type }) => type === 'execution_start')?.data['prompt_id']);
  server = await startReplayServer({});
  serveWebSockets(server.http, (socket) => {
    for (const message of transcript) socket.send(message);
  });
  const seen: Seen = { nodes: [], files: [], steps: [] };
  const connection = connectComfy({ url: server.url, retryDelays: [] });
  const watch = new Watch(
    connection,
    { id, clientId: 'autombw' },
    {
      images: 3,
      pollSeconds: 5,
      stallSeconds: 0,
      attemptTimeoutSeconds: 0,
      onProgress: (node, step, steps) => seen.steps.push(`${node} ${step}/${steps}`),
    },
  );
  await watch.open(signal);
  for await (const { node, images } of watch.follow(signal)) {
    seen.nodes.push(node);
    seen.files.push(...images.map(({ filename }) => filename));
  }
  watch.close();
  await connection.client.close();
  // Nothing had to be looked up.
  expect(server.seen).toEqual([]);
  return seen;
}

describe('a recorded transcript', () => {
  it('of a cold run', async () => {
    expect(await replay('ws_cold_run')).toEqual({
      nodes: ['9'],
      files: ['ComfyUI_temp_cnqoj_00001_.png'],
      steps: ['7 1/3', '7 2/3', '7 3/3'],
    });
  });

  it('of the same prompt again: nothing runs, and the image is there', async () => {
    expect(await replay('ws_same_prompt_again')).toMatchObject({
      files: ['ComfyUI_temp_cnqoj_00001_.png'],
      steps: [],
    });
  });

  it('of three chains, in the order in which the server took them', async () => {
    const { nodes, steps } = await replay('ws_three_payloads_one_prompt');
    expect(nodes).toEqual(['p0_out', 'p2_out', 'p1_out']);
    expect(steps).toHaveLength(6);
  });

  it('of a failure in the middle: ends after what was done before', async () => {
    expect((await replay('ws_failure_in_the_middle')).nodes).toEqual(['p0_out', 'p2_out']);
  });

  it('of an interruption: ends without an image, though the next prompt of the client goes on', async () => {
    expect((await replay('ws_interrupt_client_a')).nodes).toEqual([]);
  });

  it('with previews between the messages', async () => {
    expect((await replay('ws_previews_plain')).steps).toHaveLength(3);
  });

  it('of a saved checkpoint: an output node without images', async () => {
    expect((await replay('checkpoint_save', 'float32 UNet (server default on CPU)')).nodes).toEqual([]);
  });
});

describe('the schemas', () => {
  it('read the recorded queues and histories', () => {
    const busy = queueSchema.parse(exchange('get_queue_busy').body);
    expect([busy.queue_running.length, busy.queue_pending.length]).toEqual([1, 3]);
    expect(queueSchema.parse(part('server_restart', 'after_restart', 'queue', 'body')).queue_running).toEqual(
      [],
    );
    expect(historySchema.parse(exchange('get_history_unknown_id').body)).toEqual({});
    const failed = historySchema.parse(part('ws_failure_in_the_middle', 'history', 'body'));
    const [entry] = Object.values(failed);
    expect(Object.keys(entry?.outputs ?? {})).toEqual(['p0_out', 'p2_out']);
    expect(entry?.status?.messages.at(-1)?.[0]).toBe('execution_error');
    const [saved] = Object.values(
      historySchema.parse(part('checkpoint_save', 'float32 UNet (server default on CPU)', 'history', 'body')),
    );
    expect(saved?.outputs).toEqual({});
  });
});

describe('what a newer version says', () => {
  it('of its nodes, its devices and its refusals is understood', () => {
    const recorded = (name: string): unknown => part('newer_versions', name, 'body');
    const { system, devices } = systemStatsSchema.parse(recorded('system_stats'));
    expect([system.comfyui_version, devices]).toEqual(['0.27.0', [{ name: 'cpu', type: 'cpu' }]]);
    const replacements = replacementsSchema.parse(recorded('node_replacements'));
    expect(replacements['T2IAdapterLoader']?.[0]?.new_node_id).toBe('ControlNetLoader');
    const refused = (name: string): string => {
      const call = { address: 'there', method: 'POST', path: '/prompt' } as const;
      return refusalOf(call, 400, JSON.stringify(recorded(name)))?.message ?? '';
    };
    expect(refused('unknown_class')).toContain("Node 'NoSuchNode' not found.");
    expect(refused('replaced')).toContain('node 1 (ControlNetLoader), control_net_name: Value not in list');
    expect(refused('id_number')).toContain('prompt_id must be a valid UUID');
  });
});
