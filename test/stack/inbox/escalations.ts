import type { Delivery, Status } from './delivery.ts';

/** One notification within an escalation. */
export interface Step {
  readonly delivery: Delivery;
  /** Since the first notification, in milliseconds. */
  readonly after: number;
  /** `primary`, `secondary`, `in-working-hours`: what the route says after team and severity. */
  readonly tier: string;
  /** The receiver has been told this before. */
  readonly isRepeat: boolean;
  /** A repetition because other alerts have joined the group or left it. */
  readonly hasChanged: boolean;
}

/** Everybody who was told of one group of alerts, from its beginning to its end. */
export interface Escalation {
  readonly status: Status;
  /** Says that the way works, for as long as it comes; nothing is wrong. */
  readonly isHeartbeat: boolean;
  readonly names: readonly string[];
  readonly system?: string;
  readonly severity?: string;
  readonly team?: string;
  readonly summary: string;
  /** The alerts beside the one that the summary is of. */
  readonly others: number;
  readonly groupLabels: Readonly<Record<string, string>>;
  /** Unix times in milliseconds. */
  readonly began: number;
  readonly last: number;
  /** Oldest first. */
  readonly steps: readonly Step[];
}

/** The routes that Tocsin makes are called `team/severity` or `team/severity/tier`. */
const splitRoute = (route = ''): readonly [policy: string, tier: string] => {
  const parts = route.split('/');
  return [parts.slice(0, 2).join('/'), parts.slice(2).join('/')];
};

const HEARTBEAT_ROUTE = 'heartbeat';

/** What the notifications of all tiers have in common: the group, without the tier. */
const keyOf = ({ route, groupLabels, groupKey, alerts, title }: Delivery): string => {
  const [policy] = splitRoute(route);
  if (groupLabels !== undefined)
    return JSON.stringify([
      policy,
      Object.entries(groupLabels)
        .map(([name, value]) => `${name}=${value}`)
        .toSorted(),
    ]);
  return groupKey ?? JSON.stringify(alerts.length > 0 ? alerts.map(({ name }) => name) : title);
};

interface Open {
  readonly deliveries: Delivery[];
  /** Receivers that were told of the end. */
  readonly ended: Set<string>;
}

/** One receiver in one tier: the same person may stand in two. */
const addresseeOf = ({ receiver, route = '' }: Delivery): string => `${route} ${receiver}`;

/** The alerts of a notification, to see whether the next one is about others. */
const alertsOf = ({ alerts }: Delivery): string =>
  alerts
    .map(({ status, labels }) => JSON.stringify([status, labels]))
    .toSorted()
    .join('\n');

/**
 * Deliveries by what they are about, the newest escalation first and heartbeats last. A group that fires again after its receivers were told of
 * its end is an escalation of its own.
 */
export const groupEscalations = (deliveries: readonly Delivery[]): readonly Escalation[] => {
  const all: Open[] = [];
  const current = new Map<string, Open>();
  for (const delivery of deliveries) {
    const key = keyOf(delivery);
    let open = current.get(key);
    if (open === undefined || (delivery.status === 'firing' && open.ended.has(addresseeOf(delivery)))) {
      open = { deliveries: [], ended: new Set() };
      current.set(key, open);
      all.push(open);
    }
    open.deliveries.push(delivery);
    if (delivery.status === 'resolved') open.ended.add(addresseeOf(delivery));
  }
  return all
    .map(({ deliveries: list }) => toEscalation(list))
    .toSorted((a, b) => Number(a.isHeartbeat) - Number(b.isHeartbeat) || b.last - a.last);
};

const toEscalation = (deliveries: readonly Delivery[]): Escalation => {
  const [first] = deliveries;
  const last = deliveries.at(-1);
  if (first === undefined || last === undefined) throw new Error('an escalation has at least one notification');
  const alerts = deliveries.flatMap((delivery) => delivery.alerts);
  const shared = (label: string): string | undefined => {
    const values = new Set(alerts.map(({ labels }) => labels[label]));
    return values.size === 1 ? [...values][0] : undefined;
  };
  const told = new Map<string, string>();
  const steps = deliveries.map((delivery): Step => {
    const fact = `${addresseeOf(delivery)} ${delivery.status}`;
    const [before, now] = [told.get(fact), alertsOf(delivery)];
    told.set(fact, now);
    const [, tier] = splitRoute(delivery.route);
    const isRepeat = before !== undefined;
    return { delivery, after: delivery.at - first.at, tier, isRepeat, hasChanged: isRepeat && before !== now };
  });
  const [system, severity, team] = [shared('system'), shared('severity'), shared('team')];
  return {
    // The tiers hear of the end one after the other; the newest word is what holds.
    status: last.status,
    isHeartbeat: last.route === HEARTBEAT_ROUTE,
    names: [...new Set(alerts.map(({ name }) => name))],
    ...(system === undefined ? {} : { system }),
    ...(severity === undefined ? {} : { severity }),
    ...(team === undefined ? {} : { team }),
    summary: alerts.find(({ summary }) => summary !== undefined)?.summary ?? first.title,
    others: Math.max(0, new Set(alerts.map(({ labels }) => JSON.stringify(labels))).size - 1),
    groupLabels: first.groupLabels ?? {},
    began: first.at,
    last: last.at,
    steps,
  };
};

/** The deliveries about a system or to a receiver; everything where nothing is asked. */
export const selectDeliveries = (
  deliveries: readonly Delivery[],
  { receiver, system, status }: { readonly receiver?: string; readonly system?: string; readonly status?: string },
): readonly Delivery[] =>
  deliveries.filter(
    (delivery) =>
      (receiver === undefined || delivery.receiver === receiver) &&
      (status === undefined || delivery.status === status) &&
      (system === undefined || delivery.alerts.some(({ labels }) => labels['system'] === system)),
  );
