/**
 * A simulated ComfyUI 0.3.64: graphs of its own nodes, run over the simulator's models and world, with HTTP and
 * WebSocket as recorded, its silences included.
 */
export { ComfySide } from './server.ts';
export type { ComfySettings } from './machine.ts';
