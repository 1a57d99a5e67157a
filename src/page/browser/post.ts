/** Asks the page's server for something that changes or answers: with the header that no foreign page can send. */

export type Reply<T> =
  | { readonly isDone: true; readonly answer: T }
  /** Why not, as a sentence. */
  | { readonly isDone: false; readonly message: string };

/** The same version of this package answers: `T` is what it sends. Never throws. */
export async function post<T>(address: string, body: unknown): Promise<Reply<T>> {
  try {
    const reply = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-autombw': '1' },
      body: JSON.stringify(body),
    });
    if (reply.ok) return { isDone: true, answer: await reply.json() };
    const { message }: { readonly message?: string } = await reply.json().catch(() => ({}));
    return { isDone: false, message: message ?? `That did not work (${reply.status}).` };
  } catch {
    return { isDone: false, message: 'autombw is not answering: the request was not sent.' };
  }
}
