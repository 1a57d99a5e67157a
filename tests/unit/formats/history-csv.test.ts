import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatHistoryCsv, readHistoryCsv } from '../../../src/formats/history-csv.ts';
import { blocksOf, pickBlocks } from '../../../src/space/blocks.ts';
import { SEARCH_ORDER, weightsToList } from '../../../src/architectures/sd-lists.ts';

const folder = new URL('../../fixtures/astolfomix/histories/', import.meta.url);
const HEADER = `${[...SEARCH_ORDER.keys()].join(',')},score,eval_times,iter_times`;
const ROW = `${SEARCH_ORDER.map((_, i) => (i / 100).toFixed(2)).join(',')},0.5,10.0,12.5`;

describe('readHistoryCsv', () => {
  it('names columns by search order', async () => {
    const [row] = await readHistoryCsv(`${HEADER}\n${ROW}\n`);
    expect(row?.weights).toMatchObject({
      IN00: 0,
      IN11: 0.11,
      M00: 0.12,
      OUT: 0.13,
      OUT00: 0.14,
      OUT11: 0.25,
      TIME_EMBED: 0.26,
    });
    expect(row).toMatchObject({ score: 0.5, evalTimes: 10, iterTimes: 12.5, extra: {} });
  });

  it.each([
    ['CRLF', `${HEADER}\r\n${ROW}\r\n`],
    ['CR CR LF', `${HEADER}\r\r\n${ROW}\r\r\n`],
    ['bare CR', `${HEADER}\r${ROW}\r`],
    ['a BOM', `\uFEFF${HEADER}\n${ROW}`],
    ['blank lines', `\n\n${HEADER}\n\n  \n${ROW}\n\n`],
    ['blanks round cells', `${HEADER.replaceAll(',', ' , ')}\n${ROW.replaceAll(',', ', ')}\n`],
    ['no header', `${ROW}\n`],
    ['the header twice', `${HEADER}\n${HEADER}\n${ROW}\n`],
    ['quotes', `${HEADER}\n"${ROW.replaceAll(',', '","')}"\n`],
    [
      'capitals and other words',
      `${HEADER.replace('score', 'Test Score').replace('iter_times', 'iter_time')}\n${ROW}\n`,
    ],
    ['block names', `${SEARCH_ORDER.join(',').toLowerCase()},score,eval_times,iter_times\n${ROW}\n`],
  ])('takes %s', async (_, text) => {
    expect(await readHistoryCsv(text)).toEqual(await readHistoryCsv(`${HEADER}\n${ROW}\n`));
  });

  it('takes the number of images, and leaves alone what other programs call so', async () => {
    const rows = await readHistoryCsv(`${HEADER},images\n${ROW},12\n${ROW},\n${ROW},a.png\n`);
    expect(rows.map(({ images }) => images)).toEqual([12, undefined, undefined]);
    expect(rows.map(({ extra }) => extra)).toEqual([{}, { images: '' }, { images: 'a.png' }]);
    expect('images' in ((await readHistoryCsv(`${HEADER}\n${ROW}\n`))[0] ?? {})).toBe(false);
  });

  it('takes NaN, infinite and missing scores as none', async () => {
    const scores = ['nan', 'NaN', '', 'inf', '-Infinity', 'None'];
    const text = scores.map((score) => ROW.replace('0.5,10.0,12.5', `${score},1.0,2.0`)).join('\n');
    const rows = await readHistoryCsv(`${HEADER}\n${text}\n`);
    expect(rows.map(({ score }) => score)).toEqual(scores.map(() => null));
  });

  it('takes fewer and more columns behind the weights', async () => {
    const weights = ROW.split(',').slice(0, 27).join(',');
    const bare = HEADER.split(',').slice(0, 27).join(',');
    expect(await readHistoryCsv(`${bare},score\n${weights},0.25\n`)).toMatchObject([
      { score: 0.25, evalTimes: null, iterTimes: null },
    ]);
    expect(await readHistoryCsv(`${bare}\n${weights}\n`)).toMatchObject([{ score: null }]);
    expect(await readHistoryCsv(`${bare},clip,score,note\n${weights},0.9,0.25,warm,tail\n`)).toMatchObject([
      { score: 0.25, extra: { clip: '0.9', note: 'warm', 'column 31': 'tail' } },
    ]);
  });

  it('takes only the blocks that have a column, in any order', async () => {
    expect(await readHistoryCsv('score,OUT,IN00\n0.1,0.2,0.3\n')).toEqual([
      { weights: { OUT: 0.2, IN00: 0.3 }, score: 0.1, evalTimes: null, iterTimes: null, extra: {} },
    ]);
  });

  it.each([
    [
      'nothing',
      '',
      'history-empty',
      'The history is empty: give a CSV file with a header and one row per iteration.',
    ],
    [
      'a header without weights',
      'a,b\n1,2\n',
      'history-header',
      `The history's header has no weight columns (0 to 26, or block names such as IN00); it reads "a,b".`,
    ],
    [
      'a column twice',
      '0,IN00,score\n1,2,3\n',
      'history-header',
      "The history's header lists block IN00 twice: remove one of the columns.",
    ],
    [
      'a cut row',
      `${HEADER}\n\n${ROW}\n0.1,0.2\n`,
      'history-row',
      'Line 4 of the history has "" instead of a number for IN02: fix or delete the line.',
    ],
    [
      'a word as score',
      `${HEADER}\r\n${ROW.replace('0.5,10', 'good,10')}\r\n`,
      'history-row',
      'Line 2 of the history has "good" instead of a number as score: fix or delete the line.',
    ],
  ])('refuses %s', async (_, text, code, message) => {
    await expect(readHistoryCsv(text)).rejects.toMatchObject({ code, message, kind: 'usage' });
  });

  it('reads thousands of rows in their order, and knows the lines of the late ones', async () => {
    const rows = Array.from({ length: 1203 }, (_, i) => ROW.replace(',0.5,', `,${i},`));
    const text = [HEADER, ...rows.slice(0, 700), '', HEADER, ...rows.slice(700)].join('\n');
    expect((await readHistoryCsv(text)).map(({ score }) => score)).toEqual([...rows.keys()]);
    await expect(readHistoryCsv(`${text}\n${ROW.replace(',0.5,', ',x,')}`)).rejects.toThrow(
      'Line 1207 of the history has "x"',
    );
  });
});

