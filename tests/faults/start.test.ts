import { START } from './start.ts';
import { playChapter } from './play.ts';

playChapter(START);
