import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { startSimulator } from '../../../src/simulator/index.ts';
import type { Simulator } from '../../../src/simulator/index.ts';
import { get } from './client.ts';
import { recording } from './recording.ts';

const PageSchema = z.object({
  components: z.array(
    z.object({
      id: z.number(),
      type: z.string(),
      props: z.object({ label: z.string().optional(), elem_id: z.string().optional() }),
    }),
  ),
  dependencies: z.array(
    z.object({
      targets: z.array(z.number()),
      trigger: z.string(),
      inputs: z.array(z.number()),
      outputs: z.array(z.number()),
    }),
  ),
});
type Page = z.infer<typeof PageSchema>;

let simulator: Simulator;

afterEach(async () => {
  await simulator.close();
});

async function page(seed = 1): Promise<Page> {
  simulator = await startSimulator({ seed, models: ['tinyA', 'tinyB', 'tinyBunetA'] });
  return PageSchema.parse((await get(simulator.url, '/config')).body);
}

/** Events that hang on something of the merge panel, in words instead of ids. */
function mergeEventsIn({ components, dependencies }: Page): string[] {
  const byId = new Map(components.map((one) => [one.id, one]));
  const word = (id: number): string => {
    const one = byId.get(id);
    return `${one?.type ?? '?'} ${one?.props.label ?? one?.props.elem_id ?? ''}`;
  };
  const wanted = /^(?:dropdown Model B|button (?:rbm_|mbw_save).*)$/u;
  return dependencies
    .filter(({ targets }) => targets.some((id) => wanted.test(word(id))))
    .map(({ targets, trigger, inputs, outputs }) => [
      trigger,
      targets.map(word),
      inputs.map(word),
      outputs.map(word),
    ])
    .map((row) => JSON.stringify(row))
    .toSorted();
}

it('has the merge panel twice, with inputs and outputs in the recorded order', async () => {
  const recorded = mergeEventsIn(PageSchema.parse(recording('config_excerpt_rbm').body));
  expect(mergeEventsIn(await page())).toEqual(recorded);
  expect(recorded).toHaveLength(8);
});

it('has a checkbox labelled Model B with an event of its own', async () => {
  const { components, dependencies } = await page();
  const boxes = components.filter(({ type, props }) => type === 'checkbox' && props.label === 'Model B');
  expect(boxes).toHaveLength(2);
  const ids = new Set(boxes.map(({ id }) => id));
  expect(dependencies.filter(({ targets }) => targets.some((id) => ids.has(id)))).toHaveLength(2);
});

it('has events on ids that the components do not have', async () => {
  const { components, dependencies } = await page();
  const ids = new Set(components.map(({ id }) => id));
  expect(dependencies.some(({ targets }) => targets.some((id) => !ids.has(id)))).toBe(true);
});

it('numbers its events differently with another seed', async () => {
  const first = await page(1);
  await simulator.close();
  const second = await page(2);
  expect(second.dependencies.length).not.toBe(first.dependencies.length);
});
