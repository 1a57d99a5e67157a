import type { SearchConfig } from '../config/schema.ts';
import type { SearchPlan } from '../journal/record.ts';

/** A plan that is worked by: its options are today's, checked and complete; those of a recorded plan are what they were. */
export type LivePlan = Omit<SearchPlan, 'config'> & { readonly config: SearchConfig };
