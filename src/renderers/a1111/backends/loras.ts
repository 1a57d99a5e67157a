/** No model B and no merge: what is searched are the strengths of LoRAs, which every way can have beside it (`prompt-loras.ts`). */
import { capabilitiesOfModelA } from '../../model-a.ts';
import { LORAS_ALONE } from '../../prompt-loras.ts';
import type { AloneWay } from './backend.ts';

export const lorasAlone: AloneWay = {
  name: LORAS_ALONE,
  summary:
    'no extension, no model B: LoRA strengths in the prompt (--search lora:NAME=0:1); iterations cost almost nothing extra',
  takes: 'nothing',
  capabilities: capabilitiesOfModelA,
  find: async () => ({
    async arm() {},
    async disarm() {},
    async prepare() {},
    decorate: (body) => body,
  }),
};
