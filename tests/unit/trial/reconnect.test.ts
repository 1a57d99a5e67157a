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
