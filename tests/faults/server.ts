/** What happens on the server: its card, its disk, its models, its restarts. */
import type { Simulator } from '../../src/simulator/index.ts';
import { LOOK, onDraw } from './requests.ts';
import type { Chapter, Family, Scenario } from './scenario.ts';
import type { Scene, Setting } from './setting.ts';

/** Number of an image of the second iteration, as the simulator counts them. */
const SECOND: Readonly<Record<Family, number>> = { a1111: 9, forge: 9, comfyui: 9 };

const once =
  (fault: string, setting: Setting = {}): Scenario['play'] =>
  async (stage) =>
    stage.search({ ...setting, faults: [`${fault}@${SECOND[stage.family]}`] });
const always =
  (fault: string): Scenario['play'] =>
  async (stage) =>
    stage.search({ config: { iterations: 9 }, faults: [`${fault}@${SECOND[stage.family]}+`] });

/** Before the next request. */
const then =
  (act: (scene: Scene) => Promise<void> | void): NonNullable<Setting['rules']> =>
  (scene) => [{ on: '*', deed: { act: () => act(scene) } }];

async function setOption({ url }: Simulator, options: object): Promise<void> {
  await fetch(`${url}/sdapi/v1/options`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(options),
  });
}

const card: readonly Scenario[] = [
  {
    name: 'out-of-memory-once',
    what: 'The graphics card runs out of memory, once',
    does: 'sets up the merge again and draws the image again',
    hurts: 'one image',
    servers: ['a1111', 'comfyui', 'forge'],
    promise: { exitCode: 0, vain: 4, says: /ran out of memory/ },
    play: once('oom'),
  },
  {
    name: 'out-of-memory-lasting',
    what: 'The graphics card runs out of memory at every image from now on',
    does: 'ends the run after five failed iterations, and suggests a remedy',
    hurts: 'the run',
    servers: ['a1111', 'comfyui', 'forge'],
    promise: { exitCode: 1, lost: 5, resumes: true, says: /ran out of memory.*use smaller images/ },
    play: always('oom'),
  },
  {
    name: 'server-error-once',
    what: 'The server fails at an image with an internal error (status 500), once',
    does: 'draws the image again',
    hurts: 'one image',
    servers: ['a1111', 'comfyui', 'forge'],
    promise: { exitCode: 0, vain: 4, says: /mat1 and mat2/ },
    play: once('error500'),
  },
  {
    name: 'nan-once',
    what: 'A computation ends in NaN, once',
    does: 'draws the image again; a black image gets no score',
    hurts: 'one image',
    servers: ['a1111', 'comfyui', 'forge'],
    promise: { exitCode: 0, missing: 1, vain: 4, says: /NaNs|black|flat tone/ },
    play: once('nan'),
  },
  ...(['black', 'grey'] as const).map((fault): Scenario => ({
    name: `${fault}-once`,
    what: `An image is all ${fault}`,
    does: 'gives it no score, and draws it again',
    hurts: 'one image',
    servers: ['a1111', 'comfyui', 'forge'],
    promise: { exitCode: 0, missing: 1, vain: 1, says: /flat tone|black|one colour/ },
    play: once(fault),
  })),
  {
    name: 'black-lasting',
    what: 'Every image is black from now on',
    does: 'gives none of them a score, and ends the run after five failed iterations',
    hurts: 'the run',
    servers: ['a1111', 'comfyui', 'forge'],
    promise: { exitCode: 1, lost: 5, missing: 1, resumes: true, vain: 3, says: /flat tone|black/ },
    play: always('black'),
  },
  {
    name: 'server-disk-full',
    what: "The server's disk is full, for one image",
    does: 'draws the image again',
    hurts: 'one image',
    servers: ['a1111', 'comfyui', 'forge'],
    promise: { exitCode: 0, vain: 4, says: /No space left on device/ },
    play: once('disk-full'),
  },
  {
    name: 'server-disk-full-lasting',
    what: "The server's disk stays full",
    does: 'ends the run after five failed iterations, quoting the server',
    hurts: 'the run',
    servers: ['a1111', 'comfyui', 'forge'],
    promise: { exitCode: 1, lost: 5, missing: 1, resumes: true, says: /No space left on device/ },
    play: always('disk-full'),
  },
  {
    name: 'stall',
    what: 'The server never finishes an image and shows no progress',
    does: 'interrupts it after `--stall` minutes and draws the image again',
    hurts: 'one image',
    servers: ['a1111', 'comfyui'],
    promise: { exitCode: 0, vain: 4, says: /./ },
    play: once('stall', { renderer: { stallSeconds: 2 } }),
  },
  {
    name: 'too-slow',
    what: 'An image takes longer than `--attempt-timeout`',
    does: 'interrupts it and draws it again',
    hurts: 'one image',
    servers: ['a1111', 'comfyui'],
    promise: { exitCode: 0, vain: 4, says: /within|longer/ },
    play: once('stall', { renderer: { attemptTimeoutSeconds: 3, stallSeconds: 0 } }),
  },
  {
    name: 'slow',
    what: 'The server draws very slowly',
    does: 'waits as long as it shows progress',
    hurts: 'nobody',
    servers: ['a1111', 'comfyui'],
    byNight: true,
    promise: { exitCode: 0, isSilent: true },
    play: async (stage) => stage.search({ simulator: { latencyMs: 1500 }, renderer: { stallSeconds: 5 } }),
  },
  {
    name: 'frozen',
    what: 'The server, or its computer, is frozen for seconds',
    does: 'waits',
    hurts: 'nobody',
    servers: ['a1111', 'comfyui'],
    byNight: true,
    promise: { exitCode: 0, isSilent: true },
    play: async (stage) => stage.search({ rules: [{ on: '*', times: 3, deed: { later: 3000 } }] }),
  },
  {
    name: 'progress-fails',
    what: 'The server answers nonsense when asked for its progress',
    does: 'continues without it',
    hurts: 'nobody',
    servers: ['a1111', 'comfyui'],
    promise: { exitCode: 0, vain: 5 },
    play: async (stage) =>
      stage.search({
        rules: [{ on: LOOK[stage.family], times: 2, deed: { answer: { status: 500, body: 'oops' } } }],
      }),
  },
];

