/** Replies that every call may get. */
import { z } from 'zod';

export const loginSchema = z.object({ success: z.literal(true) });

export const errorBodySchema = z.object({
  detail: z.unknown().optional(),
  errors: z.unknown().optional(),
  /** Of Forge. */
  message: z.unknown().optional(),
  error: z.unknown().optional(),
});
export const validationDetailSchema = z
  .array(z.object({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string() }))
  .min(1);
