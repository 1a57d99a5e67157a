import { CONNECTION } from './connection.ts';
import { playChapter } from './play.ts';

playChapter(CONNECTION);
