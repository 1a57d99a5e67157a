/** A run whose images people rate on the live page. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listJournals } from '../../src/journal/find.ts';
import { answersFile, questionPictures } from '../../src/journal/rating-files.ts';
import { parseJournal, trialsOf } from '../../src/journal/read.ts';
import { comparableIn } from '../../src/judging/trial-scores.ts';
import { answersOf } from '../../src/score/manual/answers-of.ts';
import type { FinishedTrial, RaterAnswer } from '../../src/types.ts';
import { listedRun, usePages } from '../helpers/page.ts';
import { makePageRater, type PageRater } from '../helpers/page-rater.ts';
import { makeRater } from '../helpers/rater.ts';
import { resumeTiny, searchTiny, temporaryFolder, type SearchSetting } from '../helpers/run-search.ts';

const startPage = usePages();
const onPage = { 'manual.where': 'page', 'manual.undo': 0 };
const manual = { scorer: ['manual'], iterations: 3, saveImages: 'all', scorerOptions: onPage };
const pairs = { ...manual, iterations: 4, scorerOptions: { ...onPage, 'manual.ask': 'pairs' } };

const recordsOf = (text: string) => parseJournal(text, 'test').records;
const trialsIn = (text: string): readonly FinishedTrial[] => trialsOf(recordsOf(text)).finished;
const answersIn = (text: string): readonly RaterAnswer[][] =>
  trialsIn(text).map(({ images }) => images.flatMap((image) => [...answersOf(image)]));

/** A search of a folder whose page is open before it begins. */
async function withPage(by: readonly string[] = ['']) {
  const folder = temporaryFolder();
  const { url } = await startPage({ list: () => listJournals(folder).map(listedRun) });
  return {
    folder,
    url,
    raters: by.map((name) => makePageRater(url, name)),
    search: async (setting: SearchSetting) => searchTiny({ folder, ...setting }),
  };
}

/** Likes the picture whose file is larger. */
async function bySize(rater: PageRater, question: string): Promise<number> {
  const sizes = await Promise.all(
    ([0, 1] as const).map(async (side) => {
      const reply = await rater.picture(question, side);
      return reply.ok ? (await reply.arrayBuffer()).byteLength : -1;
    }),
  );
  return (sizes[0] ?? 0) - (sizes[1] ?? 0);
}

