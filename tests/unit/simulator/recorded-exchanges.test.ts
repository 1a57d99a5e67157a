/**
 * Replays the recorded exchanges, in their order, and compares status, shape, values and the pattern of equal
 * images. The plain lists are in recorded-start.test.ts, what depends on other requests in recorded-concurrency.test.ts.
 */
import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startSimulator } from '../../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../../src/simulator/index.ts';
import { mergeEvents } from './merge-events.ts';
import { AT_START, CONCURRENT, NOT_REPLAYED, OF_EXTENSIONS } from './recorded-elsewhere.ts';
import { differences, recording, replay, unlikeImages } from './recording.ts';
import { Replayer } from './replayer.ts';
import { TINY_A, TINY_A_RENAMED, TINY_B, TINY_C, TINY_U, withConfig } from './tiny-models.ts';

const WITH_CONFIG = [TINY_A, TINY_B, TINY_U].map(withConfig);

const replayer = new Replayer();
const { images, replayed } = replayer;
let simulator: Simulator | undefined;

afterEach(async () => {
  await simulator?.close();
});

async function start(options: SimulatorOptions): Promise<Simulator> {
  simulator = await startSimulator(options);
  return simulator;
}

it('generates and keeps settings as recorded', async () => {
  const { url } = await start({ models: WITH_CONFIG });
  const drawn = ['seed', 'all_seeds', 'infotexts'];
  expect(await replayer.series(url, 'txt2img_min txt2img_repeat')).toEqual({});
  expect(await replayer.series(url, 'txt2img_empty_body', {}, drawn)).toEqual({});
  const generation = `txt2img_batch txt2img_n_iter2 txt2img_batch_same_seed_101 txt2img_batch_save_images
    txt2img_batch_save_images_nogrid`;
  expect(await replayer.series(url, generation)).toEqual({});
  expect(await replayer.series(url, 'txt2img_seed_-1_batch', {}, drawn)).toEqual({});
  const replaced = `txt2img_subseed_strength txt2img_send_images_false txt2img_styles_unknown txt2img_unknown_sampler
    txt2img_unknown_sampler_index txt2img_sampler_old_style_name txt2img_scheduler txt2img_scheduler_exponential
    txt2img_unknown_scheduler txt2img_numeric_string txt2img_extra_field txt2img_alwayson_wrong_shape
    txt2img_size_not_mult8 txt2img_hires txt2img_hires_no_upscaler txt2img_infotext`;
  expect(await replayer.series(url, replaced)).toEqual({});
  const refused = `txt2img_alwayson_is_not_selectable txt2img_array_body txt2img_hires_bad_upscaler txt2img_not_json
    txt2img_override_unknown_key txt2img_selectable_as_alwayson txt2img_size_zero txt2img_steps0
    txt2img_two_wrong_types txt2img_unknown_alwayson txt2img_unknown_script txt2img_wrong_type`;
  expect(await replayer.series(url, refused)).toEqual({});

  expect(await replayer.series(url, 'txt2img_override_checkpoint')).toEqual({});
  expect(await replayer.parts(url, 'options_after_override_restore')).toEqual({});
  expect(await replayer.series(url, 'txt2img_after_override txt2img_override_norestore')).toEqual({});
  expect(await replayer.parts(url, 'options_after_override_norestore')).toEqual({});
  expect(await replayer.series(url, 'txt2img_override_unknown_checkpoint post_options_A')).toEqual({});
  expect(await replayer.parts(url, 'options_after_A')).toEqual({});
  expect(await replayer.series(url, 'txt2img_override_leak_1')).toEqual({});
  expect(await replayer.parts(url, 'options_after_leak_1')).toEqual({});
  expect(await replayer.series(url, 'post_options_eta_0 txt2img_override_leak_2')).toEqual({});
  expect(await replayer.parts(url, 'options_after_leak_2')).toEqual({});
  expect(await replayer.series(url, 'txt2img_clip_skip post_options_clip_skip_1 post_options_alias')).toEqual(
    {},
  );
  expect(await replayer.parts(url, 'options_after_alias')).toEqual({});
  expect(await replayer.series(url, 'post_options_by_shorthash')).toEqual({});
  expect(await replayer.parts(url, 'options_after_shorthash')).toEqual({});
  const wrong = `post_options_same_A post_options_unknown_model post_options_unknown_key post_options_array
    post_options_wrong_type options_after_wrong_type post_options_repair`;
  expect(await replayer.series(url, wrong)).toEqual({});
  expect(await replayer.parts(url, 'options_after_A')).toEqual({});
});

