import { recorded } from '../../../../helpers/replay-server.ts';

interface Dependency {
  fn_index?: number;
  targets: unknown;
  trigger: string;
  inputs: number[];
  outputs: number[];
}

interface Component {
  id: number;
  type: string;
  props: Record<string, unknown>;
}

export interface PanelConfig {
  components: Component[];
  dependencies: (Dependency | Record<string, unknown>)[];
}

/** `/config` in full size: the recorded excerpt at its recorded positions, amid events that are none of ours. */
export function panelConfig(): PanelConfig {
  const excerpt = structuredClone(recorded('config_excerpt_rbm').body) as {
    dependencies_total: number;
    components: Component[];
    dependencies: Dependency[];
  };
  // model-mixer's trap: checkboxes of the same label, with events that change them.
  const traps: Component[] = [9001, 9002].map((id) => ({
    id,
    type: 'checkbox',
    props: { label: 'Model B', elem_id: null },
  }));
  const dependencies: PanelConfig['dependencies'] = Array.from(
    { length: excerpt.dependencies_total },
    (_, i) =>
      i % 3 === 0
        ? { targets: [9001], trigger: 'change', inputs: [9001], outputs: [9002] }
        : // Its target is no listed component, and other versions of gradio write targets differently.
          { targets: i % 3 === 1 ? [99_999] : [[1, 'click']], trigger: 'click', inputs: [], outputs: [] },
  );
  for (const { fn_index: index, ...dependency } of excerpt.dependencies) {
    if (index !== undefined) dependencies[index] = dependency;
  }
  return { components: [...traps, ...excerpt.components], dependencies };
}

/** The load event of the txt2img panel. */
export const LOAD = 463;
export const UNLOAD = 464;
export const SAVE = 461;
