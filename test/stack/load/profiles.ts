/** What the users of each system do: the requests of its load, with their share. */
import { BIZRA_NODE0 } from './profiles/bizra-node0.ts';
import { CONTENTMAX } from './profiles/contentmax.ts';
import { MIGRATED_COMPONENTS } from './profiles/migrated-components.ts';
import { NETWORX } from './profiles/networx.ts';
import { PRIORITY_EVENT_BUCKETS } from './profiles/priority-event-buckets.ts';
import type { Profile } from './profiles/profile.ts';

export const LOADED_SYSTEMS = [
  'migrated-components',
  'priority-event-buckets',
  'bizra-node0',
  'contentmax',
  'networx',
] as const;

export type LoadedSystem = (typeof LOADED_SYSTEMS)[number];

export const PROFILES: Readonly<Record<LoadedSystem, Profile>> = {
  'migrated-components': MIGRATED_COMPONENTS,
  'priority-event-buckets': PRIORITY_EVENT_BUCKETS,
  'bizra-node0': BIZRA_NODE0,
  contentmax: CONTENTMAX,
  networx: NETWORX,
};
