import { io } from 'socket.io-client';

export interface SocketClientOptions {
  /** Without a path. */
  readonly url: string;
  /** The path of the server, `/socket.io` by default. */
  readonly path?: string;
  readonly auth?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, string>>;
  /** Whether it comes back after it was cut off; it does not by default. */
  readonly reconnects?: boolean;
  /** With the id that the server knows it by; again after each reconnection. */
  readonly onConnect?: (id: string) => void;
  readonly onEvent?: (event: string, ...data: readonly unknown[]) => void;
}

/** A real Socket.IO client, over the WebSocket transport. */
export interface SocketClient {
  readonly isConnected: () => boolean;
  readonly emit: (event: string, ...data: readonly unknown[]) => void;
  /** Ends it in order. */
  readonly close: () => void;
  /** Cuts the connection without a word to the other side of Socket.IO. */
  readonly breakOff: () => void;
  /** Leaves in the network what comes in from now on. */
  readonly stopReading: () => void;
}

/** What the WebSocket transport keeps to itself. */
interface Transport {
  readonly ws?: { readonly pause?: () => void; readonly terminate?: () => void };
}

/** Connects to a Socket.IO server; errors are the server's to count. */
export const openSocketClient = ({
  url,
  path = '/socket.io',
  auth = {},
  query = {},
  reconnects = false,
  onConnect,
  onEvent,
}: SocketClientOptions): SocketClient => {
  const client = io(url, {
    path,
    auth: { ...auth },
    query: { ...query },
    transports: ['websocket'],
    forceNew: true,
    reconnection: reconnects,
    reconnectionDelay: 500,
    reconnectionDelayMax: 2000,
  });
  client.on('connect', () => onConnect?.(client.id ?? ''));
  if (onEvent) client.onAny(onEvent);
  const transport = (): Transport | undefined => client.io.engine?.transport as unknown as Transport | undefined;
  return {
    isConnected: () => client.connected,
    emit: (event, ...data) => void client.emit(event, ...data),
    close() {
      const { ws } = transport() ?? {};
      client.disconnect();
      // One that does not read never sees the end of the handshake.
      ws?.terminate?.();
    },
    breakOff: () => transport()?.ws?.terminate?.(),
    stopReading: () => transport()?.ws?.pause?.(),
  };
};
