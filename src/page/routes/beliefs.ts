/** What the optimizer believes of a run: computed when somebody asks. */
import { BeliefsThread } from '../beliefs/beliefs-thread.ts';
import { runOf, unknownRun, type AddRoutes } from './route.ts';

export const addBeliefs: AddRoutes = (app, source) => {
  const beliefsThread = new BeliefsThread();
  app.addHook('onClose', async () => beliefsThread.close());
  app.get('/api/runs/:run/beliefs', async (request, reply) => {
    const run = runOf(source, request);
    return run === undefined ? unknownRun(reply) : beliefsThread.beliefs(run.journal);
  });
};