it('reads the infotext of its own images back as recorded', async () => {
  const { url } = await start({ models: WITH_CONFIG });
  const made = z
    .object({ images: z.array(z.string()) })
    .parse(JSON.parse((await replay(url, 'txt2img_min')).text));
  expect(await replayer.series(url, 'png_info', { image: made.images[0] })).toEqual({});
  const looks = 'interrogate_no_model interrogate_bad_model';
  expect(await replayer.series(url, looks, { image: made.images[0] })).toEqual({});
});

describe('runtime block merge', () => {
  it('goes through the recorded session', async () => {
    const server = await start({ models: [TINY_A, TINY_B, TINY_U] });
    const { url } = server;
    // B was loaded in an earlier session: its title has its hash.
    await replay(url, 'post_options_alias');
    server.restart();
    const { load, unload, refresh, save } = await mergeEvents(url);
    const onLoad = { fn_index: load };
    expect(
      await replayer.series(
        url,
        `rbm_00_plain_A rbm_01_args_without_load_enabled_true rbm_02_args_unknown_modelB_not_loaded
        rbm_03_too_few_args rbm_04_too_many_args`,
      ),
    ).toEqual({});
    expect(await replayer.series(url, 'rbm_10_load_B_no_session', onLoad)).toEqual({});
    expect(
      await replayer.series(
        url,
        `rbm_11_w0 rbm_12_w1 rbm_13_w05 rbm_14_no_args_after_w05 rbm_14b_enabled_false_after_w05 rbm_15_w0_again
        rbm_16_only_M00 rbm_17_only_index13_OUT rbm_18_only_index26_TIME rbm_19_int_weights_as_is
        rbm_20_string_weights rbm_20b_after_string rbm_20c_null_weight rbm_20d_after_null rbm_21_out_of_range
        rbm_21b_negative rbm_22_only_args_other_modelB_name rbm_22b_after rbm_23_modelB_null_in_args
        rbm_24_modelB_unknown_in_args rbm_30_reference_U_checkpoint rbm_31_after_checkpoint_roundtrip_w1
        rbm_32_after_roundtrip_w0 rbm_33_after_roundtrip_w1_again`,
      ),
    ).toEqual({});

    server.addModel(TINY_C);
    expect(
      await replayer.series(
        url,
        `rbm_40_refresh_checkpoints rbm_41_w1 rbm_42_other_checkpoint_and_back rbm_43_w1_same_weights_again rbm_44_w0
        rbm_45_w1_now_right rbm_50_C_plain_reference rbm_51_w05 rbm_52_post_options_C rbm_53_no_args_after_switch
        rbm_54_w0_after_switch rbm_55_w1_after_switch rbm_56_override_A_w0 rbm_57_options_A rbm_58_w0_A`,
      ),
    ).toEqual({});
    expect(
      await replayer.series(
        url,
        `rbm_61_load_B_unknown rbm_62_load_B_null rbm_63_too_few_data rbm_63b_too_much_data
        rbm_65_load_B_with_session rbm_66_load_B_alias_without_ext rbm_67_load_B_force_cpu_false`,
        onLoad,
      ),
    ).toEqual({});
    expect(await replayer.series(url, 'rbm_64_fn_index_out_of_range rbm_67b_w1 rbm_67c_w0')).toEqual({});
    expect(await replayer.series(url, 'rbm_68_load_B_weights_applied_at_once', onLoad)).toEqual({});
    expect(await replayer.series(url, 'rbm_68b_no_args')).toEqual({});
    expect(await replayer.series(url, 'rbm_69_run_named_api', onLoad)).toEqual({});
    expect(await replayer.series(url, 'rbm_71_refresh_dropdown', { fn_index: refresh })).toEqual({});
    const onSave = { fn_index: save };
    expect(
      await replayer.series(url, 'rbm_72_save_checkpoint rbm_73_save_checkpoint_bad_name', onSave),
    ).toEqual({});
    expect(await replayer.series(url, 'rbm_74_w25 rbm_75_refresh')).toEqual({});
    // A new file has a hash of its own.
    expect(
      await replayer.series(url, 'rbm_76_saved_checkpoint_picture', {}, ['sd_model_hash', 'infotexts']),
    ).toEqual({});
    expect(await replayer.series(url, 'rbm_77_unload', { fn_index: unload })).toEqual({});
    expect(await replayer.series(url, 'rbm_78_after_unload_w1')).toEqual({});
    expect(await replayer.series(url, 'rbm_79_unload_twice', { fn_index: unload })).toEqual({});
    expect(await replayer.series(url, 'rbm_80_load_again', onLoad)).toEqual({});
    expect(await replayer.series(url, 'rbm_81_w1 rbm_82_w0')).toEqual({});
  });

  it('survives unload-checkpoint and does not load A over A', async () => {
    const { url } = await start({ models: [TINY_A, TINY_B, TINY_U, TINY_C] });
    const onLoad = { fn_index: (await mergeEvents(url)).load };
    expect(await replayer.series(url, 'rbm_60_load_B_same_as_A', onLoad)).toEqual({});
    expect(await replayer.series(url, 'rbm_60b_w1_after_same')).toEqual({});
    // The recording loads B over a websocket here.
    await replay(url, 'rbm_10_load_B_no_session', onLoad);
    expect(
      await replayer.series(
        url,
        `rbm_91_w1_after_ws_load rbm_93_w0 rbm_94_unload_checkpoint rbm_95_txt2img_w1_after_unload_checkpoint rbm_96_w0
        rbm_97_reload_checkpoint rbm_98_w1`,
      ),
    ).toEqual({});
    expect(await replayer.series(url, 'rbm_99_load_again', onLoad)).toEqual({});
    expect(await replayer.series(url, 'rbm_99b_w1')).toEqual({});
  });

  it('takes another model B over the first', async () => {
    const { url } = await start({ models: [TINY_A, TINY_B, TINY_U, TINY_C] });
    const onLoad = { fn_index: (await mergeEvents(url)).loadAgain };
    expect(await replayer.series(url, 'rbm_110_load_B rbm_111_load_C_instead', onLoad)).toEqual({});
    expect(await replayer.series(url, 'rbm_112_w1_C rbm_113_w0')).toEqual({});
  });

  it('writes into the void once the UNet object was replaced', async () => {
    const { url } = await start({ models: WITH_CONFIG });
    await replay(url, 'post_options_alias');
    await replay(url, 'post_options_A');
    expect(
      await replayer.series(url, 'rbm_stale_10_load_B', { fn_index: (await mergeEvents(url)).load }),
    ).toEqual({});
    expect(await replayer.series(url, 'rbm_stale_11_w0 rbm_stale_12_w1')).toEqual({});
  });
});

