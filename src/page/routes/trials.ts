/** One iteration, and its kept images. */
import { z } from 'zod';
import { sendImage } from '../images.ts';
import { picturesOf } from '../model.ts';
import { imageParams, runOf, trialParams, type AddRoutes } from './route.ts';

const imageQuery = z.object({ size: z.enum(['small', 'full']).default('full') });

export const addTrials: AddRoutes = (app, source) => {
  app.get('/api/runs/:run/trials/:trial', async (request, reply) => {
    const { trial } = trialParams.parse(request.params);
    const run = runOf(source, request);
    const found = await run?.trial(trial);
    if (found === undefined) return reply.code(404).send({ message: 'There is no such iteration.' });
    return { weights: found.weights, pictures: picturesOf(found) };
  });
  app.get('/api/runs/:run/images/:trial/:position', async (request, reply) => {
    const { trial, position } = imageParams.parse(request.params);
    const { size } = imageQuery.parse(request.query);
    const file = await runOf(source, request)?.imageFile(trial, position);
    if (file === undefined) return reply.code(404).send({ message: 'This picture is not kept.' });
    return sendImage(file, size, reply);
  });
};
