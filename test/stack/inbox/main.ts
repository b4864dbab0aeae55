/** The inbox as a process: prints one line of JSON when it listens, and ends on SIGTERM. */
import * as z from 'zod';
import { startInbox } from './inbox.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: port.default(8025),
  SMTP_PORT: port.default(8026),
});

const { HOST, HTTP_PORT, SMTP_PORT } = environment.parse(process.env);
const inbox = await startInbox({ host: HOST, httpPort: HTTP_PORT, smtpPort: SMTP_PORT });
process.stdout.write(
  `${JSON.stringify({ ready: true, url: inbox.url, httpPort: inbox.httpPort, smtpPort: inbox.smtpPort })}\n`,
);
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    void inbox.stop().then(() => process.exit(0));
  });
