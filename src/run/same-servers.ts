/** Several servers work on one run only where their images are of the same models, merged and set alike. */
import type { ModelIdentity, ServerReport } from '../renderers/index.ts';
import { runError } from '../shared/errors.ts';
import { differentSetting } from './settings.ts';

export interface Reported {
  /** For messages. */
  readonly name: string;
  readonly report: ServerReport;
}

/** @throws run error `servers-differ` */
export function checkSameServers(servers: readonly Reported[]): void {
  const [first, ...others] = servers;
  if (first === undefined) throw new Error('a run needs at least one WebUI');
  for (const other of others) {
    const difference = differenceOf(first, other);
    if (difference !== undefined) throw runError('servers-differ', difference);
  }
}

/** What makes them unlike, and what to do about it; undefined where they are alike. */
export function differenceOf(
  { name, report: one }: Reported,
  { name: otherName, report: other }: Reported,
): string | undefined {
  const setting = differentSetting(one.settings, other.settings);
  if (setting !== undefined)
    return `The WebUIs have different settings: ${setting}. Give all of them the same.`;
  if (one.mergeWay !== other.mergeWay)
    return `The WebUIs merge differently: ${name} by ${one.mergeWay}, ${otherName} by ${other.mergeWay}. Choose one backend for all of them with --backend.`;
  const models = modelsOf(one);
  const others = modelsOf(other);
  if (models.length === others.length && models.every((model, n) => isSameModel(model, others[n] ?? model)))
    return undefined;
  return `The WebUIs do not have the same models: ${textOf(one)} here, ${textOf(other)} there.`;
}

/** By the hash where both are known: the same file may have another name elsewhere. */
function isSameModel(one: ModelIdentity, other: ModelIdentity): boolean {
  if (one.hash === null || other.hash === null) return one.file === other.file;
  return one.hash === other.hash;
}

function modelsOf({ modelA, modelB, others = [] }: ServerReport): ModelIdentity[] {
  return [modelA, modelB, ...others];
}

function textOf(report: ServerReport): string {
  return modelsOf(report)
    .map((model) => modelText(model))
    .join(' and ');
}

function modelText({ file, hash }: ModelIdentity): string {
  return hash === null ? file : `${file} [${hash}]`;
}
