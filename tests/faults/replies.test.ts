import { REPLIES } from './replies.ts';
import { playChapter } from './play.ts';

playChapter(REPLIES);
