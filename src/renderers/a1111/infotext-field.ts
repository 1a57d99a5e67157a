/** A value out of the line of settings under a picture, which begins with the steps. */
export function infotextField(infotext: string | undefined, label: string): string | undefined {
  const fields = (infotext ?? '').split('\nSteps: ').at(-1) ?? '';
  return new RegExp(`(?:^|, )${label}: ([^,\\n]+)`).exec(fields)?.[1];
}
