/** The gallery of a run: what is kept, merges with their pictures, and how a picture was made. */
import { z } from 'zod';
import { galleryOf } from '../gallery/run-gallery.ts';
import { pictureInfo } from '../gallery/picture-info.ts';
import { sendImage } from '../images.ts';
import { runOf, unknownRun, type AddRoutes } from './route.ts';

const mergeParams = z.object({
  merge: z.string().regex(/^(?:\d{1,7}|proof\d{1,4}-(?:best|runner-up|A|B|half))$/),
});
const pictureParams = mergeParams.extend({
  slot: z
    .string()
    .regex(/^\d{1,6}$/)
    .transform(Number),
});
const pictureQuery = z.object({ size: z.enum(['small', 'full']).default('full') });

export const addGallery: AddRoutes = (app, source) => {
  app.get('/api/runs/:run/gallery', async (request, reply) => {
    const run = runOf(source, request);
    if (run === undefined) return unknownRun(reply);
    const { json, packed, etag } = await galleryOf(run).index();
    void reply.headers({ etag, 'cache-control': 'private, no-cache', vary: 'accept-encoding' });
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    void reply.type('application/json; charset=utf-8');
    if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(json);
    return reply.header('content-encoding', 'gzip').send(packed);
  });
  app.get('/api/runs/:run/gallery/:merge', async (request, reply) => {
    const { merge } = mergeParams.parse(request.params);
    const run = runOf(source, request);
    const found = run && (await galleryOf(run).merge(merge));
    return found ?? reply.code(404).send({ message: 'There is no such iteration.' });
  });
  app.get('/api/runs/:run/gallery/:merge/:slot', async (request, reply) => {
    const { merge, slot } = pictureParams.parse(request.params);
    const { size } = pictureQuery.parse(request.query);
    const run = runOf(source, request);
    const file = (run && (await galleryOf(run).picture(merge, slot)))?.file;
    if (file === undefined) return reply.code(404).send({ message: 'This image was not kept.' });
    return sendImage(file, size, reply);
  });
  app.get('/api/runs/:run/gallery/:merge/:slot/info', async (request, reply) => {
    const { merge, slot } = pictureParams.parse(request.params);
    const run = runOf(source, request);
    const gallery = run && galleryOf(run);
    const picture = await gallery?.picture(merge, slot);
    const plan = await gallery?.plan();
    const image = picture?.merge.slots[slot];
    if (picture === undefined || plan === undefined || image === undefined)
      return reply.code(404).send({ message: 'There is no such image.' });
    return pictureInfo(picture.file, image, plan);
  });
};
