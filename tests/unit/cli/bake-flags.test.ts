import { expect, it } from 'vitest';
import { bakeFlags } from '../../../src/cli/commands/bake-flags.ts';

it('LoRAs that a search has found are named as bake takes them, those at 0 left out', () => {
  expect(
    bakeFlags({ IN00: 0.3, 'lora:detail': 0.8, 'lora:off': 0, 'lora:my style': -0.25, 'ties:k': 0.2 }),
  ).toBe('--lora detail.safetensors:0.8 --lora "my style.safetensors:-0.25"');
  expect(bakeFlags({ IN00: 0.3 })).toBe('');
  expect(bakeFlags({ 'lora:detail@IN*': 0.8, 'lora:detail@BASE': 0, 'lora:ink@M00': 0 })).toBe(
    '--lora "detail.safetensors:1:*=0,IN*=0.8,BASE=0"',
  );
});
