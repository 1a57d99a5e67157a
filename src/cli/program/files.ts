/** Commands about checkpoint files. */
import { Option } from 'commander';
import type { BakeOptions } from '../commands/files/bake.ts';
import type { MergeOptions } from '../commands/files/merge.ts';
import type { ParameterFlag } from '../commands/files/method-parameters.ts';
import { parseInteger, parseMethodParameter, parseNamedNumber } from '../parsers.ts';
import type { CommandGroup } from './group.ts';

export const addFileCommands: CommandGroup = (program, context, finish) => {
  program
    .command('merge')
    .description('Write a merged checkpoint, without Python and without a WebUI')
    .option('--recipe <file>', 'Weights from a recipe, or from a checkpoint that holds one')
    .option(
      '--weights <list>',
      '27 weights, separated by commas, with --order; 25 or 26 (SDXL: 19 to 21), preset:NAME, or one for every block; NAME=w, alone or behind them, sets a block, and NAME may hold *; or a JSON file of weights by name',
    )
    .addOption(
      new Option(
        '--order <order>',
        'Order of the list, or of a recipe file (there the default is recipe)',
      ).choices(['search', 'recipe', 'legacy']),
    )
    .option('--run <run>', 'Weights that a run recommends: its journal, CSV or name of the merged model')
    .option('--iteration <n>', 'Those of one of its iterations', parseInteger)
    .option(
      '--model-a <file>',
      'Checkpoint A; what a recipe or run names is taken from here, or from the --models-dir of the run',
    )
    .option('--model-b <file>', 'Checkpoint B')
    .option('--model-c <file>', 'Checkpoint C, for methods of three models or more')
    .option(
      '--lora-dir <path>',
      "Folder of the LoRAs whose strengths a search has found (default: the one beside model A's folder)",
    )
    .option('--model <file>', 'Another checkpoint, for methods that take any number; repeatable', collect)
    .requiredOption('--output <file>', 'The new checkpoint, ending in .safetensors')
    .option(
      '--method <name>',
      'weighted-sum A + w (B - A), the default; add-difference, slerp, ties …: autombw methods lists all',
    )
    .option(
      '--param <name[@block]=value>',
      'Parameter of the method, for the whole merge or for blocks (* in the name matches any); repeatable',
      collectParameter,
    )
    .option(
      '--adjust <name=value>',
      'Adjust the result: detail1, detail2, detail3 (-6 to 6), contrast, brightness, red, green, blue (-10 to 10); without model B and weights, model A itself; repeatable',
      collectNumber,
    )
    .addOption(
      new Option(
        '--dtype <type>',
        "Type of the floats; keep, the default = model A's; fp8-scaled: the large matrices as fp8 with new scales",
      ).choices(['keep', 'fp16', 'bf16', 'fp32', 'fp8-scaled']),
    )
    .addOption(
      new Option('--position-ids <how>', 'keep, the default, or fix: 0 to 76 as whole numbers').choices([
        'keep',
        'fix',
      ]),
    )
    .option('--prune-ema', 'Leave the EMA copy of the weights out')
    .option(
      '--allow-non-finite',
      'Merge even if there are NaN, infinities or results too large for the type of the output',
    )
    .option('--vae <file>', "VAE to use instead of model A's")
    .option('--no-hashes', 'Do not note the SHA-256 of the models in the recipe: quicker')
    .option('--force', 'Replace an existing output')
    .option('--dry-run', 'Say what would be merged and touch nothing')
    .option('--json', 'Print the result as JSON')
    .action(async (options: MergeOptions) => {
      const { mergeCommand } = await import('../commands/files/merge.ts');
      finish(await mergeCommand(context, options));
    });

  program
    .command('bake')
    .description('Bake LoRAs into a checkpoint, without Python and without a WebUI')
    .requiredOption(
      '--lora <file[:strength[:weights]]>',
      'LoRA, LoCon, LoHa or LoKr; strength (default: 1); weights of 17 or 26 blocks (SDXL: 12, 20 or 26), comma-separated, or by name (IN*=0.5,BASE=0); repeatable',
      collect,
    )
    .requiredOption('--model <file>', 'Checkpoint')
    .requiredOption('--output <file>', 'The new checkpoint, ending in .safetensors')
    .addOption(
      new Option('--dtype <type>', "Type of the floats; keep, the default = the model's").choices([
        'keep',
        'fp16',
        'bf16',
        'fp32',
      ]),
    )
    .option(
      '--allow-unmatched',
      'Bake a LoRA even if some of its modules fit nothing in the model; those are left out',
    )
    .option(
      '--allow-non-finite',
      'Bake even if there are NaN, infinities or results too large for the type of the output',
    )
    .option('--no-hashes', 'Do not note the SHA-256 of model and LoRAs in the metadata: quicker')
    .option('--force', 'Replace an existing output')
    .option('--dry-run', 'Say what would be changed and touch nothing')
    .option('--json', 'Print the result as JSON')
    .action(async (options: BakeOptions) => {
      const { bakeCommand } = await import('../commands/files/bake.ts');
      finish(await bakeCommand(context, options));
    });

  program
    .command('inspect')
    .description('Describe a safetensors file: architecture, types, blocks, recipe, hashes')
    .argument('<file>', 'Checkpoint')
    .option('--json', 'Print the result as JSON')
    .action(async (file: string, options: { json?: boolean }) => {
      const { inspectCommand } = await import('../commands/files/inspect.ts');
      finish(await inspectCommand(context, file, options));
    });
};

function collectParameter(text: string, before: readonly ParameterFlag[] = []): ParameterFlag[] {
  return [...before, parseMethodParameter(text)];
}

function collectNumber(
  text: string,
  before: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  return { ...before, ...Object.fromEntries([parseNamedNumber(text)]) };
}

function collect(item: string, before: readonly string[] = []): string[] {
  return [...before, item];
}
