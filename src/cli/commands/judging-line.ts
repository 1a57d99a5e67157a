import { describeJudging, judgesOnThisMachine } from '../../score/index.ts';

/** What the scorers of a run judge, in one line; where none judges taste, also what would on this machine. */
export async function judgingLine(scorers: readonly { readonly id: string }[]): Promise<string> {
  const { sentence, suggestion } = describeJudging(scorers);
  return suggestion === undefined ? sentence : `${sentence} ${(await judgesOnThisMachine()).suggestion}`;
}
