// Writes wasm-bytes.ts: the WebAssembly SIMD kernel, assembled from the text below. Needed only after a change of this file:
//   npm install --prefix /tmp/wabt wabt@1.0.39 && WABT=/tmp/wabt/node_modules/wabt/index.js node src/checkpoints/kernel/build-wasm.mjs
// tests/unit/checkpoints/kernel.test.ts proves the result equal to the plain JavaScript kernel.
import { writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const wabt = await require(fileURLToPath(pathToFileURL(process.env.WABT ?? 'wabt')))();

const splat = (bits) => `(v128.const i32x4 ${Array(4).fill(bits).join(' ')})`;
/** Bits of \`yes\` where the mask is set, of \`no\` elsewhere. */
const select = (yes, no, mask) => `(v128.bitselect ${yes} ${no} ${mask})`;
const get = (name) => `(local.get $${name})`;
const set = (name, value) => `(local.set $${name} ${value})`;
const load = (address, offset = 0) => `(v128.load offset=${offset} align=1 ${address})`;
const store = (address, value, offset = 0) => `(v128.store offset=${offset} align=1 ${address} ${value})`;

// Half precision, four sign-extended codes in 32-bit lanes. Moved into place and multiplied by 2^112 they have the right exponent,
// subnormal ones too; infinity and NaN get the largest exponent.
const decodeHalf = (lanes) => `
  ${set('o', `(v128.and (i32x4.shl ${lanes} (i32.const 13)) ${splat('0x8fffe000')})`)}
  ${set('e', `(v128.and (i32x4.eq (v128.and ${get('o')} ${splat('0x0f800000')}) ${splat('0x0f800000')}) ${splat('0x7f800000')})`)}
  ${set('h', `(v128.or (f32x4.mul ${get('o')} ${splat('0x77800000')}) ${get('e')})`)}`;

// Rounds to nearest even by adding just below half a unit plus the last bit. Where a lane is outside the normal numbers of the
// format, subnormal ones are rounded by a float addition of 0.5, and 65536 and above becomes infinity.
const encodeHalf = (value) => `
  ${set('h', value)}
  ${set('o', `(v128.and ${get('h')} ${splat('0x7fffffff')})`)}
  ${set(
    'r',
    `(i32x4.shr_u (i32x4.add (i32x4.add ${get('o')} ${splat('0xc8000fff')})
      (v128.and (i32x4.shr_u ${get('o')} (i32.const 13)) ${splat('1')})) (i32.const 13))`,
  )}
  (if (v128.any_true (i32x4.ge_u (i32x4.sub ${get('o')} ${splat('0x38800000')}) ${splat('0x0f000000')})) (then
    ${set('s', `(i32x4.sub (f32x4.add ${get('o')} ${splat('0x3f000000')}) ${splat('0x3f000000')})`)}
    ${set('r', select(get('s'), get('r'), `(i32x4.lt_s ${get('o')} ${splat('0x38800000')})`))}
    ${set('e', select(splat('0x7e00'), splat('0x7c00'), `(i32x4.gt_s ${get('o')} ${splat('0x7f800000')})`))}
    ${set('r', select(get('e'), get('r'), `(i32x4.ge_s ${get('o')} ${splat('0x47800000')})`))}))
  ${set('h', `(v128.or ${get('r')} (i32x4.shr_u (v128.and ${get('h')} ${splat('0x80000000')}) (i32.const 16)))`)}`;

const decodeBrain = (lanes) => set('h', `(i32x4.shl ${lanes} (i32.const 16))`);

const encodeBrain = (value) => `
  ${set('h', value)}
  ${set('o', `(v128.and ${get('h')} ${splat('0x7fffffff')})`)}
  ${set(
    'r',
    `(i32x4.shr_u (i32x4.add (i32x4.add ${get('h')} ${splat('0x7fff')})
      (v128.and (i32x4.shr_u ${get('h')} (i32.const 16)) ${splat('1')})) (i32.const 16))`,
  )}
  ${set('s', `(v128.or ${splat('0x7fc0')} (i32x4.shr_u (v128.and ${get('h')} ${splat('0x80000000')}) (i32.const 16)))`)}
  ${set('h', select(get('s'), get('r'), `(i32x4.gt_s ${get('o')} ${splat('0x7f800000')})`))}`;

const low = (v) => `(i32x4.extend_low_i16x8_s ${v})`;
const high = (v) => `(i32x4.extend_high_i16x8_s ${v})`;

/** Eight 16-bit codes at $a to eight floats. */
const widen = (decode) => (to) => `
  ${set('v', load(get('a')))}
  ${decode(low(get('v')))} ${store(to, get('h'))}
  ${decode(high(get('v')))} ${store(to, get('h'), 16)}`;
/** Eight floats at $a to eight 16-bit codes. */
const narrow = (encode) => (to) => `
  ${encode(load(get('a')))} ${set('v', get('h'))}
  ${encode(load(get('a'), 16))} ${store(to, `(i16x8.narrow_i32x4_u ${get('v')} ${get('h')})`)}`;
/** Eight floats, in two halves. */
const floats = (formula) => (to) => [0, 16].map((offset) => store(to, formula(offset), offset)).join('\n');

const w = '(f32x4.splat (local.get $w))';
const w2 = '(f32x4.splat (local.get $w2))';
const at = (name, offset) => load(get(name), offset);
const scaled = (difference) => `(f32x4.mul ${w} ${difference})`;

const SCRATCH = 0; // 32 bytes at the start of the memory, for the last, incomplete group
const FUNCTIONS = [
  { name: 'decode_f16', sources: { a: 16 }, target: 32, group: widen(decodeHalf) },
  { name: 'decode_bf16', sources: { a: 16 }, target: 32, group: widen(decodeBrain) },
  { name: 'encode_f16', sources: { a: 32 }, target: 16, group: narrow(encodeHalf) },
  { name: 'encode_bf16', sources: { a: 32 }, target: 16, group: narrow(encodeBrain) },
  {
    name: 'weighted_sum',
    sources: { a: 32, b: 32 },
    target: 32,
    group: floats((o) => `(f32x4.add ${at('a', o)} ${scaled(`(f32x4.sub ${at('b', o)} ${at('a', o)})`)})`),
  },
  {
    name: 'add_difference',
    sources: { a: 32, b: 32, c: 32 },
    target: 32,
    group: floats((o) => `(f32x4.add ${at('a', o)} ${scaled(`(f32x4.sub ${at('b', o)} ${at('c', o)})`)})`),
  },
  {
    name: 'slerp',
    sources: { a: 32, b: 32 },
    target: 32,
    group: floats((o) => `(f32x4.add (f32x4.mul ${w} ${at('a', o)}) (f32x4.mul ${w2} ${at('b', o)}))`),
  },
];

/** (sources…, target, count, w, w2): groups of eight, then the rest through the scratch bytes, so that nothing is written beyond. */
function emit({ name, sources, target, group }) {
  const names = Object.keys(sources);
  const advance = Object.entries({ ...sources, t: target })
    .map(([pointer, bytes]) => set(pointer, `(i32.add ${get(pointer)} (i32.const ${bytes}))`))
    .join('\n');
  return `
  (func (export "${name}") ${[...names, 't', 'n'].map((p) => `(param $${p} i32)`).join(' ')} (param $w f32) (param $w2 f32)
    (local $v v128) (local $h v128) (local $o v128) (local $e v128) (local $r v128) (local $s v128)
    (block $done (loop $next
      (br_if $done (i32.lt_u ${get('n')} (i32.const 8)))
      ${group(get('t'))}
      ${advance}
      ${set('n', `(i32.sub ${get('n')} (i32.const 8))`)}
      (br $next)))
    (if ${get('n')} (then
      ${group(`(i32.const ${SCRATCH})`)}
      (memory.copy ${get('t')} (i32.const ${SCRATCH}) (i32.mul ${get('n')} (i32.const ${target / 8}))))))`;
}

/** (source, count): the largest of the codes without their sign bits, four vectors at a time, the rest one by one. */
function emitLargest(bytes) {
  const shape = { 1: 'i8x16', 2: 'i16x8', 4: 'i32x4' }[bytes];
  const lanes = 16 / bytes;
  const mask = { 1: 0x7f, 2: 0x7fff, 4: 0x7fffffff }[bytes];
  const masked = (v) => `(v128.and ${v} (${shape}.splat (i32.const ${mask})))`;
  const largest = (v) => set('v', `(${shape}.max_u ${get('v')} ${masked(v)})`);
  const one = `(i32.and (i32.load${bytes === 4 ? '' : `${8 * bytes}_u`} align=1 ${get('a')}) (i32.const ${mask}))`;
  const keep = (value) => `${set('x', value)}
    (if (i32.gt_u ${get('x')} ${get('m')}) (then ${set('m', get('x'))}))`;
  const step = (elements) => `${set('a', `(i32.add ${get('a')} (i32.const ${elements * bytes}))`)}
    ${set('n', `(i32.sub ${get('n')} (i32.const ${elements}))`)}`;
  return `
  (func (export "largest_${bytes}") (param $a i32) (param $n i32) (result i32)
    (local $v v128) (local $m i32) (local $x i32)
    (block $wide (loop $next
      (br_if $wide (i32.lt_u ${get('n')} (i32.const ${4 * lanes})))
      ${[0, 16, 32, 48].map((offset) => largest(load(get('a'), offset))).join('\n')}
      ${step(4 * lanes)}
      (br $next)))
    ${Array.from({ length: lanes }, (_, i) => keep(`(${shape}.extract_lane${bytes === 4 ? '' : '_u'} ${i} ${get('v')})`)).join('\n')}
    (block $done (loop $next
      (br_if $done (i32.eqz ${get('n')}))
      ${keep(one)}
      ${step(1)}
      (br $next)))
    ${get('m')})`;
}

const text = `(module (memory (export "memory") 1) ${[...FUNCTIONS.map(emit), ...[1, 2, 4].map(emitLargest)].join('\n')})`;
const module = wabt.parseWat('kernel.wat', text, { simd: true, bulk_memory: true });
module.validate();
const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64');
const lines = base64.match(/.{1,100}/g).map((line) => `  '${line}',`);
writeFileSync(
  new URL('wasm-bytes.ts', import.meta.url),
  `/** Generated by build-wasm.mjs; not to be edited. */\nexport const WASM_BASE64 = [\n${lines.join('\n')}\n].join('');\n`,
);
