/** A live page for tests, and what a browser would hear of it. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach } from 'vitest';
import type { ListedRun } from '../../src/page/run-source.ts';
import { startPage, type LivePage, type PageSettings } from '../../src/page/server.ts';
import type { PageChange, PageState } from '../../src/page/state.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Stands in the place of the built page: `npm run build` makes the real one. */
const PAGE = '<!doctype html><title>autombw</title><script type="module">let a = 1;</script>';

export function listedRun(journal: string): ListedRun {
  return {
    journal,
    name: 'O',
    modelA: 'A',
    modelB: 'B',
    state: 'running',
    date: '2026-01-01 00:00:00',
    best: null,
    done: 0,
    reason: '',
  };
}

/** Pages that are closed after each test. */
export function usePages(): (
  settings: Partial<PageSettings> & Pick<PageSettings, 'list'>,
) => Promise<LivePage> {
  const open: LivePage[] = [];
  afterEach(async () => {
    for (const page of open.splice(0)) await page.close();
  });
  return async (settings) => {
    const file = path.join(temporaryFolder('page'), 'page.html');
    writeFileSync(file, PAGE);
    const page = await startPage({ port: 0, file, ...settings });
    open.push(page);
    return page;
  };
}

export type PageEvent =
  | { readonly event: 'state'; readonly data: PageState }
  | { readonly event: 'change'; readonly data: PageChange };

/** The events of a run until one of them is what is waited for; the connection is closed then. */
export async function eventsUntil(
  url: string,
  isLast: (event: PageEvent) => boolean,
): Promise<readonly PageEvent[]> {
  const ending = new AbortController();
  const reply = await fetch(url, { signal: ending.signal });
  if (reply.body === null) throw new Error(`nothing came from ${url}`);
  const events: PageEvent[] = [];
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of reply.body) {
      text += decoder.decode(chunk, { stream: true });
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const [, event, data] = /^event: (state|change)\ndata: (.*)$/s.exec(part) ?? [];
        if (event === undefined || data === undefined) continue;
        const told = { event, data: JSON.parse(data) } as PageEvent;
        events.push(told);
        if (isLast(told)) return events;
      }
    }
  } finally {
    ending.abort();
  }
  throw new Error(`the events of ${url} ended too early`);
}
