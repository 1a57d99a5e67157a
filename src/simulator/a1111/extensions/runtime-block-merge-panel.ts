import { SEARCH_ORDER, WEIGHT_ORDERS } from '../../../architectures/sd-lists.ts';
import type { BlockName } from '../../../space/blocks.ts';
import type { EventRun, UiLayout } from '../ui-layout.ts';

export interface MergePanelEvents {
  /** Dropdown, force CPU, 27 weights in search order; answers dropdown, enabled and three updates. */
  readonly load: EventRun;
  readonly unload: EventRun;
  readonly refresh: EventRun;
  readonly save: EventRun;
}

/** The panel of one tab. Order of creation, and with it ids and event numbers, is the extension's. */
export function addMergePanel(ui: UiLayout, titles: readonly string[], events: MergePanelEvents): void {
  const enable = ui.component('checkbox', { label: 'Enable', value: false });
  const unload = ui.component('button', { value: 'Unload and Disable', elem_id: 'rbm_unload' });
  ui.skipIds(2);
  const force = ui.component('checkbox', { label: 'Force CPU (Max Precision)', value: true });
  ui.skipIds(9);
  const modelB = ui.component('dropdown', { label: 'Model B', choices: titles });
  const refresh = ui.component('button', { value: '🔄', elem_id: 'rbm_modelb_refresh' });
  const sliders = addSliders(ui);
  const choice = (label: string, options: readonly string[], value: string): number =>
    ui.component('radio', { label, choices: options.map((option) => [option, option]), value });
  const mode = choice('Output Mode', ['Max Precision', 'Runtime Snapshot'], 'Max Precision');
  const clip = choice('Skip/Reset CLIP position_ids', ['Keep Original', 'Fix'], 'Keep Original');
  const format = choice('Output Format', ['.ckpt', '.safetensors'], '.safetensors');
  const recipe = ui.component('checkbox', { label: 'Output Recipe', value: true });
  const name = ui.component('textbox', { label: 'New Checkpoint Name', value: '' });
  const save = ui.component('button', {
    value: 'Save Runtime Checkpoint',
    elem_id: 'mbw_save_checkpoint_button',
  });

  const inOrder = (order: readonly BlockName[]): number[] => order.map((block) => sliders.get(block) ?? -1);
  const natural = inOrder(SEARCH_ORDER);
  const outputs = [modelB, enable, force, save, unload];
  ui.event({ trigger: 'click', targets: [refresh], inputs: [], outputs: [modelB], run: events.refresh });
  ui.event({
    trigger: 'click',
    targets: [save],
    inputs: [mode, clip, format, name, recipe, ...natural, ...inOrder(WEIGHT_ORDERS.recipe)],
    outputs: [name],
    run: events.save,
  });
  ui.event({ trigger: 'submit', targets: [name], inputs: natural, outputs: natural });
  ui.event({
    trigger: 'change',
    targets: [modelB],
    inputs: [modelB, force, ...natural],
    outputs,
    run: events.load,
  });
  ui.event({ trigger: 'click', targets: [unload], inputs: [], outputs, run: events.unload });
}

/** The sliders as they stand on the page: the late blocks first, the OUT column from the top down. */
function addSliders(ui: UiLayout): ReadonlyMap<BlockName, number> {
  const ins = SEARCH_ORDER.filter((block) => block.startsWith('IN'));
  const outs = SEARCH_ORDER.filter((block) => block.startsWith('OUT') && block !== 'OUT').toReversed();
  const order: readonly BlockName[] = ['TIME_EMBED', 'OUT', ...ins, 'M00', ...outs];
  const sliders = new Map<BlockName, number>();
  for (const label of order) {
    const value = label === 'OUT' || label === 'TIME_EMBED' ? 0 : 0.5;
    const slider = { label, value, minimum: 0, maximum: 1, step: 0.01 };
    sliders.set(
      label,
      ui.component('slider', label === 'M00' ? { ...slider, elem_id: 'mbw_sl_M00' } : slider),
    );
  }
  return sliders;
}
