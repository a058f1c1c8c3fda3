// Loopback ports for a program that listens later, or again: nobody takes one meanwhile. Reserved as the demo does it,
// see end2end/src/port.rs.

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

const HERE = "127.0.0.1";
// Below those that a system gives to outgoing connections, of which a test run makes many.
const FIRST = 20_000;
const BEHIND = 32_000;

/** The number of a TCP port on which nobody listens, and which is given to nobody else while this process runs. */
export async function freePort() {
    // Processes begin at different ones, so that a search is short.
    const begin = (process.pid * 97) % (BEHIND - FIRST);
    for (let n = 0; n < BEHIND - FIRST; n += 1) {
        const number = FIRST + ((begin + n) % (BEHIND - FIRST));
        if (await reserve(number)) return number;
    }
    throw new Error(`no free port on ${HERE}`);
}

/** Whether it could be had. */
async function reserve(number) {
    // UDP's ports are others than TCP's, so that the program can listen all the same.
    const held = createSocket("udp4");
    const server = createServer();
    try {
        held.bind({ port: number, address: HERE, exclusive: true });
        await once(held, "listening");
        server.listen(number, HERE);
        await once(server, "listening");
        server.close();
        await once(server, "close");
        held.unref();
        return true;
    } catch (error) {
        held.close();
        if (error.code !== "EADDRINUSE") throw error;
        return false;
    }
}
