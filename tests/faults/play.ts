/** The tests of a chapter: one a scenario and server. */
import { describe, expect, it } from 'vitest';
import { IS_NIGHTLY } from '../setup/settings.ts';
import { breaches, type Chapter, type Family, type Scenario } from './scenario.ts';
import { Stage } from './stage.ts';

/** What the bench prints of a scenario. */
interface Played {
  readonly scenario: string;
  readonly family: Family;
  readonly promise: string;
  readonly outcome: string;
  readonly vain: number;
  /** Of a promise that was broken. */
  readonly said: string;
}

declare module 'vitest' {
  interface TaskMeta {
    fault?: Played;
  }
}

/** Whether the whole matrix is played, and not the part of the day. */
const IS_WHOLE = IS_NIGHTLY || process.env['AUTOMBW_FAULTS'] === 'all';

export function playChapter({ title, scenarios }: Chapter): void {
  const stages = new Map<Family, Stage>();
  const stageOf = (family: Family): Stage => {
    const stage = stages.get(family) ?? new Stage(family);
    stages.set(family, stage);
    return stage;
  };
  describe(`Faults: ${title}`, () => {
    for (const scenario of scenarios) {
      const { servers, day = servers.slice(0, 1), byNight = false, lacks } = scenario;
      const tried = IS_WHOLE ? servers : byNight ? [] : day;
      for (const family of tried) {
        it.skipIf(lacks?.() !== undefined)(`${scenario.name} on ${family}`, async ({ task }) => {
          const { says: _, ...quiet } = scenario.promise;
          const promise = scenario.silentOn === family ? { ...quiet, isSilent: true } : scenario.promise;
          const outcome = await scenario.play(stageOf(family));
          const broken = breaches(
            family === 'comfyui' ? { ...promise, isOutOfReach: false } : promise,
            outcome,
          );
          task.meta.fault = {
            scenario: scenario.name,
            family,
            promise: promiseOf(scenario),
            outcome: broken.length === 0 ? 'kept' : broken.join('; '),
            vain: outcome.vain,
            said: broken.length === 0 ? '' : outcome.said,
          };
          expect({ broken, said: broken.length === 0 ? '' : outcome.said }).toEqual({ broken: [], said: '' });
        });
      }
    }
  });
}

function promiseOf({
  promise: { exitCode, lost = 0, missing = 0, vain = 0, resumes = false },
}: Scenario): string {
  const parts = [
    `exit code ${exitCode}`,
    ...(lost === 0 ? [] : [`iterations lost <= ${lost}`]),
    ...(missing === 0 ? [] : [`images missing <= ${missing}`]),
    `images in vain <= ${vain}`,
    ...(resumes ? ['resumed to the same end'] : []),
  ];
  return parts.join(', ');
}
