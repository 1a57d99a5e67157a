/** The WebUI's settings that shape images, under its own names. */
import { MODULES } from './modules.ts';

export interface SettingInForce {
  readonly key: string;
  /** As in the WebUI's own pages. */
  readonly words: string;
  /** Values that leave the images alone. */
  readonly usual: readonly unknown[];
  /** It puts other weights in the place of the checkpoint's, or beside them: what `--clear-modules` takes out. */
  readonly bringsWeights?: true;
}

/** Said before a run where they are not at their usual value. */
export const IN_FORCE: readonly SettingInForce[] = [
  { key: MODULES, words: 'VAE / Text Encoder', usual: [[]], bringsWeights: true },
  { key: 'sd_vae', words: 'SD VAE', usual: ['Automatic', 'None', ''], bringsWeights: true },
  { key: 'sd_unet', words: 'SD Unet', usual: ['Automatic', 'None', ''], bringsWeights: true },
  { key: 'sd_text_encoder', words: 'Text encoder', usual: ['Default', 'None', ''], bringsWeights: true },
  { key: 'sd_hypernetwork', words: 'Hypernetwork', usual: ['None', ''], bringsWeights: true },
  { key: 'sd_lora', words: 'Network added to every prompt', usual: ['None', ''], bringsWeights: true },
  { key: 'forge_unet_storage_dtype', words: 'Diffusion in Low Bits', usual: ['Automatic'] },
  { key: 'fp8_storage', words: 'FP8 weight', usual: ['Disable'] },
  { key: 'CLIP_stop_at_last_layers', words: 'Clip skip', usual: [1] },
  { key: 'emphasis', words: 'Emphasis mode', usual: ['Original'] },
  { key: 'randn_source', words: 'Random number generator source', usual: ['GPU'] },
  { key: 'eta_noise_seed_delta', words: 'Eta noise seed delta', usual: [0] },
  { key: 'sd_noise_schedule', words: 'Noise schedule', usual: ['Default'] },
  { key: 'token_merging_ratio', words: 'Token merging ratio', usual: [0] },
  { key: 'token_merging_ratio_hr', words: 'Token merging ratio for high-res pass', usual: [0] },
  { key: 's_min_uncond', words: 'Negative Guidance minimum sigma', usual: [0] },
  { key: 'skip_early_cond', words: 'Ignore negative prompt during early sampling', usual: [0] },
  { key: 'extra_networks_default_multiplier', words: 'Default multiplier for extra networks', usual: [1] },
  { key: 'tiling', words: 'Tiling', usual: [false] },
];

/**
 * All that somebody must not change in mid-run, those above among them. The rest shape images too, but whoever has set them has set them for all
 * his work, and nobody is told.
 */
export const WATCHED: readonly string[] = [
  ...IN_FORCE.map(({ key }) => key),
  'eta_ddim',
  'eta_ancestral',
  'ddim_discretize',
  's_churn',
  's_tmin',
  's_tmax',
  's_noise',
  'sigma_min',
  'sigma_max',
  'rho',
  'k_sched_type',
  'always_discard_next_to_last_sigma',
  'sgm_noise_multiplier',
  'uni_pc_variant',
  'uni_pc_skip_type',
  'uni_pc_order',
  'uni_pc_lower_order_final',
  'beta_dist_alpha',
  'beta_dist_beta',
  's_min_uncond_all',
  'pad_cond_uncond',
  'pad_cond_uncond_v0',
  'comma_padding_backtrack',
  'enable_prompt_comments',
  'sdxl_crop_top',
  'sdxl_crop_left',
  'sdxl_clip_l_skip',
  'sd3_enable_t5',
  'upcast_attn',
  'enable_quantization',
  'cache_fp16_weight',
  'sd_vae_encode_method',
  'sd_vae_decode_method',
  'sd_vae_overrides_per_model_preferences',
  'hypertile_enable_unet',
  'hypertile_enable_vae',
  'no_dpmpp_sde_batch_determinism',
  'hires_fix_use_firstpass_conds',
  'hires_fix_refiner_pass',
  'use_old_emphasis_implementation',
  'use_old_karras_scheduler_sigmas',
  'use_old_hires_fix_width_height',
  'use_old_scheduling',
  'use_downcasted_alpha_bar',
  'face_restoration',
  'face_restoration_model',
  'code_former_weight',
];
