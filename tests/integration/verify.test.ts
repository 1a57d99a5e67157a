/** A run is derived again from its seed and history: what was changed is found, by iteration, and nothing else. */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { filesOf } from '../../src/journal/name-run.ts';
import type { Check, CheckName, Verification } from '../../src/run/verify/check.ts';
import { verifyRun, type VerifySettings } from '../../src/run/verify/verify-run.ts';
import { NEVER_ABORTED } from '../../src/shared/abort/never-aborted.ts';
import { resumeTiny, searchTiny, temporaryFolder } from '../helpers/run-search.ts';

type Raw = Record<string, unknown>;

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/journals');

/** A finished search with a proof and all its pictures, and where it lies. */
let whole: { readonly journal: string; readonly text: string };

beforeAll(async () => {
  const config = { iterations: 8, prove: 4, baselines: true, saveImages: 'all', optimizer: 'bayesian' };
  const { journal, journalText } = await searchTiny({ config });
  whole = { journal, text: journalText };
});

async function verify(journal: string, more: Partial<VerifySettings> = {}): Promise<Verification> {
  return verifyRun({ journal, signal: NEVER_ABORTED, ...more });
}

function checkOf({ checks }: Verification, name: CheckName): Check | undefined {
  return checks.find((check) => check.name === name);
}

function statesOf({ checks }: Verification): Record<string, string> {
  return Object.fromEntries(checks.map(({ name, state }) => [name, state]));
}

/** A copy of the run whose records were changed. */
function changed(change: (record: Raw) => Raw | undefined): string {
  const lines = whole.text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const record = change(JSON.parse(line) as Raw);
      return record === undefined ? [] : [JSON.stringify(record)];
    });
  return copyWith(`${lines.join('\n')}\n`);
}

function copyWith(text: string): string {
  const from = filesOf(whole.journal);
  const folder = temporaryFolder();
  const to = filesOf(path.join(folder, path.relative(from.folder, whole.journal)));
  mkdirSync(to.images, { recursive: true });
  mkdirSync(path.join(folder, 'recipes'));
  writeFileSync(to.journal, text);
  copyFileSync(from.csv, to.csv);
  copyFileSync(
    path.join(from.folder, 'recipes', 'O.recipe.txt'),
    path.join(folder, 'recipes', 'O.recipe.txt'),
  );
  for (const name of readdirSync(from.images))
    copyFileSync(path.join(from.images, name), path.join(to.images, name));
  return to.journal;
}

function isOf(record: Raw, kind: string, trial: number): boolean {
  return record['kind'] === kind && record['trial'] === trial;
}

const RIGHT = {
  lines: 'right',
  iterations: 'right',
  asks: 'right',
  pictures: 'right',
  scores: 'unchecked',
  models: 'unchecked',
  checkpoint: 'unchecked',
  csv: 'right',
  recipe: 'right',
  proof: 'right',
};

describe('a run that nobody has touched', () => {
  it('is right, its scores included', async () => {
    const verified = await verify(whole.journal, { tolerance: 1e-9 });
    expect(statesOf(verified)).toEqual({ ...RIGHT, scores: 'right' });
    expect(verified.isRight).toBe(true);
    expect(checkOf(verified, 'scores')?.summary).toMatch(/^Scores of \d\d images, /);
    const same = await verify(copyWith(whole.text));
    expect(statesOf(same)).toEqual(RIGHT);
  });

  it('and was stopped, rejected in, and resumed, is right as well', async () => {
    const controller = new AbortController();
    const observers = [
      { name: 'test', onTrial: ({ id }: { id: number }) => void (id === 4 && controller.abort()) },
    ];
    const config = { iterations: 7, optimizer: 'bayesian' };
    const first = await searchTiny({ config, signal: controller.signal, observers });
    expect(first.summary.reason.code).toBe('interrupted');
    const { journal } = await resumeTiny(first.journal);
    const verified = await verify(journal);
    expect(statesOf(verified)).toEqual({ ...RIGHT, proof: 'unchecked' });
  });

  it('and was cut off by a crash says so, and is right', async () => {
    const verified = await verify(copyWith(`${whole.text}{"kind":"ask`));
    expect(statesOf(verified)).toEqual(RIGHT);
    expect(checkOf(verified, 'lines')?.summary).toMatch(/the last one was cut off by a crash/);
  });
});

