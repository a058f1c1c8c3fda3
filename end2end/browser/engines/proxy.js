// Proxies in front of a demo server that can be closed, to simulate a network failure: new connections are refused and
// open ones are dropped. `TcpProxy` forwards bytes, `HttpsProxy` forwards requests. Neither answers for the server,
// except that `HttpsProxy` answers 404 for `missing` paths.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Agent, createServer as createHttpsServer, request as sendRequest } from "node:https";
import { connect, createServer as createTcpServer } from "node:net";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream";
import { freePort } from "../support/port.js";

const LOOPBACK = "127.0.0.1";

class Proxy {
    #server;
    #sockets = new Set();
    /** Reserved by the first `open()` and unchanged afterwards. */
    port = 0;

    constructor(server) {
        this.#server = server;
        server.on("connection", (socket) => {
            this.#sockets.add(socket);
            socket.once("close", () => this.#sockets.delete(socket));
        });
    }

    async open() {
        this.port ||= await freePort();
        this.#server.listen(this.port, LOOPBACK);
        await once(this.#server, "listening");
    }

    async close() {
        if (!this.#server.listening) return;
        const closed = once(this.#server, "close");
        this.#server.close();
        for (const socket of this.#sockets) socket.destroy();
        await closed;
    }
}

/** Forwards to a server that is set later, because the demo chooses its own ports. */
export class TcpProxy extends Proxy {
    /** The URL of the server; connections fail until it is set. */
    upstream;

    constructor() {
        super(createTcpServer((socket) => {
            const server = connect(this.upstream?.port ?? 0, this.upstream?.hostname);
            pipeline(socket, server, socket, () => {});
        }));
    }

    /** The URL to use instead of the server's. */
    get url() {
        return `http://${LOOPBACK}:${this.port}`;
    }
}

/** Runs `act` with a proxy in front of the demo's product: a new origin, for which the browser has nothing cached. */
export async function withHttpsProxy(demo, act) {
    const folder = dirname(demo.details.settings);
    const read = (name) => readFile(join(folder, name));
    const [cert, key, ca] = await Promise.all([read("tls_cert.pem"), read("tls_key.pem"), readFile(demo.details.ca_file)]);
    const proxy = new HttpsProxy(new URL(demo.url), { cert, key }, new Agent({ ca, keepAlive: true }));
    await proxy.open();
    try {
        await act(proxy);
    } finally {
        await proxy.close();
    }
}

/** Uses the certificate of the product. */
class HttpsProxy extends Proxy {
    #upstream;
    #agent;
    #holds = [];
    /** Paths that match are answered with 404. */
    missing = null;

    constructor(upstream, tls, agent) {
        super(createHttpsServer(tls, (request, response) => this.#forward(request, response)));
        this.#upstream = upstream;
        this.#agent = agent;
    }

    get origin() {
        return `https://${LOOPBACK}:${this.port}`;
    }

    /** The URL of the wizard through this proxy. */
    get url() {
        return this.origin + this.#upstream.pathname;
    }

    /** Delays requests whose path matches, until the returned function is called. */
    holdRequests(path) {
        let release;
        const hold = { path, released: new Promise((resolve) => (release = resolve)) };
        this.#holds.push(hold);
        return () => {
            this.#holds.splice(this.#holds.indexOf(hold), 1);
            release();
        };
    }

    async close() {
        await super.close();
        this.#agent.destroy();
    }

    async #forward(request, response) {
        const { method, url, headers } = request;
        await this.#holds.find(({ path }) => path.test(url))?.released;
        if (this.missing?.test(url)) {
            response.writeHead(404).end();
            return;
        }
        const { hostname, port } = this.#upstream;
        const forwarded = sendRequest({ agent: this.#agent, hostname, port, method, path: url, headers }, (answer) => {
            response.writeHead(answer.statusCode, answer.rawHeaders);
            pipeline(answer, response, () => {});
        });
        // Without an answer from the server the browser gets none either.
        forwarded.once("error", () => response.destroy());
        pipeline(request, forwarded, () => {});
    }
}
