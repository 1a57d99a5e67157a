/** The whole page: the panels of the extensions in both tabs, among many other components and events. */
import { randomStream } from '../random.ts';
import type { WebuiExtension } from './extensions/extension.ts';
import { UiLayout } from './ui-layout.ts';

const LABELS = [
  'Sampling method',
  'Hires. fix',
  'Refiner',
  'Width',
  'Height',
  'Batch count',
  'CFG Scale',
  'Seed',
];
const TYPES = ['slider', 'checkbox', 'dropdown', 'textbox', 'number'];

/** Numbers of events differ with the seed, as they do with versions and installed extensions. */
export function buildPage(
  extensions: readonly WebuiExtension[],
  titles: readonly string[],
  seed: number,
): UiLayout {
  const random = randomStream(seed);
  const ui = new UiLayout();
  for (const tab of ['txt2img', 'img2img']) {
    addBystanders(ui, 20 + Math.floor(20 * random()), random);
    ui.component('dropdown', { label: 'Checkpoint', choices: titles, elem_id: `${tab}_checkpoint` });
    addModelMixer(ui, titles);
    for (const extension of extensions) {
      addBystanders(ui, 5 + Math.floor(10 * random()), random);
      extension.addPanel?.(ui);
    }
    addBystanders(ui, 10, random);
  }
  return ui;
}

function addBystanders(ui: UiLayout, count: number, random: () => number): void {
  const pick = <T>(items: readonly T[], fallback: T): T =>
    items[Math.floor(random() * items.length)] ?? fallback;
  for (let i = 0; i < count; i++) {
    const label = pick(LABELS, 'Seed');
    const id = ui.component(pick(TYPES, 'slider'), { label, value: null });
    // Some events hang on ids that the list of components does not have.
    const target = i % 4 === 3 ? ui.skipIds(3) : id;
    ui.event({
      trigger: pick(['change', 'click', 'input'], 'change'),
      targets: [target],
      inputs: [id],
      outputs: [id],
    });
  }
}

/** Another merge extension: its "Model B" is a checkbox, and there is a dropdown of models beside it. */
function addModelMixer(ui: UiLayout, titles: readonly string[]): void {
  for (const label of ['Model B', 'Model C', 'Model D']) {
    const use = ui.component('checkbox', { label, value: false });
    const choice = ui.component('dropdown', {
      label: label.replace('Model', 'Merge'),
      choices: ['None', ...titles],
    });
    ui.event({ trigger: 'change', targets: [use], inputs: [use, choice], outputs: [choice] });
    ui.event({ trigger: 'change', targets: [choice], inputs: [choice], outputs: [use] });
  }
}
