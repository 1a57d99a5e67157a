/** `POST /sdapi/v1/txt2img`: from the body to the reply. */
import type { WebuiExtension } from '../extensions/extension.ts';
import { readNetworks } from '../loras.ts';
import type { LoraShares, LoraTag } from '../loras.ts';
import { scriptArguments } from '../scripts.ts';
import type { Webui } from '../webui.ts';
import type { FaultName } from '../../faults.ts';
import { encodePng } from '../../png.ts';
import type { Pixels } from '../../../types.ts';
import { imageGrid } from './grid.ts';
import { planImages } from './plan.ts';
import type { Plan } from './plan.ts';
import { partNotes } from '../other-parts.ts';
import { readTxt2imgRequest } from './request.ts';
import type { Txt2imgRequest } from './request.ts';
import { sampleImages } from './sample.ts';
import { replyInfo } from './reply-info.ts';

export interface Txt2imgReply {
  readonly images: readonly string[];
  readonly parameters: Txt2imgRequest;
  /** JSON in JSON. */
  readonly info: string;
}

/**
 * Waits its turn; goes on to the end although the client may have gone.
 * @param meanwhile what takes time before the first step
 */
export async function txt2img(
  webui: Webui,
  body: unknown,
  faults: ReadonlySet<FaultName>,
  meanwhile: () => Promise<void> = async () => {},
): Promise<Txt2imgReply> {
  const request = readTxt2imgRequest(body, webui.settings.family === 'forge');
  const args = scriptArguments(request, webui.extensions);
  const taskId = request.force_task_id ?? webui.queue.newTaskId();
  return await webui.queue.run(async () => {
    webui.state.begin('scripts_txt2img', webui.settings.now());
    try {
      return await withOverrides(webui, request, async () => {
        if (faults.has('wrong-model')) loadAnother(webui);
        const asked = planImages(webui, request);
        const plan = faults.has('no-seed') ? { ...asked, seeds: asked.seeds.map(() => 1) } : asked;
        const notes = new Map<string, unknown>();
        for (const [extension, own] of args) extension.beforeSampling?.(own, notes);
        const networks = readNetworks(webui.settings.loras, plan.prompt, (tag) => sharesOf(args, tag));
        await meanwhile();
        const images = await sampleImages(webui, plan, networks, faults);
        return await reply(webui, asked, images, new Map([...partNotes(webui), ...notes, ...networks.notes]));
      });
    } finally {
      webui.state.end();
    }
  }, taskId);
}

/** As when the selected title is no longer known: the first of the list is loaded and selected without a word. */
function loadAnother(webui: Webui): void {
  const { path } = webui.memory.contents;
  const another = webui.table.list.find(({ file }) => file.path !== path);
  if (another !== undefined) webui.load(another);
}

/**
 * Sets the request's overrides and puts the old values back afterwards: those that were ever set, that is. Weights are
 * not put back: the next generation does that when it looks at the settings.
 */
async function withOverrides<T>(webui: Webui, request: Txt2imgRequest, work: () => Promise<T>): Promise<T> {
  const overrides = Object.entries(request.override_settings ?? {}).filter(
    ([key, value]) => key !== 'sd_model_checkpoint' || webui.table.byAlias(value) !== undefined,
  );
  const stored = overrides
    .filter(([key]) => webui.options.isSet(key))
    .map(([key]) => [key, webui.options.get(key)] as const);
  try {
    if (!overrides.some(([key]) => key === 'sd_model_checkpoint')) webui.loadSelected();
    for (const [key, value] of overrides) {
      webui.options.set(key, value);
      if (key === 'sd_model_checkpoint') webui.loadSelected();
    }
    return await work();
  } finally {
    if (request.override_settings_restore_afterwards !== false) {
      for (const [key, value] of stored) webui.options.set(key, value);
    }
  }
}

/** What the first extension says that has something to say about a LoRA. */
function sharesOf(
  args: ReadonlyMap<WebuiExtension, readonly unknown[]>,
  tag: LoraTag,
): LoraShares | undefined {
  for (const [extension, own] of args) {
    const shares = extension.weighLora?.(own, tag);
    if (shares !== undefined) return shares;
  }
  return undefined;
}

async function reply(
  webui: Webui,
  plan: Plan,
  made: readonly Pixels[],
  notes: ReadonlyMap<string, unknown>,
): Promise<Txt2imgReply> {
  const { request } = plan;
  webui.images += made.length;
  const wantsGrid =
    request.save_images === true && made.length > 1 && webui.options.get('return_grid') === true;
  const info = replyInfo(webui, plan, { made: made.length, hasGrid: wantsGrid, notes });
  if (request.send_images === false) return { images: [], parameters: request, info: JSON.stringify(info) };

  const all = wantsGrid ? [imageGrid(made), ...made] : made;
  const images: string[] = [];
  for (const [i, image] of all.entries()) {
    const png = await encodePng(image, { parameters: info.infotexts[i] ?? '' });
    images.push(png.toString('base64'));
  }
  return { images, parameters: request, info: JSON.stringify(info) };
}
