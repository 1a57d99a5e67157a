//import { z } from 'zod';
//import { createBoxes, type Box } from './boxes.ts';
//import { defineOptimizer } from './definition.ts';
//import { uniformPoint } from './initial-points.ts';
//import type { Observation, Rule, RuleContext } from './rule.ts';
//export const direct = defineOptimizer({
//  name: 'direct',
//  pythonClass: 'DirectAlgorithm',
//  title: 'DIRECT (dividing rectangles)',
//  sentence: '',
//  source: '',
//  options: z.strictObject({}),
//  createRule: (_options, context) => createDirect(context),
//});
