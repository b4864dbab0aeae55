/** Takes the notifications of every receiver in place of people: chat, pager and webhooks over HTTP, mail over SMTP. */
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { callbackify } from 'node:util';
import PostalMime, { decodeWords, type Address } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerDataStream } from 'smtp-server';
import type { Delivery, Mail, Message, Shape } from './delivery.ts';
import { readMail, readPagerDuty, readSlack, readWebhook, receiverOf } from './delivery.ts';
import { selectDeliveries } from './escalations.ts';
import { renderDelivery, renderPage } from './page.ts';
import { createStore } from './store.ts';
import type { Limits } from './store.ts';

/** An inbox that listens. */
export interface Inbox {
  /** Without a trailing slash. */
  readonly url: string;
  /** `host:port` */
  readonly smtp: string;
  readonly httpPort: number;
  readonly smtpPort: number;
  /** What has arrived, oldest first; the oldest are let go when there is too much. */
  readonly deliveries: () => readonly Delivery[];
  readonly clear: () => void;
  readonly stop: () => Promise<void>;
}

export interface InboxOptions {
  /** 0, the default, is any free one. */
  readonly httpPort?: number;
  readonly smtpPort?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly limits?: Partial<Limits>;
}

const LIMITS: Limits = { deliveries: 5000, bytes: 64 * 1024 * 1024 };

/** PagerDuty refuses events above 512 KB; webhooks of large groups are the largest. */
const LARGEST_MESSAGE = 2 * 1024 * 1024;

/** Says to a client what is wrong. */
class RequestError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const READERS: Readonly<Record<Exclude<Shape, 'email'>, (body: unknown) => Message>> = {
  slack: readSlack,
  pagerduty: readPagerDuty,
  webhook: readWebhook,
};

/** Each service's own answer; Alertmanager looks at the code, and Slack's text is always this one. */
const ANSWERS: Readonly<Record<keyof typeof READERS, readonly [code: number, text: string]>> = {
  slack: [200, 'ok'],
  pagerduty: [202, '{"status":"success","message":"Event processed"}'],
  webhook: [200, ''],
};

/** Starts an inbox. @throws Error when a port is taken. */
export const startInbox = async (options: InboxOptions = {}): Promise<Inbox> => {
  const { host = '127.0.0.1', httpPort = 0, smtpPort = 0 } = options;
  const store = createStore({ ...LIMITS, ...options.limits });

  const take = async (request: IncomingMessage, shape: keyof typeof READERS, receiver: string) => {
    const text = await readBody(request);
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      throw new RequestError(400, 'expected JSON');
    }
    store.add({ receiver, shape, ...READERS[shape](body) }, text.length);
    return ANSWERS[shape];
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://inbox');
    const { method = 'GET' } = request;
    if (method !== 'GET' && method !== 'HEAD') refuseOtherSites(request);
    const message = /^\/(slack|pagerduty|webhook)\/([a-z0-9-]{1,64})$/.exec(pathname);
    const one = /^\/deliveries\/(\d{1,15})$/.exec(pathname);
    if (message) {
      requireMethod(method, 'POST');
      const [, shape, receiver = ''] = message;
      send(response, ...(await take(request, shape as keyof typeof READERS, receiver)));
    } else if (pathname === '/api/deliveries' && method === 'DELETE') {
      store.clear();
      send(response, 204, '');
    } else if (pathname === '/api/deliveries') {
      requireMethod(method, 'GET');
      sendJson(response, 200, select(store.list(), searchParams));
    } else if (pathname === '/clear') {
      requireMethod(method, 'POST');
      store.clear();
      response.writeHead(303, { location: '/' }).end();
    } else if (pathname === '/health') {
      requireMethod(method, 'GET');
      sendJson(response, 200, { deliveries: store.list().length, forgotten: store.forgotten() });
    } else if (one) {
      requireMethod(method, 'GET');
      const delivery = store.list().find(({ id }) => id === Number(one[1]));
      if (!delivery) throw new RequestError(404, 'there is no such delivery, or it was let go');
      sendHtml(response, renderDelivery(delivery));
    } else if (pathname === '/') {
      requireMethod(method, 'GET');
      sendHtml(
        response,
        renderPage(store.list(), { ...filterOf(searchParams), now: Date.now(), forgotten: store.forgotten() }),
      );
    } else throw new RequestError(404, 'there is nothing here');
  };

  const http = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const isTheirs = error instanceof RequestError;
      if (!response.headersSent) sendJson(response, isTheirs ? error.status : 500, { error: String(error) });
      // The rest of a message that was refused is not read.
      if (!request.complete) request.destroy();
    });
  });
  const smtp = startMail((mail, size) => {
    store.add({ receiver: receiverOf(mail), shape: 'email', ...readMail(mail) }, size);
  });

  const stop = async (): Promise<void> => {
    await Promise.all([closeHttp(http), closeMail(smtp)]);
  };
  try {
    http.listen(httpPort, host);
    await once(http, 'listening');
    smtp.listen(smtpPort, host);
    await once(smtp.server, 'listening');
  } catch (error) {
    await stop();
    throw error;
  }
  const ports = [http.address(), smtp.server.address()].map((address) => (address as AddressInfo).port);
  const [boundHttp = 0, boundSmtp = 0] = ports;
  // Whoever listens everywhere is reached here.
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return {
    url: `http://${reached}:${boundHttp}`,
    smtp: `${reached}:${boundSmtp}`,
    httpPort: boundHttp,
    smtpPort: boundSmtp,
    deliveries: store.list,
    clear: store.clear,
    stop,
  };
};

