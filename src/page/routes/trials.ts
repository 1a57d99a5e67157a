/** One iteration, and its kept images. */
import { z } from 'zod';
import { sendImage } from '../images.ts';
import { imageParams, runOf, trialParams, type AddRoutes } from './route.ts';

const imageQuery = z.object({
  size: z.enum(['small', 'full']).default('full'),
  /** First digits of the hash of its pixels. */
  v: z
    .string()
    .regex(/^[0-9a-f]{1,64}$/)
    .optional(),
});

export const addTrials: AddRoutes = (app, source) => {
  app.get('/api/runs/:run/trials/:trial', async (request, reply) => {
    const { trial } = trialParams.parse(request.params);
    const run = runOf(source, request);
    const found = await run?.trial(trial);
    if (found === undefined) return reply.code(404).send({ message: 'There is no such iteration.' });
    return { weights: found.weights, pictures: (await run?.pictures(found)) ?? null };
  });
  app.get('/api/runs/:run/images/:trial/:position', async (request, reply) => {
    const { trial, position } = imageParams.parse(request.params);
    const { size, v } = imageQuery.parse(request.query);
    const file = await runOf(source, request)?.imageFile(trial, position, v);
    if (file === undefined) return reply.code(404).send({ message: 'This image was not kept.' });
    return sendImage(file, size, reply);
  });
};