describe('what was changed is found', () => {
  it('in a score: its images, the points behind it and the CSV say otherwise', async () => {
    const journal = changed((record) =>
      isOf(record, 'scored', 5) ? { ...record, score: Number(record['score']) + 0.25 } : record,
    );
    const verified = await verify(journal);
    expect(verified.isRight).toBe(false);
    expect(checkOf(verified, 'iterations')?.differences).toEqual([
      { iteration: 5, message: expect.stringMatching(/^has score [\d.]+, but its images give [\d.]+$/) },
    ]);
    expect(checkOf(verified, 'csv')?.differences[0]).toMatchObject({ iteration: 5 });
    expect(checkOf(verified, 'asks')?.state).toBe('differs');
  });

  it('but not in what another version of the optimizer asked for: that cannot be said', async () => {
    const plan = (record: Raw): Record<string, Raw> => record['plan'] as Record<string, Raw>;
    const otherwise = (record: Raw): Raw =>
      isOf(record, 'asked', 6) ? { ...record, point: (record['point'] as number[]).toReversed() } : record;
    const versions = [
      [2, /^Version 2 of bayesian asked for the points; version 1 of bayesian asks for others/],
      [undefined, /^An earlier autombw asked for the points; version 1 of bayesian asks for others/],
    ] as const;
    for (const [version, summary] of versions) {
      const journal = changed((record) => {
        if (record['kind'] !== 'plan') return otherwise(record);
        const { optimizer } = plan(record);
        return { ...record, plan: { ...plan(record), optimizer: { ...optimizer, version } } };
      });
      const asks = checkOf(await verify(journal), 'asks');
      expect(asks).toMatchObject({ state: 'unchecked', summary: expect.stringMatching(summary) });
    }
  });

  it('in pictures that are gone, where all are kept', async () => {
    const journal = copyWith(whole.text);
    const { images } = filesOf(journal);
    for (const name of readdirSync(images).slice(0, 2)) rmSync(path.join(images, name), { recursive: true });
    expect(checkOf(await verify(journal), 'pictures')?.summary).toMatch(
      /; 2 others are missing, although the run keeps all \(--save-images all\)$/,
    );
  });

  it('in one point: that iteration alone', async () => {
    const journal = changed((record) =>
      isOf(record, 'asked', 6)
        ? { ...record, point: (record['point'] as number[]).map((value, d) => (d === 2 ? 0.3 : value)) }
        : record,
    );
    const verified = await verify(journal);
    expect(checkOf(verified, 'asks')?.differences).toEqual([
      {
        iteration: 6,
        message: expect.stringMatching(/^was asked for with IN02 0\.3, but the optimizer asks for /),
      },
    ]);
    expect(checkOf(verified, 'iterations')?.differences).toEqual([
      { iteration: 6, message: expect.stringMatching(/^has IN02 [\d.]+, but its point means 0\.3$/) },
    ]);
  });

  it('in a seed, a candidate and a verdict', async () => {
    const journal = changed((record) => {
      if (isOf(record, 'scored', 4)) {
        const [one, ...others] = record['images'] as Raw[];
        return { ...record, images: [{ ...one, seed: 99 }, ...others] };
      }
      if (record['kind'] === 'proving') {
        const [best, ...others] = record['candidates'] as { weights: Raw }[];
        return {
          ...record,
          candidates: [{ ...best, weights: { ...best?.weights, IN00: 0.123 } }, ...others],
        };
      }
      if (record['kind'] !== 'verdict') return record;
      const verdict = record['verdict'] as Raw;
      return { ...record, verdict: { ...verdict, isProved: verdict['isProved'] !== true } };
    });
    const verified = await verify(journal);
    const messages = (name: CheckName): string =>
      checkOf(verified, name)
        ?.differences.map(({ message }) => message)
        .join('\n') ?? '';
    expect(messages('iterations')).toMatch(/with seed 99, but the plan says 7/);
    expect(messages('iterations')).toMatch(/is the best of proof 1, but there IN00 is 0\.123/);
    expect(messages('proof')).toMatch(/^proof 1: isProved is recorded as /);
  });

  it('in a picture, and in what the scorers say of one', async () => {
    const journal = changed((record) => {
      if (!isOf(record, 'scored', 4)) return record;
      const [one, ...others] = record['images'] as Raw[];
      return { ...record, images: [{ ...one, raw: { quality: 0.987 } }, ...others] };
    });
    const { images } = filesOf(journal);
    const of = (trial: number): string => {
      const name = readdirSync(images).find((file) => file.startsWith(`${trial}-`));
      return path.join(images, name ?? '');
    };
    copyFileSync(of(5), of(6));
    rmSync(of(7));
    const verified = await verify(journal, { tolerance: 1e-4 });
    expect(checkOf(verified, 'pictures')?.differences).toEqual([
      { iteration: 6, message: `${of(6)} does not have the recorded pixels` },
    ]);
    expect(checkOf(verified, 'pictures')?.summary).toMatch(
      /; 1 other is missing, although the run keeps all/,
    );
    expect(checkOf(verified, 'scores')?.differences).toEqual([
      { iteration: 4, message: expect.stringMatching(/"quality" says [\d.]+, recorded is 0\.987$/) },
    ]);
  });

  it('in CSV and recipe', async () => {
    const journal = copyWith(whole.text);
    const { csv, folder } = filesOf(journal);
    const rows = readFileSync(csv, 'utf8').trimEnd().split('\n');
    rows[3] = (rows[3] ?? '').replace(/^[^,]+/, '0.777');
    writeFileSync(csv, `${rows.slice(0, -1).join('\n')}\n`);
    const recipe = path.join(folder, 'recipes', 'O.recipe.txt');
    writeFileSync(recipe, readFileSync(recipe, 'utf8').replaceAll(/0\.\d+/g, '0.5'));
    const verified = await verify(journal);
    expect(checkOf(verified, 'csv')?.differences).toEqual([
      { message: 'it has 10 rows, but the journal has 11 finished iterations' },
      { iteration: 3, message: expect.stringMatching(/^row 3 has IN00 0\.777, but the journal /) },
    ]);
    expect(checkOf(verified, 'recipe')).toMatchObject({ state: 'differs' });
    // The name is reserved when a run begins, and the file written at its end.
    writeFileSync(recipe, '');
    expect(checkOf(await verify(journal), 'recipe')).toMatchObject({ state: 'unchecked' });
  });

  it('in lines that cannot be read: what needs all of them is not checked', async () => {
    const lines = whole.text.split('\n');
    lines[5] = (lines[5] ?? '').slice(0, 40);
    const verified = await verify(copyWith(lines.join('\n')));
    expect(checkOf(verified, 'lines')?.differences[0]?.message).toMatch(
      /^Line 6 of the journal cannot be read/,
    );
    expect(statesOf(verified)).toMatchObject({ asks: 'unchecked', csv: 'unchecked', recipe: 'unchecked' });
    expect(verified.isRight).toBe(false);
  });

  it('in records that are gone, or there twice', async () => {
    const gone = await verify(changed((record) => (isOf(record, 'asked', 5) ? undefined : record)));
    expect(checkOf(gone, 'iterations')?.differences).toContainEqual({
      iteration: 5,
      message: 'is recorded as scored, but was never asked for',
    });
    expect(gone.isRight).toBe(false);
    const journal = copyWith(whole.text);
    const twice = whole.text.split('\n').find((line) => isOf(JSON.parse(line) as Raw, 'scored', 5)) ?? '';
    appendFileSync(journal, `${twice}\n`);
    const verified = await verify(journal);
    expect(checkOf(verified, 'iterations')?.differences).toContainEqual({
      iteration: 5,
      message: 'has two results',
    });
  });
});

