import { expect, it } from 'vitest';
import { webuiError } from '../../../src/renderers/index.ts';
import { reconnect } from '../../../src/trial/reconnect.ts';
import { NEVER_ABORTED } from '../../../src/shared/abort/never-aborted.ts';

it('waits as long as it was told whatever the time of day becomes', async () => {
  let elapsed = 0;
  let attempts = 0;
  const said: unknown[] = [];
  const clock = {
    // Set back by a day with every look.
    now: () => Date.UTC(2026, 0, 100 - attempts),
    elapsed: () => elapsed,
    sleep: async (milliseconds: number) => void (elapsed += milliseconds),
  };
  const renderer = {
    name: 'tiny',
    rearm: async () => {
      attempts++;
      throw webuiError('webui-refused', 'Nobody there.');
    },
  };
  const onWarning = (sentence: string): void => void said.push(sentence);
  await expect(
    reconnect({ renderer, clock, minutes: 1 }, NEVER_ABORTED, { onWarning }),
  ).rejects.toMatchObject({ code: 'webui-gone' });
  expect(said).toEqual(['tiny is not answering; waiting up to 1 minute.']);
  // After 1, 2, 5, 10, 30 and 30 seconds.
  expect(attempts).toBe(7);
});

it.each([
  [0.3, 5],
  [0.31, 6],
])('is not waited for once the time is over: %s minutes, %s attempts', async (minutes, most) => {
  let elapsed = 0;
  let attempts = 0;
  const sleep = async (milliseconds: number) => void (elapsed += milliseconds);
  const clock = { now: () => 0, elapsed: () => elapsed, sleep };
  const rearm = async (): Promise<void> => {
    attempts++;
    throw webuiError('webui-refused', 'Nobody there.');
  };
  const failed = reconnect({ renderer: { name: 'tiny', rearm }, clock, minutes }, NEVER_ABORTED, {});
  await expect(failed).rejects.toMatchObject({
    code: 'webui-gone',
    endsRun: true,
    cause: expect.objectContaining({ code: 'webui-refused' }) as unknown,
  });
  expect(attempts).toBe(most);
});

it('ends with the signal, in an attempt or in a pause', async () => {
  for (const when of ['attempt', 'pause']) {
    const stop = new AbortController();
    let slept = 0;
    const sleep = async (): Promise<void> => {
      slept++;
      if (when === 'pause') stop.abort(new Error('enough'));
    };
    const rearm = async (): Promise<void> => {
      if (when === 'attempt') stop.abort(new Error('enough'));
      throw refused;
    };
    const renderer = { name: 'tiny', rearm };
    await expect(
      reconnect({ renderer, clock: { now: () => 0, sleep }, minutes: 5 }, stop.signal, {}),
    ).rejects.toThrow('enough');
    expect(slept).toBe(when === 'pause' ? 1 : 0);
  }
});

/** A server that fails as it is told, and then is back. */
async function comeBack(failures: readonly Error[], leave?: AbortSignal, onSleep?: () => void) {
  const said: string[] = [];
  const slept: number[] = [];
  const left = [...failures];
  const sleep = async (milliseconds: number): Promise<void> => {
    slept.push(milliseconds / 1000);
    onSleep?.();
  };
  const clock = { now: () => 0, sleep };
  const renderer = {
    name: 'tiny',
    rearm: async () => {
      const failure = left.shift();
      if (failure !== undefined) throw failure;
    },
  };
  const states: string[] = [];
  const error: unknown = await reconnect({ renderer, clock, minutes: 5, leave }, NEVER_ABORTED, {
    onWarning: (sentence) => void said.push(sentence),
    onInfo: (sentence) => void said.push(sentence),
    onState: ({ state }) => void states.push(state),
  }).catch((thrown: unknown) => thrown);
  return { error, said, slept, states };
}

const refused = webuiError('webui-refused', 'Nobody there.');
const busy = webuiError('webui-busy', 'Somebody else draws.');

it('says once that it waits and for what, again when that changes, and that the server is back', async () => {
  const { error, said, slept, states } = await comeBack([refused, refused, busy, busy]);
  expect(error).toBeUndefined();
  expect(said).toEqual([
    'tiny is not answering; waiting up to 5 minutes.',
    'Somebody else draws. The run waits up to 5 minutes for that to change, then continues automatically.',
    'tiny is back; the run continues.',
  ]);
  expect(states).toEqual(['down', 'down', 'waiting', 'waiting']);
  expect(slept).toEqual([1, 2, 5, 10]);
});

it('says nothing where the server is there at once', async () => {
  expect(await comeBack([])).toMatchObject({ error: undefined, said: [], slept: [] });
});

it('does not wait for what waiting cannot cure', async () => {
  const login = webuiError('webui-auth', 'No.', { status: 401 });
  expect(await comeBack([login])).toMatchObject({ error: login, said: [], slept: [] });
  const planted = new TypeError('planted');
  expect(await comeBack([planted])).toMatchObject({ error: planted, slept: [] });
});

it('is given up where nobody wants to wait any longer, before a pause or within it', async () => {
  const givenUp = {
    code: 'webui-gone',
    message: 'tiny is not back; no longer waiting for it.',
  };
  const before = await comeBack([refused, refused], AbortSignal.abort());
  expect(before).toMatchObject({ error: givenUp, slept: [] });
  const leave = new AbortController();
  const within = await comeBack([refused, refused], leave.signal, () => leave.abort());
  expect(within).toMatchObject({ error: givenUp, slept: [1] });
});