describe('a search that is rated on the page', () => {
  it('takes ratings of pictures that are shown by a number alone, and keeps them with a name', async () => {
    const { search, raters, folder } = await withPage(['Ann']);
    const [ann] = raters;
    let number = 0;
    const seen: unknown[] = [];
    const rating = ann?.rate(async (question) => {
      seen.push(question);
      const reply = await ann.picture(question.id, 0);
      expect(reply.headers.get('content-type')).toBe('image/png');
      expect((await ann.picture(question.id, 1)).status).toBe(404);
      return { rating: ++number };
    });
    const { summary, journalText, journal } = await search({ config: manual });
    expect(summary).toMatchObject({ iterations: 3, failed: 0, best: { trial: 3, score: 5.5 } });
    expect(answersIn(journalText).flat()).toHaveLength(6);
    expect(answersIn(journalText)[0]?.toSorted((a, b) => ratingOf(a) - ratingOf(b))).toEqual([
      { rating: 1, by: 'Ann' },
      { rating: 2, by: 'Ann' },
    ]);
    // Neither a path nor an iteration is told.
    expect(JSON.stringify(seen)).not.toContain(folder);
    expect(Object.keys(seen[0] ?? {}).toSorted()).toEqual([
      'id',
      'isAlone',
      'kind',
      'payload',
      'prompt',
      'seed',
    ]);
    // What was asked is over, and its pictures are gone.
    expect(await ann?.look()).toMatchObject({ questions: [], waiting: 0, undo: [] });
    expect(existsSync(questionPictures(journal))).toBe(false);
    void rating;
  });

  it('finds the merge that somebody likes best in pairs, in an order that says nothing', async () => {
    const { search, raters } = await withPage();
    const [rater] = raters;
    let firsts = 0;
    void rater?.rate(async ({ id, kind }) => {
      expect(kind).toBe('pair');
      const first = (await bySize(rater, id)) >= 0 ? 1 : -1;
      if (first > 0) firsts++;
      return { first };
    });
    const { summary, journalText } = await search({ config: { ...pairs, iterations: 6 } });
    expect(summary).toMatchObject({ iterations: 6, failed: 0 });
    const answers = answersIn(journalText);
    expect(answers.map(({ length }) => length)).toEqual([0, 2, 2, 2, 2, 2]);
    expect(answers.flat().every((answer) => 'outcome' in answer && answer.by === undefined)).toBe(true);
    const [first] = recordsOf(journalText);
    const plan = first?.kind === 'plan' ? first.plan : undefined;
    const [best] = [...comparableIn(plan, trialsIn(journalText))].toSorted(([, a], [, b]) => b - a);
    expect(summary.best).toMatchObject({ trial: best?.[0], score: best?.[1] });
    // The new one is sometimes the first.
    const newer = answers.flat().filter((answer) => 'outcome' in answer && answer.outcome > 0).length;
    expect({ firsts, newer }).not.toEqual({ firsts: newer, newer });
  });

  it('asks the same pairs, of the same opponents, as the terminal where one waits for the other', async () => {
    const { search, raters } = await withPage();
    const [rater] = raters;
    void rater?.rate(() => ({ first: 0 }));
    const { journalText } = await search({ config: pairs, payload: { n_iter: 1 } });
    const terminal = await searchTiny({
      config: { ...pairs, scorerOptions: { 'manual.ask': 'pairs' } },
      payload: { n_iter: 1 },
      terminal: makeRater(Array.from({ length: 9 }, () => '=')).terminal,
    });
    expect(answersIn(journalText)).toEqual(answersIn(terminal.journalText));
    expect(trialsIn(journalText).map(({ weights }) => weights)).toEqual(
      trialsIn(terminal.journalText).map(({ weights }) => weights),
    );
  });

  it('takes answers back, several in turn, as long as they do not count', async () => {
    const { search, raters } = await withPage();
    const [rater] = raters;
    if (rater === undefined) throw new Error('nobody rates');
    const searching = search({ config: { ...manual, iterations: 1 }, payload: { n_iter: 3 } });
    const three = await rater.until(({ waiting }) => waiting === 3);
    const [one, two, three_] = three.questions.map(({ id }) => id);
    expect((await rater.say(one ?? '', { rating: 1 })).status).toBe(200);
    const after = await rater.say(two ?? '', { rating: 2 });
    expect(await after.json()).toMatchObject({ rating: { undo: [one, two], waiting: 1 } });
    expect((await rater.say(two ?? '', { undo: true })).status).toBe(200);
    const back = await rater.say(one ?? '', { undo: true });
    expect(await back.json()).toMatchObject({
      rating: { undo: [], waiting: 3, questions: [{ id: one }, { id: two }, { id: three_ }] },
    });
    expect((await rater.say(one ?? '', { undo: true })).status).toBe(409);
    for (const [i, id] of [one, two, three_].entries()) await rater.say(id ?? '', { rating: 7 + i });
    const { summary } = await searching;
    expect(summary.best).toMatchObject({ score: 8 });
    // Too late.
    expect((await rater.say(one ?? '', { undo: true })).status).toBe(409);
  });

  it('leaves out what everybody skips', async () => {
    const { search, raters } = await withPage();
    let asked = 0;
    void raters[0]?.rate(() => (++asked === 1 ? { skip: true } : { rating: 5 }));
    const { summary } = await search({ config: manual });
    expect(summary).toMatchObject({ iterations: 3, failed: 0, imagesPerTrial: { least: 1, most: 2 } });
  });

  it('goes on after an interrupt without asking again, and takes what was said meanwhile', async () => {
    const { search, raters } = await withPage(['Ann']);
    const [ann] = raters;
    if (ann === undefined) throw new Error('nobody rates');
    const stop = new AbortController();
    const searching = search({ config: pairs, payload: { n_iter: 2 }, signal: stop.signal });
    const { questions } = await ann.until(({ waiting }) => waiting === 2);
    const [one, two] = questions.map(({ id }) => id);
    await ann.say(one ?? '', { first: 2 });
    stop.abort(new Error('stopped'));
    const { journal } = await searching;
    // Nobody asks now; what is open can be seen and answered.
    expect((await ann.picture(two ?? '', 0)).status).toBe(200);
    expect((await ann.say(two ?? '', { first: -1 })).status).toBe(200);
    const asked: string[] = [];
    void ann.rate(({ id }) => {
      asked.push(id);
      return { first: 0 };
    });
    const { summary, journalText } = await resumeTiny(journal);
    expect(summary).toMatchObject({ iterations: 4, failed: 0 });
    expect(asked).toHaveLength(4);
    expect(asked).not.toContain(one);
    expect(asked).not.toContain(two);
    const outcomes = answersIn(journalText)[1]?.map((answer) => ('outcome' in answer ? answer.outcome : NaN));
    expect(outcomes?.map((outcome) => Math.abs(outcome)).toSorted()).toEqual([1, 2]);
  });
});

