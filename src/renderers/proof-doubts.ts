/** What a proof of the merge shows: what is wrong, as a reason and a remedy, and what is worth a warning. */
import type { Architecture, ArchitectureRow } from '../architectures/architecture.ts';
import { architectureRow } from '../architectures/registry.ts';
import type { BlockName } from '../space/blocks.ts';
import { LORA_PREFIX } from '../space/parameters.ts';
import type { Proof } from './proof.ts';

/** The first thing that is not as it must be, as a reason and a remedy. */
export function doubtIn(proof: Proof, architecture: Architecture): string | undefined {
  const { modelA, zero, one, spread } = proof;
  const { parts = {}, parameters = {}, witnesses = {}, halves = {} } = proof;
  if (zero !== modelA) return LEFTOVER;
  if (one === modelA) return NO_EFFECT;
  if (spread === one || spread === modelA) return NO_VALUES;
  const family = otherFamilyIn(proof, architecture);
  if (family !== undefined) return family;
  const [idle] = Object.keys(parameters).filter((name) => parameters[name] === modelA);
  if (idle !== undefined) return idleParameter(idle);
  const silent = silentWitness(witnesses, { 'model A': modelA, 'model B': one });
  if (silent !== undefined) return silent;
  const [unread] = Object.keys(halves).filter((name) => halves[name] === parameters[name]);
  if (unread !== undefined) return `half of ${unread} gives the same image as all of it${NOT_BY_BLOCK}`;
  const still = Object.keys(parts).filter((name) => parts[name] === modelA);
  return still.length === 0 ? undefined : partsWithoutEffect(still);
}

/** The models are of another family than was said. */
export function otherFamilyIn(
  { modelA, deepest, matched, foreign = modelA }: Proof,
  architecture: Architecture,
): string | undefined {
  const row = architectureRow(architecture);
  if (matched === modelA) return withoutBlocks(row);
  if (deepest === modelA && row.tellTale !== undefined) return withoutEffect(row.tellTale);
  if (foreign !== modelA && row.foreign !== undefined) return withEffect(row.foreign, row.shortTitle);
  return undefined;
}

/** The first one whose image is that of a model, or of a witness before it. */
function silentWitness(
  witnesses: Readonly<Record<string, string>>,
  models: Readonly<Record<string, string>>,
): string | undefined {
  const seen = new Map(Object.entries(models).map(([name, hash]) => [hash, name]));
  for (const [name, hash] of Object.entries(witnesses)) {
    const same = seen.get(hash);
    if (same !== undefined) {
      return `${name} gives the same image as ${same}: two of the models are the same, or the server does not use all of them. Compare the files with autombw inspect, and check the server's console.`;
    }
    seen.set(hash, name);
  }
  return undefined;
}

/** What a proof shows that is no fault of the merge, a sentence each. */
export function describeProof({ modelA, last = {} }: Proof): string[] {
  const still = Object.keys(last).filter((name) => last[name] === modelA);
  if (still.length === 0) return [];
  return [
    `${still.join(' and ')} ${still.length === 1 ? 'has' : 'have'} no effect on an image: model A or B may have fewer blocks than expected, and iterations would be wasted on missing blocks. Check the files with autombw inspect and give the right --architecture; if A and B are simply equal there, nothing is wrong.`,
  ];
}

export const LEFTOVER =
  'weight 0 does not give the image of model A, so another model or leftover weights are in memory; restart the WebUI and leave it alone during the run.';
export const UNSTEADY =
  'the server does not reproduce its own images of model A; turn off whatever makes it random (xformers, an extension) and restart it.';
const NO_EFFECT =
  'weight 1 gives the image of model A, so model B is not in use (not loaded, the extension disabled, or the UNet was replaced since the server started); restart the WebUI and try again.';
const NO_VALUES =
  'weights between 0 and 1 give the image of weight 0 or 1, so the server does not use the weights it is sent; update the merge extension or restart the WebUI.';

function idleParameter(name: string): string {
  const [whole = name] = name.split('@');
  if (!name.startsWith(LORA_PREFIX)) return `${name} has no effect on an image.`;
  return whole === name
    ? `${name} has no effect on an image${NOT_LOADED}.`
    : `${name} has no effect on an image: ${whole} probably has no tensors for these blocks; leave them out, or choose others.`;
}

const NOT_BY_BLOCK =
  ', so the server ignores its strengths by block and applies the whole LoRA: update the extension lora-block-weight, enable it, and restart the WebUI.';
const NOT_LOADED =
  ': check in the console of the server that the LoRA is loaded, and that it was made for this model family';

function partsWithoutEffect(names: readonly BlockName[]): string {
  const list = names.join(' and ');
  return `${list} ${names.length === 1 ? 'has' : 'have'} no effect: models A and B are equal there (a fine-tuned model often keeps the original text encoder or VAE), or the server takes it from somewhere else (a VAE selected in its settings). Leave out ${names.map((name) => `--block ${name}`).join(' and ')}, or continue with --no-check.`;
}

function withoutBlocks({ id, title }: ArchitectureRow): string {
  return `the blocks of ${title} have no effect, so the models are not of the family ${id}: give theirs with --architecture (autombw inspect FILE names it).`;
}

function withEffect({ range, other }: NonNullable<ArchitectureRow['foreign']>, title: string): string {
  return `${range}, which ${title} lacks, have an effect, so the models are ${architectureRow(other).shortTitle} (or of a family with the same blocks): use --architecture ${other}.`;
}

function withoutEffect({ range, other }: NonNullable<ArchitectureRow['tellTale']>): string {
  return `${range} have no effect, so the models are probably ${architectureRow(other).shortTitle}: use --architecture ${other}. Otherwise A and B are equal in these blocks: fix them with --block and continue with --no-check.`;
}
