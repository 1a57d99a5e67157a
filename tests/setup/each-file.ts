/** Around every test file, before its own hooks and after them. */
import { afterAll, afterEach, beforeEach } from 'vitest';
import { endServers } from '../helpers/running-processes.ts';
import { lifetime } from '../helpers/temporary-folder.ts';

beforeEach(lifetime.beginTest);
afterEach(lifetime.endTest);
afterAll(lifetime.endFile);
afterAll(endServers);
