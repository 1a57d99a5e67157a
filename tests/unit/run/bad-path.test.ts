/** A run that fails where nobody expects it: the WebUI is put back and what it left is said, journal and lock are in order. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSearchConfig } from '../../../src/config/load.ts';
import { runError } from '../../../src/shared/errors.ts';
import type { RunObserver } from '../../../src/observers/observer.ts';
import { runSearch } from '../../../src/run/run.ts';
import { environmentOf, searchTiny, temporaryFolder } from '../../helpers/run-search.ts';
import { TinyRenderer } from '../../helpers/tiny-renderer.ts';

/** It cannot select the checkpoint again, and says so. */
class StuckRenderer extends TinyRenderer {
  override async close(): Promise<readonly string[]> {
    const isFirst = !this.calls.includes('close');
    await super.close();
    return isFirst ? ['The checkpoint could not be selected again.'] : [];
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'));
}

describe('a run that fails', () => {
  it('when its observers are made leaves no journal and no lock, and says what the WebUI is left with', async () => {
    const folder = temporaryFolder();
    const payload = path.join(folder, 'stripes.json');
    writeFileSync(payload, JSON.stringify({ prompt: 'stripes', seed: 7, width: 64, height: 64 }));
    const config = parseSearchConfig({
      payload: [payload],
      modelA: 'A',
      modelB: 'B',
      output: 'O',
      check: false,
      folder,
    });
    const renderer = new StuckRenderer();
    const said: string[] = [];
    const running = runSearch(config, {
      ...environmentOf({ renderers: [renderer] }),
      onWarning: (sentence) => said.push(sentence),
      createObservers: () => {
        throw new TypeError('planted');
      },
    });
    await expect(running).rejects.toThrow('planted');
    expect(said).toContain('tiny: The checkpoint could not be selected again.');
    expect(renderer.calls).toContain('close');
    expect(filesIn(folder).filter((file) => /journal|lock/.test(file))).toEqual([]);
  });

  it('over a mistake of ours keeps what was found, tells the log of it, and throws it', async () => {
    const folder = temporaryFolder();
    const defects: unknown[] = [];
    const notices: string[] = [];
    const observer: RunObserver = {
      name: 'test',
      onDefect: (error) => defects.push(error),
      onNotice: ({ message }) => notices.push(message),
    };
    let images = 0;
    const mistake = new TypeError('planted');
    const failAt = (): Error | undefined => (++images > 4 ? mistake : undefined);
    const running = searchTiny({ folder, observers: [observer], renderers: [new StuckRenderer({ failAt })] });
    await expect(running).rejects.toBe(mistake);
    expect(defects).toEqual([mistake]);
    expect(notices).toContain('tiny: The checkpoint could not be selected again.');
    const files = filesIn(folder);
    expect(files.some((file) => file.endsWith('.lock'))).toBe(false);
    const journal = files.find((file) => file.endsWith('.journal.jsonl')) ?? '';
    const text = readFileSync(path.join(folder, journal), 'utf8');
    expect(text.match(/"kind":"scored"/g)).toHaveLength(2);
    expect(text.trimEnd().split('\n').at(-1)).toMatch(/"kind":"stopped".*planted/);
    expect(existsSync(path.join(folder, journal.replace('.journal.jsonl', '.csv')))).toBe(true);
  });

  it('at a server that gives up says the same in the usual way', async () => {
    const failAt = (): Error => runError('merge-lost', 'It does not merge any more.', { endsRun: true });
    const notices: string[] = [];
    const observer: RunObserver = { name: 'test', onNotice: ({ message }) => notices.push(message) };
    const { summary } = await searchTiny({
      observers: [observer],
      renderers: [new StuckRenderer({ failAt })],
    });
    expect(summary).toMatchObject({ reason: { code: 'error', message: 'It does not merge any more.' } });
    expect(summary.unwritten).toEqual([]);
    expect(notices).toContain('tiny: The checkpoint could not be selected again.');
  });
});
