import {
  checkModels,
  hasRuntime,
  INSTALL_RUNTIME,
  type ModelCheck,
} from '../../../score/onnx/check-models.ts';
import { modelsFolder, type FileState } from '../../../score/onnx/models-folder.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { interruptible } from '../interruptible.ts';

export function modelsPathCommand(context: CommandContext): number {
  context.print(modelsFolder(context.process.env));
  return EXIT.ok;
}

/** Exit code 1 when a file is wrong, or when a scorer that was named is not ready. */
export async function modelsCheckCommand(
  context: CommandContext,
  ids: readonly string[],
  { json }: { readonly json?: boolean },
): Promise<number> {
  return interruptible(context, {}, async ({ signal }) => {
    const folder = modelsFolder(context.process.env);
    const scorers = await checkModels(ids, folder, signal);
    const runtime = hasRuntime();
    if (json === true) context.printJson({ folder, runtime, scorers });
    else context.print(describe(folder, scorers, runtime));
    const isWrong = scorers.some(
      ({ files, fault }) => fault !== null || files.some(({ state }) => state === 'wrong'),
    );
    const isWanting = ids.length > 0 && scorers.some(({ ready }) => !ready);
    return isWrong || isWanting ? EXIT.failed : EXIT.ok;
  });
}

function describe(folder: string, scorers: readonly ModelCheck[], runtime: boolean): string {
  const lines = [`Models folder: ${folder}`];
  lines.push(
    runtime
      ? 'onnxruntime-node is installed.'
      : `onnxruntime-node is missing: ${INSTALL_RUNTIME} (with -g if autombw was installed globally)`,
  );
  for (const { id, licence, source, files, fault, ready } of scorers) {
    lines.push('', `${id}: ${ready ? 'ready' : 'not ready'}`);
    if (!ready) lines.push(`  From ${source}`, `  Licence: ${licence}`);
    lines.push(...files.map((file) => `  ${describeFile(file)}`));
    if (fault !== null) lines.push(`  ${fault}`);
  }
  return lines.join('\n');
}

function describeFile(file: FileState): string {
  if (file.state === 'missing') return `missing  ${file.path}`;
  const short = file.sha256.slice(0, 12);
  switch (file.state) {
    case 'right':
      return `right    ${file.path} (SHA-256 ${short}…)`;
    case 'wrong':
      return `wrong    ${file.path} (SHA-256 ${short}…, not ${file.expected?.slice(0, 12)}…)`;
    default:
      return `found    ${file.path} (SHA-256 ${short}…; nothing to compare it with)`;
  }
}
