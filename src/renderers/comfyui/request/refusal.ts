/** The words in which a field of a payload is refused. */
import { usageError } from '../../../shared/errors.ts';
import type { AutombwError } from '../../../shared/errors.ts';

/** A field of the payload that ComfyUI cannot follow. */
export function unsupported(payload: string, field: string, value: unknown, advice: string): AutombwError {
  return usageError(
    'payload-unsupported',
    `The payload "${payload}" sets "${field}" to ${JSON.stringify(value)}; ${advice}`,
  );
}

/** @throws usage error `payload-unsupported` when the server would refuse the number */
export function within(payload: string, field: string, value: number, low: number, high: number): number {
  if (value >= low && value <= high) return value;
  throw unsupported(payload, field, value, `ComfyUI takes ${low} to ${high}.`);
}
