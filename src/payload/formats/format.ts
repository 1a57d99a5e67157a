/** How a payload is written down. */

export type FormatName = 'json' | 'toml' | 'yaml' | 'msgpack';

export interface PayloadFormat {
  readonly name: FormatName;
  /** As people call it. */
  readonly title: string;
  /** In small letters, with the dot; the first one is given to new files. */
  readonly extensions: readonly [string, ...string[]];
  /**
   * Libraries are loaded when they are needed.
   * @throws FormatFault with the place, or a library's own error
   */
  parse(bytes: Uint8Array): Promise<unknown>;
  /**
   * Keeps the order of the keys.
   * @param value of plain values, see plain-value.ts
   * @throws FormatFault for a value that the format cannot express
   */
  format(value: Readonly<Record<string, unknown>>): Promise<Uint8Array>;
}
