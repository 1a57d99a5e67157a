import { MACHINE } from './machine.ts';
import { playChapter } from './play.ts';

playChapter(MACHINE);
