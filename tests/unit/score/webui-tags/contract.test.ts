import { afterAll, beforeAll } from 'vitest';
import { webuiTagsScorer } from '../../../../src/score/webui-tags/index.ts';
import { describeScorerContract } from '../../../contracts/scorer.contract.ts';
import { startStubWebui } from './stub-webui.ts';
import type { StubWebui } from './stub-webui.ts';

let webui: StubWebui;

beforeAll(async () => {
  webui = await startStubWebui();
});

afterAll(async () => {
  await webui.close();
});

describeScorerContract(
  'webui-tags',
  () => webuiTagsScorer.create(webuiTagsScorer.options.parse({ url: webui.url })),
  {
    adapt: (item) => ({ ...item, prompt: 'rings, slope, stripes, masterpiece' }),
    mayRefusePrompts: true,
  },
);
