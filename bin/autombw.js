#!/usr/bin/env node
import { surviveLostTerminal } from '../dist/cli/lost-terminal.js';
import { run } from '../dist/cli/run.js';

surviveLostTerminal(process);
process.exitCode = await run(process);
