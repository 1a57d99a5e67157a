import { expect, it, vi } from 'vitest';
import { startLineProcess } from '../../../../src/score/command/line-process.ts';
import { publicEnvironment } from '../../../../src/shared/process/public-environment.ts';

it('a scorer of others gets the environment without what is for autombw alone', async () => {
  const secrets = ['WEBUI_AUTH', 'GRADIO_AUTH', 'SCORER_AUTH', 'ON_EVENT', 'QUEUE'];
  for (const name of secrets) vi.stubEnv(`AUTOMBW_${name}`, 'hunter2');
  vi.stubEnv('HF_HOME', '/models');
  const lines: string[] = [];
  const args = ['-e', 'console.log(JSON.stringify(process.env))'];
  const child = startLineProcess({ file: process.execPath, args, verbatim: false }, (line) =>
    lines.push(line),
  );
  await child.ended;
  vi.unstubAllEnvs();
  expect(lines[0]).toContain('"HF_HOME":"/models"');
  expect(lines[0]).not.toContain('hunter2');
});

it('the environment of others is otherwise as it is', () => {
  const env = { PATH: '/bin', AUTOMBW_CACHE: '/c', AUTOMBW_MODELS: '/m', autombw_webui_auth: 'x', AUTH: 'y' };
  expect(publicEnvironment(env)).toEqual({
    PATH: '/bin',
    AUTOMBW_CACHE: '/c',
    AUTOMBW_MODELS: '/m',
    AUTH: 'y',
  });
});
