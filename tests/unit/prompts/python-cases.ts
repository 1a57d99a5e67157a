import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** What the Python package makes of templates: written by tools/prompt-fixtures/make.py. */
export const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/prompts');

const kind = z.enum(['random', 'combinatorial', 'cyclical', 'jinja2']);
const caseSchema = z.object({
  group: z.string(),
  kind,
  template: z.string(),
  /** Renderings of a jinja2 template. */
  count: z.int().optional(),
  results: z.array(z.string()).optional(),
  raises: z.string().optional(),
});
const chanceSchema = z.object({
  kind,
  template: z.string(),
  together: z.int(),
  counts: z.record(z.string(), z.int()),
});

export type PythonCase = z.infer<typeof caseSchema>;
export type PythonChance = z.infer<typeof chanceSchema>;

export function readCases(): { cases: PythonCase[]; chances: PythonChance[] } {
  const text = readFileSync(path.join(FIXTURES, 'cases.json'), 'utf8');
  return z.object({ cases: z.array(caseSchema), chances: z.array(chanceSchema) }).parse(JSON.parse(text));
}
