/** What somebody else does at a WebUI between and during our images: noticed within one image, and drawn again. */
import { describe, expect, it } from 'vitest';
import { imageNumber, useSearches } from '../helpers/simulated-search.ts';
import type { SimulatedSetting } from '../helpers/simulated-search.ts';
import { PATIENCE } from '../setup/settings.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const { search } = useSearches();

const settingOf = (backend: string): SimulatedSetting => {
  const folder = backend === 'checkpoint' ? { modelsDir: temporaryFolder('models') } : {};
  return {
    simulator: { extensions: backend === 'checkpoint' ? [] : [backend], ...folder },
    config: { backend, ...folder },
    renderer: { backend, ...folder },
  };
};

describe.each(['runtime-block-merge', 'model-mixer', 'checkpoint'])('%s: somebody', (backend) => {
  it.each([
    ['presses Interrupt', 'interrupted', /somebody interrupted "/],
    ['presses Skip, which leaves a whole reply', 'skipped', /somebody interrupted "/],
    ['selects another checkpoint', 'foreign-model', /another model than asked|[Ss]omebody/],
    ['sets an option that stands in no reply', 'foreign-option', /eta_ancestral was "1" and is now "0\.5"/],
  ])('%s: every score is that of an undisturbed run', async (_, fault, sentence) => {
    const calm = await search(settingOf(backend));
    const at = imageNumber(3, 1);
    const disturbed = await search({ ...settingOf(backend), faults: [`${fault}@${at}`] });
    // A request that brings its own model needs nothing to be put right.
    const isNothing = backend === 'model-mixer' && fault === 'foreign-model';
    expect(disturbed.notices.join('\n')).toMatch(isNothing ? /^$/ : sentence);
    expect(disturbed.summary).toMatchObject({ reason: { code: 'iterations' }, failed: 0 });
    expect(disturbed.csv).toBe(calm.csv);
  });
});

it('somebody who waits in the queue and interrupts us to be served: his job wipes out the traces', async () => {
  const setting = settingOf('checkpoint');
  const calm = await search(setting);
  // Looks come every 20 ms, and the step in which he presses the button takes a quarter of this.
  const simulator = { ...setting.simulator, latencyMs: 160 * PATIENCE };
  const faults = [`foreign-interrupt@${imageNumber(1, 2)}`];
  const disturbed = await search({
    ...setting,
    simulator,
    faults,
    config: { ...setting.config, iterations: 2 },
  });
  expect(disturbed.notices.join('\n')).toMatch(/somebody interrupted "/);
  expect(disturbed.summary).toMatchObject({ failed: 0 });
  expect(calm.csv.startsWith(disturbed.csv.trimEnd())).toBe(true);
});

it('an option that is changed again and again fails the images, in words, and no doubtful one is scored', async () => {
  const setting = settingOf('runtime-block-merge');
  const from = imageNumber(3, 1);
  const { summary, notices } = await search({ ...setting, faults: [`foreign-option@${from}+`] });
  expect(summary.iterations).toBeGreaterThan(2);
  expect(summary.failed).toBeGreaterThan(0);
  expect(summary.reason.message).toMatch(/eta_ancestral/);
  expect(notices.join('\n')).toMatch(/leave the WebUI alone/);
});
