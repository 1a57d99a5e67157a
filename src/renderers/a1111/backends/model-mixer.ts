/**
 * The extension model-mixer: merges in memory before the images of a request, whose arguments name both models and
 * the weights. Its proof is in the reply: the model's name is a formula with the weights in it; when the merge fails
 * inside, the name stays model A's or that of the merge before.
 */
import { blocksOf } from '../../../space/blocks.ts';
import { architectureRow } from '../../../architectures/registry.ts';
import { WEIGHT_ORDERS } from '../../../architectures/sd-lists.ts';
import type { Architecture, BlockName, BlockWeights } from '../../../space/blocks.ts';
import type { Client } from '../../http/client.ts';
import { selectFile } from '../checkpoint.ts';
import { replyNamesOf } from '../models.ts';
import type { CheckpointWay, MergeContext, MergeSession } from './backend.ts';
import { argumentsFor, findLayout } from './model-mixer-arguments.ts';
import type { Layout } from './model-mixer-arguments.ts';
import { findScript, withScript } from './scripts.ts';
import { whyNotThisLayout } from './sd1-only.ts';
import { weightList } from './weight-list.ts';

const SCRIPT = 'model mixer';

/** After BASE, the text encoder. */
const WEIGHT_ORDER: readonly BlockName[] = WEIGHT_ORDERS.preset;

/**
 * When BASE differs from the call before, the extension breaks the model in memory, and every request fails until the
 * WebUI is restarted.
 */
const BASE = 0;

export const modelMixer: CheckpointWay = {
  name: 'model-mixer',
  summary: 'extension; 25 free blocks, in memory; each iteration reads model B and merges the UNet',
  takes: 'checkpoint',
  capabilities: (architecture) => ({
    free: blocksOf(architecture).filter((name) => name !== 'OUT' && name !== 'TIME_EMBED'),
    tied: tiedFor(architecture),
    fixed: {},
    // Its sliders go so far; 1.5 has been seen to work.
    range: { low: -1, high: 2 },
    mergesTextEncoder: false,
    savesCheckpoint: false,
  }),
  async find(context, signal) {
    const unlike = whyNotThisLayout('model-mixer', context.architecture);
    if (unlike !== undefined) return { missing: unlike };
    const layout = await lookForLayout(context.client, signal);
    return 'missing' in layout ? layout : sessionOf(context, layout);
  },
};

function sessionOf({ client, modelA, modelB }: MergeContext, layout: Layout): MergeSession {
  return {
    // The arguments of the request are all it takes.
    async arm() {},

    /** The selection shows the formula of the merge, so that selecting model A reads its file again. */
    async disarm(signal) {
      await selectFile(client, modelA, signal);
    },

    async prepare() {},

    decorate(body, weights) {
      // The titles of the time when the session began: they stay aliases when the hashes change, and the same words
      // let the extension keep a merge that it has made already.
      const mix = { modelA: modelA.title, modelB: modelB.title, weights: weightText(weights) };
      return withScript(body, SCRIPT, argumentsFor(layout, mix));
    },

    expectedModel(weights) {
      const [nameA, nameB] = [replyNamesOf(modelA), replyNamesOf(modelB)];
      return {
        names: [`${nameA[0]} x (1 - alpha_0) + ${nameB[0]} x alpha_0(${weightText(weights)})`],
        matches: (name) => isMixOf(name, nameA, nameB, [BASE, ...weightList(weights, WEIGHT_ORDER)]),
        hash: null,
        notHash: modelA.hash ?? null,
        advice:
          "The merge inside model-mixer failed; check the WebUI's console, and restart the WebUI if this continues.",
      };
    },

    // Its first merge has been seen to make the server take a wrong hash for model A's, until the hash cache was deleted.
    expectedModelA: { names: replyNamesOf(modelA), hash: null },
  };
}

async function lookForLayout(
  client: Client,
  signal: AbortSignal,
): Promise<Layout | { readonly missing: string }> {
  const script = await findScript(client, SCRIPT, signal);
  if (script === undefined) {
    return {
      missing: `The WebUI at ${client.address} has no extension model-mixer; install sd-webui-model-mixer (or enable it) and restart the WebUI.`,
    };
  }
  const layout = findLayout(script.args);
  if (!('odd' in layout)) return layout;
  return {
    missing: `The model-mixer at ${client.address} takes different arguments than expected: ${layout.odd}; use another version of the extension.`,
  };
}

/** `time_embed.` and `out.` take the last number, OUT11's. */
function tiedFor(architecture: Architecture): Record<BlockName, BlockName> {
  const last = architectureRow(architecture).path.at(-1) ?? '';
  return { OUT: last, TIME_EMBED: last };
}

/** Six digits are finer than the float16 of any model, and keep powers of ten (1e-7) out of the text. */
function weightText(weights: BlockWeights): string {
  return [BASE, ...weightList(weights, WEIGHT_ORDER)]
    .map((weight) => String(Number(weight.toFixed(6))))
    .join(',');
}

/** How the extension prints a number like 0.123456 is not known, so the numbers are compared, not the text. */
function isMixOf(
  name: string,
  nameA: readonly string[],
  nameB: readonly string[],
  weights: readonly number[],
): boolean {
  const [, a = '', b = '', text = ''] =
    /^(.+) x \(1 - alpha_0\) \+ (.+) x alpha_0\(([^()]*)\)$/.exec(name) ?? [];
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  return (
    nameA.includes(a) &&
    nameB.includes(b) &&
    numbers.length === weights.length &&
    numbers.every((number, i) => Math.abs(number - (weights[i] ?? Number.NaN)) <= TOLERANCE)
  );
}

/** The step of the extension's own sliders. */
const TOLERANCE = 0.001;
