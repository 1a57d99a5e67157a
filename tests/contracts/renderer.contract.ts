/** What every renderer must do, whatever server is behind it. A variant adds one call of this. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RenderJob, Renderer } from '../../src/renderers/renderer.ts';
import { decodeImage, hashPixels } from '../../src/images/decode.ts';
import { blocksOf, uniformWeights } from '../../src/space/blocks.ts';
import type { Architecture } from '../../src/space/blocks.ts';
import type { ImageRequest, Image } from '../../src/types.ts';

export interface RendererUnderTest {
  /** Not opened yet, over two models whose UNets differ. */
  readonly renderer: Renderer;
  readonly architecture: Architecture;
  /** A small request with these seeds. */
  request(id: string, seeds: readonly number[]): ImageRequest;
  /** Requests for images that the server has received so far. */
  received(): number;
  /** The server takes all requests of a render at once, and makes them in an order of its own. */
  readonly takesAllAtOnce?: boolean;
  /** What the renderer must leave as it was, e.g. the selected checkpoint. */
  serverState(): Promise<unknown>;
  close(): Promise<void>;
}

export function describeRenderer(name: string, setUp: () => Promise<RendererUnderTest>): void {
  describe(`${name} keeps the renderer contract`, () => {
    let test: RendererUnderTest;
    const { signal } = new AbortController();

    beforeEach(async () => {
      test = await setUp();
    });
    afterEach(async () => {
      await test.renderer.close();
      await test.close();
    });

    const render = async (
      weights: RenderJob['weights'],
      requests: readonly ImageRequest[],
    ): Promise<Image[]> => {
      const images: Image[] = [];
      for await (const image of test.renderer.render({ weights, requests }, signal)) images.push(image);
      return images;
    };
    const look = async (weights: RenderJob['weights']): Promise<string> => {
      const [image] = await render(weights, [test.request('look/0', [5])]);
      return hashPixels(await decodeImage(image?.bytes ?? new Uint8Array()));
    };
    const uniform = (weight: number): RenderJob['weights'] => uniformWeights(weight, test.architecture);

    it('reports the server and two different models', async () => {
      const report = await test.renderer.open(signal);
      expect(report.family).not.toBe('');
      expect(report.mergeWay).not.toBe('');
      expect(report.modelA.file).not.toBe(report.modelB.file);
      expect(test.renderer.name).toContain(report.mergeWay);
    });

    it('has capabilities that fit the architecture', async () => {
      await test.renderer.open(signal);
      const { free, tied, range } = test.renderer.capabilities;
      const blocks = blocksOf(test.architecture);
      expect(blocks).toEqual(expect.arrayContaining([...free]));
      for (const [follower, leader] of Object.entries(tied)) {
        expect(free).not.toContain(follower);
        expect(free).toContain(leader);
      }
      expect(range.low).toBeLessThanOrEqual(0);
      expect(range.high).toBeGreaterThanOrEqual(1);
    });

    it('gives one image per seed, as asked, in order unless the server has its own', async () => {
      await test.renderer.open(signal);
      const requests = [test.request('a/0', [1]), test.request('b/0', [7, 8]), test.request('a/1', [2])];
      const made = await render(uniform(0.5), requests);
      const place = ({ request, index }: Image): number => requests.indexOf(request) * 10 + index;
      const images = test.takesAllAtOnce === true ? made.toSorted((p, q) => place(p) - place(q)) : made;
      expect(images.map(({ request, index }) => [request.id, index])).toEqual([
        ['a/0', 0],
        ['b/0', 0],
        ['b/0', 1],
        ['a/1', 0],
      ]);
      for (const { request, index, reported, seconds } of images) {
        expect([request.seeds[index], null]).toContain(reported.seed);
        expect(seconds).toBeGreaterThanOrEqual(0);
      }
      const hashes = await Promise.all(images.map(async ({ bytes }) => hashPixels(await decodeImage(bytes))));
      expect(new Set(hashes).size).toBe(4);
    });

    it('makes the images that are wanted, the same as among all, and no request without any', async () => {
      await test.renderer.open(signal);
      const requests = [test.request('a/0', [1]), test.request('b/0', [7, 8]), test.request('a/1', [2])];
      const pixels = async (images: readonly Image[]): Promise<Map<string, string>> =>
        new Map(
          await Promise.all(
            images.map(async ({ request, index, bytes }) => {
              const key = `${request.id}#${index}`;
              return [key, hashPixels(await decodeImage(bytes))] as const;
            }),
          ),
        );
      const all = await pixels(await render(uniform(0.5), requests));
      const wanted = ['b/0#1', 'a/1#0'];
      const isWanted = (request: string, index: number): boolean => wanted.includes(`${request}#${index}`);
      const images: Image[] = [];
      const job = { weights: uniform(0.5), requests, isWanted };
      for await (const image of test.renderer.render(job, signal)) images.push(image);
      const some = await pixels(images);
      expect([...some.keys()]).toEqual(expect.arrayContaining(wanted));
      expect(some.has('a/0#0')).toBe(false);
      for (const [key, hash] of some) expect(hash).toBe(all.get(key));
    });

    it('renders nothing for no requests', async () => {
      await test.renderer.open(signal);
      await expect(render(uniform(0.5), [])).resolves.toEqual([]);
    });

    it('merges: 0 is model A, and 0, 0.5 and 1 differ, in any order and again', async () => {
      await test.renderer.open(signal);
      const a = await look('model-a');
      const one = await look(uniform(1));
      const half = await look(uniform(0.5));
      const zero = await look(uniform(0));
      expect(zero).toBe(a);
      expect(new Set([a, half, one]).size).toBe(3);
      expect(await look('model-a')).toBe(a);
      expect(await look(uniform(1))).toBe(one);
    });

    it('every free block has an effect of its own', async () => {
      await test.renderer.open(signal);
      const hashes = new Set<string>([await look(uniform(0))]);
      const { free } = test.renderer.capabilities;
      for (const block of free)
        hashes.add(await look({ ...uniformWeights(0, test.architecture), [block]: 1 }));
      expect(hashes.size).toBe(free.length + 1);
    });

    it('has the next request on the wire while the consumer is busy', async () => {
      await test.renderer.open(signal);
      await look(uniform(0.5));
      const before = test.received();
      const requests = [test.request('a/0', [1]), test.request('a/1', [2]), test.request('a/2', [3])];
      let taken = 0;
      for await (const image of test.renderer.render({ weights: uniform(0.5), requests }, signal)) {
        taken += 1;
        const isOneForAll = test.takesAllAtOnce === true;
        expect(isOneForAll ? requests : requests.slice(taken - 1, taken)).toContain(image.request);
        const wanted = before + (isOneForAll ? 1 : Math.min(taken + 1, requests.length));
        await expect.poll(() => test.received()).toBe(wanted);
      }
      expect(taken).toBe(3);
    });

    it('goes on after a consumer that stopped early', async () => {
      await test.renderer.open(signal);
      const requests = [test.request('a/0', [1]), test.request('a/1', [2])];
      for await (const { request } of test.renderer.render({ weights: uniform(1), requests }, signal)) {
        expect(requests).toContain(request);
        break;
      }
      const a = await look('model-a');
      expect(await look(uniform(0))).toBe(a);
    });

    it('an abort ends a render with its reason, and the next render works', async () => {
      await test.renderer.open(signal);
      const one = await look(uniform(1));
      const controller = new AbortController();
      const requests = Array.from({ length: 5 }, (_, i) => test.request(`a/${i}`, [i]));
      const all = (async () => {
        for await (const { request } of test.renderer.render(
          { weights: uniform(1), requests },
          controller.signal,
        )) {
          controller.abort(new Error(`enough after ${request.id}`));
        }
      })();
      await expect(all).rejects.toThrow(/^enough after a\/\d$/);
      expect(await look(uniform(1))).toBe(one);
    });

    it('an aborted signal opens nothing', async () => {
      const reason = new Error('before it began');
      await expect(test.renderer.open(AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    it('rearm changes no image', async () => {
      await test.renderer.open(signal);
      const one = await look(uniform(1));
      await test.renderer.rearm(signal);
      expect(await look(uniform(1))).toBe(one);
    });

    it('leaves the server as it was, and may be closed twice', async () => {
      const before = await test.serverState();
      await test.renderer.open(signal);
      await look(uniform(0.5));
      await expect(test.renderer.close()).resolves.toEqual([]);
      await expect(test.renderer.close()).resolves.toEqual([]);
      expect(await test.serverState()).toEqual(before);
    });
  });
}
