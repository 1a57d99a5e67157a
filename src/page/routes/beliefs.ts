/** What the optimizer believes of a run: computed when somebody asks. */
import { Believer } from '../beliefs/believer.ts';
import { runOf, unknownRun, type AddRoutes } from './route.ts';

export const addBeliefs: AddRoutes = (app, source) => {
  const believer = new Believer();
  app.addHook('onClose', async () => believer.close());
  app.get('/api/runs/:run/beliefs', async (request, reply) => {
    const run = runOf(source, request);
    return run === undefined ? unknownRun(reply) : believer.beliefs(run.journal);
  });
};
