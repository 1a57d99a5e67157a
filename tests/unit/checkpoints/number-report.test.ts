/** What is said of numbers that a merge has met: which file, which tensor, how many. */
import { describe, expect, it } from 'vitest';
import { Findings } from '../../../src/checkpoints/kernel/findings.ts';
import { describeNumbers, reportNumbers, requireFinite } from '../../../src/checkpoints/numbers.ts';
import { dtypeOf, type DType } from '../../../src/shared/safetensors/dtypes.ts';

const UNET = 'model.diffusion_model.';
const FILES = ['/a.safetensors', '/b.safetensors'];

function typeOf(name: string): DType {
  const dtype = dtypeOf(name);
  if (dtype === undefined) throw new Error(name);
  return dtype;
}

interface Made {
  readonly name: string;
  readonly shape?: readonly number[];
  readonly block?: string;
  readonly kind?: 'combine' | 'copy';
  readonly stored?: string;
}

const tensorOf = ({ name, shape = [2, 2], block = 'IN00', kind = 'combine', stored }: Made) => ({
  name,
  ...(stored !== undefined && { stored }),
  dtype: typeOf('F16'),
  shape,
  block,
  job: {
    kind,
    offset: 0,
    count: shape.reduce((product, size) => product * size, 1),
    bytesPerElement: 2,
    type: 'F16' as const,
    weight: 0.5,
    sources: [0, 1].map((file) => ({ file, offset: 0, bytesPerElement: 2, type: 'F16' as const })),
  },
});

/** A report of tensors whose values are not zero, after `note`. */
function reportOf(tensors: readonly Made[], note: (findings: Findings) => void) {
  const memory = Findings.memoryFor(tensors.length);
  const findings = new Findings(memory);
  for (const index of tensors.keys()) for (const slot of [0, 1]) findings.setNonzero(index, slot);
  note(findings);
  return reportNumbers(tensors.map(tensorOf), FILES, memory);
}

const bad = (...values: readonly number[]): Float32Array => Float32Array.from(values);
const { NaN: nan, POSITIVE_INFINITY: infinite } = Number;

describe('the counters', () => {
  it('of tensors and models do not run into each other', () => {
    const findings = new Findings(Findings.memoryFor(2));
    expect(findings.addNotFinite(0, 0, bad(nan, 1, infinite, -infinite))).toBe(3);
    findings.addNotFinite(0, 2, bad(nan));
    findings.addNotFinite(1, 1, bad(infinite, 0));
    findings.addTooLarge(0, 7);
    findings.addTooLarge(0, 1);
    findings.setNonzero(0, 2);
    findings.setDifferent(1);
    expect([0, 1, 2].map((slot) => findings.notFinite(0, slot))).toEqual([
      { nan: 1, infinite: 2 },
      { nan: 0, infinite: 0 },
      { nan: 1, infinite: 0 },
    ]);
    expect([0, 1, 2].map((slot) => findings.notFinite(1, slot).infinite)).toEqual([0, 1, 0]);
    expect([0, 1].map((tensor) => findings.tooLarge(tensor))).toEqual([8, 0]);
    expect([0, 1].map((tensor) => findings.isDifferent(tensor))).toEqual([false, true]);
    expect([0, 1, 2].map((slot) => findings.isZero(0, slot))).toEqual([true, true, false]);
    expect([0, 1, 2].map((slot) => findings.isZero(1, slot))).toEqual([true, true, true]);
  });
});

