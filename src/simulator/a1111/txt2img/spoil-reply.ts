/** Misfortunes that strike what is in a reply: the images themselves, or what is said of them. */
import type { FaultName } from '../../faults.ts';
import { damageImage } from '../../reply-faults.ts';
import { isDict } from '../pydantic.ts';
import type { Txt2imgReply } from './generate.ts';

type Spoilt = Omit<Txt2imgReply, 'info'> & { readonly info?: string };

/** @param first what the first request of each kind got, which `old-picture` sends again; kept up to date */
export function spoilReply(
  reply: Txt2imgReply,
  faults: ReadonlySet<FaultName>,
  first: Map<string, Txt2imgReply>,
): Spoilt {
  const { prompt, seed, subseed, width, height, steps } = reply.parameters;
  const kind = JSON.stringify([prompt, seed, subseed, width, height, steps]);
  const old = first.get(kind);
  if (old === undefined) first.set(kind, reply);
  const kept = faults.has('old-picture') && old !== undefined ? old : reply;
  const images = kept.images.map((image) => spoilImage(image, faults));
  const { info, ...rest } = { ...kept, images };
  return faults.has('no-info') ? rest : { ...rest, info: otherSettings(info, faults) };
}

function spoilImage(image: string, faults: ReadonlySet<FaultName>): string {
  if (!faults.has('cut-picture') && !faults.has('damaged-picture')) return image;
  return damageImage(Buffer.from(image, 'base64'), faults).toString('base64');
}

/** In the fields and in the texts, as an extension does that changes a setting behind the request's back. */
function otherSettings(info: string, faults: ReadonlySet<FaultName>): string {
  const parsed: unknown = JSON.parse(info);
  if (!isDict(parsed)) return info;
  const said = { ...parsed };
  const texts = Array.isArray(said['infotexts']) ? said['infotexts'].map(String) : [];
  const change = (fields: Readonly<Record<string, unknown>>, pattern: RegExp, text: string): void => {
    Object.assign(said, fields, { infotexts: texts.map((one) => one.replace(pattern, text)) });
  };
  const all = (value: string): string[] => texts.map(() => value);
  if (faults.has('wrong-steps')) change({ steps: 3 }, /Steps: \d+/u, 'Steps: 3');
  if (faults.has('wrong-cfg')) change({ cfg_scale: 1.5 }, /CFG scale: [\d.]+/u, 'CFG scale: 1.5');
  if (faults.has('wrong-sampler')) change({ sampler_name: 'PLMS' }, /Sampler: [^,]+/u, 'Sampler: PLMS');
  if (faults.has('wrong-prompt')) {
    change({ prompt: 'a dog', all_prompts: all('a dog') }, /^[^\n]*/u, 'a dog');
  }
  if (faults.has('wrong-negative')) {
    const fields = { negative_prompt: 'a dog', all_negative_prompts: all('a dog') };
    change(fields, /\nNegative prompt: [^\n]*/u, '\nNegative prompt: a dog');
  }
  return JSON.stringify(said);
}
