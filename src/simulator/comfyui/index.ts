/**
 * A simulated ComfyUI, 0.3.64 or 0.27.0: graphs of its own nodes, run over the simulator's models and world, with HTTP and
 * WebSocket as recorded, its silences included. Where newer versions are stricter it is as strict as they are: prompt
 * ids, and requests of foreign pages.
 */
export { ComfySide } from './server.ts';
