/**
 * All families of transformers, in the order in which a file is asked: whoever has the signs of another one too comes before it.
 *
 * To add one, write its row after the contract in family.ts, put it here where its signs demand, and add its keys to
 * tests/unit/architectures/transformer-headers.ts: the tests of recognising, merging and inspecting go through that list.
 */
import type { TransformerFamily } from './family.ts';
import { chroma, flux1, flux2, hunyuanVideo } from './flux-like.ts';
import * as others from './others.ts';

export const TRANSFORMER_FAMILIES: readonly TransformerFamily[] = [
  others.sd3,
  others.auraflow,
  hunyuanVideo,
  flux2,
  chroma,
  flux1,
  others.zImage,
  others.lumina2,
  others.wan,
  others.hidreamO1,
  others.hidream,
  others.anima,
  others.cosmosPredict2,
  others.cosmos1,
  others.lens,
  others.qwenImage21,
  others.mageFlow,
  others.qwenImage,
  others.krea2,
  others.ideogram4,
  others.ernieImage,
];
