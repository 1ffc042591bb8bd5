// Spans for OpenTelemetry: `node examples/opentelemetry.js`.
//
// Pass the OpenTelemetry API to `spans` once, before the first call: `import * as api from "@opentelemetry/api"; spans(api);`.
// Here, a tracer that prints takes its place, so that the example needs no other package.

import { tracingChannel } from "node:diagnostics_channel";
import { Disque } from "disque";
import { TestServer } from "disque/testing";

/**
 * @typedef {object} Span
 * @property {(name: string, value: string) => unknown} setAttribute
 * @property {(status: { code: number, message?: string }) => unknown} setStatus
 * @property {(error: Error) => void} recordException
 * @property {() => void} end
 *
 * @typedef {object} Api
 * @property {{ getTracer(name: string): { startSpan(name: string, options: { kind: number, attributes: Record<string, string> }): Span } }} trace
 * @property {{ CLIENT: number, PRODUCER: number, CONSUMER: number }} SpanKind
 * @property {{ ERROR: number }} SpanStatusCode
 */

/** Creates a span for each call. @param {Api} api */
export function spans({ trace, SpanKind, SpanStatusCode }) {
  const tracer = trace.getTracer("disque");
  /** @type {Record<string, number>} */
  const kinds = { ADDJOB: SpanKind.PRODUCER, GETJOB: SpanKind.CONSUMER };
  /** @type {WeakMap<object, Span>} */
  const open = new WeakMap();
  /** @type {import("node:diagnostics_channel").TracingChannel<unknown, import("disque").CommandTrace>} */
  const channel = tracingChannel("disque:command");
  channel.subscribe({
    start(call) {
      /** @type {Record<string, string>} */
      const attributes = { "messaging.system": "disque", "messaging.operation.name": call.command };
      if (call.queue !== undefined) attributes["messaging.destination.name"] = call.queue;
      const name = call.queue === undefined ? call.command : `${call.command} ${call.queue}`;
      open.set(call, tracer.startSpan(name, { kind: kinds[call.command] ?? SpanKind.CLIENT, attributes }));
    },
    end() {},
    asyncStart() {},
    asyncEnd(call) {
      const span = open.get(call);
      if (call.node !== undefined) span?.setAttribute("server.address", call.node);
      span?.end();
    },
    error(call) {
      const error = call.error instanceof Error ? call.error : new Error(String(call.error));
      open.get(call)?.recordException(error);
      open.get(call)?.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
    },
  });
}

/** @type {Api} */
const printing = {
  SpanKind: { CLIENT: 2, PRODUCER: 3, CONSUMER: 4 },
  SpanStatusCode: { ERROR: 2 },
  trace: {
    getTracer: () => ({
      startSpan(name, { kind }) {
        let status = "ok";
        return {
          setAttribute() {},
          setStatus({ message }) {
            status = `failed: ${message}`;
          },
          recordException() {},
          end: () => console.log(`span «${name}» of kind ${kind}: ${status}`),
        };
      },
    }),
  },
};

spans(printing);
const server = await TestServer.start();
const disque = new Disque(server.address);
await disque.addJob("mail", "hello");
const [job] = await disque.getJob("mail");
if (job !== undefined) await disque.ackJob(job);
await disque.call("NOSUCH").catch(() => {});
await disque.close();
await server.stop();
