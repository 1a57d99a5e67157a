/** The fault matrix, chapter by chapter. */
import { CONNECTION } from './connection.ts';
import { REPLIES } from './replies.ts';
import type { Chapter } from './scenario.ts';

export const CHAPTERS: readonly Chapter[] = [CONNECTION, REPLIES];
