// Estimates the strength of a password in a Web Worker, so that typing never waits for it.
//
// in:  {id, password, words}
// out: {ready: true} once, then {id, score, warning} for the newest password; {failed: true} if it cannot load
import init, { estimate } from "./program.js";

let ready = false;
let pending = null;

// A message of the worker to itself is handled after all messages already in the queue, so that only the newest
// password is estimated.
const afterQueue = new MessageChannel();
afterQueue.port1.onmessage = () => {
    if (!ready || pending === null) return;
    const { id, password, words } = pending;
    pending = null;
    const { score, warning } = runEstimate(password, words);
    self.postMessage({ id, score, warning });
};

function runEstimate(password, words) {
    const result = estimate(password, words);
    const { score, warning } = result;
    result.free();
    return { score, warning };
}

self.onmessage = ({ data }) => {
    pending = data;
    afterQueue.port2.postMessage(null);
};

// Low priority: resources that the page needs now come first.
const module = fetch(new URL("./program_bg.wasm", import.meta.url), { priority: "low" });
init({ module_or_path: module }).then(
    () => {
        ready = true;
        self.postMessage({ ready: true });
        afterQueue.port2.postMessage(null);
    },
    () => self.postMessage({ failed: true }),
);