describe('checkpoints', () => {
  it('have the hash of the plan, or not, or are not there', async () => {
    const models = temporaryFolder();
    writeFileSync(path.join(models, 'A.safetensors'), 'one');
    writeFileSync(path.join(models, 'B.safetensors'), 'another');
    const sha256 = createHash('sha256').update('one').digest('hex');
    const journal = changed((record) => {
      if (record['kind'] !== 'plan') return record;
      const plan = record['plan'] as Raw;
      const model = (name: string, hash: string | null): Raw => ({ name, file: `${name}.safetensors`, hash });
      const server = {
        ...(plan['server'] as Raw),
        modelA: model('A', sha256.slice(0, 10)),
        modelB: model('B', '0123456789'),
      };
      return { ...record, plan: { ...plan, server } };
    });
    const verified = await verify(journal, { modelsDir: models });
    expect(checkOf(verified, 'models')?.differences).toEqual([
      {
        message: expect.stringMatching(
          /B\.safetensors has the hash [0-9a-f]{10}, but the run was made with 0123456789$/,
        ),
      },
    ]);
    const elsewhere = await verify(journal, { modelsDir: temporaryFolder() });
    expect(checkOf(elsewhere, 'models')).toMatchObject({ state: 'unchecked' });
  });
});

describe('runs of older versions', () => {
  it.each(readdirSync(FIXTURES).filter((name) => name.endsWith('.journal.jsonl')))(
    '%s is read, and agrees with its CSV',
    async (name) => {
      const verified = await verify(path.join(FIXTURES, name));
      const states = statesOf(verified);
      expect([states['lines'], states['csv'], states['iterations'], states['recipe']]).toEqual([
        'right',
        'right',
        name.includes('learnt') ? 'unchecked' : 'right',
        'unchecked',
      ]);
    },
  );

  it('a recovered one has nothing that follows from anything else', async () => {
    const verified = await verify(path.join(FIXTURES, 'main-2026-11-learnt.journal.jsonl'));
    expect(verified.isRight).toBe(true);
    expect(checkOf(verified, 'asks')?.summary).toBe('Recovered from old.csv, which has no plan');
  });
});

it('needs a plan', async () => {
  const file = path.join(temporaryFolder(), 'x.journal.jsonl');
  writeFileSync(file, 'nonsense\n');
  await expect(verify(file)).rejects.toMatchObject({ code: 'journal-damaged' });
  await expect(verify(`${file}.not`)).rejects.toMatchObject({ code: expect.stringMatching(/^journal-/) });
});
