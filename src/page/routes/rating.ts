/** What people are asked on the page, the pictures of it, and what they say. */
import { z } from 'zod';
import { personName, said } from '../../journal/rating-files.ts';
import { peopleOf } from '../../judging/people.ts';
import { sendImage } from '../images.ts';
import type { PageAgreement } from '../rating/state.ts';
import { WatchedRating } from '../rating/watched-rating.ts';
import type { RecordedRun, WatchedRun } from '../watched-run.ts';
import { runOf, unknownRun, type AddRoutes } from './route.ts';

const id = z.string().regex(/^[0-9a-f]{24}$/);
const who = z.object({ by: personName.default('') });
const pictureParams = z.object({ question: id, side: z.enum(['0', '1']) });
const imageQuery = z.object({ size: z.enum(['small', 'full']).default('full') });
const body = z.strictObject({ question: id, by: personName.default(''), said });

export const addRating: AddRoutes = (app, source) => {
  const ratings = new WeakMap<WatchedRun, WatchedRating>();
  const ratingOf = (run: WatchedRun): WatchedRating => {
    const known = ratings.get(run) ?? new WatchedRating(run.journal);
    ratings.set(run, known);
    return known;
  };

  app.get('/api/runs/:run/rating', async (request, reply) => {
    const { by } = who.parse(request.query);
    const run = runOf(source, request);
    if (run === undefined) return unknownRun(reply);
    return { rating: await ratingOf(run).state(by, await agreementIn(run)) };
  });

  app.get('/api/runs/:run/rating/:question/:side', async (request, reply) => {
    const { question, side } = pictureParams.parse(request.params);
    const { size } = imageQuery.parse(request.query);
    const run = runOf(source, request);
    const file = run && (await ratingOf(run).picture(question, side === '0' ? 0 : 1));
    if (file === undefined) return reply.code(404).send({ message: 'This image no longer needs a rating.' });
    return sendImage(file, size, reply);
  });

  app.post('/api/runs/:run/rating', async (request, reply) => {
    const { question, by, said: what } = body.parse(request.body);
    const run = runOf(source, request);
    if (run === undefined) return unknownRun(reply);
    const rating = ratingOf(run);
    const message = await rating.say(question, by, what);
    if (message !== undefined) return reply.code(409).send({ message });
    return { rating: await rating.state(by, await agreementIn(run)) };
  });
};

const agreements = new WeakMap<RecordedRun, PageAgreement | null>();

/** Of answers that count: it stays the same as long as the journal does. */
async function agreementIn(run: WatchedRun): Promise<PageAgreement | null> {
  const recorded = await run.recorded();
  const known = agreements.get(recorded);
  if (known !== undefined) return known;
  const agreement = agreementOf(recorded);
  agreements.set(recorded, agreement);
  return agreement;
}

function agreementOf({ finished }: RecordedRun): PageAgreement | null {
  const agreement = peopleOf([...finished.values()]);
  if (agreement === undefined) return null;
  const { alpha = null, images, people } = agreement;
  return {
    alpha,
    images,
    people: [...people]
      .map(([name, answers]) => ({ name, answers }))
      .toSorted((one, other) => other.answers - one.answers),
  };
}
