import { usageError } from '../../errors.ts';
import { parseFault, startSimulator } from '../../simulator/index.ts';
import { EXIT, type CommandContext } from '../cli-process.ts';

export interface SimulateOptions {
  readonly port: number;
  readonly models: string;
  readonly latency: number;
  readonly webuiAuth?: string;
  readonly extension: boolean;
  readonly api: boolean;
  readonly fault: readonly string[];
}

/** Serves until it is interrupted. */
export async function simulateCommand(context: CommandContext, options: SimulateOptions): Promise<number> {
  const { port, latency, webuiAuth, extension, api, fault } = options;
  if (latency < 0) throw usageError('latency', `--latency ${latency} must not be below 0.`);
  const models = options.models
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const simulator = await startSimulator({
    port,
    models,
    latencyMs: latency,
    ...(extension ? {} : { extensions: [] }),
    api,
    faults: fault.map(parseFault),
    ...(webuiAuth === undefined ? {} : { auth: webuiAuth }),
  });
  context.print(`Simulated WebUI at ${simulator.url} with ${models.join(', ')}; Ctrl-C ends it.`);
  await new Promise<void>((resolve) => {
    context.process.on('SIGINT', resolve);
    context.process.on('SIGTERM', resolve);
  });
  await simulator.close();
  return EXIT.ok;
}
