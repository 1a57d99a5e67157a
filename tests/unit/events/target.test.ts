import { describe, expect, it } from 'vitest';
import { filledIn, parseTarget, TargetFault, targetName } from '../../../src/events/target.ts';

describe('a command', () => {
  it('is split into words, and no shell sees it', () => {
    expect(parseTarget(`notify-send 'my run' '{message}'`, 'linux')).toEqual({
      kind: 'command',
      words: ['notify-send', 'my run', '{message}'],
    });
  });

  it('is given the event in the place of its placeholders, whatever that holds', () => {
    const values = { event: 'best', run: 'O', message: `{run}: "; rm -rf ~ $HOME '` };
    expect(filledIn(['{event}', '--title={run} {event}', '{message}', '{other}'], values)).toEqual([
      '{event}',
      '--title=O best',
      `{run}: "; rm -rf ~ $HOME '`,
      '{other}',
    ]);
  });

  it.each([
    'sh -c "echo {message}"',
    '/bin/bash -c "{message}"',
    'env zsh -c "x {run}"',
    'cmd.exe /c "{message}"',
    'busybox ash -c "{message}"',
    '/bin/bash-5.2 -c "{message}"',
    'ssh phone notify-send {message}',
    `python3 -c "print('{message}')"`,
    '/usr/bin/perl -we "say q({message})"',
    'osascript -e "display notification \\"{message}\\""',
  ])('that is a shell must not have them: %s', (text) => {
    expect(() => parseTarget(text, 'linux')).toThrow(/use "\$AUTOMBW_MESSAGE" there/);
  });

  it.each(['python3 tell.py -t {message}', 'notify-send -c {event} {message}', 'node tell.js {message}'])(
    'may have them where they are no code: %s',
    (text) => {
      expect(parseTarget(text, 'linux')).toMatchObject({ kind: 'command' });
    },
  );

  it('may be a shell that reads the environment', () => {
    expect(parseTarget(`sh -c 'echo "$AUTOMBW_MESSAGE"'`, 'linux')).toMatchObject({ kind: 'command' });
  });
});

describe('a web address', () => {
  it.each([
    ['https://example.org/hook', 'json'],
    ['https://ntfy.sh/my-runs', 'text'],
    ['https://ntfy.sh/', 'json'],
    ['text https://ntfy.example.org/my-runs', 'text'],
    ['TEXT https://ntfy.example.org/my-runs', 'text'],
    ['json https://ntfy.sh/my-runs', 'json'],
    ['https://hooks.slack.com/services/T/B/x', 'slack'],
    ['https://discord.com/api/webhooks/1/x', 'discord'],
    ['https://discord.com/api/webhooks/1/x/slack', 'slack'],
    ['slack https://mattermost.example.org/hooks/x', 'slack'],
  ])('%s takes %s', (text, form) => {
    expect(parseTarget(text)).toMatchObject({ kind: 'http', form });
  });

  it('is called by its host alone: the rest may be secret', () => {
    expect(targetName(parseTarget('https://me:secret@discord.com/api/webhooks/1/token?auth=x'))).toBe(
      'discord.com',
    );
    expect(targetName(parseTarget('/home/me/tell.sh --token=x', 'linux'))).toBe('the command tell.sh');
  });
});

it.each([
  ['', /must not be empty/],
  ['   ', /must not be empty/],
  [`notify-send 'secret`, /with balanced quotes/],
  ['xml https://example.org/secret', /one of json, text, slack, discord/],
  ['https://example.org/secret second', /a single web address/],
  ['http://[secret', /valid web address/],
])('refuses %j without quoting it', (text, reason) => {
  expect(() => parseTarget(text, 'linux')).toThrow(TargetFault);
  expect(() => parseTarget(text, 'linux')).toThrow(reason);
  expect(() => parseTarget(text, 'linux')).not.toThrow(/secret/);
});
