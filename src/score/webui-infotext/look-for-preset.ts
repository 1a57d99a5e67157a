/** Whether the WebUI has what writes the score of a preset: before the run, not after its first image. */
import { z } from 'zod';
import { isExpected, runError } from '../../shared/errors.ts';
import { webuiAddress } from '../webui-tags/address.ts';
import { openApi } from '../webui-tags/api.ts';
import type { WebuiApi } from '../webui-tags/api.ts';
import { AESTHETIC_SETTING, isRewardScript, PRESETS } from './presets.ts';
import type { PresetName } from './presets.ts';

const ID = 'webui-infotext';
const scriptsSchema = z.object({ txt2img: z.array(z.string()) });
const optionsSchema = z.record(z.string(), z.unknown());
/** Seconds; both answers are short. */
const PATIENCE = 60;

/** @throws run error `scorer-start` with what is missing. A server that does not say what it has is given the benefit. */
export async function lookForPreset(
  preset: PresetName,
  url: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<void> {
  const wanted = { id: ID, wanted: 'a list' };
  const api = openApi(webuiAddress(url, env, ID), PATIENCE, undefined, wanted);
  let missing: string | undefined;
  try {
    missing = await (preset === 'image-reward' ? whyNoScript(api, signal) : whyNoExtension(api, signal));
  } catch (error) {
    if (!isExpected(error)) throw error;
  } finally {
    await api.close();
  }
  if (missing === undefined) return;
  throw runError(
    'scorer-start',
    `Scorer "${ID}": the WebUI at ${api.shown} ${missing}. The score is only there when ${PRESETS[preset].condition}.`,
  );
}

async function whyNoScript(api: WebuiApi, signal: AbortSignal): Promise<string | undefined> {
  const { txt2img } = await api.get('/sdapi/v1/scripts', scriptsSchema, signal);
  return txt2img.some(isRewardScript) ? undefined : 'has no ImageReward script';
}

/** Its setting is there when it is. */
async function whyNoExtension(api: WebuiApi, signal: AbortSignal): Promise<string | undefined> {
  const options = await api.get('/sdapi/v1/options', optionsSchema, signal);
  if (!(AESTHETIC_SETTING in options)) return 'does not have the extension aesthetic-scorer';
  return options[AESTHETIC_SETTING] === false ? `has its setting ${AESTHETIC_SETTING} turned off` : undefined;
}
