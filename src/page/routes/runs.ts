/** The list of runs, and what one of them does. */
import { followEvents } from '../events.ts';
import { runOf, unknownRun, type AddRoutes } from './route.ts';

export const addRuns: AddRoutes = (app, source) => {
  app.get('/api/runs', () => source.list());
  app.get('/api/runs/:run/events', async (request, reply) => {
    const run = runOf(source, request);
    return run === undefined ? unknownRun(reply) : followEvents(run, request, reply);
  });
};
