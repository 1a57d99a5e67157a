// What `npm run mutation` changes, and the tests that should notice: by the name that is given on the command line.
export const ROOMS = {
  stop: { mutate: ['src/stop/*.ts'], tests: ['tests/unit/stop/*.test.ts'] },
  space: { mutate: ['src/space/*.ts'], tests: ['tests/unit/{space,weights}/*.test.ts'] },
  payload: {
    mutate: ['src/payload/**/*.ts'],
    tests: [
      'tests/unit/{payload,proof}/*.test.ts',
      'tests/unit/cli/payload-commands.test.ts',
      'tests/unit/allocation/order.test.ts',
      'tests/fuzz/payload.test.ts',
    ],
  },
  journal: { mutate: ['src/journal/*.ts'], tests: ['tests/unit/{journal,recover,run}/*.test.ts'] },
  trial: { mutate: ['src/trial/*.ts'], tests: ['tests/unit/trial/*.test.ts'] },
  // The merge itself: what is planned for each tensor, the arithmetic, and who runs it. Not here: reading and writing of
  // files, and WebAssembly, which tests/unit/checkpoints/kernel.test.ts holds against the plain kernel bit by bit.
  merge: {
    mutate: [
      'src/checkpoints/{merge,numbers,plan,scaled-output}.ts',
      'src/checkpoints/methods/*.ts',
      'src/checkpoints/companions/scales.ts',
      'src/checkpoints/kernel/{block-worker,findings,js-kernel,number-watch,output-scales,scale-by,statistics}.ts',
    ],
    tests: ['tests/unit/checkpoints/**/*.test.ts'],
  },
};
