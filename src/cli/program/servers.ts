/** Commands about servers: what they can do, and a simulated one. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { DEFAULT_ARCHITECTURE } from '../../architectures/ids.ts';
import type { BackendsOptions } from '../commands/servers/backends.ts';
import type { DemoOptions } from '../commands/servers/demo/options.ts';
import type { DoctorOptions } from '../commands/servers/doctor.ts';
import type { WorkerCommandOptions } from '../commands/servers/worker.ts';
import type { SimulateOptions } from '../commands/servers/simulate.ts';
import { parseNumber, parsePort, parseWhole } from '../parsers.ts';
import type { CommandGroup } from './group.ts';

export const addServerCommands: CommandGroup = (program, context, finish) => {
  withServers(program.command('doctor'))
    .description('Check the setup and suggest fixes')
    .option('--folder <path>', 'Folder in which csv/ and recipes/ would be written', '.')
    .option(
      '--architecture <name>',
      'Model family, as autombw inspect reports it (default: Stable Diffusion)',
    )
    .option('--json', 'Print the result as JSON')
    .action(async (options: DoctorOptions) => {
      const { doctorCommand } = await import('../commands/servers/doctor.ts');
      finish(await doctorCommand(context, options));
    });

  withServer(program.command('backends'))
    .description('List the ways a running server can merge, and which one a search would use')
    .option('--architecture <name>', 'Model family, as autombw inspect reports it', DEFAULT_ARCHITECTURE)
    .option('--json', 'Print the result as JSON')
    .action(async (options: BackendsOptions) => {
      const { backendsCommand } = await import('../commands/servers/backends.ts');
      finish(await backendsCommand(context, options));
    });

  withServer(program.command('worker'))
    .description('Lend the WebUI of this machine to searches that use a queue (docs/queue.md)')
    .addOption(
      new Option(
        '--queue <url>',
        'Redis or Valkey: redis://host:6379; a password better through AUTOMBW_QUEUE',
      ).env('AUTOMBW_QUEUE'),
    )
    .addOption(
      new Option(
        '--queue-ca <file>',
        'Certificate of an authority of your own, for a queue at rediss://',
      ).env('AUTOMBW_QUEUE_CA'),
    )
    .option('--name <name>', 'As runs call it (default: the name of this machine)')
    .option(
      '--lease <seconds>',
      'Without a sign of life for so long its work goes to other workers',
      parseNumber,
      15,
    )
    .option(
      '--metrics <port>',
      'Serve /health and /metrics (OpenMetrics) on this port of this machine; 0 = any free one',
      parsePort,
    )
    .option('--wait-for-server', 'Wait while another run of autombw uses the WebUI')
    .action(async (options: WorkerCommandOptions) => {
      const { workerCommand } = await import('../commands/servers/worker.ts');
      finish(await workerCommand(context, options));
    });

  program
    .command('simulate')
    .description('Run a simulated WebUI to try things out')
    .option('--port <n>', 'Port to listen on; 0 = any free one', parsePort, 7861)
    .addOption(
      new Option(
        '--world <name>',
        'painter: landscapes that get better with the weights; tiny: images of a small diffusion model, computed with the merged tensors',
      )
        .choices(['painter', 'tiny'])
        .default('painter'),
    )
    .option(
      '--models <names>',
      'Names of its checkpoints, comma-separated (default: modelA,modelB,modelC; of the tiny world: crisp,vivid,base)',
    )
    .option('--latency <ms>', 'Milliseconds that an image takes', parseNumber, 0)
    .option('--webui-auth <user:password>', 'Ask for a login to the API, as --api-auth does')
    .addOption(
      new Option('--family <name>', 'Which server it is')
        .choices(['a1111', 'forge', 'comfyui'])
        .default('a1111'),
    )
    .addOption(
      new Option(
        '--architecture <name>',
        'Family of its models: sd1, sd2, sdxl, or one of transformers such as flux1 or flux1:double_blocks=8',
      ).default(DEFAULT_ARCHITECTURE),
    )
    .addOption(
      new Option(
        '--files <kind>',
        'Transformers: network = files without text encoders and VAE, which lie beside them; whole = checkpoints (default: what is usual)',
      ).choices(['network', 'whole']),
    )
    .option(
      '--extensions <names>',
      'runtime-block-merge (the default), model-mixer, bayesian-merger, lora-block-weight, wd14-tagger, comma-separated; or none',
    )
    .addOption(new Option('--loras <names>', 'Names of its LoRAs, comma-separated').default('', 'none'))
    .option(
      '--models-dir <path>',
      'A real folder for its checkpoints; small ones are made where it lacks them',
    )
    .option('--no-api', 'Act like a WebUI started without --api')
    .option('--nowebui', 'Act like a WebUI started with --nowebui: the API alone')
    .option('--gradio-auth <user:password>', 'Ask for a login to the pages, as --gradio-auth does')
    .addOption(
      new Option('--modules <names>', "Names of Forge's text encoder and VAE files, comma-separated").default(
        '',
        'none',
      ),
    )
    .option('--gpu <name>', 'A graphics card of its own: unlike ones give images with slightly other pixels')
    .addOption(
      new Option('--fault <name[@n]>', 'Fault to inject, e.g. oom@3; repeatable')
        .argParser(collect)
        .default([], 'none'),
    )
    .action(async (options: SimulateOptions) => {
      const { simulateCommand } = await import('../commands/servers/simulate.ts');
      finish(await simulateCommand(context, options));
    });

  program
    .command('demo')
    .description(
      'Run a whole search on a simulated WebUI with small real checkpoints; writes to autombw-demo/',
    )
    .addOption(
      new Option('--world <name>', 'tiny: real checkpoints of a small diffusion model; painter: landscapes')
        .choices(['tiny', 'painter'])
        .default('tiny'),
    )
    .option('--iterations <n>', 'Iterations of the search at most (default: 60)', parseWhole)
    .option('--seed <n>', 'Seed of the search and its images, to repeat one (default: drawn)', parseWhole)
    .option('--json', 'Print the result as JSON')
    .action(async (options: DemoOptions) => {
      const { demoCommand } = await import('../commands/servers/demo/demo.ts');
      finish(await demoCommand(context, options));
    });
};

function collect(item: string, before: readonly string[]): string[] {
  return [...before, item];
}

/** Where the server is, for commands that look at one. */
export function withServer(command: Command): Command {
  const only = (url: string, before: string | undefined): string => {
    if (before === undefined) return url;
    throw new InvalidArgumentError('This command looks at one WebUI: give its address once.');
  };
  return withLogins(
    command
      .option('--port <n>', 'Port of a WebUI on this machine', parsePort)
      .option('--webui <url>', 'Address of the WebUI', only),
  );
}

/** The same for a command that looks at all of a fleet. */
function withServers(command: Command): Command {
  return withLogins(
    command
      .option('--port <n>', 'Port of a WebUI on this machine', parsePort)
      .option(
        '--webui <url>',
        'Address of the WebUI; repeatable',
        (url: string, before: readonly string[] | undefined) => [...(before ?? []), url],
      )
      .option('--fleet <file>', 'Several WebUIs, as a search takes them'),
  );
}

function withLogins(command: Command): Command {
  return command
    .addOption(new Option('--webui-auth <user:password>', 'Login of --api-auth').env('AUTOMBW_WEBUI_AUTH'))
    .addOption(
      new Option('--gradio-auth <user:password>', 'Login of --gradio-auth').env('AUTOMBW_GRADIO_AUTH'),
    )
    .option('--models-dir <path>', 'Checkpoint folder of the WebUI as a path of this machine');
}