describe('several people', () => {
  const two = { ...manual, scorerOptions: { ...onPage, 'manual.people': 2 } };

  it('rate every picture, each on a scale of their own, and their answers are kept apart', async () => {
    const { search, raters } = await withPage(['Ann', 'Bob']);
    const [ann, bob] = raters;
    const likes = new Map<string, number>();
    const taste = (id: string): number => {
      const known = likes.get(id) ?? (likes.size * 3) % 7;
      likes.set(id, known);
      return known;
    };
    void ann?.rate(({ id }) => ({ rating: taste(id) }));
    // Likes the same, says less of it, and gives more.
    void bob?.rate(({ id }) => ({ rating: 6 + taste(id) / 2 }));
    const { summary, journalText, journal } = await search({ config: { ...two, iterations: 8 } });
    expect(summary).toMatchObject({ iterations: 8, failed: 0 });
    for (const { images } of trialsIn(journalText))
      for (const { answers } of images) expect(answers?.map(({ by }) => by)).toEqual(['Ann', 'Bob']);
    const seen = await ann?.look();
    expect(seen?.agreement).toMatchObject({
      images: 16,
      people: [
        { name: 'Ann', answers: 16 },
        { name: 'Bob', answers: 16 },
      ],
    });
    expect(seen?.agreement?.alpha).toBeGreaterThan(0.8);
    // Scores follow from the journal alone.
    const [first] = recordsOf(journalText);
    const plan = first?.kind === 'plan' ? first.plan : undefined;
    const comparable = comparableIn(plan, trialsIn(journalText));
    expect(summary.best?.score).toBe(Math.max(...comparable.values()));
    const notices: string[] = [];
    void ann?.rate(({ id }) => ({ rating: taste(id) }));
    void bob?.rate(({ id }) => ({ rating: 6 + taste(id) / 2 }));
    const more = await resumeTiny(journal, {
      config: { iterations: 9 },
      observers: [{ name: 'listener', onNotice: ({ message }) => void notices.push(message) }],
    });
    expect(more.summary).toMatchObject({ iterations: 9, failed: 0 });
    expect(notices.join('\n')).not.toMatch(/proposes different points/);
  });

  it('are waited for, one for the other', async () => {
    const { search, raters, url } = await withPage(['Ann', 'Bob']);
    const [ann, bob] = raters;
    if (ann === undefined || bob === undefined) throw new Error('nobody rates');
    const searching = search({ config: { ...two, iterations: 1 } });
    const { questions } = await ann.until(({ waiting }) => waiting === 2);
    for (const { id } of questions) await ann.say(id, { rating: 4 });
    expect(await ann.look()).toMatchObject({ waiting: 0, forOthers: 2, people: 2 });
    expect(await bob.look()).toMatchObject({ waiting: 2, forOthers: 0 });
    // Somebody without a name is nobody.
    const nobody = makePageRater(url);
    expect((await nobody.say(questions[0]?.id ?? '', { rating: 1 })).status).toBe(409);
    for (const { id } of questions) await bob.say(id, { rating: 8 });
    const { journalText } = await searching;
    expect(trialsIn(journalText)[0]).toMatchObject({ state: 'scored', score: 6 });
  });

  it('go into one model of pairs, and one may skip', async () => {
    const { search, raters } = await withPage(['Ann', 'Bob']);
    const [ann, bob] = raters;
    let asked = 0;
    void ann?.rate(() => ({ first: 1 }));
    void bob?.rate(() => (++asked === 1 ? { skip: true } : { first: 1 }));
    const config = { ...pairs, scorerOptions: { ...pairs.scorerOptions, 'manual.people': 2 } };
    const { summary, journalText, journal } = await search({ config });
    expect(summary).toMatchObject({ iterations: 4, failed: 0 });
    expect(answersIn(journalText).map(({ length }) => length)).toEqual([0, 3, 4, 4]);
    expect(readFileSync(answersFile(journal), 'utf8').trim().split('\n')).toHaveLength(12);
  });

  it('need the page, and go with no other scorer', async () => {
    const people = { 'manual.people': 2 };
    await expect(
      searchTiny({ config: { ...manual, scorerOptions: { ...people, 'manual.where': 'terminal' } } }),
    ).rejects.toMatchObject({ code: 'scorer-options', message: expect.stringContaining('needs the page') });
    await expect(
      searchTiny({ config: { ...manual, scorer: ['manual', 'quality'], scorerOptions: people } }),
    ).rejects.toMatchObject({ code: 'scorer-options', message: expect.stringContaining('manual.people') });
  });
});

