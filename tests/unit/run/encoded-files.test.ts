/** Files that a run reads besides its payloads, as Windows' editors and shells write them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadWorkflowFile } from '../../../src/renderers/comfyui/graph/workflow-file.ts';
import { HISTORY_TSV_HEADER } from '../../../src/formats/history-tsv.ts';
import { parseSearchConfig } from '../../../src/config/load.ts';
import { makeScorers } from '../../../src/judging/scoring.ts';
import { searchTiny, temporaryFolder } from '../../helpers/run-search.ts';

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});
const write = (name: string, content: string | Uint8Array): string => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
};
const utf16 = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, 'utf16le');
const latin = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('csv/history.tsv', () => {
  const old = `${HISTORY_TSV_HEADER}\n2023-11-21 00:16:36.848123\t0\tmodèle\tB\tO${'\t'.repeat(11)}\n`;

  it('of another editor is kept and goes on in UTF-8', async () => {
    const file = write('csv/history.tsv', utf16(old));
    await searchTiny({ folder });
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('modèle');
    expect(text.trimEnd().split('\n')).toHaveLength(3);
  });

  it('of another code page is left as it is, and said', async () => {
    const file = write('csv/history.tsv', latin(old));
    const notices: string[] = [];
    const observers = [
      { name: 'notices', onNotice: ({ message }: { message: string }) => void notices.push(message) },
    ];
    const { summary } = await searchTiny({ folder, observers });
    expect(summary.files).toHaveProperty('recipe');
    expect(readFileSync(file)).toEqual(latin(old));
    expect(notices.join('\n')).toMatch(/Could not add this run to \S+history\.tsv \(line 2 is not UTF-8/);
  });
});

describe('a calibration', () => {
  const text = JSON.stringify({
    version: 1,
    modelA: 'A',
    modelB: 'B',
    payloads: ['modèle'],
    scorers: { quality: { version: '1', mean: 0.5, deviation: 0.1, images: 4 } },
  });
  const scorersFor = (calibration: string) =>
    makeScorers(
      parseSearchConfig({
        payload: ['p.json'],
        modelA: 'A',
        modelB: 'B',
        output: 'O',
        scorer: ['quality'],
        calibration,
      }),
    );

  it('is decoded, or refused by its line', () => {
    const encoded = write('utf16.json', utf16(text));
    const outcome = (file: string): string => {
      try {
        return scorersFor(file)
          .map(({ scorer }) => scorer.id)
          .join();
      } catch (error) {
        return String(error).replaceAll(file, 'FILE');
      }
    };
    expect(outcome(encoded)).toBe('quality');
    expect(outcome(write('latin.json', latin('{"caf\xe9": 1}')))).toMatch(
      /cannot be read \(line 1 is not UTF-8/,
    );
  });
});

it('a workflow is decoded, or refused by its line', async () => {
  const graph = {
    1: { class_type: 'KSampler', inputs: { model: '%model%', seed: '%seed%' } },
    2: { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
  };
  const text = JSON.stringify(graph);
  const { nodes } = await loadWorkflowFile(write('utf16.json', utf16(text)));
  expect(nodes).toEqual((await loadWorkflowFile(write('plain.json', text))).nodes);
  await expect(loadWorkflowFile(write('latin.json', latin('\n{"caf\xe9": 1}')))).rejects.toThrow(
    /cannot be read: line 2 is not UTF-8/,
  );
});
