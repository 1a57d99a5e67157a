/** Requests to a run: they are written beside its journal, as the commands write them. */
import { z } from 'zod';
import { appendRequest } from '../../journal/control.ts';
import { REQUESTS } from '../state.ts';
import { runOf, unknownRun, type AddRoutes } from './route.ts';

const body = z.strictObject({ request: z.enum(REQUESTS), trial: z.int().min(1).optional() });

export const addControl: AddRoutes = (app, source) => {
  app.post('/api/runs/:run/control', async (request, reply) => {
    const { request: what, trial } = body.parse(request.body);
    const run = runOf(source, request);
    if (run === undefined) return unknownRun(reply);
    const by = 'the page';
    const { id } = appendRequest(
      run.journal,
      what === 'reject'
        ? { request: what, by, ...(trial !== undefined && { trial }) }
        : { request: what, by },
    );
    return { id };
  });
};
