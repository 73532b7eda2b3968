/** Reading a conversation: server-sent events over fetch (EventSource can't send a token), or a long poll. */

const FIRST_BYTE = 5000; // the gateway writes at once; a proxy that collects the stream lets nothing through
const SILENCE = 40000; // it sends a comment every 15 s
const POLL_WAIT = 25;

export class GoneError extends Error {}
export class BufferedError extends Error {}
/** The gateway can't take it now. `after` is in seconds. */
export class LaterError extends Error {
  /**
   * @param {number} after
   * @param {any} problem
   */
  constructor(after, problem) {
    super("later");
    this.after = after;
    this.problem = problem;
  }
}

/**
 * A request that ends: with an answer, or with an error after `patience` ms without one.
 * @param {string} url
 * @param {RequestInit} options
 * @param {number} patience
 */
export async function ask(url, options, patience) {
  const abort = new AbortController();
  const given = options.signal;
  const stop = () => abort.abort();
  given?.addEventListener("abort", stop);
  if (given?.aborted) stop();
  const timer = setTimeout(stop, patience);
  try {
    const response = await fetch(url, { cache: "no-store", credentials: "omit", ...options, signal: abort.signal });
    const body = response.status === 204 ? null : await response.json();
    return { status: response.status, ok: response.ok, body, retryAfter: retryAfter(response) };
  } finally {
    clearTimeout(timer);
    given?.removeEventListener("abort", stop);
  }
}

/** @param {Response} response */
function retryAfter(response) {
  return Number(response.headers.get("Retry-After")) || 3;
}

/**
 * @param {string} base
 * @param {Record<string, string>} headers
 * @param {number} after
 * @param {AbortSignal} signal
 * @param {number} [wait]
 * @returns {Promise<any[]>}
 */
export async function poll(base, headers, after, signal, wait = POLL_WAIT) {
  const url = `${base}/api/messages?after=${after}&wait=${wait}`;
  const answer = await ask(url, { headers, signal }, (wait + 15) * 1000);
  if (answer.status === 401) throw new GoneError();
  if (!answer.ok) throw new LaterError(answer.retryAfter, answer.body);
  return answer.body.messages;
}

/**
 * Reads until the stream ends. Raises `BufferedError` when nothing comes through in time.
 * @param {string} base
 * @param {Record<string, string>} headers
 * @param {number} after
 * @param {AbortSignal} signal
 * @param {{open: () => void, receive: (envelope: any) => void}} on
 */
export async function stream(base, headers, after, signal, on) {
  const abort = new AbortController();
  const stop = () => abort.abort();
  signal.addEventListener("abort", stop);
  let begun = false;
  let timer = setTimeout(stop, FIRST_BYTE);
  try {
    const response = await fetch(`${base}/api/events`, {
      headers: { ...headers, Accept: "text/event-stream", "Last-Event-ID": String(after) },
      cache: "no-store",
      credentials: "omit",
      signal: abort.signal,
    });
    if (response.status === 401) throw new GoneError();
    if (!response.ok || !response.body) throw new LaterError(retryAfter(response), null);
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const parse = parser(on.receive);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(stop, SILENCE);
      if (!begun) on.open();
      begun = true;
      parse(decoder.decode(value, { stream: true }));
    }
  } catch (error) {
    if (abort.signal.aborted && !signal.aborted && !begun) throw new BufferedError();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    abort.abort();
  }
}

/**
 * The event-stream format, as far as the gateway uses it. An event named `end` says that the conversation was erased.
 * @param {(envelope: any) => void} receive
 */
export function parser(receive) {
  let rest = "";
  return (/** @type {string} */ text) => {
    const events = (rest + text).replace(/\r\n?/g, "\n").split("\n\n");
    rest = events.pop() || "";
    for (const event of events) {
      const lines = event.split("\n");
      if (lines.some((line) => /^event: ?end$/.test(line))) throw new GoneError();
      const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart());
      if (data.length) receive(JSON.parse(data.join("\n")));
    }
  };
}
