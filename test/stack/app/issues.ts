import type { z } from 'zod';

/** What zod found, one text for each: `path: message`. `whole` stands for the path of the input itself. */
export const issueLines = ({ issues }: z.ZodError, whole = ''): readonly string[] =>
  issues.map(({ path, message }) => {
    const place = path.map(String).join('.') || whole;
    return place === '' ? message : `${place}: ${message}`;
  });