it('treats new, deleted and truncated files as recorded', async () => {
  const server = await start({ models: [TINY_A_RENAMED, TINY_B, TINY_U, TINY_C] });
  const { url } = server;
  // Loaded once before, so that the titles have their hashes.
  server.addModel({ ...TINY_B, name: 'work1', unet: 'tinyB' });
  expect(
    await replayer.series(
      url,
      'ck_01_options_new_file_before_refresh ck_02_override_new_file_before_refresh',
    ),
  ).toEqual({});
  const first = 'ck_03_refresh ck_05_override_after_refresh ck_06_options_work1 ck_07_picture';
  expect(await replayer.series(url, first)).toEqual({});
  server.addModel({ ...TINY_C, name: 'work2', unet: 'tinyC' });
  await replay(url, 'ck_03_refresh');
  expect(await replayer.series(url, 'ck_41_options_work2 ck_42_picture')).toEqual({});
  server.deleteModel('work1');
  expect(await replayer.series(url, 'ck_50_options_deleted_file ck_51_picture')).toEqual({});
  expect(await replayer.parts(url, 'ck_51b_options')).toEqual({});
  expect(await replayer.series(url, 'ck_52_refresh ck_53_options_deleted_file_after_refresh')).toEqual({});
  server.addModel({ name: 'work3', broken: true });
  expect(await replayer.series(url, 'ck_60_refresh ck_61_options_truncated ck_62_picture')).toEqual({});
  expect(await replayer.parts(url, 'ck_62b_options')).toEqual({});
  server.addModel({ name: 'work3', broken: true });
  expect(
    await replayer.series(
      url,
      `ck_63_override_truncated ck_66_refresh ck_67_options_A ck_68_picture ck_69_interrupt_unload
      ck_70_picture_after_unload`,
    ),
  ).toEqual({});
});

