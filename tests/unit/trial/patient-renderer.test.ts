import { describe, expect, it } from 'vitest';
import { webuiError } from '../../../src/renderers/index.ts';
import type { RenderJob, Renderer } from '../../../src/renderers/renderer.ts';
import { patient } from '../../../src/trial/patient-renderer.ts';
import type { ImageRequest, Image } from '../../../src/types.ts';
import { TinyRenderer } from '../../helpers/tiny-renderer.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { makeRequest } from '../renderers/make-request.ts';

const { signal } = new AbortController();
const weights = uniformWeights(0.5, 'sd1');

interface Clocked {
  readonly renderer: Renderer;
  readonly asked: string[];
  readonly waited: number[];
}

/** A renderer whose images pass through `spoil` on their way; every job is noted. */
function clocked(spoil: (image: Image, number: number) => Image, retries = 2, minutes = 30): Clocked {
  const asked: string[] = [];
  const waited: number[] = [];
  const tiny = new TinyRenderer();
  const inner = new Proxy(tiny, {
    get: (target, key) => {
      if (key !== 'render') return Reflect.get(target, key, target) as unknown;
      return async function* render(job: RenderJob, stop: AbortSignal): AsyncGenerator<Image> {
        asked.push(job.requests.map(({ id }) => id).join());
        for await (const image of target.render(job, stop)) yield spoil(image, target.images);
      };
    },
  });
  const sleep = async (milliseconds: number): Promise<void> => void waited.push(milliseconds / 1000);
  const clock = { now: () => 0, sleep };
  return { renderer: patient(inner, { clock, retries, minutes }), asked, waited };
}

function request(id: string, seeds: readonly number[]): ImageRequest {
  return { ...makeRequest({ width: 32, height: 32 }, { seeds }), id };
}

async function draw(renderer: Renderer, requests: readonly ImageRequest[]): Promise<string[]> {
  const drawn: string[] = [];
  for await (const { request: of, index } of renderer.render({ weights, requests }, signal)) {
    drawn.push(`${of.id}#${index}`);
  }
  return drawn;
}

function halved(image: Image): Image {
  return { ...image, bytes: image.bytes.subarray(0, image.bytes.length / 2) };
}

