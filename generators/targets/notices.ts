/** Who is told of an alert, in words: the same in runbooks, in the escalation matrix and on the command line. */
import { formatDuration } from '../model/format.ts';
import type { Project } from '../model/model.ts';
import { describeReceiver, nameReceiver } from '../model/receivers.ts';
import type { Notification } from '../model/routing.ts';

/** The receivers of a message, each in words. */
export const waysOf = ({ receivers }: Notification, project: Project): readonly string[] =>
  receivers.flatMap((id) => project.receivers.filter((receiver) => receiver.id === id)).map(describeReceiver);

/** The receivers of a message by their ids, with what they are. */
export const namesOf = ({ receivers }: Notification, project: Project): readonly string[] =>
  receivers.flatMap((id) => project.receivers.filter((receiver) => receiver.id === id)).map(nameReceiver);

/** When a message is sent, at the earliest: `at once`, `after 5 minutes`. */
export const delayOf = ({ after }: Pick<Notification, 'after'>): string =>
  after === 0 ? 'at once' : `after ${formatDuration(after)}`;

/** The hours of a message: `in working-hours`, `not in night`; nothing when it may be sent at any time. */
export const hoursOf = ({ node: { activeTimes = [], muteTimes = [] } }: Notification): string | undefined => {
  const words = [
    ...(activeTimes.length === 0 ? [] : [`in ${activeTimes.join(' or ')}`]),
    ...(muteTimes.length === 0 ? [] : [`not in ${muteTimes.join(' or ')}`]),
  ];
  return words.length === 0 ? undefined : words.join(', ');
};
