/** Runs a whole search in a folder of its own with the tiny renderer. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseSearchConfig } from '../../src/config/load.ts';
import type { SearchConfig } from '../../src/config/schema.ts';
import type { RunObserver } from '../../src/observers/observer.ts';
import { defaultEnvironment, type Environment } from '../../src/run/environment.ts';
import { resumeRun, runSearch } from '../../src/run/run.ts';
import type { RunSummary } from '../../src/run/5-finish.ts';
import { systemClock } from '../../src/shared/clock.ts';
import type { RatingTerminal } from '../../src/score/manual/index.ts';
import type { Renderer } from '../../src/renderers/renderer.ts';
import { TinyRenderer } from './tiny-renderer.ts';
import { temporaryFolder } from './temporary-folder.ts';

export { temporaryFolder };

export interface SearchSetting {
  readonly folder?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly renderers?: readonly Renderer[];
  readonly observers?: readonly RunObserver[];
  readonly signal?: AbortSignal;
  readonly terminal?: RatingTerminal;
  readonly clock?: Environment['clock'];
  readonly onWarning?: Environment['onWarning'];
  readonly createEvaluator?: Environment['createEvaluator'];
}

export interface SearchResult {
  readonly summary: RunSummary;
  readonly folder: string;
  readonly csv: string;
  readonly journal: string;
  readonly journalText: string;
}

export async function searchTiny(setting: SearchSetting = {}): Promise<SearchResult> {
  const config = tinyConfig(setting);
  return resultOf(config.folder, await runSearch(config, environmentOf(setting)));
}

/** Writes its payload, too. */
export function tinyConfig(setting: Pick<SearchSetting, 'folder' | 'payload' | 'config'>): SearchConfig {
  const folder = setting.folder ?? temporaryFolder();
  const payload = path.join(folder, 'stripes.json');
  writeFileSync(
    payload,
    JSON.stringify({ prompt: 'stripes', seed: 7, width: 64, height: 64, n_iter: 2, ...setting.payload }),
  );
  return parseSearchConfig({
    payload: [payload],
    modelA: 'A',
    modelB: 'B',
    output: 'O',
    iterations: 6,
    optimizer: 'random',
    check: false,
    baselines: false,
    prove: 0,
    folder,
    ...setting.config,
  });
}

export async function resumeTiny(journal: string, setting: SearchSetting = {}): Promise<SearchResult> {
  return resultOf(
    path.dirname(journal),
    await resumeRun(journal, setting.config ?? {}, environmentOf(setting)),
  );
}

export function environmentOf(setting: SearchSetting): Environment {
  const renderers = setting.renderers ?? [new TinyRenderer()];
  return defaultEnvironment({
    createRenderers: () => renderers,
    createObservers: () => setting.observers ?? [],
    ...(setting.signal === undefined ? {} : { signal: setting.signal }),
    ...(setting.onWarning === undefined ? {} : { onWarning: setting.onWarning }),
    ...(setting.terminal === undefined ? {} : { terminal: setting.terminal }),
    ...(setting.clock === undefined ? {} : { clock: setting.clock }),
    ...(setting.createEvaluator === undefined ? {} : { createEvaluator: setting.createEvaluator }),
  });
}

function resultOf(folder: string, summary: RunSummary): SearchResult {
  const journal = summary.files['journal'] ?? '';
  return {
    summary,
    folder,
    csv: timelessCsv(readFileSync(summary.files['csv'] ?? '', 'utf8')),
    journal,
    journalText: readFileSync(journal, 'utf8'),
  };
}

/** On a busy machine merges take long, and what follows from that is another search. */
export const STANDING_CLOCK: Environment['clock'] = {
  ...systemClock,
  now: () => Date.UTC(2026, 0, 1),
  elapsed: () => 0,
};

/** A CSV without its two time columns. */
export function timelessCsv(text: string): string {
  return text
    .split('\n')
    .map((line) => line.split(',').slice(0, 28).join(','))
    .join('\n');
}

/** A journal without what depends on the clock and on where it lies. */
export function timelessJournal(text: string, folder: string): string {
  return text
    .replaceAll(JSON.stringify(folder).slice(1, -1), '<folder>')
    .replaceAll(/"time":\{[^}]*\}/g, '"time":{}')
    .replaceAll(/"seconds":[\d.e-]+/g, '"seconds":0');
}
