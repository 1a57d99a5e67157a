/** What a question about a payload has as its answer for models of a transformer: cfg scale 7 at 512 pixels would spoil every image. */
import { isArchitecture, architectureRow } from '../../../../architectures/registry.ts';
import { comfyFamily } from '../../../../renderers/comfyui/families/registry.ts';
import type { Answer, Question } from './questions.ts';

/** As WebUIs call what ComfyUI's own workflows for the families take. */
const SCHEDULERS: Readonly<Record<string, string>> = {
  simple: 'Simple',
  normal: 'Normal',
  beta: 'Beta',
  sgm_uniform: 'SGM Uniform',
};

/**
 * @param known the answers so far, and those that are given already
 * @returns the usual one where the family has none of its own
 */
export function standardOf(
  { key, standard }: Question,
  known: Readonly<Record<string, unknown>>,
): Answer | undefined {
  const { architecture, modelA } = known;
  if (typeof architecture !== 'string' || !isArchitecture(architecture)) return standard;
  const { layout } = architectureRow(architecture);
  const drawing =
    layout && comfyFamily(layout.family.id)?.drawing(layout, typeof modelA === 'string' ? modelA : '');
  if (drawing === undefined || 'reason' in drawing) return standard;
  const { steps, cfgScale, scheduler, size } = drawing.defaults;
  const own: Readonly<Record<string, Answer | undefined>> = {
    width: size,
    height: size,
    steps,
    cfgScale,
    scheduler: SCHEDULERS[scheduler],
  };
  return own[key] ?? standard;
}
