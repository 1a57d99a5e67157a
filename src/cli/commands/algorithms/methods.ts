import { rangeInWords } from '../../../checkpoints/methods/given-parameters.ts';
import { describeMethods, type MethodDescription } from '../../../checkpoints/methods/registry.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';

export function methodsCommand(context: CommandContext, options: { readonly json?: boolean }): number {
  const methods = describeMethods();
  if (options.json === true) {
    context.printJson(methods);
    return EXIT.ok;
  }
  for (const method of methods) {
    context.print(
      `${method.name}, ${modelsInWords(method)}\n  ${method.description}\n  Source: ${method.source}`,
    );
    for (const parameter of method.parameters) {
      const { name, description, per, default: usual } = parameter;
      const scope = per === 'block' ? '' : ', for the whole merge';
      context.print(`  ${name} = ${usual}  ${description}; ${rangeInWords(parameter)}${scope}`);
    }
    context.print('');
  }
  return EXIT.ok;
}

function modelsInWords({ models: { least, most } }: MethodDescription): string {
  if (least === most) return least === 2 ? 'models A and B' : 'models A, B and C';
  return `${least} to ${most} models`;
}
