/** Other people at the same server, on order. */
import { pause } from '../../shared/abort/pause.ts';
import type { FaultName } from '../faults.ts';
import { txt2img } from './txt2img/generate.ts';
import type { Webui } from './webui.ts';

/** As long as a small job with a checkpoint of its own takes at the least. */
const JOB_MS = 1200;
const MERGER = 'sd-webui-runtime-block-merge';
const OTHER_FAMILY = 'otherFamily';

/**
 * What happens before a request for an image is looked at.
 * @returns true when the process is a new one, so that the request is lost
 */
export async function letStrangersIn(webui: Webui, faults: ReadonlySet<FaultName>): Promise<boolean> {
  if (faults.has('foreign-job')) void drawElsewhere(webui);
  if (faults.has('foreign-family')) await selectOtherFamily(webui);
  if (faults.has('foreign-model')) await webui.setOptions({ sd_model_checkpoint: anotherOf(webui) });
  if (faults.has('foreign-option')) await webui.setOptions({ eta_ancestral: 0.5 });
  if (!faults.has('extension-gone')) return false;
  webui.restart([MERGER]);
  return true;
}

/** An image by the first checkpoint of the list that is not in memory; the selection stays what it is. */
async function drawElsewhere(webui: Webui): Promise<void> {
  const body = {
    prompt: 'a cat',
    seed: 1,
    steps: 2,
    width: 64,
    height: 64,
    override_settings: { sd_model_checkpoint: anotherOf(webui) },
  };
  const { signal } = webui.closing;
  await drawForThem(webui, body, async () => pause(JOB_MS, signal).catch(() => undefined));
}

async function drawForThem(webui: Webui, body: object, meanwhile?: () => Promise<void>): Promise<void> {
  try {
    const { images } = await txt2img(webui, body, new Set(), meanwhile);
    webui.foreignImages += images.length;
  } catch {
    // It is theirs.
  }
}

/** Somebody who waits in the queue with a small job without a checkpoint of its own. */
export function waitBehind(webui: Webui): void {
  const body = { prompt: 'a cat', seed: 1, steps: 2, width: 64, height: 64 };
  void drawForThem(webui, body);
}

/** The first checkpoint of the list that is not in memory. */
function anotherOf({ memory, table }: Webui): string | undefined {
  const { path } = memory.contents;
  return table.list.find(({ file }) => file.path !== path)?.file.name;
}

async function selectOtherFamily(webui: Webui): Promise<void> {
  const { settings, table } = webui;
  const architecture = settings.architecture === 'sdxl' ? 'sd1' : 'sdxl';
  if (!settings.folder.has(`${OTHER_FAMILY}.safetensors`)) {
    settings.folder.put({ name: OTHER_FAMILY, architecture });
    table.refresh();
  }
  await webui.setOptions({ sd_model_checkpoint: OTHER_FAMILY });
}
