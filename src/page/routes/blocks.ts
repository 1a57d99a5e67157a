/** What does not change of the blocks of a run, and what weights that somebody gives would become. */
import { z } from 'zod';
import { blockFacts } from '../blocks/facts.ts';
import { reachText } from '../blocks/reach.ts';
import type { PageBlocks } from '../blocks/state.ts';
import { runOf, unknownRun, weightsBody, type AddRoutes } from './route.ts';

const body = z.strictObject({ weights: weightsBody });

export const addBlocks: AddRoutes = (app, source) => {
  app.get('/api/runs/:run/blocks', async (request, reply): Promise<PageBlocks | typeof reply> => {
    const run = runOf(source, request);
    if (run === undefined) return unknownRun(reply);
    const plan = await run.plan();
    return { blocks: plan === undefined ? [] : blockFacts(plan) };
  });
  app.post('/api/runs/:run/reach', async (request, reply) => {
    const { weights } = body.parse(request.body);
    const run = runOf(source, request);
    const plan = await run?.plan();
    if (run === undefined || plan === undefined) return unknownRun(reply);
    const { summary } = await run.state();
    return reachText(plan, weights, summary);
  });
};
