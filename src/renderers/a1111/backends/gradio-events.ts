/**
 * Finds the events of the runtime-block-merge panel in gradio's description of the page. Their numbers (`fn_index`)
 * depend on versions and installed extensions, so they are looked for at every start of the server.
 */
import type { z } from 'zod';
import { gradioComponentSchema, gradioDependencySchema } from '../schemas.ts';
import type { gradioConfigSchema } from '../schemas.ts';

/** Values of `fn_index`. */
export interface PanelEvents {
  readonly load: number;
  readonly unload: number;
  /** Undefined in a version whose save panel is another one: merging works all the same. */
  readonly save: number | undefined;
}

/**
 * The panel exists twice (txt2img and img2img) over one shared state; the first one is taken.
 * @param loadOrder the 27 block names as the load event must take them
 * @param recipeOrder the second list of the save event
 * @returns the events, or a sentence that says which one is not as expected
 */
export function findPanelEvents(
  config: z.output<typeof gradioConfigSchema>,
  loadOrder: readonly string[],
  recipeOrder: readonly string[],
): PanelEvents | { readonly missing: string } {
  const page = readPage(config);
  const load = page.events.find((event) => isLoadEvent(event, page));
  if (load === undefined) return { missing: `${UNLIKE} no event that loads model B` };

  const sliders = labelsOf(load.inputs.slice(2), page);
  const odd = loadOrder.findIndex((name, i) => sliders[i] !== name);
  if (odd >= 0) {
    return {
      missing: `${UNLIKE} "${sliders[odd] ?? ''}" as slider ${odd + 1} where "${loadOrder[odd]}" should be`,
    };
  }

  const unload = page.events.find((event) => isClickOn('rbm_unload', event, page) && shares(event, load));
  if (unload === undefined) return { missing: `${UNLIKE} no event that unloads model B` };

  const saveLabels = [...SAVE_FIELDS, ...loadOrder, ...recipeOrder];
  const save = page.events.find(
    (event) =>
      isClickOn('mbw_save_checkpoint_button', event, page) &&
      labelsOf(event.inputs, page).join('\n') === saveLabels.join('\n'),
  );
  return { load: load.index, unload: unload.index, save: save?.index };
}

const UNLIKE =
  'The panel of runtime-block-merge is not laid out as expected (use another version of the extension): it has';

const SAVE_FIELDS = [
  'Output Mode',
  'Skip/Reset CLIP position_ids',
  'Output Format',
  'New Checkpoint Name',
  'Output Recipe',
];

interface Component {
  readonly type: string;
  readonly label: string;
  readonly elemId: string;
}

interface PageEvent {
  /** `fn_index`: the position in gradio's list. */
  readonly index: number;
  readonly trigger: string;
  readonly targets: readonly number[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

interface Page {
  readonly components: ReadonlyMap<number, Component>;
  readonly events: readonly PageEvent[];
}

function readPage(config: z.output<typeof gradioConfigSchema>): Page {
  const components = new Map<number, Component>();
  for (const raw of config.components) {
    const parsed = gradioComponentSchema.safeParse(raw);
    if (!parsed.success) continue;
    const { id, type, props } = parsed.data;
    components.set(id, { type, label: textOf(props.label), elemId: textOf(props.elem_id) });
  }
  const events = config.dependencies.flatMap((raw, index) => {
    const parsed = gradioDependencySchema.safeParse(raw);
    return parsed.success ? [{ ...parsed.data, index }] : [];
  });
  return { components, events };
}

function isLoadEvent({ trigger, targets, inputs, outputs }: PageEvent, { components }: Page): boolean {
  const is = (id: number | undefined, type: string, label: string): boolean => {
    const component = id === undefined ? undefined : components.get(id);
    return component?.type === type && component.label === label;
  };
  return (
    trigger === 'change' &&
    // model-mixer has checkboxes of the same label.
    targets.some((id) => is(id, 'dropdown', 'Model B')) &&
    inputs.length === 29 &&
    outputs.length === 5 &&
    is(inputs[0], 'dropdown', 'Model B') &&
    is(inputs[1], 'checkbox', 'Force CPU (Max Precision)') &&
    inputs.slice(2).every((id) => components.get(id)?.type === 'slider')
  );
}

function isClickOn(elemId: string, { trigger, targets }: PageEvent, { components }: Page): boolean {
  return trigger === 'click' && targets.some((id) => components.get(id)?.elemId === elemId);
}

/** Both belong to one panel. */
function shares(event: PageEvent, load: PageEvent): boolean {
  return event.outputs.some((id) => load.outputs.includes(id));
}

function labelsOf(ids: readonly number[], { components }: Page): readonly string[] {
  return ids.map((id) => components.get(id)?.label ?? '');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
