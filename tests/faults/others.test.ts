import { OTHERS } from './others.ts';
import { playChapter } from './play.ts';

playChapter(OTHERS);
