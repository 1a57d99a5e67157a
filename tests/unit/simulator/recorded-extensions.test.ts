/** Replays what was recorded of the three other merge extensions, in its order. */
import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { startSimulator } from '../../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../../src/simulator/index.ts';
import { mergeEvents } from './merge-events.ts';
import { OF_EXTENSIONS } from './recorded-elsewhere.ts';
import { recording, replay, unlikeImages } from './recording.ts';
import { Replayer } from './replayer.ts';
import { TINY_A, TINY_A_RENAMED, TINY_B, TINY_C, TINY_U } from './tiny-models.ts';

/** Not matched, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  bbwm_45_file_ckpt: 'The simulated folder holds safetensors only.',
  bbwm_60_add_difference: 'Merges of three models are not simulated.',
  mm_base_changed_500: 'The first observation of what mm_39 shows in its place.',
};

/**
 * Of merges in the middle, and outside 0..1: the real extensions round each in its own way, so that these images
 * differ by a hair where the simulator's are equal.
 */
const ROUNDED = ['mm_03_w05_base0', 'mm_11_range', 'bbwm_66_picture'].map(imageIn);

const replayer = new Replayer();
let simulator: Simulator | undefined;

afterEach(async () => {
  await simulator?.close();
});

async function start(options: SimulatorOptions): Promise<Simulator> {
  simulator = await startSimulator(options);
  return simulator;
}

function imageIn(name: string): string | undefined {
  return recording(name).derived?.images?.[0]?.pixel_sha256;
}

describe('bayesian-merger', () => {
  it('merges into memory and into files as recorded', async () => {
    const { url } = await start({
      models: [TINY_A, TINY_B, TINY_U, TINY_C],
      extensions: ['bayesian-merger', 'runtime-block-merge'],
    });
    // All had been loaded once, and the UNet of B was still in memory.
    for (const model of ['tinyB', 'tinyBunetA', 'tinyC', 'tinyA']) {
      await replay(url, 'post_options_A', { sd_model_checkpoint: model });
    }
    await replay(url, 'bbwm_07_memory_unet1_base0');
    expect(
      await replayer.series(
        url,
        `bbwm_00_reference_A bbwm_01_memory_w0 bbwm_02_picture_w0 bbwm_03_memory_w1 bbwm_04_picture_w1`,
      ),
    ).toEqual({});
    expect(await replayer.parts(url, 'bbwm_04b_options')).toEqual({});
    expect(
      await replayer.series(
        url,
        `bbwm_05_reference_B bbwm_06_after_override_restore bbwm_07_memory_unet1_base0 bbwm_08_picture
        bbwm_09_memory_w05 bbwm_10_picture_w05 bbwm_11_options_same_A bbwm_12_picture bbwm_20_memory_w1
        bbwm_21_other_prompt bbwm_22_same_prompt_after_other_prompt bbwm_23_persistent_cond_cache_off
        bbwm_24_memory_w0 bbwm_25_picture_w0 bbwm_26_memory_w1 bbwm_27_picture_w1 bbwm_28_memory_base_only
        bbwm_29_picture_base_only bbwm_30_alpha0_only bbwm_31_picture bbwm_32_no_alpha_base05 bbwm_33_picture
        bbwm_40_file_absolute bbwm_41_sd_models`,
      ),
    ).toEqual({});
    // A new file has a hash of its own.
    expect(await replayer.series(url, 'bbwm_42_picture_of_file', {}, ['sd_model_hash', 'infotexts'])).toEqual(
      {},
    );
    expect(
      await replayer.series(
        url,
        `bbwm_43_file_relative bbwm_44_file_missing_dir bbwm_50_unknown_method bbwm_51_unknown_model_a
        bbwm_52_unknown_model_b bbwm_53_picture_after_failed bbwm_54_name_instead_of_path
        bbwm_54b_picture_after_failed bbwm_55_alpha_24 bbwm_56_alpha_27 bbwm_57_missing_fields bbwm_58_alpha_strings
        bbwm_59_add_difference_no_c bbwm_61_prune bbwm_62_precision32 bbwm_63_device_cuda_on_cpu_box
        bbwm_64_wrong_precision_type bbwm_65_restore bbwm_66_picture bbwm_67_persistent_cond_cache_on`,
      ),
    ).toEqual({});
  });

  it('leaves runtime-block-merge writing into the void', async () => {
    const server = await start({
      models: [TINY_A, TINY_B],
      extensions: ['bayesian-merger', 'runtime-block-merge'],
    });
    const { url } = server;
    const a = server.position();
    const { load, unload } = await mergeEvents(url);
    await replay(url, 'rbm_10_load_B_no_session', { fn_index: load });
    await replay(url, 'rbm_12_w1');
    expect(server.position()).not.toEqual(a);
    await replay(url, 'rbm_77_unload', { fn_index: unload });
    await replay(url, 'bbwm_01_memory_w0');
    expect((await replay(url, 'rbm_10_load_B_no_session', { fn_index: load })).text).toContain('true');
    await replay(url, 'rbm_12_w1');
    expect(server.position()).toEqual(a);
  });

  it('is behind no password', async () => {
    const { url } = await start({
      models: [TINY_A, TINY_B],
      extensions: ['bayesian-merger'],
      auth: 'user:pass',
    });
    expect(await replayer.series(url, 'auth_none_bbwm')).toEqual({});
  });
});

