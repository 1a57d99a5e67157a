/** Where the server is, for commands that look at one: what `withServer` of program/servers.ts adds. */
export interface ServerOptions {
  readonly port?: number;
  readonly webui?: string;
  readonly webuiAuth?: string;
  readonly gradioAuth?: string;
  readonly modelsDir?: string;
}