describe('a report', () => {
  it('is empty where all is well, and then nothing is said', () => {
    const report = reportOf([{ name: `${UNET}x.weight` }], (findings) => findings.setDifferent(0));
    expect(report).toEqual({ notFinite: [], tooLarge: [], zeros: [], equal: [] });
    expect(describeNumbers(report)).toEqual([]);
    expect(() => requireFinite(report)).not.toThrow();
  });

  it('names the files in their order, with the names of the tensors there', () => {
    const report = reportOf(
      [{ name: `${UNET}x.weight` }, { name: `${UNET}y.weight`, stored: 'y.weight' }],
      (findings) => {
        findings.addNotFinite(0, 1, bad(infinite, nan));
        findings.addNotFinite(1, 0, bad(nan, nan));
      },
    );
    expect(describeNumbers(report)).toEqual([
      `/a.safetensors holds numbers that are not finite: 2 NaN in "y.weight"; /b.safetensors holds numbers that are not finite: 1 NaN and 1 infinite in "${UNET}x.weight".`,
    ]);
    expect(() => requireFinite(report)).toThrow(
      expect.objectContaining({
        code: 'checkpoint-not-finite',
        message: expect.stringMatching(
          /; they would ruin every image\. Nothing was kept\. Use another copy of the model; autombw/,
        ),
      }),
    );
  });

  it('names three tensors and counts the others', () => {
    const names = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name: `${UNET}${name}.weight` }));
    const told = (count: number): string | undefined =>
      describeNumbers(
        reportOf(names.slice(0, count), (findings) => {
          for (let tensor = 0; tensor < count; tensor++) findings.addTooLarge(tensor, 1);
        }),
      )[0];
    expect(told(3)).toMatch(/c\.weight" \(F16\)\.$/);
    expect(told(4)).toMatch(/c\.weight" \(F16\) and 1 more tensor\.$/);
    expect(told(5)).toMatch(/and 2 more tensors\.$/);
  });

  it.each([
    ['the EMA copy', 'model_ema.diffusion_model.x', /in the EMA copy of its weights.*--prune-ema/],
    ['the VAE', 'first_stage_model.x', /in the VAE; they would ruin every image\..*--vae/],
    [
      'a text encoder',
      'cond_stage_model.x',
      /; they would ruin every image\. Nothing was kept\. Use another/,
    ],
    ['what nobody reads', 'other.x', /in "other\.x"\. Nothing was kept\. Use another copy/],
  ])('advises on numbers in %s', (_, name, message) => {
    const report = reportOf([{ name }], (findings) => findings.addNotFinite(0, 0, bad(nan)));
    expect(() => requireFinite(report)).toThrow(message);
  });

  it('says that images would be spoilt where one of several tensors is used for them', () => {
    const names = [{ name: 'other.x' }, { name: `${UNET}x` }];
    const report = reportOf(names, (findings) => {
      for (const index of names.keys()) findings.addNotFinite(index, 0, bad(nan));
    });
    expect(() => requireFinite(report)).toThrow(/; they would ruin every image/);
  });

  it('says nothing of the VAE where other parts are bad as well, nor of constants of the training', () => {
    const both = reportOf([{ name: 'first_stage_model.x' }, { name: `${UNET}x` }], (findings) => {
      findings.addNotFinite(0, 0, bad(nan));
      findings.addNotFinite(1, 0, bad(nan));
    });
    expect(() => requireFinite(both)).toThrow(/Use another copy of the model;/);
    const constant = reportOf([{ name: 'betas' }], (findings) => findings.addNotFinite(0, 0, bad(infinite)));
    expect(constant.notFinite).toEqual([]);
  });

  it('tells results that are too large for their type', () => {
    const report = reportOf([{ name: `${UNET}x.weight` }], (findings) => findings.addTooLarge(0, 4));
    expect(() => requireFinite(report)).toThrow(
      expect.objectContaining({
        code: 'value-overflow',
        message: expect.stringMatching(/results are too large .*: 4 in ".*x\.weight" \(F16\)\. Nothing was/),
      }),
    );
  });

  it('tells matrices of zeros, and no single numbers, vectors or tables that may be zero', () => {
    const memory = Findings.memoryFor(5);
    const made: readonly Made[] = [
      { name: `${UNET}x.weight` },
      { name: `${UNET}x.bias` },
      { name: `${UNET}y.weight`, shape: [4] },
      { name: `${UNET}z.weight`, shape: [1, 1] },
      { name: 'other.weight' },
    ];
    const report = reportNumbers(made.map(tensorOf), FILES, memory);
    expect(report.zeros).toEqual(FILES.map((file) => ({ file, tensor: `${UNET}x.weight` })));
    expect(describeNumbers(report)).toEqual(
      FILES.map(
        (file) => `${file} has weights that are all zero, as if their data was lost: "${UNET}x.weight".`,
      ),
    );
  });

  it('tells blocks that are the same in both models as a whole', () => {
    const made: readonly Made[] = [
      { name: `${UNET}a.weight`, block: 'IN00' },
      { name: `${UNET}b.weight`, block: 'IN00' },
      { name: `${UNET}c.weight`, block: 'IN01' },
      { name: `${UNET}d.weight`, block: 'IN01' },
      { name: `${UNET}e.weight`, block: 'IN02', kind: 'copy' },
    ];
    expect(reportOf(made, (findings) => findings.setDifferent(0)).equal).toEqual(['IN01']);
    expect(reportOf(made, (findings) => findings.setDifferent(1)).equal).toEqual(['IN01']);
  });
});
