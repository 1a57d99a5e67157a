/** The environment of programs that are not ours: logins and addresses in it are for autombw alone. */

const SECRET = /^AUTOMBW_(?:ON_EVENT|SCORER_\w+|\w*(?:AUTH|TOKEN|SECRET|PASSWORD|KEY|REDIS|QUEUE))$/i;

/** @param env of this process */
export function publicEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !SECRET.test(name)));
}