const restarts: readonly Scenario[] = [
  {
    name: 'restart',
    what: 'The server restarts in the middle of an image, and the merge in its memory is gone',
    does: 'detects this, checks the merge again and draws the image again',
    hurts: 'one image',
    servers: ['a1111', 'comfyui', 'forge'],
    promise: { exitCode: 0, vain: 3 },
    play: once('forget'),
  },
  {
    name: 'restart-between',
    what: 'The server restarts between two images, so fast that no connection is lost',
    does: 'the same',
    hurts: 'nobody',
    servers: ['a1111', 'comfyui', 'forge'],
    promise: { exitCode: 0, vain: 2 },
    play: async (stage) => stage.search({ rules: then(({ simulator }) => simulator.restart()) }),
  },
  {
    name: 'restart-other-settings',
    what: 'The server restarts with other settings',
    does: 'restores the settings from the start of the run, checks the merge again and draws the image again',
    hurts: 'one image',
    servers: ['a1111', 'forge'],
    promise: { exitCode: 0, vain: 2, says: /was restarted/ },
    play: async (stage) =>
      stage.search({
        rules: then(async ({ simulator }) => {
          simulator.restart();
          await setOption(simulator, { eta_ancestral: 0.5 });
        }),
      }),
  },
  {
    name: 'model-replaced',
    what: 'Model B has been replaced when the server comes back',
    does: 'ends the run and says which model has changed; no score mixes the two',
    hurts: 'the run',
    servers: ['a1111', 'comfyui', 'forge'],
    // The check twice, the start of `resume`, what was measured before, and a prompt that was taken back too late.
    promise: {
      exitCode: 1,
      resumes: true,
      vain: 8,
      says: /image of a known merge .* has changed|was replaced or written to/,
    },
    play: async (stage) =>
      stage.search({
        rules: then(({ simulator }) => {
          simulator.addModel({ name: 'modelB', unet: 'other' });
          simulator.restart();
        }),
        check: ({ simulator }) => {
          simulator.addModel('modelB');
          return [];
        },
      }),
  },
  {
    name: 'model-vanished',
    what: 'Model B is missing when the server comes back',
    does: 'waits `--reconnect` minutes for it, then ends the run and names it',
    hurts: 'the run',
    servers: ['a1111', 'comfyui', 'forge'],
    day: ['comfyui', 'forge'],
    promise: {
      exitCode: 1,
      resumes: true,
      vain: 3,
      isFilesGone: true,
      says: /modelB.*That did not change for 2 minutes/,
    },
    play: async (stage) =>
      stage.search({
        config: { reconnect: 2 },
        rules: then(({ simulator }) => {
          simulator.deleteModel('modelB');
          simulator.restart();
        }),
      }),
  },
  {
    name: 'extension-gone',
    what: 'The merge extension is missing when the server comes back',
    does: 'waits `--reconnect` minutes for it, then ends the run and names it',
    hurts: 'the run',
    servers: ['a1111'],
    promise: { exitCode: 1, resumes: true, vain: 3, says: /extension runtime-block-merge is gone/ },
    play: once('extension-gone', { config: { reconnect: 2 } }),
  },
  {
    name: 'merge-stops-working',
    what: 'AUTOMATIC1111 answers as before but no longer merges',
    does: 'detects this by the pixels and ends the run; `resume` repeats the measurements since the last good check',
    hurts: 'the run',
    servers: ['a1111'],
    promise: {
      exitCode: 1,
      resumes: true,
      // One wrong image and the next one on its way, the check twice, the start of `resume`, what was measured before.
      vain: 15,
      isServerSpoilt: true,
      says: /no longer merges as requested/,
    },
    play: once('stale-unet'),
  },
  {
    name: 'merge-of-before',
    what: 'ComfyUI draws one image with the merge of the iteration before',
    does: 'detects this by its pixels, and draws it again',
    hurts: 'one image',
    servers: ['comfyui'],
    promise: { exitCode: 0, vain: 5, says: /is identical to/ },
    play: async (stage) => stage.search({ faults: ['stale-unet@11'] }),
  },
  {
    name: 'other-program',
    what: 'Another program answers at the address',
    does: 'waits `--reconnect` minutes, then ends the run and says what it found',
    hurts: 'the run',
    servers: ['a1111', 'comfyui', 'forge'],
    promise: { exitCode: 1, resumes: true, vain: 3, isOutOfReach: true },
    play: async (stage) =>
      stage.search({
        config: { reconnect: 2 },
        rules: [{ on: '*', times: Infinity, deed: { answer: { status: 200, body: '<h1>It works!</h1>' } } }],
      }),
  },
  {
    name: 'history-gone',
    what: 'ComfyUI drops the prompt (its history is cleared or full) before autombw has read it',
    does: 'sends the prompt again',
    hurts: 'one iteration',
    servers: ['comfyui'],
    promise: { exitCode: 0, vain: 2 },
    play: async (stage) =>
      stage.search({
        rules: [{ on: 'GET /history', times: 6, deed: { answer: { status: 200, body: '{}' } } }],
      }),
  },
  {
    name: 'prompt-refused',
    what: 'ComfyUI refuses a prompt, once',
    does: 'sends it again',
    hurts: 'one iteration',
    servers: ['comfyui'],
    promise: { exitCode: 0, vain: 1 },
    play: async (stage) =>
      stage.search({ rules: onDraw(stage.family, { answer: { status: 503, body: '' } }) }),
  },
];

export const SERVER: Chapter = {
  title: 'The server itself',
  scenarios: [...card, ...restarts],
  references: [
    {
      what: 'One of several servers of a run is killed in the middle of an iteration, and comes back',
      does: 'lets the others draw its images, and gives it work again when it is back',
      costs: 'the image that it was drawing',
      tests: [
        'tests/integration/fleet-kill.test.ts > one of three WebUIs is killed within an iteration and comes back: every image is there once, and all three drew',
      ],
    },
  ],
};
