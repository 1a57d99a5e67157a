/**
 * The extension lora-block-weight: a LoRA in place of model B, one weight per block, in a tag of the prompt. The server
 * takes a tag that it does not understand for the whole LoRA, or for none, in silence: hence the checks here, and
 * `prove.ts`. Nothing of it stays in memory.
 */
import { usageError } from '../../../shared/errors.ts';
import type { Architecture, BlockName, BlockWeights } from '../../../space/blocks.ts';
import { architectureRow } from '../../../architectures/registry.ts';
import { LORA_LISTS } from '../../../architectures/sd-lists.ts';
import { partBlocksOf } from '../../../architectures/registry.ts';
import { blocksOf } from '../../../space/blocks.ts';
import { NO_PARTS, type PartCapabilities } from '../../../space/parts.ts';
import type { Client } from '../../http/client.ts';
import type { Capabilities } from '../../renderer.ts';
import type { ServerLora } from '../schemas.ts';
import { architecturesOf, countFor, countOf } from './lora-blocks.ts';
import type { LoraBlockCount, LoraWay, MergeContext, MergedBody, MergeSession } from './backend.ts';
import { findScript } from './scripts.ts';
import { weightList } from './weight-list.ts';

const SCRIPT = 'lora block weight';
/** The extension's own switch. */
const SWITCH = 'LoRA Block Weight';

export const loraBlockWeight: LoraWay = {
  name: 'lora-block-weight',
  summary:
    'extension; a LoRA as model B, 11 to 25 free blocks, in the prompt; iterations cost almost nothing extra',
  takes: 'lora',
  capabilities: (architecture, { loraBlocks }) =>
    capabilitiesOf(architecture, loraBlocks ?? usualCount(architecture)),
  async find(context, signal) {
    const { client, architecture, modelB, options } = context;
    const count = options.loraBlocks ?? countOf(modelB, architecture);
    const missing =
      whyNotThisCount(count, architecture) ?? whyNotThisName(modelB) ?? (await whyNoScript(client, signal));
    return missing === undefined ? sessionOf(context, count) : { missing };
  },
};

function sessionOf({ modelB, architecture }: MergeContext<ServerLora>, count: LoraBlockCount): MergeSession {
  return {
    capabilities: capabilitiesOf(architecture, count),

    async arm() {},
    async disarm() {},
    async prepare() {},

    decorate(body, weights) {
      refuseTagged(body, modelB);
      const tag = `\n${tagOf(modelB, weights, count, architecture)}`;
      return {
        ...body,
        prompt: `${textOf(body, 'prompt')}${tag}`,
        // Empty, the second pass takes the prompt of the first, tag and all.
        ...(textOf(body, 'hr_prompt') === '' ? {} : { hr_prompt: `${textOf(body, 'hr_prompt')}${tag}` }),
      };
    },

    warnings(requests) {
      for (const { body } of requests) refuseTagged(body, modelB);
      return [];
    },
  };
}

/** Undefined for families that the extension has no lists for. */
function usualCount(architecture: Architecture): LoraBlockCount | undefined {
  return architectureRow(architecture).lists === undefined ? undefined : countFor(architecture, 'lora');
}

function capabilitiesOf(architecture: Architecture, count: LoraBlockCount | undefined): Capabilities {
  const blocks = blocksOf(architecture);
  const moved = new Set<BlockName>(count === undefined ? [] : LORA_LISTS[count]);
  return {
    free: blocks.filter((name) => moved.has(name)),
    tied: {},
    fixed: Object.fromEntries(blocks.filter((name) => !moved.has(name)).map((name) => [name, 0])),
    // What it does outside has never been seen.
    range: { low: 0, high: 1 },
    parts: partsOf(architecture),
    mergesTextEncoder: true,
    savesCheckpoint: false,
  };
}

/** BASE is the LoRA's part of all text encoders. A LoRA has nothing for a VAE. */
function partsOf(architecture: Architecture): PartCapabilities {
  const [first, ...others] = partBlocksOf(architecture).filter(({ layers }) => layers.length > 0);
  if (first === undefined) return NO_PARTS;
  return { free: [first.name], tied: Object.fromEntries(others.map(({ name }) => [name, first.name])) };
}

/** BASE comes first, and is 0 unless the text encoder is searched. Six digits keep powers of ten (1e-7) out of the text. */
function tagOf(
  { name }: ServerLora,
  weights: BlockWeights,
  count: LoraBlockCount,
  architecture: Architecture,
): string {
  const list = weightList(weights, [...partsOf(architecture).free, ...LORA_LISTS[count]]);
  return `<lora:${name}:1:lbw=${list.map((weight) => Number(weight.toFixed(6))).join(',')}>`;
}

function whyNotThisCount(count: LoraBlockCount, architecture: Architecture): string | undefined {
  const { low, all } = { low: countFor(architecture, 'lora'), all: countFor(architecture, 'lycoris') };
  if (architecturesOf(count).includes(architecture)) return undefined;
  return `A LoRA for ${architecture} has ${low} block weights, or ${all} for a LyCORIS, not ${count}; correct --lora-blocks or --architecture.`;
}

function whyNotThisName({ name }: ServerLora): string | undefined {
  const bad = /[:<>,]/.exec(name)?.[0];
  if (bad === undefined) return undefined;
  return `The name of the LoRA "${name}" contains "${bad}", which cannot be used in a prompt; rename its file and refresh the list of LoRAs.`;
}

/** One sentence why the server takes no tag with a list of strengths by block for such models; undefined where it does. */
export async function whyNoLoraBlocks(
  client: Client,
  architecture: Architecture,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { lists, title } = architectureRow(architecture);
  if (lists === undefined) return `The extension lora-block-weight does not support the blocks of ${title}.`;
  return whyNoScript(client, signal);
}

async function whyNoScript(client: Client, signal: AbortSignal): Promise<string | undefined> {
  const script = await findScript(client, SCRIPT, signal);
  if (script === undefined) {
    return `The WebUI at ${client.address} has no extension lora-block-weight; install sd-webui-lora-block-weight (or enable it) and restart the WebUI.`;
  }
  const own = script.args.find(({ label }) => label === SWITCH);
  if (own?.value === true) return undefined;
  return own === undefined
    ? `The lora-block-weight at ${client.address} has no switch "${SWITCH}"; use another version of the extension.`
    : `The lora-block-weight at ${client.address} is switched off when the WebUI starts; turn "${SWITCH}" on in its defaults and restart the WebUI.`;
}

/** Two tags of one LoRA would add up, or one would win. */
function refuseTagged(body: MergedBody, { name, alias }: ServerLora): void {
  const tags = ['prompt', 'hr_prompt'].flatMap((key) => [...textOf(body, key).matchAll(/<lora:([^:>]*)/g)]);
  const found = tags.find(([, called]) => called === name || called === alias);
  if (found === undefined) return;
  throw usageError(
    'lora-in-prompt',
    `The prompt has a tag "${found[0]}…>" of the LoRA being searched; remove it, because the search adds its own.`,
  );
}

function textOf(body: MergedBody, key: string): string {
  const value = body[key];
  return typeof value === 'string' ? value : '';
}
