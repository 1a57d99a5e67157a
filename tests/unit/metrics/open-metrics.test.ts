import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { Histogram, openMetrics } from '../../../src/metrics/open-metrics.ts';
import { RunMetrics } from '../../../src/metrics/run-metrics.ts';
import { serveMetrics } from '../../../src/metrics/server.ts';
import { WorkerMetrics } from '../../../src/metrics/worker-metrics.ts';

describe('the text format', () => {
  it('names the type of every family, ends counters in _total and itself in EOF', () => {
    const text = openMetrics([
      { name: 'jobs', help: 'Jobs.', type: 'counter', samples: [{ value: 3 }] },
      {
        name: 'state',
        help: 'A "word"\nand \\ more.',
        type: 'gauge',
        samples: [{ labels: { server: 'one "two" \\ three\nfour' }, value: 0.5 }],
      },
    ]);
    expect(text.split('\n')).toEqual([
      '# TYPE jobs counter',
      '# HELP jobs Jobs.',
      'jobs_total 3',
      '# TYPE state gauge',
      String.raw`# HELP state A \"word\"\nand \\ more.`,
      String.raw`state{server="one \"two\" \\ three\nfour"} 0.5`,
      '# EOF',
      '',
    ]);
  });

  it('counts what is at most a bound', () => {
    const histogram = new Histogram([1, 5]);
    for (const value of [0.5, 1, 2, 9]) histogram.observe(value);
    expect(histogram.lines('seconds')).toEqual([
      'seconds_bucket{le="1.0"} 2',
      'seconds_bucket{le="5.0"} 3',
      'seconds_bucket{le="+Inf"} 4',
      'seconds_sum 12.5',
      'seconds_count 4',
    ]);
  });

  it('writes what is no number as the format has it', () => {
    const samples = [NaN, Infinity, -Infinity].map((value) => ({ value }));
    expect(openMetrics([{ name: 'x', help: '', type: 'gauge', samples }])).toContain(
      'x NaN\nx +Inf\nx -Inf\n',
    );
  });
});

describe('metrics of a run', () => {
  it('tell images, seconds and the state of every server', async () => {
    const metrics = new RunMetrics(async () => Promise.resolve(2));
    const { observer } = metrics;
    const one = { lane: 'one', address: null, sentence: '' };
    observer.onServer?.({ ...one, state: 'idle', images: 7 });
    observer.onServer?.({ ...one, state: 'drawing' });
    observer.onRecord?.({ kind: 'scored', trial: 1, images: [{ seconds: 1.5 }, { seconds: 40 }] });
    const text = await metrics.metrics();
    expect(text).toContain('autombw_images_total{use="search"} 2\n');
    expect(text).toContain('autombw_image_seconds_bucket{le="2.0"} 1\n');
    expect(text).toContain('# UNIT autombw_image_seconds seconds\n');
    expect(text).toContain('autombw_server_images_total{server="one"} 7\n');
    expect(text).toContain('autombw_server_state{server="one",state="drawing"} 1\n');
    expect(text).toContain('autombw_queue_depth 2\n');
    expect(metrics.trouble()).toBeUndefined();
    observer.onServer?.({ lane: 'one', address: null, state: 'down', sentence: '' });
    expect(metrics.trouble()).toBe('No server of the run is answering.');
    observer.onServerGone?.('one');
    expect(await metrics.metrics()).not.toContain('server="one"');
  });
});

describe('the metrics server', () => {
  it('answers on this machine, says what is wrong, and takes nothing but questions', async () => {
    let trouble: string | undefined;
    const metrics = new WorkerMetrics(() => trouble);
    metrics.noteImage({ seconds: 3 });
    const server = await serveMetrics(0, {
      trouble: () => metrics.trouble(),
      metrics: async () => metrics.metrics(),
    });
    const ask = async (path: string, method = 'GET'): Promise<Response> =>
      fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    const told = await ask('/metrics');
    expect(told.headers.get('content-type')).toContain('application/openmetrics-text; version=1.0.0');
    expect(await told.text()).toMatch(/autombw_worker_images_total 1\n[\s\S]*# EOF\n$/);
    expect((await ask('/health')).status).toBe(200);
    trouble = 'The queue is not answering.';
    const ill = await ask('/health');
    expect([ill.status, await ill.text()]).toEqual([503, 'The queue is not answering.\n']);
    expect((await ask('/health', 'POST')).status).toBe(405);
    expect((await ask('/etc/passwd')).status).toBe(404);
    // As an attack by the name service has it.
    const foreign = { headers: { host: `example.org:${server.port}` } };
    const refused = await request(`http://127.0.0.1:${server.port}/metrics`, foreign);
    expect([refused.statusCode, await refused.body.text()]).toEqual([
      403,
      'this is not an address of this machine\n',
    ]);
    await expect(
      serveMetrics(server.port, { trouble: () => undefined, metrics: async () => '' }),
    ).rejects.toMatchObject({ code: 'metrics-port' });
    await server.close();
  });
});
