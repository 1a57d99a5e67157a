import { describeOptimizers } from '../../../optimizers/index.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';

export function optimizersCommand(context: CommandContext, options: { readonly json?: boolean }): number {
  const described = describeOptimizers();
  if (options.json === true) {
    context.printJson(described);
    return EXIT.ok;
  }
  for (const { name, pythonClass, sentence, source, options: parameters } of described) {
    context.print(`${name} (${pythonClass})\n  ${sentence}\n  Source: ${source}`);
    for (const { name: key, default: standard, description } of parameters) {
      context.print(`  ${key} = ${JSON.stringify(standard)}  ${description}`);
    }
    context.print('');
  }
  return EXIT.ok;
}
