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
    .option('--recipe <file>', 'Take the weights from a recipe, or a checkpoint that contains one')
    .option(
      '--weights <list>',
      'Weights: 27 comma-separated numbers with --order, 25 or 26 (SDXL: 19 to 21), preset:NAME, one number for every block, or a JSON file; NAME=w, alone or after these, sets single blocks, and NAME may contain *',
    )
    .addOption(
      new Option(
        '--order <order>',
        'Order of the list or recipe file (for recipe files, default: recipe)',
      ).choices(['search', 'recipe', 'legacy']),
    )
    .option('--run <run>', 'Take the weights a run recommends: its journal, CSV or name of the merged model')
    .option('--iteration <n>', 'Use this iteration of the run instead', parseInteger)
    .option(
      '--model-a <file>',
      'Checkpoint A (default: named by the recipe or run, looked up here and in the --models-dir of the run)',
    )
    .option('--model-b <file>', 'Checkpoint B')
    .option('--model-c <file>', 'Checkpoint C, for methods of three models or more')
    .option(
      '--lora-dir <path>',
      "Folder of the LoRAs in the weights (default: the one next to model A's folder)",
    )
    .option('--model <file>', 'Another checkpoint, for methods that take any number; repeatable', collect)
    .requiredOption('--output <file>', 'New checkpoint, ending in .safetensors')
    .option(
      '--method <name>',
      'Merge method: weighted-sum (A + w (B - A), the default), add-difference, slerp, ties …; autombw methods lists all',
    )
    .option(
      '--param <name[@block]=value>',
      'Parameter of the method, for the whole merge or for blocks (* matches any name); repeatable',
      collectParameter,
    )
    .option(
      '--adjust <name=value>',
      'Adjust the result: detail1, detail2, detail3 (-6 to 6), contrast, brightness, red, green, blue (-10 to 10); without model B, adjusts model A; repeatable',
      collectNumber,
    )
    .addOption(
      new Option(
        '--dtype <type>',
        "Float type; keep (the default) uses model A's; fp8-scaled writes the large matrices as fp8 with new scales",
      ).choices(['keep', 'fp16', 'bf16', 'fp32', 'fp8-scaled']),
    )
    .addOption(
      new Option(
        '--position-ids <how>',
        'Position ids of the text encoder: keep (the default) or fix (0 to 76)',
      ).choices(['keep', 'fix']),
    )
    .option('--prune-ema', 'Drop the EMA copy of the weights')
    .option(
      '--allow-non-finite',
      'Merge even if there are NaNs, infinities or results too large for the output type',
    )
    .option('--vae <file>', "VAE to use instead of model A's")
    .option('--no-hashes', 'Do not record the SHA-256 of the models in the recipe (faster)')
    .option('--force', 'Replace an existing output')
    .option('--dry-run', 'Print what would be merged without writing anything')
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
      'LoRA, LoCon, LoHa or LoKr file, its strength (default: 1), and its block weights: 17 or 26 comma-separated numbers (SDXL: 12, 20 or 26), or by name (IN*=0.5,BASE=0); repeatable',
      collect,
    )
    .requiredOption('--model <file>', 'Checkpoint')
    .requiredOption('--output <file>', 'New checkpoint, ending in .safetensors')
    .addOption(
      new Option('--dtype <type>', "Float type; keep (the default) uses the model's").choices([
        'keep',
        'fp16',
        'bf16',
        'fp32',
      ]),
    )
    .option('--allow-unmatched', 'Skip LoRA modules that do not match anything in the model')
    .option(
      '--allow-non-finite',
      'Bake even if there are NaNs, infinities or results too large for the output type',
    )
    .option('--no-hashes', 'Do not record the SHA-256 of model and LoRAs in the metadata (faster)')
    .option('--force', 'Replace an existing output')
    .option('--dry-run', 'Print what would be changed without writing anything')
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
