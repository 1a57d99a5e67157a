import { playChapter } from './play.ts';
import { SERVER } from './server.ts';

playChapter(SERVER);
