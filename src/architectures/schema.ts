/** Blocks and architectures as they come in from files: text, checked against the registry. */
import { z } from 'zod';
import type { BlockWeights } from './architecture.ts';
import { isArchitecture, isBlockName } from './registry.ts';

/** Parts of transformers that no family is known for have names too, as their keys begin. */
const PART_NAME = /^[a-z_][\w.]*$/;
export const blockNameSchema = z
  .string()
  .refine((name) => isBlockName(name) || PART_NAME.test(name), 'is not the name of a block');
export const architectureSchema = z.string().refine(isArchitecture, 'is not a known architecture');
export const blockWeightsSchema: z.ZodType<BlockWeights> = z.record(blockNameSchema, z.number());
