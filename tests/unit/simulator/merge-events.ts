import { z } from 'zod';

const ConfigSchema = z.object({
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

export interface MergeEvents {
  readonly load: number;
  readonly unload: number;
  readonly refresh: number;
  readonly save: number;
  /** The same of the second tab. */
  readonly loadAgain: number;
}

/** Finds the merge panel's events as a client has to: by what they hang on, not by their number. */
export async function mergeEvents(url: string, headers: Record<string, string> = {}): Promise<MergeEvents> {
  const { components, dependencies } = ConfigSchema.parse(
    await (await fetch(`${url}/config`, { headers })).json(),
  );
  const byId = new Map(components.map((component) => [component.id, component]));
  const numbers = dependencies.map((event, index) => ({
    ...event,
    index,
    on: byId.get(event.targets[0] ?? -1),
  }));
  const loads = numbers.filter(
    ({ trigger, inputs, outputs, on }) =>
      trigger === 'change' &&
      on?.type === 'dropdown' &&
      on.props.label === 'Model B' &&
      inputs.length === 29 &&
      outputs.length === 5,
  );
  const click = (id: string): number => numbers.find(({ on }) => on?.props.elem_id === id)?.index ?? -1;
  return {
    load: loads[0]?.index ?? -1,
    loadAgain: loads[1]?.index ?? -1,
    unload: click('rbm_unload'),
    refresh: click('rbm_modelb_refresh'),
    save: click('mbw_save_checkpoint_button'),
  };
}
