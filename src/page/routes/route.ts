/** What the routes of the page share: how a request names a run, an iteration, an image. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { RunSource } from '../run-source.ts';
import type { WatchedRun } from '../watched-run.ts';

/** Adds the routes of one matter. Bodies and parameters that are not as expected throw a `ZodError`: it is answered with 400. */
export type AddRoutes = (app: FastifyInstance, source: RunSource) => void;

const runParams = z.object({ run: z.string().regex(/^[0-9a-f]{16}$/) });
const number = z
  .string()
  .regex(/^\d{1,7}$/)
  .transform(Number);
export const trialParams = runParams.extend({ trial: number });
/** Weights by block, as somebody gives them. */
export const weightsBody = z
  .record(z.string().min(1).max(100), z.number())
  .refine((weights) => Object.keys(weights).length > 0);
export const imageParams = trialParams.extend({ position: number });

export function runOf(source: RunSource, { params }: FastifyRequest): WatchedRun | undefined {
  const { data } = runParams.safeParse(params);
  return data && source.find(data.run);
}

export function unknownRun(reply: FastifyReply): FastifyReply {
  return reply.code(404).send({ message: 'There is no such run.' });
}