describe('what is refused', () => {
  it('is everything but a fitting answer to an open question, by somebody with a decent name', async () => {
    const { search, raters, url, folder } = await withPage();
    const [rater] = raters;
    if (rater === undefined) throw new Error('nobody rates');
    const searching = search({ config: { ...manual, iterations: 1 } });
    const { questions } = await rater.until(({ waiting }) => waiting === 2);
    const [one = '', two = ''] = questions.map(({ id }) => id);
    const [{ id: run = '' } = {}] = (await (await fetch(`${url}api/runs`)).json()) as { id?: string }[];
    const post = async (body: unknown, headers: Readonly<Record<string, string>> = { 'x-autombw': '1' }) =>
      (
        await fetch(`${url}api/runs/${run}/rating`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        })
      ).status;
    const good = { question: one, by: 'Ann', said: { rating: 5 } };
    expect(await post(good, {})).toBe(403);
    expect(await post(good, { 'x-autombw': '1', origin: 'http://evil.example' })).toBe(403);
    for (const by of ['x'.repeat(41), 'a\u001B[2J', 'a\u202Eb', 7, null])
      expect(await post({ ...good, by })).toBe(400);
    const unfit = [
      { rating: 10.5 },
      { rating: -1 },
      { rating: '5' },
      { first: 3 },
      { skip: false },
      {},
      'skip',
    ];
    for (const said of unfit) expect(await post({ ...good, said })).toBe(400);
    expect(await post({ ...good, said: { rating: 5, first: 1 } })).toBe(400);
    expect(await post({ ...good, more: 1 })).toBe(400);
    expect(await post({ ...good, question: '../../etc/passwd' })).toBe(400);
    expect(await post('{"question":')).toBe(400);
    expect(await post({ ...good, by: 'x'.repeat(5000) })).toBe(413);
    expect(await post({ ...good, said: { first: 1 } })).toBe(409);
    expect(await post({ ...good, question: 'a'.repeat(24) })).toBe(409);
    expect(existsSync(answersFile(listJournals(folder)[0] ?? ''))).toBe(false);
    const gets = ['rating?by=%1B', `rating/${one}/2`, `rating/..%2f..%2fO/0`, `rating/${'a'.repeat(24)}/0`];
    const statuses = await Promise.all(
      gets.map(async (at) => (await fetch(`${url}api/runs/${run}/${at}`)).status),
    );
    expect(statuses).toEqual([400, 400, 400, 404]);
    expect((await fetch(`${url}api/runs/${'0'.repeat(16)}/rating`)).status).toBe(404);
    // One answer is enough: the first one to give it spares the others, and may change it.
    expect(await post(good)).toBe(200);
    expect(await post({ ...good, by: 'Bob' })).toBe(409);
    expect(await makePageRater(url, 'Bob').look()).toMatchObject({ questions: [{ id: two }] });
    expect(await post({ ...good, said: { rating: 7 } })).toBe(200);
    expect(await post({ ...good, question: two, by: 'Bob', said: { rating: 9 } })).toBe(200);
    const { summary } = await searching;
    expect(summary.best).toMatchObject({ score: 8 });
    expect((await rater.picture(one, 0)).status).toBe(404);
    expect(await post(good)).toBe(409);
  });
});

function ratingOf(answer: RaterAnswer): number {
  return 'rating' in answer ? answer.rating : Number.NaN;
}
