/** Requests to a run: they are written beside its journal, as the commands write them. */
import { z } from 'zod';
import { appendRequest } from '../../journal/control.ts';
import { reachText } from '../blocks/reach.ts';
import { REQUESTS } from '../state.ts';
import { runOf, unknownRun, weightsBody, type AddRoutes } from './route.ts';

const body = z.union([
  z.strictObject({ request: z.enum(REQUESTS), trial: z.int().min(1).optional() }),
  z.strictObject({ request: z.literal('next'), weights: weightsBody }),
]);

export const addControl: AddRoutes = (app, source) => {
  app.post('/api/runs/:run/control', async (request, reply) => {
    const asked = body.parse(request.body);
    const run = runOf(source, request);
    if (run === undefined) return unknownRun(reply);
    const by = 'the page';
    if (asked.request === 'next') {
      const plan = await run.plan();
      if (plan === undefined) return reply.code(409).send({ message: 'No run is using this journal.' });
      const { summary } = await run.state();
      const { isReachable, sentence } = reachText(plan, asked.weights, summary);
      if (!isReachable) return reply.code(422).send({ message: sentence });
      const { id } = appendRequest(run.journal, { request: 'next', by, weights: asked.weights });
      const later = summary.canControl
        ? ''
        : ' The search is not running: the request takes effect after autombw resume.';
      return { id, sentence: sentence + later };
    }
    const { request: what, trial } = asked;
    const { id } = appendRequest(
      run.journal,
      what === 'reject'
        ? { request: what, by, ...(trial !== undefined && { trial }) }
        : { request: what, by },
    );
    return { id };
  });
};
