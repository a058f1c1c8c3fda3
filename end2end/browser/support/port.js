// Reserves loopback ports for a program that listens later, or again, in the same way as end2end/src/port.rs.

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

const LOOPBACK = "127.0.0.1";
// Below the ephemeral ports of outgoing connections, of which a test run makes many.
const FIRST_PORT = 20_000;
// Exclusive.
const END_PORT = 32_000;

/** Returns a free TCP port that no other process reserves while this process runs. */
export async function freePort() {
    // Each process starts at a different port, which shortens the search.
    const start = (process.pid * 97) % (END_PORT - FIRST_PORT);
    for (let n = 0; n < END_PORT - FIRST_PORT; n += 1) {
        const number = FIRST_PORT + ((start + n) % (END_PORT - FIRST_PORT));
        if (await reserve(number)) return number;
    }
    throw new Error(`no free port on ${LOOPBACK}`);
}

/** Returns whether the port could be reserved. */
async function reserve(number) {
    // The UDP port serves as the lock; the TCP port of the same number stays free for the program.
    const lock = createSocket("udp4");
    const server = createServer();
    try {
        lock.bind({ port: number, address: LOOPBACK, exclusive: true });
        await once(lock, "listening");
        server.listen(number, LOOPBACK);
        await once(server, "listening");
        server.close();
        await once(server, "close");
        lock.unref();
        return true;
    } catch (error) {
        lock.close();
        if (error.code !== "EADDRINUSE") throw error;
        return false;
    }
}
