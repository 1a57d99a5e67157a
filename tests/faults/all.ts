/** The fault matrix, chapter by chapter. */
import { CONNECTION } from './connection.ts';
import { MACHINE } from './machine.ts';
import { OTHERS } from './others.ts';
import { REPLIES } from './replies.ts';
import type { Chapter } from './scenario.ts';
import { SCORERS } from './scorers.ts';
import { SERVER } from './server.ts';
import { START } from './start.ts';

export const CHAPTERS: readonly Chapter[] = [CONNECTION, REPLIES, SERVER, OTHERS, SCORERS, MACHINE, START];
