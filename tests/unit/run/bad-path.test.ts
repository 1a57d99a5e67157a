/** A run that fails where nobody expects it: the WebUI is put back and what it left is said, journal and lock are in order. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSearchConfig } from '../../../src/config/load.ts';
import type { SearchConfig } from '../../../src/config/schema.ts';
import { messageOf, runError } from '../../../src/shared/errors.ts';
import type { ServerReport } from '../../../src/renderers/renderer.ts';
import type { RunObserver } from '../../../src/observers/observer.ts';
import { calibrate } from '../../../src/run/calibrate.ts';
import { resumeRun, runSearch } from '../../../src/run/run.ts';
import { environmentOf, resumeTiny, searchTiny, temporaryFolder } from '../../helpers/run-search.ts';
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

function payloadIn(folder: string): string {
  const payload = path.join(folder, 'stripes.json');
  writeFileSync(payload, JSON.stringify({ prompt: 'stripes', seed: 7, width: 64, height: 64 }));
  return payload;
}

function configIn(folder: string): SearchConfig {
  const models = { modelA: 'A', modelB: 'B', output: 'O' };
  return parseSearchConfig({ payload: [payloadIn(folder)], ...models, check: false, folder });
}

const STUCK = 'tiny: the checkpoint could not be selected again.';

describe('a run that fails', () => {
  it('when its observers are made leaves no journal and no lock, and says what the WebUI is left with', async () => {
    const folder = temporaryFolder();
    const config = configIn(folder);
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
    expect(said).toContain('tiny: the checkpoint could not be selected again.');
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
    expect(notices).toContain('tiny: the checkpoint could not be selected again.');
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
    expect(notices).toContain('tiny: the checkpoint could not be selected again.');
  });

  it('because one of its servers has other models says what the others are left with', async () => {
    class Other extends TinyRenderer {
      override async open(): Promise<ServerReport> {
        const report = await super.open();
        return { ...report, modelB: { ...report.modelB, file: 'C.safetensors' } };
      }
    }
    const [first, second] = [new StuckRenderer(), new Other()];
    const said: string[] = [];
    const running = runSearch(configIn(temporaryFolder()), {
      ...environmentOf({ renderers: [first, second] }),
      onWarning: (sentence) => said.push(sentence),
    });
    await expect(running).rejects.toThrow('A.safetensors and C.safetensors there');
    expect(said).toContain(STUCK);
    expect([first, second].map(({ calls }) => calls.filter((call) => call === 'close').length)).toEqual([
      1, 1,
    ]);
  });

  it('right after its journal was begun gives the lock back, closes once, and can be resumed', async () => {
    const folder = temporaryFolder();
    const renderer = new StuckRenderer();
    const said: string[] = [];
    let journal = '';
    const running = runSearch(
      configIn(folder),
      { ...environmentOf({ renderers: [renderer] }), onWarning: (sentence) => said.push(sentence) },
      {
        onBegin: (files) => {
          journal = files.journal;
          throw new TypeError('planted');
        },
      },
    );
    await expect(running).rejects.toThrow('planted');
    expect(said).toEqual([STUCK]);
    expect(renderer.calls.filter((call) => call === 'close')).toHaveLength(1);
    expect(filesIn(folder).filter((file) => file.endsWith('.lock'))).toEqual([]);
    const { summary } = await resumeTiny(journal, { config: { iterations: 2 } });
    expect(summary).toMatchObject({ iterations: 2, failed: 0 });
  });

  it('when it goes on gives the lock back and says what the WebUI is left with', async () => {
    const { journal, folder, journalText } = await searchTiny({ config: { iterations: 2 } });
    const said: string[] = [];
    const running = resumeRun(
      journal,
      { iterations: 4 },
      {
        ...environmentOf({ renderers: [new StuckRenderer()] }),
        onWarning: (sentence) => said.push(sentence),
        createObservers: () => {
          throw new TypeError('planted');
        },
      },
    );
    await expect(running).rejects.toThrow('planted');
    expect(said).toEqual([STUCK]);
    expect(filesIn(folder).filter((file) => file.endsWith('.lock'))).toEqual([]);
    expect(readFileSync(journal, 'utf8')).toBe(journalText);
  });
});

describe('a calibration', () => {
  it.each([
    ['that fails', () => runError('webui-rejected', 'No image.'), 'No image.'],
    ['that succeeds', () => undefined, 'quality'],
  ])('%s says what the WebUI is left with, once', async (_, failAt, ending) => {
    const renderer = new StuckRenderer({ failAt });
    const said: string[] = [];
    const environment = {
      ...environmentOf({ renderers: [renderer] }),
      onWarning: (sentence: string) => said.push(sentence),
    };
    const calibrating = calibrate(configIn(temporaryFolder()), environment, () => {});
    const ended = await calibrating.then(
      ({ scorers }) => Object.keys(scorers).join(),
      (error: unknown) => messageOf(error),
    );
    expect(ended).toBe(ending);
    expect(said).toEqual([STUCK]);
    expect(renderer.calls.filter((call) => call === 'close')).toHaveLength(1);
  });
});
