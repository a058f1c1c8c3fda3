// Verifies a password against the directory with an LDAP simple bind over TLS (RFC 4511).

import { readFile } from "node:fs/promises";
import { connect } from "node:tls";

const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const SEQUENCE = 0x30;
const BIND_REQUEST = 0x60;
const SIMPLE = 0x80;
const SUCCESS = 0;
const INVALID_CREDENTIALS = 49;

/**
 * Returns whether the directory accepts the password. Throws on any result other than success or invalid credentials.
 */
export async function binds(demo, person, password) {
    const { hostname, port } = new URL(demo.details.ldaps);
    const host = hostname.replace(/^\[|\]$/g, "");
    const ca = await readFile(demo.details.ca_file);
    const socket = connect({ host, port: Number(port), ca });
    try {
        const request = element(SEQUENCE, [
            element(INTEGER, [Buffer.from([1])]),
            element(BIND_REQUEST, [
                element(INTEGER, [Buffer.from([3])]),
                element(OCTET_STRING, [Buffer.from(person.dn)]),
                element(SIMPLE, [Buffer.from(password)]),
            ]),
        ]);
        socket.write(request);
        const answer = await new Promise((resolve, reject) => {
            socket.once("data", resolve);
            socket.once("error", reject);
            socket.once("close", () => reject(new Error("the directory closed the connection")));
        });
        const result = resultCode(answer);
        if (![SUCCESS, INVALID_CREDENTIALS].includes(result)) throw new Error(`the directory answered ${result}`);
        return result === SUCCESS;
    } finally {
        socket.destroy();
    }
}

function element(tag, parts) {
    const content = Buffer.concat(parts);
    const { length } = content;
    const size = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff];
    return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

// LDAPMessage { messageID, BindResponse { resultCode … } }: the third value's first value.
function resultCode(message) {
    const envelope = contentAt(message, 0);
    const response = contentAt(message, contentAt(message, envelope.start).end);
    const code = contentAt(message, response.start);
    return message[code.start];
}

/** Returns where the content of the BER element at `at` starts and ends. */
function contentAt(bytes, at) {
    const first = bytes[at + 1];
    const lengthBytes = first & 0x80 ? first & 0x7f : 0;
    const length = lengthBytes ? bytes.readUIntBE(at + 2, lengthBytes) : first;
    const start = at + 2 + lengthBytes;
    return { start, end: start + length };
}