describe('model-mixer', () => {
  const models = [TINY_A, TINY_B, TINY_U, TINY_C];
  const extensions = ['model-mixer'];

  it('merges, keeps, gives back and breaks as recorded', async () => {
    const server = await start({ models: [TINY_A_RENAMED, TINY_B, TINY_U, TINY_C], extensions });
    const { url } = server;
    for (const model of ['tinyB', 'tinyBunetA', 'tinyC', 'tinyA']) {
      await replay(url, 'post_options_A', { sd_model_checkpoint: model });
    }
    // Hashes of merges, and A's after the first one, are of the real tensors.
    const varies = ['sd_model_hash', 'infotexts', 'hash', 'sha256', 'title'];
    const series = async (names: string): Promise<object> => replayer.series(url, names, {}, varies);
    expect(await series('mm_00_reference_A mm_01_w0 mm_02_w1_base0 mm_02c_sd_models')).toEqual({});
    const options = JSON.stringify(await replayer.json(url, 'mm_02b_options'));
    expect(options).toMatch(/"tinyA x \(1 - alpha_0\) \+ tinyB x alpha_0\(0(,1){25}\)\.safetensors \[/u);
    expect(
      await series(
        `mm_03_w05_base0 mm_04_w05_again mm_05_no_args_after mm_06_w0_again mm_07_only_M00 mm_08_only_IN00
        mm_09_only_OUT11 mm_10_alias_names mm_11_range mm_12_25_weights mm_13_27_weights mm_14_bad_weight
        mm_15_empty_selection mm_16_options_A mm_17_plain`,
      ),
    ).toEqual({});
    server.restart();
    expect(
      await series(
        `mm_30_minimal_28_args mm_31_unknown_B mm_32_unknown_A mm_33_B_none mm_34_w0 mm_35_w1 mm_36_options_C
        mm_37_plain_C mm_38_w1_after_options_C mm_39_base_changed mm_40_after_failure_w0
        mm_41_plain_after_failure mm_42_options_other_checkpoint mm_43_plain_C mm_44_options_A mm_45_plain_A`,
      ),
    ).toEqual({});
    server.restart();
    expect(await series('mm_00_reference_A')).toEqual({});
  });

  it('fails inside without save_settings: plain A, and the infotext claims the merge', async () => {
    const { url } = await start({ models, extensions });
    await replay(url, 'post_options_A', { sd_model_checkpoint: 'tinyB' });
    await replay(url, 'post_options_A', { sd_model_checkpoint: 'tinyA' });
    expect(await replayer.series(url, 'mm_no_save_settings_w1')).toEqual({});
  });

  it('says under the image what it was asked, and repeats its hash for the same words', async () => {
    const { url } = await start({ models: [TINY_A_RENAMED, TINY_B], extensions });
    await replay(url, 'post_options_A', { sd_model_checkpoint: 'tinyB' });
    await replay(url, 'post_options_A', { sd_model_checkpoint: 'tinyA' });
    const hashes: Record<string, string> = {};
    for (const name of ['mm_01_w0', 'mm_02_w1_base0', 'mm_06_w0_again', 'mm_10_alias_names', 'mm_34_w0']) {
      const { info } = JSON.parse((await replay(url, name)).text) as { info: string };
      const { infotexts, sd_model_hash: hash } = JSON.parse(info) as {
        infotexts: string[];
        sd_model_hash: string;
      };
      const masked = (text: unknown): string => String(text).replace(/Model hash: \w+/u, 'Model hash: x');
      const recorded = recording(name).derived?.info_parsed?.['infotexts'];
      expect(masked(infotexts[0])).toBe(masked((recorded as string[])[0]));
      hashes[name] = hash;
    }
    expect(hashes['mm_06_w0_again']).toBe(hashes['mm_01_w0']);
    expect(hashes['mm_34_w0']).toBe(hashes['mm_01_w0']);
    expect(new Set(Object.values(hashes)).size).toBe(3);
  });

  it('leaves a wrong hash for model A that outlives restarts', async () => {
    const server = await start({ models, extensions });
    const hashOfA = async (): Promise<unknown> => {
      const list = (await (await fetch(`${server.url}/sdapi/v1/sd-models`)).json()) as {
        model_name: string;
        hash: unknown;
      }[];
      return list.find(({ model_name: name }) => name === 'tinyA')?.hash;
    };
    const right = await hashOfA();
    await replay(server.url, 'mm_02_w1_base0');
    const wrong = await hashOfA();
    expect([right, wrong]).toEqual(['30d56a6809', expect.not.stringMatching('30d56a6809')]);
    await replay(server.url, 'mm_44_options_A');
    server.restart();
    expect(await hashOfA()).toBe(wrong);
  });

  it('describes its arguments as recorded', async () => {
    const described = await scriptOf(models.slice(0, 3), 'model-mixer', 'model mixer');
    expect(described).toEqual(recordedScript('model mixer'));
    expect(described).toHaveLength(2);
  });
});

describe('lora-block-weight', () => {
  const loras = [
    { name: 'tinylora', hash: '19533e6d8c72', metadata: recordedMetadata() },
  ] satisfies SimulatorOptions['loras'];

  it('weighs the blocks of a LoRA as recorded', async () => {
    const { url } = await start({
      models: [TINY_A_RENAMED, TINY_B],
      extensions: ['lora-block-weight'],
      loras,
    });
    expect(
      await replayer.series(
        url,
        `lora_01_refresh lora_02_list lora_10_none lora_11_plain lora_12_zero lora_13_lbw_ones17
        lora_14_lbw_zeros17 lora_15_lbw_NONE lora_16_lbw_ALL lora_17_lbw_MIDD lora_18_positional
        lora_18b_two_multipliers lora_19_only_M00 lora_20_12_weights lora_21_26_weights lora_22_16_weights
        lora_23_unknown_preset lora_24_unknown_lora lora_25_bad_number lora_26_plain_again lora_27_none_again`,
      ),
    ).toEqual({});
  });

  it('is what does it: without it the whole LoRA is taken', async () => {
    const { url } = await start({ models: [TINY_A_RENAMED, TINY_B], loras });
    const own = new Replayer();
    expect(await own.series(url, 'lora_10_none lora_11_plain lora_14_lbw_zeros17')).toEqual({});
    const [none, plain, zeros] = own.images.map(({ simulated }) => simulated);
    expect(zeros).toBe(plain);
    expect(zeros).not.toBe(none);
  });

  it('describes its arguments as recorded', async () => {
    const described = await scriptOf([TINY_A, TINY_B], 'lora-block-weight', 'lora block weight');
    expect(described).toEqual(recordedScript('lora block weight'));
    expect(described).toHaveLength(2);
  });
});

/** Its rows for both tabs. */
async function scriptOf(
  models: NonNullable<SimulatorOptions['models']>,
  extension: string,
  script: string,
): Promise<unknown[]> {
  const { url } = await start({ models, extensions: [extension] });
  const described: unknown = await (await fetch(`${url}/sdapi/v1/script-info`)).json();
  return named(described, script);
}

function recordedScript(script: string): unknown[] {
  return named(recording('get_script_info').body, script);
}

function named(list: unknown, script: string): unknown[] {
  return (list as { name: string }[]).filter(({ name }) => name === script);
}

function recordedMetadata(): Record<string, unknown> {
  const [lora] = recording('lora_02_list').body as { metadata: Record<string, unknown> }[];
  return lora?.metadata ?? {};
}

it('has equal images where the recordings have equal ones, and only there', () => {
  const exact = replayer.images.filter(({ recorded }) => !ROUNDED.includes(recorded));
  expect(unlikeImages(exact)).toEqual([]);
  expect(new Set(exact.map(({ recorded }) => recorded)).size).toBeGreaterThan(12);
});

it('leaves no recording out without a reason', () => {
  const files = readdirSync(new URL('../../fixtures/webui/', import.meta.url));
  const names = files.filter((file) => OF_EXTENSIONS.test(file)).map((file) => file.replace('.json', ''));
  expect(names.filter((name) => !replayer.replayed.has(name) && !(name in LEFT_OUT))).toEqual([]);
});
