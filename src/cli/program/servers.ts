/** Commands about servers: what they can do, and a simulated one. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { DEFAULT_ARCHITECTURE } from '../../architectures/ids.ts';
import type { BackendsOptions } from '../commands/servers/backends.ts';
import type { DemoOptions } from '../commands/servers/demo/options.ts';
import type { DoctorOptions } from '../commands/servers/doctor.ts';
import type { WorkerCommandOptions } from '../commands/servers/worker.ts';
import type { SimulateOptions } from '../commands/servers/simulate.ts';
import { parseLease, parseNumber, parsePort, parseWhole } from '../parsers.ts';
import type { CommandGroup } from './group.ts';

export const addServerCommands: CommandGroup = (program, context, finish) => {
  withServers(program.command('doctor'))
    .description('Check the setup and suggest fixes')
    .option('--folder <path>', 'Folder where csv/ and recipes/ would be written', '.')
    .option(
      '--architecture <name>',
      'Model family, as autombw inspect reports it (default: any Stable Diffusion)',
    )
    .option('--json', 'Print the result as JSON')
    .action(async (options: DoctorOptions) => {
      const { doctorCommand } = await import('../commands/servers/doctor.ts');
      finish(await doctorCommand(context, options));
    });

  withServer(program.command('backends'))
    .description('List how a running server can merge, and which backend a search would use')
    .option('--architecture <name>', 'Model family, as autombw inspect reports it', DEFAULT_ARCHITECTURE)
    .option('--json', 'Print the result as JSON')
    .action(async (options: BackendsOptions) => {
      const { backendsCommand } = await import('../commands/servers/backends.ts');
      finish(await backendsCommand(context, options));
    });

  withServer(program.command('worker'))
    .description("Offer this machine's WebUI to searches that use a queue (docs/queue.md)")
    .addOption(
      new Option(
        '--queue <url>',
        'Redis or Valkey: redis://host:6379; with a password, prefer AUTOMBW_QUEUE',
      ).env('AUTOMBW_QUEUE'),
    )
    .addOption(
      new Option(
        '--queue-ca <file>',
        'Certificate of your own certificate authority, for a queue at rediss://',
      ).env('AUTOMBW_QUEUE_CA'),
    )
    .option('--name <name>', 'Name of this worker (default: the name of this machine)')
    .option(
      '--lease <seconds>',
      'Seconds without a response after which its work goes to other workers',
      parseLease,
      15,
    )
    .option(
      '--metrics <port>',
      'Serve /health and /metrics (OpenMetrics) on this local port; 0 = any free port',
      parsePort,
    )
    .option('--wait-for-server', 'Wait while another autombw run uses the WebUI')
    .action(async (options: WorkerCommandOptions) => {
      const { workerCommand } = await import('../commands/servers/worker.ts');
      finish(await workerCommand(context, options));
    });

  program
    .command('simulate')
    .description('Run a simulated WebUI to try things out')
    .option('--port <n>', 'Port to listen on; 0 = any free port', parsePort, 7861)
    .addOption(
      new Option(
        '--world <name>',
        'painter: painted landscapes that depend on the weights; tiny: images of a small diffusion model, computed with the merged tensors',
      )
        .choices(['painter', 'tiny'])
        .default('painter'),
    )
    .option(
      '--models <names>',
      'Names of its checkpoints, comma-separated (default: modelA,modelB,modelC; of the tiny world: crisp,vivid,base)',
    )
    .option('--latency <ms>', 'Milliseconds per image', parseNumber, 0)
    .option('--webui-auth <user:password>', 'Require a login for the API, like --api-auth')
    .addOption(
      new Option('--family <name>', 'Kind of server').choices(['a1111', 'forge', 'comfyui']).default('a1111'),
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
        'For transformers: network = separate text encoders and VAE; whole = complete checkpoints (default: the usual form)',
      ).choices(['network', 'whole']),
    )
    .option(
      '--extensions <names>',
      'runtime-block-merge (the default), model-mixer, bayesian-merger, lora-block-weight, wd14-tagger, comma-separated; or none',
    )
    .addOption(new Option('--loras <names>', 'Names of its LoRAs, comma-separated').default('', 'none'))
    .option('--models-dir <path>', 'Real folder for its checkpoints; missing ones are created (small)')
    .option('--no-api', 'Act like a WebUI started without --api')
    .option('--nowebui', 'Act like a WebUI started with --nowebui (API only)')
    .option('--gradio-auth <user:password>', 'Require a login for the pages, like --gradio-auth')
    .addOption(
      new Option('--modules <names>', "Names of Forge's text encoder and VAE files, comma-separated").default(
        '',
        'none',
      ),
    )
    .option('--gpu <name>', 'Simulated graphics card; different ones give slightly different pixels')
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
    .option('--iterations <n>', 'Maximum number of iterations (default: 60)', parseWhole)
    .option('--seed <n>', 'Seed of the search and its images, to repeat a demo (default: random)', parseWhole)
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
    throw new InvalidArgumentError('This command checks one WebUI: give its address once.');
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
      .option('--fleet <file>', 'File listing several WebUIs, as for search'),
  );
}

function withLogins(command: Command): Command {
  return command
    .addOption(new Option('--webui-auth <user:password>', 'Login for --api-auth').env('AUTOMBW_WEBUI_AUTH'))
    .addOption(
      new Option('--gradio-auth <user:password>', 'Login for --gradio-auth').env('AUTOMBW_GRADIO_AUTH'),
    )
    .option('--models-dir <path>', 'Checkpoint folder of the WebUI, as a path on this machine');
}
