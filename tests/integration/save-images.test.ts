/** What a run keeps of its images, on a real disk that may refuse. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseJournal, trialsOf } from '../../src/journal/read.ts';
import { runError } from '../../src/shared/errors.ts';
import { filesOf } from '../../src/journal/name-run.ts';
import { isBaseline, type BlockWeights } from '../../src/types.ts';
import { readInfotext } from '../../src/images/infotext.ts';
import { decodeImage, hashPixels } from '../../src/images/decode.ts';
import { resumeTiny, searchTiny, temporaryFolder, timelessJournal } from '../helpers/run-search.ts';
import { ofKind, searchSimulated } from '../helpers/simulated-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';
import { filesIn } from '../helpers/files-in.ts';

const imagesOf = (journal: string): string[] => {
  const { images } = filesOf(journal);
  return existsSync(images)
    ? readdirSync(images).toSorted((a, b) => Number.parseInt(a) - Number.parseInt(b))
    : [];
};
const filesOfTrial = (trial: number | undefined): string[] =>
  [1, 2].map((n) => `${trial}-stripes-${n}-${6 + n}.png`);
/** The same luck for the same weights, whatever they are like. */
const luckily = (weights: BlockWeights): BlockWeights => {
  const sum = Object.values(weights).reduce((total, weight, i) => total + weight * (i + 1), 0);
  const luck = Math.abs(Math.sin(sum * 1e4)) / 2;
  return Object.fromEntries(Object.entries(weights).map(([block, weight]) => [block, weight / 10 + luck]));
};
const finished = (text: string) => trialsOf(parseJournal(text, 'test').records).finished;

