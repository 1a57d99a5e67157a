import { areEqual, isList, isMap, isCallable, type Value } from './values.ts';

type Test = (value: Value, argument: Value) => boolean;

const isWhole = (value: Value): value is number => typeof value === 'number' && Number.isInteger(value);

/** What may stand behind `is`. */
export const tests: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['defined', (value) => value !== undefined],
  ['undefined', (value) => value === undefined],
  ['none', (value) => value === null],
  ['null', (value) => value === null],
  ['odd', (value) => isWhole(value) && Math.abs(value % 2) === 1],
  ['even', (value) => isWhole(value) && value % 2 === 0],
  ['divisibleby', (value, by) => isWhole(value) && isWhole(by) && by !== 0 && value % by === 0],
  ['number', (value) => typeof value === 'number'],
  ['string', (value) => typeof value === 'string'],
  ['boolean', (value) => typeof value === 'boolean'],
  ['true', (value) => value === true],
  ['false', (value) => value === false],
  ['mapping', (value) => isMap(value)],
  ['sequence', (value) => isList(value) || typeof value === 'string'],
  ['iterable', (value) => isList(value) || isMap(value) || typeof value === 'string'],
  ['callable', (value) => isCallable(value)],
  ['equalto', (value, other) => areEqual(value, other)],
  ['eq', (value, other) => areEqual(value, other)],
  ['ne', (value, other) => !areEqual(value, other)],
]);
