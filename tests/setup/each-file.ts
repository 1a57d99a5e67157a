/** Around every test file, before its own hooks and after them. */
import { afterAll, afterEach, beforeEach } from 'vitest';
import { lifetime } from '../helpers/temporary-folder.ts';

beforeEach(lifetime.beginTest);
afterEach(lifetime.endTest);
afterAll(lifetime.endFile);
