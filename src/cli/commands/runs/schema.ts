import schema from '../../../config/search.schema.json' with { type: 'json' };
import { EXIT, type CommandContext } from '../../cli-process.ts';

export function schemaCommand({ printJson }: CommandContext): number {
  printJson(schema);
  return EXIT.ok;
}
