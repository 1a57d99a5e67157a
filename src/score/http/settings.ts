import { z } from 'zod';
import { isOrdered, outsideSettings, RANGE_RULE } from '../external/settings.ts';
import { misfitOf } from './body.ts';
import { isPointer } from './json-pointer.ts';
import { groupsIn } from '../external/pattern.ts';

const jsonText = z.string().transform((text, context): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    context.addIssue({ code: 'custom', message: 'must be a JSON object, or a text that contains one' });
    return z.NEVER;
  }
});

const OWN_HEADERS = new Set([
  'authorization',
  'content-type',
  'content-length',
  'transfer-encoding',
  'connection',
  'host',
]);

const httpUrl = z.string().refine(
  (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url !== undefined && /^https?:$/.test(url.protocol);
  },
  { message: 'must be a complete http:// or https:// address' },
);

export const httpSettings = z
  .strictObject({
    url: httpUrl.describe('Address the image is sent to.'),
    method: z.enum(['POST', 'PUT']).default('POST'),
    body: z
      .union([z.record(z.string(), z.json()), jsonText.pipe(z.record(z.string(), z.json()))])
      .optional()
      .describe(
        'JSON with placeholders: {image} {image_url} {prompt} {negative_prompt} {seed} {payload} {mime}.',
      ),
    score: z
      .string()
      .refine(isPointer, { message: 'must be a JSON pointer: empty, or beginning with /' })
      .optional()
      .describe('JSON pointer to the score in the answer (default: /score; with a batch above 1: /scores).'),
    pattern: z
      .string()
      .refine((text) => groupsIn(text) > 0, {
        message: 'must be a regular expression with a group around the number',
      })
      .optional()
      .describe('Regular expression whose first group is the score, for text answers.'),
    authEnv: z
      .string()
      .min(1)
      .optional()
      .describe('Environment variable with the Authorization header (default: AUTOMBW_SCORER_AUTH, if set).'),
    headers: z
      .record(
        z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/),
        z.string().regex(/^[\t\u0020-\u007e\u0080-\u00ff]*$/),
      )
      .refine((headers) => !Object.keys(headers).some((name) => OWN_HEADERS.has(name.toLowerCase())), {
        message: `must not hold ${[...OWN_HEADERS].join(', ')}: the login comes from the environment, the others are set by autombw`,
      })
      .default({}),
    retries: z.int().min(0).max(20).default(2).describe('Retries after a temporary failure.'),
    ...outsideSettings,
  })
  .refine(isOrdered, { path: ['min'], message: RANGE_RULE })
  .superRefine(({ body, batch }, context) => {
    const message = body === undefined ? undefined : misfitOf(body, batch > 1);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['body'], message });
  });

export type HttpSettings = z.output<typeof httpSettings>;
