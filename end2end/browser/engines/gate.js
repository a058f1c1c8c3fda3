// What stands in front of a server of the demo and can be shut, as a network can: then nobody gets in, and whoever is
// in is thrown out. A `Relay` passes bytes, a `Door` requests. Not a mock: neither answers for the server.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Agent, createServer as createDoor, request as ask } from "node:https";
import { connect, createServer as createRelay } from "node:net";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream";
import { freePort } from "../support/port.js";

const HERE = "127.0.0.1";

class Gate {
    #server;
    #guests = new Set();
    /** The same for as long as it lives. */
    port = 0;

    constructor(server) {
        this.#server = server;
        server.on("connection", (guest) => {
            this.#guests.add(guest);
            guest.once("close", () => this.#guests.delete(guest));
        });
    }

    async open() {
        this.port ||= await freePort();
        this.#server.listen(this.port, HERE);
        await once(this.#server, "listening");
    }

    async shut() {
        if (!this.#server.listening) return;
        const closed = once(this.#server, "close");
        this.#server.close();
        for (const guest of this.#guests) guest.destroy();
        await closed;
    }
}

/** In front of a server that is told later: the demo chooses its ports itself. */
export class Relay extends Gate {
    /** Where it leads. */
    to;

    constructor() {
        super(createRelay((guest) => {
            const server = connect(this.to?.port ?? 0, this.to?.hostname);
            pipeline(guest, server, guest, () => {});
        }));
    }

    /** Its own address in the place of the other one. */
    get url() {
        return `http://${HERE}:${this.port}`;
    }
}

/** Runs `act` with a door in front of the demo's product: a new origin, of which the browser has nothing in store. */
export async function withDoor(demo, act) {
    const folder = dirname(demo.details.settings);
    const read = (name) => readFile(join(folder, name));
    const [cert, key, ca] = await Promise.all([read("tls_cert.pem"), read("tls_key.pem"), readFile(demo.details.ca_file)]);
    const door = new Door(new URL(demo.url), { cert, key }, new Agent({ ca, keepAlive: true }));
    await door.open();
    try {
        await act(door);
    } finally {
        await door.shut();
    }
}

/** With the product's own certificate. */
class Door extends Gate {
    #behind;
    #agent;
    #held = [];
    /** Paths that are not known here. */
    missing = null;

    constructor(behind, own, agent) {
        super(createDoor(own, (request, response) => this.#pass(request, response)));
        this.#behind = behind;
        this.#agent = agent;
    }

    get origin() {
        return `https://${HERE}:${this.port}`;
    }

    /** The wizard behind it. */
    get url() {
        return this.origin + this.#behind.pathname;
    }

    /** Keeps back what is asked of paths like this, until the function that is given back is called. */
    hold(path) {
        let release;
        const held = { path, until: new Promise((resolve) => (release = resolve)) };
        this.#held.push(held);
        return () => {
            this.#held.splice(this.#held.indexOf(held), 1);
            release();
        };
    }

    async shut() {
        await super.shut();
        this.#agent.destroy();
    }

    async #pass(request, response) {
        const { method, url, headers } = request;
        await this.#held.find(({ path }) => path.test(url))?.until;
        if (this.missing?.test(url)) {
            response.writeHead(404).end();
            return;
        }
        const { hostname, port } = this.#behind;
        const onwards = ask({ agent: this.#agent, hostname, port, method, path: url, headers }, (answer) => {
            response.writeHead(answer.statusCode, answer.rawHeaders);
            pipeline(answer, response, () => {});
        });
        // Whoever asked gets no answer either.
        onwards.once("error", () => response.destroy());
        pipeline(request, onwards, () => {});
    }
}
