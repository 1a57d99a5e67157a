import { SCORERS } from './scorers.ts';
import { playChapter } from './play.ts';

playChapter(SCORERS);