describe('passwords', () => {
  it('guards only /sdapi with --api-auth', async () => {
    const { url } = await start({ models: [TINY_A_RENAMED, TINY_B], auth: 'user:pass' });
    expect(
      await replayer.series(
        url,
        `auth_none_app_id auth_none_options auth_none_pending auth_none_ping auth_none_progress auth_none_txt2img
        auth_right auth_wrong auth_right_txt2img`,
      ),
    ).toEqual({});
    for (const name of ['auth_none_config', 'auth_none_openapi']) {
      const body = z.record(z.string(), z.unknown()).parse(await replayer.json(url, name));
      const { keys } = z.object({ keys: z.array(z.string()) }).parse(recording(name).body);
      expect(Object.keys(body)).toEqual(expect.arrayContaining(keys));
    }
    expect(
      await replayer.series(url, 'auth_none_run_predict', { fn_index: (await mergeEvents(url)).load }),
    ).toEqual({});
  });

  it('guards only the pages with --gradio-auth', async () => {
    const { url } = await start({ models: [TINY_A_RENAMED, TINY_B], gradioAuth: 'u:p' });
    expect(
      await replayer.series(
        url,
        `gauth_none_app_id gauth_none_ping gauth_none_config gauth_none_run_predict gauth_login_wrong
        gauth_login_right`,
      ),
    ).toEqual({});
    const options = z.record(z.string(), z.unknown()).parse(await replayer.json(url, 'gauth_none_options'));
    expect(Object.keys(options)).toContain('samples_save');

    const login = await replay(url, 'gauth_login_right');
    const [cookie = ''] = (login.headers.get('set-cookie') ?? '').split(';');
    expect(cookie).toMatch(/^access-token-unsecure=./u);
    const config = await replay(url, 'gauth_cookie_config', {}, { Cookie: cookie });
    expect(config.status).toBe(200);
    const { load } = await mergeEvents(url, { Cookie: cookie });
    const predict = await replay(url, 'gauth_cookie_run_predict', { fn_index: load }, { Cookie: cookie });
    expect(await differences('gauth_cookie_run_predict', predict, images)).toEqual([]);
    replayed.add('gauth_cookie_config').add('gauth_cookie_run_predict');
  });
});

it('has equal images where the recordings have equal ones, and only there', () => {
  expect(unlikeImages(images)).toEqual([]);
  expect(new Set(images.map(({ recorded }) => recorded)).size).toBeGreaterThan(30);
});

it('leaves no recording out without a reason', () => {
  const all = readdirSync(new URL('../../fixtures/webui/', import.meta.url));
  // Those of the other extensions are in recorded-extensions.test.ts.
  const files = all.filter((file) => !OF_EXTENSIONS.test(file));
  const accounted = new Set([...replayed, ...Object.keys(NOT_REPLAYED), ...CONCURRENT, ...AT_START]);
  expect(files.map((file) => file.replace('.json', '')).filter((name) => !accounted.has(name))).toEqual([]);
});
