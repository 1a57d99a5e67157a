// Writes src/config/search.schema.json and docs/options.md out of the zod schema. Run after `npm run build`; tests say when they are stale.
import { writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { searchJsonSchema } from '../dist/config/schema.js';
import { optionsDocument } from './options-document.mjs';

const schema = searchJsonSchema();
const write = (file, text) => writeFileSync(new URL(`../${file}`, import.meta.url), text);
write('src/config/search.schema.json', `${JSON.stringify(schema, null, 2)}\n`);
write('docs/options.md', await format(optionsDocument(schema), { parser: 'markdown' }));
