/** Objects of a journal: what another version of autombw has added to one stays in it. */
import { z } from 'zod';

/**
 * Keys that are not in the shape stay in the value, so that writing it again loses nothing; the type holds only what is
 * in the shape, so that nothing here works with a key that it does not know.
 */
export function openObject<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> {
  return z.looseObject(shape);
}
