/** Events that come at any time, for one reader who takes them one after another. */
export interface Mailbox<T> {
  put(event: T): void;
  /** The oldest event; undefined when none has come within the time. */
  take(seconds: number): Promise<T | undefined>;
}

export function createMailbox<T>(): Mailbox<T> {
  const events: T[] = [];
  let wake: (() => void) | undefined;
  return {
    put(event) {
      events.push(event);
      wake?.();
    },
    async take(seconds) {
      if (events.length === 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, seconds * 1000);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
      return events.shift();
    },
  };
}