describe('formatHistoryCsv', () => {
  it.each(readdirSync(folder))('writes %s back as it was, but for its line ends', async (file) => {
    const text = readFileSync(new URL(file, folder), 'utf8');
    expect(formatHistoryCsv(await readHistoryCsv(text))).toBe(text.replaceAll(/\r+\n/g, '\n'));
  });

  it('writes 27 columns for SDXL, absent blocks as 0.0, and a failure as NaN', async () => {
    const [row] = await readHistoryCsv(`${HEADER}\n${ROW}\n`);
    const weights = pickBlocks(row?.weights ?? {}, 'sdxl');
    const text = formatHistoryCsv([{ weights, score: null, evalTimes: 1, iterTimes: null, extra: {} }]);
    const cells = text.split('\n')[1]?.split(',') ?? [];
    expect(cells).toHaveLength(30);
    expect(cells.slice(27)).toEqual(['NaN', '1.0', '']);
    const [again] = await readHistoryCsv(text);
    expect(weightsToList(again?.weights ?? {}, 'search')).toEqual(weightsToList(weights, 'search'));
    expect(cells[9]).toBe('0.0');
  });

  it('names every column of a merge by kind of layer, and reads them back', async () => {
    const weights = Object.fromEntries(blocksOf('sdxl/kinds').map((name, i) => [name, i / 16]));
    const text = formatHistoryCsv([{ weights, score: 0.5, evalTimes: 1, iterTimes: 2, extra: {} }]);
    expect(text.split('\n', 1)[0]?.split(',').slice(0, 3)).toEqual(['OUT', 'TIME_EMBED', 'IN.convolution']);
    const [again] = await readHistoryCsv(text);
    expect(again?.weights).toEqual(weights);
  });
});
