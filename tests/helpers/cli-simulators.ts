/** Simulated WebUIs in processes of their own, for tests of the command line; all are ended after each test. */
import { afterEach } from 'vitest';
import { startSimulatorProcess, type SimulatorProcess } from './run-cli.ts';

/** @param usualLatency milliseconds an image */
export function useSimulators(usualLatency: number): (latency?: number) => Promise<SimulatorProcess> {
  const simulators: SimulatorProcess[] = [];
  afterEach(async () => {
    for (const simulator of simulators.splice(0)) {
      // A stopped process would not end.
      simulator.child.kill('SIGCONT');
      await simulator.stop();
    }
  });
  return async (latency = usualLatency) => {
    const models = ['--models', 'other,modelA,modelB'];
    const simulator = await startSimulatorProcess(['--latency', String(latency), ...models]);
    simulators.push(simulator);
    return simulator;
  };
}

/** Title of the checkpoint that is selected there. */
export async function selectedOn({ url }: SimulatorProcess): Promise<unknown> {
  const options = (await (await fetch(`${url}/sdapi/v1/options`)).json()) as Record<string, unknown>;
  return options['sd_model_checkpoint'];
}

/** As a person does it in the pages. */
export async function selectOn({ url }: SimulatorProcess, title: string): Promise<void> {
  const body = JSON.stringify({ sd_model_checkpoint: title });
  const headers = { 'content-type': 'application/json' };
  await fetch(`${url}/sdapi/v1/options`, { method: 'POST', headers, body });
}
