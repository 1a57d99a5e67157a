// Writes src/config/search.schema.json out of the zod schema. Run after `npm run build`; a test says when it is stale.
import { writeFileSync } from 'node:fs';
import { searchJsonSchema } from '../dist/config/schema.js';

const target = new URL('../src/config/search.schema.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(searchJsonSchema(), null, 2)}\n`);
