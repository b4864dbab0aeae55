import type { System } from '../system.ts';
import { bizraNode0 } from './bizra-node0/system.ts';
import { contentmax } from './contentmax/system.ts';
import { migratedComponents } from './migrated-components/system.ts';
import { networx } from './networx/system.ts';
import { priorityEventBuckets } from './priority-event-buckets/system.ts';

/** The systems that somebody plays, in the order of `SYSTEM_IDS`. */
export const SYSTEMS: readonly System[] = [migratedComponents, priorityEventBuckets, bizraNode0, contentmax, networx];
