/** A merge is found broken while another iteration that it has drawn for is measured and not recorded yet. */
import { expect, it } from 'vitest';
import { parseJournal } from '../../src/journal/read.ts';
import { failureOf, type BrokenMerge, type Evaluator } from '../../src/trial/evaluator.ts';
import { LocalEvaluator } from '../../src/trial/local-evaluator.ts';
import { searchTiny } from '../helpers/run-search.ts';
import { ofKind } from '../helpers/simulated-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';

const BROKEN: BrokenMerge = {
  result: 'mended',
  image: 'reference',
  trials: [1],
  reason: 'Another image came.',
};

it('that iteration is in doubt as soon as it is recorded, and is measured again', async () => {
  let isMeasured = (): void => undefined;
  const measured = new Promise<void>((resolve) => {
    isMeasured = resolve;
  });
  let isTold = false;
  const createEvaluator = (settings: ConstructorParameters<typeof LocalEvaluator>[0]): Evaluator => {
    const local = new LocalEvaluator(settings);
    return {
      name: local.name,
      look: async (signal, events) => local.look(signal, events),
      redraw: async (image, signal, events) => local.redraw(image, signal, events),
      evaluate: async (trial, wanted, signal, events) => {
        if (trial.id === 1) {
          const outcome = await local.evaluate(trial, wanted, signal, events);
          isMeasured();
          return outcome;
        }
        if (trial.id === 2 && !isTold) {
          isTold = true;
          await measured;
          return { images: [], missing: [], failure: failureOf(BROKEN), look: BROKEN };
        }
        return local.evaluate(trial, wanted, signal, events);
      },
    };
  };
  const { journalText } = await searchTiny({
    renderers: [new TinyRenderer({ address: 'http://a' }), new TinyRenderer({ address: 'http://b' })],
    config: { iterations: 6, check: true, checkEvery: 0, openTrials: 2 },
    createEvaluator,
  });
  const { records } = parseJournal(journalText, 'the journal');
  const doubted = records.findIndex((one) => one.kind === 'doubted' && one.trials.includes(1));
  const scored = records.findIndex((one) => one.kind === 'scored' && one.trial === 1);
  expect(scored).toBeGreaterThan(0);
  expect(doubted).toBe(scored + 1);
  const [first] = ofKind(records, 'asked').filter(({ trial }) => trial === 1);
  expect(ofKind(records, 'asked').filter(({ point }) => String(point) === String(first?.point))).toHaveLength(
    2,
  );
});

it('a candidate of the proof that was measured meanwhile is drawn again, and counts then', async () => {
  let isMeasured = (): void => undefined;
  const measured = new Promise<void>((resolve) => {
    isMeasured = resolve;
  });
  const begun: { readonly id: number; readonly label: string }[] = [];
  const createEvaluator = (settings: ConstructorParameters<typeof LocalEvaluator>[0]): Evaluator => {
    const local = new LocalEvaluator(settings);
    return {
      name: local.name,
      look: async (signal, events) => local.look(signal, events),
      redraw: async (image, signal, events) => local.redraw(image, signal, events),
      evaluate: async (trial, wanted, signal, events) => {
        const { id, label } = trial;
        if (label === undefined) return local.evaluate(trial, wanted, signal, events);
        begun.push({ id, label });
        const [first] = begun;
        if (begun.length === 2 && first !== undefined) {
          await measured;
          const look = { ...BROKEN, trials: [first.id] };
          return { images: [], missing: [], failure: failureOf(look), look };
        }
        const outcome = await local.evaluate(trial, wanted, signal, events);
        if (begun.length <= 2) isMeasured();
        return outcome;
      },
    };
  };
  const { journalText } = await searchTiny({
    renderers: [new TinyRenderer({ address: 'http://a' }), new TinyRenderer({ address: 'http://b' })],
    config: { iterations: 3, check: true, checkEvery: 0, openTrials: 2, prove: 2, baselines: true },
    createEvaluator,
  });
  const { records } = parseJournal(journalText, 'the journal');
  const [first, second] = begun;
  expect(first?.id).not.toBe(second?.id);
  expect(begun.filter(({ label }) => label === first?.label)).toHaveLength(2);
  const proved = new Map(
    ofKind(records, 'proved').map(({ candidate, images }) => [candidate, images.length]),
  );
  expect([...proved.values()]).toEqual([...proved.values()].map(() => 2));
  expect(ofKind(records, 'verdict')).toHaveLength(1);
});
