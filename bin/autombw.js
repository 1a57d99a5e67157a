#!/usr/bin/env node
import { surviveLostTerminal } from '../dist/cli/lost-terminal.js';
import { hideSecretArguments } from '../dist/cli/hide-arguments.js';
import { run } from '../dist/cli/run.js';

hideSecretArguments(process);
surviveLostTerminal(process);
process.exitCode = await run(process);