describe('--save-images', () => {
  it('all: keeps what the journal says, byte for byte as it came', async () => {
    const { journal, journalText, summary } = await searchTiny({
      config: { saveImages: 'all', iterations: 3 },
    });
    expect(imagesOf(journal)).toEqual(
      [1, 2, 3].flatMap((trial) => [`${trial}-stripes-1-7.png`, `${trial}-stripes-2-8.png`]),
    );
    for (const { id, images } of finished(journalText)) {
      for (const [n, { pixels, seed }] of images.entries()) {
        const file = path.join(filesOf(journal).images, `${id}-stripes-${n + 1}-${seed}.png`);
        expect(hashPixels(await decodeImage(readFileSync(file)))).toBe(pixels);
      }
    }
    expect(summary.files['images']).toBe(filesOf(journal).images);
  });

  it('all: are on the disk before the record that nothing is drawn again for, also those of the proof', async () => {
    const folder = temporaryFolder();
    const missed: string[] = [];
    let looks = 0;
    const look = (record: Readonly<Record<string, unknown>>): void => {
      const { kind, trial, candidate, images } = record;
      if ((kind !== 'scored' && kind !== 'proved') || !Array.isArray(images)) return;
      looks++;
      const start = kind === 'scored' ? `${String(trial)}-` : `proof1-${String(candidate)}-`;
      const there = filesIn(folder)
        .map((file) => path.basename(file))
        .filter((file) => file.startsWith(start) && file.endsWith('.webp'));
      if (there.length < images.length) missed.push(start);
    };
    await searchTiny({
      folder,
      config: { saveImages: 'all', imageFormat: 'webp', iterations: 3, prove: 2 },
      observers: [{ name: 'ear', onRecord: look }],
    });
    expect(looks).toBeGreaterThan(6);
    expect(missed).toEqual([]);
  });

  it('best: keeps those of the best iteration, and what people look at beside it', async () => {
    const { journal, journalText, summary } = await searchTiny({ config: { iterations: 8 } });
    const beside = finished(journalText).filter((trial) => isBaseline(trial));
    const first = finished(journalText).find((trial) => !isBaseline(trial));
    expect(summary.best?.trial).toBeGreaterThan(first?.id ?? 0);
    const kept = [...beside.map(({ id }) => id), first?.id, summary.best?.trial];
    expect(imagesOf(journal)).toEqual(kept.flatMap((trial) => filesOfTrial(trial)));
  });

  it('best: keeps the one that is recommended too', async () => {
    const config = { iterations: 16, optimizer: 'bayesian' };
    let differing = 0;
    for (const seed of [1, 2, 6]) {
      const { journal, summary } = await searchTiny({
        config: { ...config, seed },
        renderers: [new TinyRenderer({ merges: luckily })],
      });
      const { best, recommended } = summary;
      if (recommended?.trial !== best?.trial) differing++;
      for (const trial of [best?.trial, recommended?.trial])
        expect(imagesOf(journal)).toEqual(expect.arrayContaining(filesOfTrial(trial)));
    }
    expect(differing).toBeGreaterThan(0);
  });

  it('none: writes nothing; the journal is the same in every case', async () => {
    const texts: string[] = [];
    const kept: number[] = [];
    const folders: (string | undefined)[] = [];
    for (const saveImages of ['none', 'all', 'best']) {
      const { journal, journalText, folder, summary } = await searchTiny({
        config: { saveImages, iterations: 3 },
      });
      kept.push(imagesOf(journal).length);
      folders.push(summary.files['images']);
      texts.push(timelessJournal(journalText, folder).split('\n').slice(1).join('\n'));
    }
    expect(new Set(texts).size).toBe(1);
    expect(kept[0]).toBe(0);
    expect(kept[1]).toBeGreaterThanOrEqual(6);
    expect(kept[2]).toBeLessThanOrEqual(kept[1] ?? 0);
    expect(folders[0]).toBeUndefined();
  });

  it('webp: loses no pixel and no infotext', async () => {
    const { summary, simulator, records } = await searchSimulated({
      config: { saveImages: 'all', imageFormat: 'webp', iterations: 2 },
    });
    await simulator.close();
    const folder = summary.files['images'] ?? '';
    const files = readdirSync(folder).toSorted();
    expect(files).toEqual([1, 2].flatMap((t) => [`${t}-hills-1-7.webp`, `${t}-hills-2-8.webp`]));
    const hashes = ofKind(records, 'scored').flatMap(({ images }) => images.map(({ pixels }) => pixels));
    for (const [i, file] of files.entries()) {
      const bytes = readFileSync(path.join(folder, file));
      expect(hashPixels(await decodeImage(bytes))).toBe(hashes[i]);
      expect(await readInfotext(bytes)).toMatchObject({ prompt: 'green hills', seed: 7 + (i % 2) });
    }
  });

  it('goes on after a resume, and removes the best of before', async () => {
    const first = await searchTiny({ config: { iterations: 2 } });
    const own = path.join(filesOf(first.journal).images, '1-my notes.png');
    writeFileSync(own, 'mine');
    const second = await resumeTiny(first.journal, { config: { iterations: 12 } });
    const best = second.summary.best?.trial;
    expect(best).toBeGreaterThan(first.summary.best?.trial ?? 0);
    rmSync(own);
    const trials = finished(second.journalText);
    const others = trials.filter((trial) => isBaseline(trial)).map(({ id }) => id);
    const begin = trials.find((trial) => !isBaseline(trial))?.id;
    expect(imagesOf(first.journal)).toEqual([...others, begin, best].flatMap((trial) => filesOfTrial(trial)));
  });

  it('says at the end which images of the best an earlier session has lost', async () => {
    const { journal, summary } = await searchTiny({ config: { iterations: 3 } });
    const notices: string[] = [];
    const observers = [
      { name: 'ear', onNotice: ({ message }: { message: string }) => void notices.push(message) },
    ];
    const again = async (): Promise<string[]> => {
      notices.length = 0;
      await resumeTiny(journal, { observers });
      return notices.filter((message) => message.includes('the best'));
    };
    expect(await again()).toEqual([]);
    // As if it had been killed between the record and the file.
    const { images } = filesOf(journal);
    const lost = imagesOf(journal).find((file) => file.startsWith(`${summary.best?.trial}-`));
    rmSync(path.join(images, lost ?? ''));
    expect(await again()).toEqual([
      expect.stringMatching(`^1 of the 2 images of iteration ${summary.best?.trial}, the best, is not in `),
    ]);
  });

  it('keeps the judged images of a failed iteration with all', async () => {
    let images = 0;
    const renderer = new TinyRenderer({
      failAt: () => (++images === 2 ? runError('webui-rejected', 'no') : undefined),
    });
    const { journal } = await searchTiny({
      renderers: [renderer],
      config: { saveImages: 'all', iterations: 2 },
    });
    expect(imagesOf(journal)).toEqual(['1-stripes-1-7.png', '2-stripes-1-7.png', '2-stripes-2-8.png']);
  });

  it('says once that the disk refuses, and the run goes on', async () => {
    const notices: string[] = [];
    const { journal, summary } = await searchTiny({
      config: { saveImages: 'all', iterations: 4 },
      observers: [
        {
          name: 'saboteur',
          // A file where the folder should be: as unwritable for root as for anybody.
          onBegin: ({ journal: file }) => writeFileSync(filesOf(file).images, ''),
          onNotice: ({ message }) => void notices.push(message),
        },
      ],
    });
    expect(summary).toMatchObject({ iterations: 4, failed: 0, reason: { code: 'iterations' } });
    expect(notices.filter((message) => message.includes('Cannot write images to'))).toHaveLength(1);
    expect(notices.at(-1)).toMatch(/^8 images could not be written to .*\.images\.$/);
    expect(readFileSync(filesOf(journal).images, 'utf8')).toBe('');
  });

  it('removes the images of iterations that are in doubt: they show another merge', async () => {
    let lies = true;
    // Sound are the proof, three iterations and their look; then half is merged until merging is set up anew.
    const renderer: TinyRenderer = new TinyRenderer({
      merges: (weights) =>
        lies && renderer.images >= 12
          ? Object.fromEntries(Object.entries(weights).map(([block, weight]) => [block, weight / 2]))
          : weights,
      onRearm: () => {
        lies = false;
      },
    });
    const { journal, journalText } = await searchTiny({
      renderers: [renderer],
      config: { saveImages: 'all', check: true, checkEvery: 3, iterations: 9, retries: 2 },
    });
    const [doubted] = ofKind(parseJournal(journalText, 'test').records, 'doubted');
    expect(doubted?.trials.length).toBeGreaterThan(0);
    const kept = new Set(imagesOf(journal).map((file) => Number.parseInt(file)));
    for (const { id } of finished(journalText))
      expect(kept.has(id)).toBe(doubted?.trials.includes(id) !== true);
  });

  it('leaves no half image behind', async () => {
    const folder = temporaryFolder();
    const { journal } = await searchTiny({
      folder,
      config: { saveImages: 'all', iterations: 2 },
      observers: [
        {
          name: 'saboteur',
          onBegin: ({ journal: file }) =>
            void mkdirSync(path.join(filesOf(file).images, '1-stripes-2-8.png', 'x'), { recursive: true }),
        },
      ],
    });
    // The second of them is the folder.
    expect(imagesOf(journal)).toEqual([
      '1-stripes-1-7.png',
      '1-stripes-2-8.png',
      '2-stripes-1-7.png',
      '2-stripes-2-8.png',
    ]);
  });
});
