/** Recordings that are not replayed, and why. They are not among the fixtures. */
export const NOT_REPLAYED: Readonly<Record<string, string>> = {
  memory_and_time: 'Megabytes and seconds of a machine; its SDXL identities are in merging.test.ts.',
  ws_previews_plain: 'Previews exist only with --preview-method; the simulated server is started without.',
  ws_previews_with_metadata: 'As above; the feature flags are in recorded-transcripts.test.ts.',
};

/** Replayed in recorded-transcripts.test.ts. */
const TRANSCRIPTS: readonly string[] = [
  'ws_cold_run',
  'ws_same_prompt_again',
  'ws_one_weight_changed',
  'ws_save_image_websocket',
  'ws_save_image',
  'ws_save_image_websocket_metadata_twice',
  'ws_prompt_without_client_id',
  'ws_three_payloads_one_prompt',
  'ws_failure_in_the_middle',
];

/** Replayed in queue.test.ts. */
const QUEUE: readonly string[] = [
  'get_queue_busy',
  'interrupt_and_queue',
  'ws_interrupt_client_a',
  'ws_interrupt_client_b',
  'queue_clear_and_history_delete',
  'server_restart',
];

/** Replayed in merging.test.ts, saving.test.ts and settings.test.ts. */
const MERGES: readonly string[] = [
  'merge_measurements',
  'blocks_input_order',
  'extrapolation_minus1_to_2',
  'checkpoint_save',
  'batch_comparisons',
  'further_checks',
  'settings_checks',
];

export const REPLAYED_ELSEWHERE: readonly string[] = [
  ...TRANSCRIPTS,
  ...QUEUE,
  ...MERGES,
  'runtime_failures',
  // In todays-nodes.test.ts.
  'get_object_info_transformers',
];