const filterOf = (parameters: URLSearchParams): { receiver?: string; system?: string; status?: string } =>
  Object.fromEntries(
    ['receiver', 'system', 'status'].flatMap((name) => {
      const value = parameters.get(name);
      return value === null || value === '' ? [] : [[name, value]];
    }),
  );

const select = (deliveries: readonly Delivery[], parameters: URLSearchParams): readonly Delivery[] => {
  const since = Number(parameters.get('since') ?? 0);
  if (!Number.isFinite(since)) throw new RequestError(400, 'since: expected a Unix time in milliseconds');
  return selectDeliveries(deliveries, filterOf(parameters)).filter(({ at }) => at >= since);
};

/** A page of another site that is open in the same browser must not fill or empty the inbox. */
const refuseOtherSites = ({ headers }: IncomingMessage): void => {
  const { origin, host } = headers;
  if (origin !== undefined && origin !== `http://${host}`) throw new RequestError(403, 'not from another site');
};

const requireMethod = (method: string, wanted: 'GET' | 'POST'): void => {
  if (method !== wanted && !(wanted === 'GET' && method === 'HEAD')) throw new RequestError(405, `expected ${wanted}`);
};

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_MESSAGE) throw new RequestError(413, `expected at most ${LARGEST_MESSAGE} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const send = (response: ServerResponse, code: number, text: string): void => {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }).end(text);
};

const sendJson = (response: ServerResponse, code: number, value: unknown): void => {
  response
    .writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(value));
};

const sendHtml = (response: ServerResponse, { html, policy }: { readonly html: string; readonly policy: string }) => {
  response
    .writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    .end(html);
};

const startMail = (deliver: (mail: Mail, size: number) => void): SMTPServer => {
  const server = new SMTPServer({
    name: 'inbox',
    banner: 'Tocsin inbox',
    logger: false,
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: LARGEST_MESSAGE,
    closeTimeout: 1000,
    onData(stream, { envelope }, callback) {
      const take = async (): Promise<void> => {
        const bytes = await readStream(stream);
        if (stream.sizeExceeded) throw Object.assign(new Error('message too large'), { responseCode: 552 });
        const recipients = envelope.rcptTo.map(({ address }) => address);
        deliver(await parseMail(bytes, recipients), bytes.length);
      };
      callbackify(take)((error) => {
        callback(error);
      });
    },
  });
  // A client that goes away in the middle is its own loss.
  server.on('error', () => undefined);
  return server;
};

const readStream = async (stream: SMTPServerDataStream): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read to its end, as the protocol wants, but not kept.
    if (size <= LARGEST_MESSAGE) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const addressesOf = (list: readonly Address[] = []): readonly string[] =>
  list.flatMap(({ address, group }) => address ?? group?.map((one) => one.address) ?? []);

const parseMail = async (bytes: Buffer, envelope: readonly string[]): Promise<Mail> => {
  const parsed = await PostalMime.parse(bytes);
  return {
    from: addressesOf(parsed.from === undefined ? [] : [parsed.from])[0] ?? '',
    to: envelope.length > 0 ? envelope : addressesOf(parsed.to),
    subject: parsed.subject ?? '',
    text: parsed.text ?? '',
    html: parsed.html ?? '',
    headers: Object.fromEntries(parsed.headers.map(({ key, value }) => [key, decodeWords(value)])),
  };
};

const closeHttp = async (server: Server): Promise<void> => {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
};

const closeMail = async (server: SMTPServer): Promise<void> => {
  if (!server.server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(resolve);
  });
};
