/** One job at a time, first come first served. Who waits hears nothing. */

const REMEMBERED = 16;

export class JobQueue {
  readonly #waiting: string[] = [];
  #finished: string[] = [];
  #current: string | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #drawn = 0;

  /** Runs the work when all earlier work is done. A task without an id does not show in the lists. */
  async run<T>(work: () => Promise<T>, taskId?: string): Promise<T> {
    if (taskId !== undefined) this.#waiting.push(taskId);
    const turn = this.#tail.then(async () => {
      if (taskId === undefined) return await work();
      this.#waiting.splice(this.#waiting.indexOf(taskId), 1);
      this.#current = taskId;
      try {
        return await work();
      } finally {
        this.#current = undefined;
        this.#finished = [...this.#finished, taskId].slice(-REMEMBERED);
      }
    });
    // A failed job is its caller's affair and must not stop the line.
    this.#tail = turn.catch(() => undefined);
    return await turn;
  }

  /** An id for a task that came without one. */
  newTaskId(): string {
    this.#drawn++;
    return `task(${String(this.#drawn).padStart(7, '0')}-txt2img)`;
  }

  pending(): { size: number; tasks: string[] } {
    return { size: this.#waiting.length, tasks: [...this.#waiting] };
  }

  /** The reply of `/internal/progress`; `fraction` is the running job's. */
  describe(taskId: unknown, idLivePreview: number, fraction: number): Record<string, unknown> {
    const place = this.#waiting.findIndex((waiting) => waiting === taskId);
    const active = taskId === this.#current && taskId !== undefined;
    return {
      active,
      queued: place >= 0,
      completed: this.#finished.some((finished) => finished === taskId),
      progress: active ? fraction : null,
      eta: null,
      live_preview: null,
      id_live_preview: idLivePreview,
      textinfo: active ? null : place >= 0 ? `In queue: ${place + 1}/${this.#waiting.length}` : 'Waiting...',
    };
  }
}
