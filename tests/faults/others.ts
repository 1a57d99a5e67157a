/** Other people and programs at the same server. */
import type { Chapter, Scenario } from './scenario.ts';
import type { Scene } from './setting.ts';

interface Stranger {
  readonly name: string;
  readonly what: string;
  readonly does: string;
  readonly fault: string;
  readonly says: RegExp;
  readonly servers?: Scenario['servers'];
  readonly vain?: number;
}

const STRANGERS: readonly Stranger[] = [
  {
    name: 'other-checkpoint',
    what: 'Somebody selects another checkpoint',
    does: 'detects this by the reply, selects model A again and draws the image again',
    fault: 'foreign-model',
    says: /with a different model: requested/,
  },
  {
    name: 'other-job',
    what: 'Somebody draws with a checkpoint of their own in between',
    does: 'waits for it, and sets the merge up again',
    fault: 'foreign-job',
    says: /Somebody|somebody|another/,
    servers: ['a1111'],
    vain: 5,
  },
  {
    name: 'other-setting',
    what: 'Somebody changes a setting that affects images',
    does: 'restores it, and draws the image again',
    fault: 'foreign-option',
    says: /eta_ancestral was "1" and is now "0\.5"/,
  },
  {
    name: 'other-family',
    what: 'Somebody selects a model of another family, after which runtime-block-merge does nothing',
    does: 'says at once that the server must be restarted, waits `--reconnect` minutes for that, then ends the run',
    fault: 'foreign-family',
    says: /restart/,
    servers: ['a1111'],
    vain: 4,
  },
  {
    name: 'interrupt',
    what: 'Somebody presses Interrupt',
    does: 'detects this although the reply looks complete, and draws the image again',
    fault: 'interrupted',
    says: /interrupted/,
    servers: ['a1111', 'comfyui', 'forge'],
  },
  {
    name: 'skip',
    what: 'Somebody presses Skip',
    does: 'the same',
    fault: 'skipped',
    says: /: somebody interrupted/,
  },
];

const strangers = STRANGERS.map(
  ({ name, what, does, fault, says, servers = ['a1111', 'forge'], vain = 3 }): Scenario => ({
    name,
    what,
    does,
    hurts: 'one image',
    servers,
    // tests/integration/others-on-the-server.test.ts and way-of-the-plan.test.ts try the same by day.
    byNight: true,
    promise:
      name === 'other-family'
        ? { exitCode: 1, resumes: true, vain, isFilesGone: true, isServerSpoilt: true, says }
        : { exitCode: 0, vain, says },
    play: async (stage) =>
      stage.search({
        faults: [`${fault}@9`],
        ...(name === 'other-family' ? { config: { reconnect: 2 } } : {}),
      }),
  }),
);

/** Somebody else's prompt runs, ours waits behind it, and the queue is cleared. */
async function clearQueue({ simulator }: Scene): Promise<void> {
  const post = async (path: string, body: object): Promise<Response> =>
    fetch(simulator.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const look = async (): Promise<void> => {
    const queue = await (await fetch(`${simulator.url}/queue`)).text();
    if (!queue.includes('"queue_running":[]') && !queue.includes('"queue_running": []')) {
      await post('/queue', { clear: true });
      await post('/interrupt', {});
      return;
    }
    setTimeout(() => void look(), 2);
  };
  await look();
}

const queue: Scenario = {
  name: 'queue-cleared',
  what: "Somebody clears ComfyUI's queue and interrupts the current prompt",
  does: 'sends the prompt again',
  hurts: 'one iteration',
  servers: ['comfyui'],
  promise: { exitCode: 0, vain: 2, says: /interrupted|went away/ },
  play: async (stage) =>
    stage.search({
      simulator: { latencyMs: 40 },
      rules: (scene) => [{ on: 'POST /prompt', deed: { act: () => void clearQueue(scene) } }],
    }),
};

export const OTHERS: Chapter = {
  title: 'Other people at the server',
  scenarios: [...strangers, queue],
  references: [
    {
      what: 'Another search of this or another computer uses the server',
      does: 'does not start, and names the other one; waits for it with `--wait-for-server`',
      costs: 'nothing; exit code 2 (`server-in-use`)',
      tests: [
        'tests/process/server-in-use.test.ts > the second says who is there and ends with 2, before it asks the server for anything',
        'tests/process/server-in-use.test.ts > --wait-for-server waits until the first has ended',
      ],
    },
    {
      what: 'Somebody waiting in the queue interrupts our image',
      does: 'detects this, and draws the image again',
      costs: 'one image',
      tests: [
        'tests/integration/others-on-the-server.test.ts > somebody who waits in the queue and interrupts us to be served: his job wipes out the traces',
      ],
    },
    {
      what: 'Somebody works at the server again and again',
      does: 'lets them work each time; if merges are spoilt for `--reconnect` minutes, ends the run, which can be resumed',
      costs: 'time',
      tests: [
        'tests/integration/shared-webui.test.ts > costs no iteration and no repeat, whenever his jobs come',
        'tests/integration/shared-webui.test.ts > ends the run in words, to be resumed, when he never leaves it alone',
      ],
    },
  ],
};
