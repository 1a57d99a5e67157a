/** Recordings that the simulator does not match, and why. */
export const NOT_REPLAYED: Readonly<Record<string, string>> = {
  get_info_gradio: 'GET /info describes all events in words; no client needs it.',
  rbm_70_info_unnamed: 'GET /info, as above.',
  rbm_90_load_B_websocket: 'The websocket way of calling events is not simulated; POST /run/predict is.',
  rbm_92_load_unknown_websocket: 'As above.',
  extra_single_lanczos: 'Upscaling of single images has nothing to do with merging.',
  startup_timeline: 'No exchange but a list of times; the 404s at a start are the fault slow-start.',
  config_excerpt_rbm:
    'An excerpt with event numbers added; the panel is compared with this text in page.test.ts.',
};

/** Replayed in recorded-extensions.test.ts. */
export const OF_EXTENSIONS = /^(?:mm|bbwm|lora)_|^auth_none_bbwm/u;

/** Replayed in recorded-concurrency.test.ts. */
export const CONCURRENT: readonly string[] = [
  'q_internal_progress_done',
  'q_internal_progress_queued',
  'q_internal_progress_running',
  'q_interrupt',
  'q_interrupt3',
  'q_interrupt_idle',
  'q_interrupt_with_queue',
  'q_interrupt_with_queue_second',
  'q_interrupted_txt2img',
  'q_pending_tasks_running',
  'q_pending_tasks_two',
  'q_ping_running',
  'q_post_options_checkpoint_while_running',
  'q_post_options_other_while_running',
  'q_progress_after',
  'q_progress_after_client_disconnect',
  'q_progress_after_skip',
  'q_progress_running',
  'q_progress_sampling',
  'q_progress_skip_image',
  'q_progress_two',
  'q_progress_with_image',
  'q_running_reference',
  'q_running_while_options',
  'q_sd_models_running',
  'q_skip',
  'q_skipped_txt2img',
  'q_two_first',
  'q_two_second',
  'q_txt2img_after_idle_interrupt',
  'q_txt2img_after_interrupt',
  'rbm_100_load_event_while_generating',
  'rbm_101_disturbed_txt2img',
  'rbm_102_undisturbed',
];

/** Replayed in recorded-start.test.ts and compared whole. */
export const EXACT_AT_START: readonly string[] = [
  'get_ping',
  'get_app_id',
  'get_progress_idle',
  'get_pending_tasks',
  'get_queue_status',
  'get_startup_events',
  'get_login_check',
  'get_not_found',
  'get_txt2img_405',
  'get_sd_models',
  'get_samplers',
  'get_schedulers',
  'get_upscalers',
  'get_latent_upscale_modes',
  'get_face_restorers',
  'get_realesrgan',
  'get_hypernetworks',
  'get_embeddings',
  'get_loras',
  'get_prompt_styles',
  'get_sd_vae',
  'get_memory',
  'get_cmd_flags',
];

/** All that is replayed there. */
export const AT_START: readonly string[] = [
  ...EXACT_AT_START,
  'options_after_fresh_start',
  'get_options',
  'get_openapi',
  'get_scripts',
  'get_script_info',
  'get_extensions',
];
