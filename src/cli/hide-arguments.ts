/** Whoever looks at the processes of this machine sees their arguments, and some of ours may be secrets. */

const SECRET =
  /^--(?:webui-auth|gradio-auth|auth|on-event)\b|^(?:[a-z]+:\/\/)?[^/\s]*:[^/\s]*@|=(?:https?|rediss?):\/\/[^/\s]*@/i;

/**
 * Where one of the arguments may be a secret, none is shown from here on, on systems that can do that (Linux and others, not Windows).
 * They were there for a moment: the environment is the better place.
 */
export function hideSecretArguments(process: Pick<NodeJS.Process, 'argv' | 'title'>): void {
  if (process.argv.slice(2).some((argument) => SECRET.test(argument))) process.title = 'autombw';
}