describe('a patient renderer', () => {
  it('hands out every image once, and asks again only for what is missing', async () => {
    const { renderer, asked, waited } = clocked((image, number) => (number === 3 ? halved(image) : image));
    expect(await draw(renderer, [request('a', [1]), request('b', [2, 3]), request('c', [4])])).toEqual([
      'a#0',
      'b#0',
      'c#0',
      'b#1',
    ]);
    expect(asked).toEqual(['a,b,c', 'b']);
    expect(waited).toEqual([1]);
  });

  it('gives up after --retries, and asks once in the next job until the image comes', async () => {
    const { renderer, asked, waited } = clocked((image, number) => (number <= 5 ? halved(image) : image));
    const give = async (): Promise<unknown> =>
      draw(renderer, [request('a', [1])]).catch((error: unknown) => error);
    await expect(give()).resolves.toMatchObject({ code: 'webui-bad-reply', givenUp: true });
    expect(asked).toHaveLength(3);
    await expect(give()).resolves.toMatchObject({ givenUp: true });
    await expect(give()).resolves.toMatchObject({ message: expect.stringMatching(/lost 5 times in a row/) });
    expect(asked).toHaveLength(5);
    await expect(give()).resolves.toEqual(['a#0']);
    expect(waited).toEqual([1, 3, 10, 10, 10]);
  });

  it('asks a second time where the run is to end, and no more', async () => {
    const login = webuiError('webui-auth', 'no', { status: 401 });
    const { renderer, asked } = clocked(() => {
      throw login;
    });
    await expect(draw(renderer, [request('a', [1])])).rejects.toMatchObject({
      code: 'webui-auth',
      endsRun: true,
      givenUp: true,
    });
    expect(asked).toHaveLength(2);
  });

  it('leaves what needs a new merge, or would be the same again, to the caller at once', async () => {
    for (const retry of ['rearm', 'never'] as const) {
      const { renderer, asked, waited } = clocked(() => {
        throw webuiError('webui-server-error', 'x', { retry });
      });
      await expect(draw(renderer, [request('a', [1])])).rejects.toMatchObject({ retry, givenUp: false });
      expect([asked.length, waited]).toEqual([1, []]);
    }
  });

  it('waits as it is told to, and ends the run when that is longer than --reconnect', async () => {
    let left = 2;
    const busy = (): never => {
      left--;
      throw webuiError('webui-busy', 'later', { status: 429, retry: 'image', retryAfterSeconds: 70 });
    };
    const passing = clocked((image) => (left > 0 ? busy() : image));
    expect(await draw(passing.renderer, [request('a', [1])])).toEqual(['a#0']);
    expect(passing.waited).toEqual([70, 70]);
    const lasting = clocked(busy, 2, 3);
    await expect(draw(lasting.renderer, [request('a', [1])])).rejects.toMatchObject({
      endsRun: true,
      givenUp: true,
      message: expect.stringMatching(/--reconnect/),
    });
    expect(lasting.waited).toEqual([70, 70]);
  });

  it('waits to the last minute that it may, and a hundred times at most', async () => {
    const putOff = (retryAfterSeconds: number) => (): never => {
      throw webuiError('webui-busy', 'later', { status: 429, retry: 'image', retryAfterSeconds });
    };
    const lasting = clocked(putOff(60), 2, 3);
    await expect(draw(lasting.renderer, [request('a', [1])])).rejects.toMatchObject({
      message: expect.stringMatching(/postponed this image 4 times in a row, 4 min/) as unknown,
    });
    expect(lasting.waited).toEqual([60, 60, 60]);
    const endless = clocked(putOff(1), 2, 1e6);
    await expect(draw(endless.renderer, [request('a', [1])])).rejects.toMatchObject({
      message: expect.stringMatching(/101 times in a row/) as unknown,
    });
    expect(endless.waited).toHaveLength(100);
    expect(endless.waited.slice(0, 5)).toEqual([5, 15, 30, 60, 60]);
  });

  it.each([
    [500, [1, 3]],
    [501, [5, 15]],
    [404, [1, 3]],
    [undefined, [1, 3]],
  ])('pauses by what the server said (%s): %j seconds', async (status, pauses) => {
    const { renderer, waited } = clocked(() => {
      throw webuiError('webui-server-error', 'no', {
        retry: 'image',
        ...(status !== undefined && { status }),
      });
    });
    await expect(draw(renderer, [request('a', [1])])).rejects.toMatchObject({
      message: 'no This image was lost 3 times in a row.',
    });
    expect(waited).toEqual(pauses);
  });

  it('asks once only where that is wanted, also before the end of the run', async () => {
    for (const failure of [
      webuiError('webui-server-error', 'no', { retry: 'image' }),
      webuiError('webui-auth', 'no', { status: 401 }),
    ]) {
      const { renderer, asked } = clocked(() => {
        throw failure;
      }, 0);
      await expect(draw(renderer, [request('a', [1])])).rejects.toMatchObject({ givenUp: true });
      expect(asked).toHaveLength(1);
    }
    const { renderer } = clocked(halved, 0);
    await expect(draw(renderer, [request('a', [1])])).rejects.toMatchObject({
      message: expect.stringMatching(
        /^tiny sent a damaged image for "a": .* This image was lost once\.$/,
      ) as unknown,
    });
  });

  it('ends the run only where the same happens twice in a row', async () => {
    const login = webuiError('webui-auth', 'no', { status: 401 });
    const failures = [login, webuiError('webui-bad-reply', 'cut', { retry: 'image' }), login];
    const { renderer, asked } = clocked((image) => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return image;
    });
    expect(await draw(renderer, [request('a', [1])])).toEqual(['a#0']);
    expect(asked).toHaveLength(4);
  });

  it('waits once for several, and speaks of the first', async () => {
    const told: unknown[] = [];
    const { renderer, waited } = clocked((image, number) => (number <= 2 ? halved(image) : image));
    const onRepeat = (repeat: unknown): void => void told.push(repeat);
    const requests = [request('a', [1]), request('b', [2])];
    for await (const _ of renderer.render({ weights, requests, onRepeat }, signal));
    expect(waited).toEqual([1]);
    expect(told).toEqual([{ message: expect.stringContaining('for "a"') as unknown, seconds: 1 }]);
  });

  it('says in the next job what happened before it, where that was the image', async () => {
    const told: unknown[] = [];
    const after = async (retry: 'image' | 'rearm') => {
      const failure = webuiError('webui-bad-reply', 'It was cut.', { retry });
      const { renderer, waited } = clocked(() => {
        throw failure;
      }, 1);
      const onRepeat = (repeat: unknown): void => void told.push(repeat);
      for (let job = 1; job <= 2; job++)
        await expect(async () => {
          for await (const _ of renderer.render(
            { weights, requests: [request('a', [1])], onRepeat },
            signal,
          ));
        }).rejects.toThrow('It was cut.');
      return waited;
    };
    expect(await after('image')).toEqual([1, 10]);
    expect(told).toEqual([
      { message: 'It was cut.', seconds: 1 },
      { message: 'Before this: It was cut.', seconds: 10 },
    ]);
    expect(await after('rearm')).toEqual([]);
    expect(told).toHaveLength(2);
  });

  it('ends with the signal, whatever failed', async () => {
    const stop = new AbortController();
    const { renderer, waited } = clocked(() => {
      stop.abort(new Error('enough'));
      throw webuiError('webui-bad-reply', 'cut', { retry: 'image' });
    });
    await expect(async () => {
      for await (const _ of renderer.render({ weights, requests: [request('a', [1])] }, stop.signal));
    }).rejects.toThrow('enough');
    expect(waited).toEqual([]);
  });

  it('leaves a server that is overloaded alone for longer', async () => {
    let left = 3;
    const { renderer, waited } = clocked((image) => {
      if (left-- > 0) throw webuiError('webui-server-error', 'no', { status: 502, retry: 'image' });
      return image;
    }, 3);
    expect(await draw(renderer, [request('a', [1])])).toEqual(['a#0']);
    expect(waited).toEqual([5, 15, 30]);
  });

  it('does not wait at all where nothing is to be asked for again', async () => {
    const { renderer, asked } = clocked(() => {
      throw webuiError('webui-busy', 'later', { status: 503, retry: 'image' });
    }, 0);
    await expect(draw(renderer, [request('a', [1])])).rejects.toMatchObject({ givenUp: true, endsRun: true });
    expect(asked).toHaveLength(1);
  });

  it('counts what struck one image against that image alone', async () => {
    const struck = (id: string): Error =>
      webuiError('webui-bad-reply', `${id} was cut`, { retry: 'image', image: { request: id } });
    const failures = [struck('a'), struck('b'), struck('a'), struck('b')];
    const { renderer, asked } = clocked((image) => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return image;
    });
    expect(await draw(renderer, [request('a', [1]), request('b', [2])])).toEqual(['a#0', 'b#0']);
    expect(asked).toHaveLength(5);
  });

  it('tells the job that asks, or else whoever is told of everything', async () => {
    const told: string[] = [];
    let left = 2;
    const inner = new TinyRenderer({
      failAt: () =>
        left-- > 0 ? webuiError('webui-bad-reply', 'It was cut.', { retry: 'image' }) : undefined,
    });
    const clock = { now: () => 0, sleep: async () => {} };
    const onRepeat = (sentence: string): void => void told.push(sentence);
    const renderer = patient(inner, { clock, retries: 2, minutes: 30, onRepeat });
    expect(await draw(renderer, [request('a', [1])])).toEqual(['a#0']);
    expect(told).toEqual(['It was cut. Asking again in 1 s.', 'It was cut. Asking again in 3 s.']);
    left = 1;
    const own: unknown[] = [];
    const job = { weights, requests: [request('b', [1])], onRepeat: (repeat: unknown) => own.push(repeat) };
    for await (const _ of renderer.render(job, signal));
    expect(own).toEqual([{ message: 'It was cut.', seconds: 1 }]);
    expect(told).toHaveLength(2);
  });

  it('is in all else the renderer itself', async () => {
    const clock = { now: () => 0, sleep: async () => {} };
    const renderer = patient(new TinyRenderer(), { clock, retries: 2, minutes: 30 });
    expect(renderer.name).toBe('tiny');
    await renderer.rearm(signal);
    expect(renderer.epoch).toBe(2);
    expect('warnings' in renderer).toBe(false);
    await expect(renderer.saveCheckpoint?.(weights, 'x', signal)).resolves.toBe('/models/x.safetensors');
  });
});
