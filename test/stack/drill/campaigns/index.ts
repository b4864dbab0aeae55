import type { SystemPlan } from '../plan.ts';
import { bizraNode0 } from './bizra-node0.ts';
import { contentmax } from './contentmax.ts';
import { migratedComponents } from './migrated-components.ts';
import { networx } from './networx.ts';
import { priorityEventBuckets } from './priority-event-buckets.ts';

/** How each system is drilled, in the order of the drill. */
export const PLANS: readonly SystemPlan[] = [migratedComponents, priorityEventBuckets, bizraNode0, contentmax, networx];
